"""From a dropped export to notes: a real daemon, a real inbox, a real socket, a real vault."""

import os
import shutil
import signal
import stat
import zipfile
from pathlib import Path

import chatgpt_exports as exports
import pytest
from running import Daemon, client_of, daemon, start, write_config

from polylogue.config import load
from polylogue.sources.inbox import claim


def _drop(export: Path, into: Path) -> Path:
    """Put a file into the inbox at once, as a browser does at the end of a download."""
    target = into / export.name
    shutil.copy(export, into / f".{export.name}.tmp")
    (into / f".{export.name}.tmp").rename(target)
    return target


def _chats(count: int, prefix: str = "c") -> list[exports.Object]:
    return [
        exports.conversation(f"{prefix}{n}", f"Chat {prefix} {n}", f"Question {n}?", f"Answer {n}.")
        for n in range(count)
    ]


def test_a_dropped_export_becomes_notes(tmp_path: Path) -> None:
    """Every conversation of a dropped ZIP stands as a note, and the ZIP in Done/."""
    export = exports.export_zip(tmp_path / "export.zip", _chats(3))
    with daemon(tmp_path / "home") as polylogued:
        _drop(export, polylogued.inbox)
        polylogued.quiet()
        notes = polylogued.notes()

        assert len(notes) == 3
        assert any("Answer 2." in text for text in notes.values())
        assert (polylogued.inbox / "Done" / "export.zip").exists()
        assert polylogued.items()["export.zip"]["state"] == "imported"


def test_the_same_export_again_changes_nothing(tmp_path: Path) -> None:
    """A second drop is a duplicate: no file of the vault is written, no mtime moves."""
    export = exports.export_zip(tmp_path / "export.zip", _chats(3))
    with daemon(tmp_path / "home") as polylogued:
        _drop(export, polylogued.inbox)
        polylogued.quiet()
        before = {p: p.stat().st_mtime_ns for p in polylogued.vault.rglob("*") if p.is_file()}
        _drop(export, polylogued.inbox)
        polylogued.quiet()

        assert {p: p.stat().st_mtime_ns for p in before} == before
        assert polylogued.items()["export.zip"]["state"] == "duplicate"
        assert (polylogued.inbox / "Done" / "export (2).zip").exists()


def test_what_arrived_while_the_daemon_was_off_is_taken(tmp_path: Path) -> None:
    """Scanning is the truth: a file that no event told of is imported at the start."""
    root = tmp_path / "home"
    config = load(write_config(root), {})
    config.paths.inbox.mkdir(parents=True)
    claim(config.paths.inbox)
    exports.export_zip(config.paths.inbox / "export.zip", _chats(2))
    with daemon(root) as polylogued:
        polylogued.quiet()

        assert len(polylogued.notes()) == 2


def test_deleted_notes_and_a_deleted_vault_come_back(tmp_path: Path) -> None:
    """The vault is a view: what is deleted from it is written again, byte for byte."""
    export = exports.export_zip(tmp_path / "export.zip", _chats(3))
    with daemon(tmp_path / "home") as polylogued:
        _drop(export, polylogued.inbox)
        polylogued.quiet()
        before = polylogued.notes()
        (polylogued.vault / next(iter(before))).unlink()
        polylogued.post("scan")
        polylogued.quiet()
        after_one = polylogued.notes()
        shutil.rmtree(polylogued.vault)
        polylogued.post("scan")
        polylogued.quiet()

        assert after_one == before
        assert polylogued.notes() == before


def test_an_edited_note_is_kept_and_a_foreign_file_is_left_alone(tmp_path: Path) -> None:
    """A person's words survive: edits move to _edited/, files of theirs are not touched."""
    export = exports.export_zip(tmp_path / "export.zip", _chats(1))
    with daemon(tmp_path / "home") as polylogued:
        _drop(export, polylogued.inbox)
        polylogued.quiet()
        path = next(iter(polylogued.notes()))
        note = polylogued.vault / path
        written = note.read_text("utf-8")
        note.write_text("mine", "utf-8")
        foreign = polylogued.vault / "foreign.md"
        foreign.write_text("also mine", "utf-8")
        polylogued.post("rerender", all=True)
        polylogued.quiet()

        assert note.read_text("utf-8") == written
        assert (polylogued.vault / "_edited" / path).read_text("utf-8") == "mine"
        assert foreign.read_text("utf-8") == "also mine"


def test_a_newer_export_adds_to_what_is_there(tmp_path: Path) -> None:
    """A continued chat grows in its own note; what the newer export lacks stays."""
    old = exports.conversation("c1", "Tea", "Which tea?", "Green.")
    new = exports.conversation("c1", "Tea, renamed", "Which tea?", "Green.", "And cake?", "Plum.")
    gone = exports.conversation("c2", "Gone", "Still here?", "Yes.")
    first = exports.export_zip(tmp_path / "one.zip", [old, gone])
    second = exports.export_zip(tmp_path / "two.zip", [new])
    with daemon(tmp_path / "home") as polylogued:
        _drop(first, polylogued.inbox)
        polylogued.quiet()
        paths = set(polylogued.notes())
        _drop(second, polylogued.inbox)
        polylogued.quiet()
        notes = polylogued.notes()

        assert set(notes) == paths
        assert any("Plum." in text and "Tea, renamed" in text for text in notes.values())
        assert any("Still here?" in text for text in notes.values())


def _bad_inputs(folder: Path) -> dict[str, str]:
    """Put one of each kind of hopeless thing into `folder`; return the code that each must get."""
    folder.mkdir(parents=True, exist_ok=True)
    claim(folder)
    (folder / "letter.txt").write_text("Dear all")
    (folder / "list.json").write_text('{"items": [], "total": 0, "limit": 28, "offset": 0}')
    (folder / "stranger.json").write_text('[{"recipe": "cake"}]')
    (folder / "truncated.zip").write_bytes(b"PK\x03\x04" + b"\0" * 100 + b"PK\x05\x06" + b"\0" * 18)
    with zipfile.ZipFile(folder / "holiday.zip", "w") as archive:
        archive.writestr("photo.txt", "sea")
    (folder / "link.zip").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe.json")
    return {
        "letter.txt": "unrecognized",
        "list.json": "conversation-list",
        "stranger.json": "unrecognized",
        "truncated.zip": "",
        "holiday.zip": "unrecognized",
        "link.zip": "symlink",
        "pipe.json": "pipe",
    }


def test_bad_input_fails_with_a_sentence_and_the_next_file_is_taken(tmp_path: Path) -> None:
    """Each hopeless thing ends in Failed/ with a reason beside it, and a good export is imported."""
    root = tmp_path / "home"
    inbox = load(write_config(root), {}).paths.inbox
    expected = _bad_inputs(inbox)
    exports.export_zip(inbox / "zz-good.zip", _chats(2))
    with daemon(root) as polylogued:
        polylogued.quiet()
        items = polylogued.items()

        assert items["zz-good.zip"]["state"] == "imported"
        assert len(polylogued.notes()) == 2
        for name, code in expected.items():
            assert items[name]["state"] == "failed", items[name]
            assert not code or items[name]["code"] == code
            assert items[name]["reason"].endswith(".")
            assert os.path.lexists(polylogued.inbox / "Failed" / name)
            assert (polylogued.inbox / "Failed" / f"{name}.why.txt").read_text("utf-8")


def test_a_truncated_array_gives_what_is_whole(tmp_path: Path) -> None:
    """Conversations before the cut are imported, and the cut is said."""
    root = tmp_path / "home"
    inbox = load(write_config(root), {}).paths.inbox
    inbox.mkdir(parents=True)
    claim(inbox)
    whole = exports.write_json(tmp_path / "conversations.json", _chats(3)).read_bytes()
    (inbox / "conversations.json").write_bytes(whole[:-40] + b"]")
    with daemon(root) as polylogued:
        polylogued.quiet()

        assert polylogued.items()["conversations.json"]["state"] == "partial"
        assert len(polylogued.notes()) == 2


def test_a_second_daemon_says_who_runs(tmp_path: Path) -> None:
    """One daemon for each archive: the second ends with 11 and leaves the first alone."""
    with daemon(tmp_path / "home") as polylogued:
        with pytest.raises(AssertionError, match="already"):
            start(tmp_path / "home" / "config.toml")

        assert polylogued.get("status")["pid"] == polylogued.process.pid


def test_files_are_private(tmp_path: Path) -> None:
    """Archive, lock files and socket are for their owner alone."""
    with daemon(tmp_path / "home") as polylogued:
        files = [*polylogued.config.paths.data.iterdir(), polylogued.config.socket]

        assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files} == {0}
        assert stat.S_IMODE(polylogued.config.socket.parent.stat().st_mode) == 0o700


def test_pausing_holds_work_back_until_resumed(tmp_path: Path) -> None:
    """While paused nothing is taken; afterwards it is."""
    export = exports.export_zip(tmp_path / "export.zip", _chats(1))
    with daemon(tmp_path / "home") as polylogued:
        polylogued.post("pause")
        _drop(export, polylogued.inbox)
        polylogued.post("scan")
        waiting = polylogued.get("wait", timeout=0.5)
        polylogued.post("resume")
        polylogued.quiet()

        assert not waiting["quiet"]
        assert len(polylogued.notes()) == 1


def test_reload_applies_and_names_what_needs_a_restart(tmp_path: Path) -> None:
    """A changed file is applied; a wrong one is refused and the old one stays."""
    root = tmp_path / "home"
    with daemon(root) as polylogued:
        file = root / "config.toml"
        good = file.read_text()
        file.write_text(good.replace("settle_seconds = 0.05", "settle_seconds = 0.1"))
        applied = polylogued.post("reload")
        file.write_text(good.replace("settle_seconds", "settle_secs"))
        refused = polylogued.post("reload")

        assert applied["applied"] == ["inbox.settle_seconds"]
        assert "settle_seconds" in refused["error"]["message"]


def test_retry_takes_a_failed_file_up_again(tmp_path: Path) -> None:
    """What failed can be tried again by name."""
    root = tmp_path / "home"
    inbox = load(write_config(root), {}).paths.inbox
    inbox.mkdir(parents=True)
    claim(inbox)
    (inbox / "letter.txt").write_text("Dear all")
    with daemon(root) as polylogued:
        polylogued.quiet()
        (polylogued.inbox / "Failed" / "letter.txt").write_bytes(
            exports.write_json(tmp_path / "c.json", _chats(1)).read_bytes()
        )
        polylogued.post("inbox/retry", name="letter.txt")
        polylogued.quiet()

        assert polylogued.items()["letter.txt"]["state"] == "imported"
        assert not (polylogued.inbox / "Failed" / "letter.txt.why.txt").exists()


def test_an_unpacked_export_folder_is_taken_whole(tmp_path: Path) -> None:
    """A folder is one arrival: its conversations, and its attachments by their names."""
    export = exports.export_zip(tmp_path / "export.zip", _chats(2))
    with daemon(tmp_path / "home") as polylogued:
        folder = tmp_path / "export"
        with zipfile.ZipFile(export) as archive:
            archive.extractall(folder)
        folder.rename(polylogued.inbox / "export")
        polylogued.quiet()

        assert len(polylogued.notes()) == 2
        assert (polylogued.inbox / "Done" / "export").is_dir()


def test_a_killed_daemon_leaves_work_that_the_next_one_ends(tmp_path: Path) -> None:
    """SIGKILL right after a drop: the next start imports it, nothing lost and nothing doubled."""
    root = tmp_path / "home"
    export = exports.export_zip(tmp_path / "export.zip", _chats(30))
    with daemon(root) as polylogued:
        _drop(export, polylogued.inbox)
        polylogued.process.send_signal(signal.SIGKILL)
        polylogued.process.wait()
    with daemon(root) as polylogued:
        polylogued.quiet()

        assert len(polylogued.notes()) == 30
        assert polylogued.get("status")["archive"]["conversations"] == 30


def test_the_log_tells_no_titles_or_text(tmp_path: Path) -> None:
    """Titles and messages of chats never reach the log."""
    root = tmp_path / "home"
    chat = exports.conversation("c1", "Canary title", "Canary question?", "Canary answer.")
    export = exports.export_zip(tmp_path / "export.zip", [chat])
    process = start(write_config(root))
    config = load(root / "config.toml", {})
    try:
        with client_of(config) as client:
            polylogued = Daemon(process, config, client)
            _drop(export, polylogued.inbox)
            polylogued.quiet()
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)

    assert b"daemon.ready" in said
    assert b"anary" not in said
