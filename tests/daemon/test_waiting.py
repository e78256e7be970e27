"""What is not all there yet, changes, or cannot be read: waited for, told of, and never lost."""

import shutil
import zipfile
from pathlib import Path

import chatgpt_exports as exports
import pytest
from hurried import PROGRAM
from running import Daemon, daemon, write_config
from unprivileged import PROGRAM as UNPRIVILEGED


def _chat(key: str) -> exports.Object:
    return exports.conversation(key, f"Title of {key}", "Question?", "Answer.")


def _drop(polylogued: Daemon, name: str, key: str) -> None:
    """Put a good file into the inbox, at once."""
    draft = polylogued.config.paths.data / name
    exports.write_json(draft, [_chat(key)]).rename(polylogued.inbox / name)


def _until(polylogued: Daemon, name: str, *states: str) -> dict[str, object]:
    """Return the item of this name once it is in one of the states; every look is a new scan."""
    while True:
        polylogued.post("scan")
        item = polylogued.items().get(name)
        if item is not None and item["state"] in states:
            return item


_FINAL = ("imported", "partial", "duplicate", "failed")


@pytest.mark.parametrize(
    ("name", "data", "lacks", "code"),
    [
        ("empty.json", b"", "it is empty", "empty"),
        ("half.zip", b"", "the end of the ZIP is missing", "zip-incomplete"),
        ("half.json", b'[{"title": "x", "mapp', "the end of the JSON is missing", "torn"),
        ("reserved.zip", bytes(5000), "its beginning is empty", "unrecognized"),
    ],
    ids=["empty", "zip", "json", "reserved"],
)
def test_half_a_file_is_waited_for_and_then_fails(
    tmp_path: Path, name: str, data: bytes, lacks: str, code: str
) -> None:
    """A file without its end waits and says for what; when nothing comes, it fails and says why."""
    if name == "half.zip":
        data = exports.export_zip(tmp_path / "whole.zip", [_chat("c")]).read_bytes()[:-30]
    with daemon(tmp_path / "home", program=PROGRAM) as polylogued:
        (polylogued.inbox / name).write_bytes(data)
        waiting = _until(polylogued, name, "waiting", *_FINAL)
        _drop(polylogued, "good.json", "good")
        good = _until(polylogued, "good.json", *_FINAL)
        failed = _until(polylogued, name, *_FINAL)

        assert (waiting["state"], waiting["reason"]) == ("waiting", lacks)
        assert good["state"] == "imported"
        assert (failed["state"], failed["code"]) == ("failed", code)
        assert (polylogued.inbox / "Failed" / f"{name}.why.txt").exists()


def test_a_download_that_goes_on_is_taken_when_it_is_whole(tmp_path: Path) -> None:
    """A file that waited for its end is imported when the end comes."""
    whole = exports.export_zip(tmp_path / "whole.zip", [_chat("c")]).read_bytes()
    with daemon(tmp_path / "home") as polylogued:
        with (polylogued.inbox / "export.zip").open("wb") as file:
            file.write(whole[:1000])
            file.flush()
            _until(polylogued, "export.zip", "waiting")
            file.write(whole[1000:])
        polylogued.quiet()

        assert polylogued.items()["export.zip"]["state"] == "imported"


def test_a_file_replaced_while_it_waits_is_taken_as_it_is_now(tmp_path: Path) -> None:
    """Another file of the same name ends the waiting for the first."""
    with daemon(tmp_path / "home") as polylogued:
        (polylogued.inbox / "export.json").write_bytes(b'[{"title": "ha')
        _until(polylogued, "export.json", "waiting")
        _drop(polylogued, "export.json", "c")
        polylogued.quiet()

        assert polylogued.items()["export.json"]["state"] == "imported"
        assert len(polylogued.notes()) == 1


def test_what_is_taken_back_while_it_waits_is_forgotten(tmp_path: Path) -> None:
    """A person may change their mind: nothing waits for a file that is not there."""
    with daemon(tmp_path / "home") as polylogued:
        (polylogued.inbox / "export.json").write_bytes(b'[{"title": "ha')
        _until(polylogued, "export.json", "waiting")
        (polylogued.inbox / "export.json").unlink()
        polylogued.quiet()

        assert polylogued.items() == {}


def test_a_file_that_grows_is_never_taken(tmp_path: Path) -> None:
    """However complete it looks, a file is left alone until it has been quiet for long enough."""
    root = tmp_path / "home"
    with daemon(root, settle=300) as polylogued:
        file = polylogued.inbox / "conversations.json"
        seen = set()
        for size in range(1, 12):
            exports.write_json(file, [_chat(f"c{n}") for n in range(size)])
            seen.add(_until(polylogued, file.name, "settling", "waiting", *_FINAL)["state"])
        taken = polylogued.get("status")["archive"]["conversations"]
        write_config(root, settle=0.05)
        polylogued.post("reload")
        file.touch()
        polylogued.quiet()

        assert (seen, taken) == ({"settling"}, 0)
        assert polylogued.get("status")["archive"]["conversations"] == 11


def test_an_inbox_that_went_and_came_back_is_watched_again(tmp_path: Path) -> None:
    """A deleted inbox is told of; once it is there again, files are found without being asked."""
    with daemon(tmp_path / "home", program=PROGRAM) as polylogued:
        _drop(polylogued, "before.json", "before")
        polylogued.quiet()
        shutil.rmtree(polylogued.inbox)
        polylogued.post("scan")
        gone = [warning["code"] for warning in polylogued.get("status")["warnings"]]
        polylogued.inbox.mkdir()
        _drop(polylogued, "after.json", "after")
        _until_imported(polylogued, "after.json")
        polylogued.quiet()

        assert gone == ["inbox-missing"]
        assert polylogued.get("status")["warnings"] == []
        assert len(polylogued.notes()) == 2


def _until_imported(polylogued: Daemon, name: str) -> None:
    """Wait for the event, and for nothing else: a request to scan would hide that nobody watches."""
    last = 0
    while True:
        for event in polylogued.get("log", after=last, wait=30)["events"]:
            last = event["id"]
            if event["event"] == "inbox.imported" and event["fields"]["name"] == name:
                return


def test_what_cannot_be_moved_away_is_told_until_a_person_moves_it(tmp_path: Path) -> None:
    """Without a place for what was read the warning stays, and the file is read only once."""
    with daemon(tmp_path / "home") as polylogued:
        done = polylogued.inbox / "Done"
        done.symlink_to("nowhere")
        _drop(polylogued, "good.json", "good")
        polylogued.quiet()
        told = [warning["code"] for warning in polylogued.get("status")["warnings"]]
        attempts = polylogued.items()["good.json"]["attempts"]
        (polylogued.inbox / "good.json").unlink()
        polylogued.quiet()

        assert (told, attempts) == (["inbox-stuck"], 1)
        assert polylogued.get("status")["warnings"] == []
        assert len(polylogued.notes()) == 1


def test_a_file_without_permission_waits_until_it_may_be_read(tmp_path: Path) -> None:
    """A closed file stays where it is with a sentence; opened, it is imported."""
    with daemon(tmp_path / "home", program=UNPRIVILEGED) as polylogued:
        closed = exports.write_json(tmp_path / "closed.json", [_chat("closed")])
        closed.chmod(0)
        target = closed.rename(polylogued.inbox / "closed.json")
        waiting = _until(polylogued, "closed.json", "waiting", *_FINAL)
        _drop(polylogued, "good.json", "good")
        good = _until(polylogued, "good.json", *_FINAL)
        target.chmod(0o600)
        polylogued.quiet()

        assert (waiting["state"], waiting["code"]) == ("waiting", "no-permission")
        assert "is closed to this user" in str(waiting["reason"])
        assert good["state"] == "imported"
        assert polylogued.items()["closed.json"]["state"] == "imported"


def test_a_foreign_thing_at_a_notes_path_is_left_alone(tmp_path: Path) -> None:
    """The note takes another name; what stood there is not touched, be it a file or a folder."""
    month = "chatgpt/2025/06/2025-06-15"
    with daemon(tmp_path / "home") as polylogued:
        file = polylogued.vault / f"{month} Title of one.md"
        file.parent.mkdir(parents=True)
        file.write_text("mine")
        (polylogued.vault / f"{month} Title of two.md").mkdir()
        export = exports.export_zip(tmp_path / "export.zip", [_chat("one"), _chat("two")])
        with zipfile.ZipFile(export, "a") as archive:
            archive.writestr("notes.txt", "an odd member")
        export.rename(polylogued.inbox / "export.zip")
        polylogued.quiet()
        texts = [p.read_text() for p in polylogued.vault.glob("chatgpt/**/*.md") if p.is_file()]

        assert file.read_text() == "mine"
        assert len(texts) == 3
        assert polylogued.get("status")["warnings"] == []
