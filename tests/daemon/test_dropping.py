"""What becomes of dropped things, one by one: left, deleted, doubled, tried again, a person's own."""

import os
import zipfile
from pathlib import Path
from typing import Any

import chatgpt_exports as exports
import pytest
from hurried import PROGRAM
from running import Daemon, daemon, write_config

from polylogue.daemon.disposal import encoded
from polylogue.sources.files import any_stamp
from polylogue.sources.inbox import MARKER
from polylogue.store.archive import open_archive
from polylogue.store.inbox import InboxItem, put_item


def _chat(key: str) -> exports.Object:
    return exports.conversation(key, f"Title of {key}", "Question?", "Answer.")


def _export(path: Path, *keys: str) -> Path:
    return exports.write_json(path, [_chat(key) for key in keys])


def _drop(polylogued: Daemon, name: str, data: bytes) -> None:
    draft = polylogued.config.paths.data / name
    draft.write_bytes(data)
    draft.rename(polylogued.inbox / name)


def _configured(root: Path, *, after: str = "move", settle: float = 0.05) -> Path:
    file = write_config(root, settle=settle)
    file.write_text(file.read_text().replace("[inbox]", f'[inbox]\nafter_import = "{after}"'))
    return root


def _warnings(polylogued: Daemon) -> list[str]:
    return [warning["code"] for warning in polylogued.get("status")["warnings"]]


def _places(polylogued: Daemon) -> set[tuple[str, str, str | None]]:
    return {
        (item["name"], item["state"], item["place"]) for item in polylogued.get("inbox")["items"]
    }


STRANGER = b'[{"recipe": "cake"}]'

# --- Left where it is -----------------------------------------------------------------------------


@pytest.mark.parametrize("settle", [0, 0.05])
@pytest.mark.parametrize("after", ["leave", "move", "delete"])
def test_work_comes_to_an_end(tmp_path: Path, after: str, settle: float) -> None:
    """However fast things settle and wherever they go, each is read once and then all is quiet."""
    with daemon(_configured(tmp_path / "home", after=after, settle=settle)) as polylogued:
        for number in range(8):
            _export(tmp_path / "x", f"c{number}").rename(polylogued.inbox / f"{number}.json")
        polylogued.quiet()
        polylogued.post("scan")
        polylogued.quiet()
        items = polylogued.get("inbox")["items"]

        assert [(item["state"], item["attempts"]) for item in items] == [("imported", 1)] * 8
        assert len(polylogued.notes()) == 8
        assert len(list(polylogued.inbox.glob("*.json"))) == (8 if after == "leave" else 0)


def test_what_was_left_is_read_again_when_asked(tmp_path: Path) -> None:
    """A failed file that stays in the inbox is tried again in place."""
    with daemon(_configured(tmp_path / "home", after="leave")) as polylogued:
        _drop(polylogued, "x.json", STRANGER)
        polylogued.quiet()
        first = polylogued.items()["x.json"]
        polylogued.post("inbox/retry", name="x.json")
        polylogued.quiet()
        again = polylogued.items()["x.json"]

        assert (first["state"], again["state"], again["place"]) == ("failed", "failed", "x.json")
        assert again["changed_at"] > first["changed_at"]
        assert not (polylogued.inbox / "Failed").exists()


# --- A person's folder ----------------------------------------------------------------------------


def test_a_persons_folder_is_not_tidied_until_they_say_so(tmp_path: Path) -> None:
    """Files that lay there before are read and left; a marker makes the folder an inbox."""
    root = _configured(tmp_path / "home")
    inbox = root / "Inbox"
    inbox.mkdir()
    (inbox / "letter.txt").write_text("Dear all")
    _export(inbox / "export.json", "c1")
    with daemon(root) as polylogued:
        polylogued.quiet()
        there = {path.name for path in inbox.iterdir()}
        (warning,) = polylogued.get("status")["warnings"]
        imported = polylogued.items()["export.json"]
        (inbox / MARKER).touch()
        _export(tmp_path / "x", "c2").rename(inbox / "next.json")
        polylogued.quiet()

        assert there == {"letter.txt", "export.json"}
        assert warning["code"] == "inbox-not-ours"
        assert f"touch {inbox / MARKER}" in warning["fix"]
        assert (imported["state"], imported["place"]) == ("imported", "export.json")
        assert polylogued.items()["next.json"]["place"] == "Done/next.json"
        assert _warnings(polylogued) == []


def test_an_inbox_that_was_empty_stays_polylogues(tmp_path: Path) -> None:
    """It is marked at the first start, and marked again when the marker was lost."""
    root = _configured(tmp_path / "home")
    inbox = root / "Inbox"
    inbox.mkdir()
    with daemon(root) as polylogued:
        polylogued.quiet()
        marked = (inbox / MARKER).exists()
    (inbox / MARKER).unlink()
    _export(inbox / "export.json", "c1")
    with daemon(root) as polylogued:
        polylogued.quiet()

        assert marked
        assert polylogued.items()["export.json"]["place"] == "Done/export.json"
        assert _warnings(polylogued) == []


def test_a_missing_inbox_is_made_only_once(tmp_path: Path) -> None:
    """What the first start made and is gone may be a disk that is not connected: it is waited for."""
    root = _configured(tmp_path / "home")
    with daemon(root) as polylogued:
        polylogued.quiet()
    (root / "Inbox" / MARKER).unlink()
    (root / "Inbox").rmdir()
    with daemon(root) as polylogued:
        polylogued.post("scan")
        told = _warnings(polylogued)

        assert told == ["inbox-missing"]
        assert not polylogued.inbox.exists()


# --- The same name again --------------------------------------------------------------------------


def test_things_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Each has a row and a place; a retry takes the newest that failed."""
    with daemon(_configured(tmp_path / "home")) as polylogued:
        for data in (STRANGER, STRANGER + b" "):
            _drop(polylogued, "x.json", data)
            polylogued.quiet()
        failed = _places(polylogued)
        _export(polylogued.inbox / "Failed" / "x (2).json", "c1")
        polylogued.post("inbox/retry", name="x.json")
        polylogued.quiet()

        assert failed == {
            ("x.json", "failed", "Failed/x.json"),
            ("x.json", "failed", "Failed/x (2).json"),
        }
        assert polylogued.items()["x (2).json"]["state"] == "imported"
        assert polylogued.get("status")["inbox"]["failed"] == 1


def test_all_is_good_again_when_failed_was_emptied(tmp_path: Path) -> None:
    """What a person cleared away needs nobody any more."""
    with daemon(_configured(tmp_path / "home")) as polylogued:
        _drop(polylogued, "x.json", STRANGER)
        polylogued.quiet()
        before = polylogued.get("status")["inbox"]["failed"]
        for path in (polylogued.inbox / "Failed").iterdir():
            path.unlink()
        polylogued.post("scan")

        assert (before, polylogued.get("status")["inbox"]["failed"]) == (1, 0)
        assert polylogued.get("inbox")["items"] == []


# --- Duplicates -----------------------------------------------------------------------------------


@pytest.mark.parametrize("after", ["move", "delete"])
def test_a_duplicate_of_what_lacks_a_part_lacks_it_too(tmp_path: Path, after: str) -> None:
    """It is partial, with the note beside it, and is never deleted."""
    data = exports.dump([_chat("c1")])[:-1] + b', {"mapping": 7}]'
    with daemon(_configured(tmp_path / "home", after=after)) as polylogued:
        for _ in range(2):
            _drop(polylogued, "x.json", data)
            polylogued.quiet()

        assert _places(polylogued) == {
            ("x.json", "partial", "Done/x.json"),
            ("x.json", "partial", "Done/x (2).json"),
        }
        assert {path.name for path in (polylogued.inbox / "Done").iterdir()} == {
            "x.json",
            "x.json.why.txt",
            "x (2).json",
            "x (2).json.why.txt",
        }


def _left_behind(root: Path, name: str, state: str, **fields: Any) -> None:  # noqa: ANN401 - of an item
    """Write down that a daemon which is gone had a file of the inbox in this state."""
    stamp = any_stamp(root / "Inbox" / name)
    with open_archive(root / "data" / "archive.db") as archive, archive.transaction() as connection:
        item = InboxItem(name, name, state, encoded(stamp), stamp.size, 0, 0, **fields)
        put_item(connection, item)


@pytest.mark.parametrize(
    ("state", "ends"), [("reading", "imported"), ("waiting", "duplicate")], ids=str
)
def test_a_duplicate_of_itself_is_no_duplicate(tmp_path: Path, state: str, ends: str) -> None:
    """What was committed before a kill was imported; what only waited is what it is."""
    root = _configured(tmp_path / "home")
    export = _export(tmp_path / "x.json", "c1")
    with daemon(root) as polylogued:
        _drop(polylogued, "first.json", export.read_bytes())
        polylogued.quiet()
    export.rename(root / "Inbox" / "x.json")
    _left_behind(root, "x.json", state, attempts=1)
    with daemon(root) as polylogued:
        polylogued.quiet()

        assert polylogued.items()["x.json"]["state"] == ends


def test_what_a_daemon_died_over_is_read_by_a_worker(tmp_path: Path) -> None:
    """The second time only a worker is at risk; here the bug is in the daemon's process alone."""
    root = _configured(tmp_path / "home")
    with daemon(root) as polylogued:
        polylogued.quiet()
    for name in ("bug-1.json", "bug-2.json"):
        _export(root / "Inbox" / name, name)
    _left_behind(root, "bug-1.json", "reading", attempts=1)
    with daemon(root, program=PROGRAM) as polylogued:
        polylogued.quiet()
        items = polylogued.items()

        assert items["bug-1.json"]["state"] == "imported"
        assert (items["bug-2.json"]["state"], items["bug-2.json"]["code"]) == ("failed", "bug")


def test_what_was_tried_often_is_tried_again(tmp_path: Path) -> None:
    """The pause between two tries has a longest, after however many."""
    root = _configured(tmp_path / "home")
    with daemon(root) as polylogued:
        polylogued.quiet()
    os.link(_export(tmp_path / "x.json", "c1"), root / "Inbox" / "x.json")
    _left_behind(root, "x.json", "waiting", attempts=5000)
    data = root / "data"
    with daemon(root) as polylogued:
        polylogued.quiet()

        assert polylogued.items()["x.json"]["attempts"] == 5001
        assert data.exists()


def test_what_a_crash_left_hidden_is_put_back_and_read(tmp_path: Path) -> None:
    """Nothing stays under a hidden name."""
    root = _configured(tmp_path / "home")
    with daemon(root) as polylogued:
        polylogued.quiet()
    hidden = root / "Inbox" / ".polylogue-abc"
    hidden.mkdir()
    _export(hidden / "x.json", "c1")
    with daemon(root) as polylogued:
        polylogued.quiet()

        assert polylogued.items()["x.json"]["place"] == "Done/x.json"
        assert not hidden.exists()


# --- What to do -----------------------------------------------------------------------------------


def test_what_did_not_work_comes_with_advice(tmp_path: Path) -> None:
    """Whatever failed or waits says what a person can do."""
    page = b'{"items": [], "total": 0, "limit": 28, "offset": 0}'
    with zipfile.ZipFile(tmp_path / "half.zip", "w") as archive:
        archive.writestr("conversations.json", "[]")
    half = (tmp_path / "half.zip").read_bytes()[:-10]
    with daemon(_configured(tmp_path / "home")) as polylogued:
        _drop(polylogued, "list.json", page)
        _drop(polylogued, "stranger.json", STRANGER)
        os.mkfifo(polylogued.inbox / "pipe")
        _drop(polylogued, "half.zip", half)
        expected = {"list.json", "stranger.json", "pipe", "half.zip"}
        over = ("failed", "waiting")
        while any(polylogued.items().get(name, {}).get("state") not in over for name in expected):
            polylogued.post("scan")
        advice = {name: item["advice"] for name, item in polylogued.items().items()}
        note = (polylogued.inbox / "Failed" / "list.json.why.txt").read_text()

        assert "Export data" in advice["list.json"]
        assert advice["list.json"] in note
        assert "import --explain" in advice["stranger.json"]
        assert "into a file" in advice["pipe"]
        assert advice["half.zip"] == "Download it again if it stays so."
        assert polylogued.get("status")["archive"]["last_import_at"] is None
