"""Live sessions end to end: a daemon follows the folders in which coding agents write."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import claude_code_sessions as claude
import codex_sessions as codex
import pytest
from running import Daemon, daemon, write_config
from unprivileged import PROGRAM as UNPRIVILEGED

from polylogue.store.archive import open_archive, open_readonly
from polylogue.store.followed import Followed, write_followed
from polylogue.store.objects import object_bytes

_TEA = "Which tea?"
_GREEN = "Green tea, of course."


def projects(root: Path) -> Path:
    """Return the folder in which the daemon looks for Claude Code."""
    return root / "claude" / "projects"


def append(path: Path, data: bytes) -> None:
    """Append to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(data)


class Talk:
    """A session of Claude Code and its file, in which every call appends."""

    def __init__(self, folder: Path, session_id: str = "s1") -> None:
        self.file = folder / "tea" / f"{session_id}.jsonl"
        self.chat = claude.Session(session_id)
        self._written = 0

    def ask(self, words: str = _TEA) -> "Talk":
        """Append a prompt."""
        self.chat.prompt(words)
        append(self.file, self.news())
        return self

    def answer(self, words: str = _GREEN) -> "Talk":
        """Append an answer."""
        self.chat.answer(claude.text(words))
        append(self.file, self.news())
        return self

    def news(self) -> bytes:
        """Return the bytes that are not in the file yet."""
        data = self.chat.data()
        news, self._written = data[self._written :], len(data)
        return news


def folder(polylogued: Daemon, name: str = "claude_code") -> dict[str, Any]:
    """Return what the status says of a folder."""
    folders = polylogued.get("status")["sessions"]["folders"]
    found: dict[str, Any] = next(one for one in folders if one["name"] == name)
    return found


def codes(polylogued: Daemon) -> set[str]:
    """Return the codes of the warnings that stand."""
    return {warning["code"] for warning in polylogued.get("status")["warnings"]}


def until(happened: Callable[[], object]) -> None:
    """Ask again and again; the test's own time limit ends it."""
    while not happened():
        pass


def note(polylogued: Daemon) -> str:
    """Return the only note."""
    (text,) = polylogued.notes().values()
    return text


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Return what lies below a folder: inode and mtime of everything."""
    found = {path: path.stat() for path in folder.rglob("*")}
    return {str(path): (status.st_ino, status.st_mtime_ns) for path, status in found.items()}


def imports(polylogued: Daemon) -> list[bytes]:
    """Return the bytes of everything that was imported, one after another."""
    with open_readonly(polylogued.config.archive) as archive:
        objects = archive.connection.execute(
            "SELECT object_id FROM raw_members ORDER BY import_id, seq"
        ).fetchall()
        return [b"".join(object_bytes(archive.connection, row)) for (row,) in objects]


def test_an_appended_line_is_in_the_note(tmp_path: Path) -> None:
    """What is appended to a session is soon in its note, without being asked for."""
    talk = Talk(projects(tmp_path)).ask()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        before, looked = note(polylogued), snapshot(projects(tmp_path))
        unchanged = snapshot(projects(tmp_path)) == looked
        talk.answer()
        until(lambda: _GREEN in note(polylogued))
        polylogued.quiet()
        status = folder(polylogued)

        assert _TEA in before
        assert _GREEN not in before
        assert unchanged
        assert (status["watch"], status["files"], status["problems"]) == ("native", 1, 0)
        assert status["last_activity"] == talk.file.stat().st_mtime_ns // 1_000_000
        assert imports(polylogued) == [talk.chat.data()]


def test_a_line_without_its_end_waits(tmp_path: Path) -> None:
    """Half a line changes no note; when the rest comes, it does."""
    talk = Talk(projects(tmp_path)).ask()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        talk.chat.answer(claude.text(_GREEN))
        line = talk.news()
        append(talk.file, line[:-30])
        polylogued.quiet()
        before = note(polylogued)
        append(talk.file, line[-30:])
        polylogued.quiet()

        assert _GREEN not in before
        assert _GREEN in note(polylogued)


def test_a_deleted_session_stays(tmp_path: Path) -> None:
    """The note of a file that is gone stays, and the status counts it until the file is back."""
    talk = Talk(projects(tmp_path)).ask()
    Talk(projects(tmp_path), "s2").ask()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        notes, data = polylogued.notes(), talk.file.read_bytes()
        talk.file.unlink()
        until(lambda: folder(polylogued)["only_here"])
        polylogued.quiet()
        gone = folder(polylogued)
        kept = polylogued.notes()
        talk.file.write_bytes(data)
        polylogued.quiet()

        assert kept == notes
        assert (gone["files"], gone["only_here"]) == (1, 1)
        assert folder(polylogued)["only_here"] == 0
        assert len(imports(polylogued)) == 2


def test_the_last_session_of_a_folder_can_be_deleted(tmp_path: Path) -> None:
    """An empty folder on the same disk is one whose sessions are gone."""
    talk = Talk(projects(tmp_path)).ask()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        shutil.rmtree(talk.file.parent)
        polylogued.quiet()

        assert folder(polylogued)["only_here"] == 1
        assert _TEA in note(polylogued)


def test_a_folder_made_later_is_noticed(tmp_path: Path) -> None:
    """An agent that is installed while the daemon runs is followed from then on."""
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        before = folder(polylogued)
        talk = Talk(projects(tmp_path)).ask()
        until(polylogued.notes)
        until(lambda: folder(polylogued)["watch"] == "native")
        talk.answer()
        until(lambda: _GREEN in note(polylogued))

        assert before["watch"] == "missing"
        assert codes(polylogued) == set()


@pytest.mark.parametrize("number", [30, 300])
def test_many_sessions_at_once(number: int, tmp_path: Path) -> None:
    """Few or many: all are read, and nothing is left to do."""
    draft = many(tmp_path / "draft", number)
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        projects(tmp_path).mkdir(parents=True)
        draft.rename(projects(tmp_path) / "tea")
        polylogued.quiet()
        sessions = polylogued.get("status")["sessions"]

        assert len(polylogued.notes()) == number == sessions["folders"][0]["files"]
        assert (sessions["waiting"], sessions["filling"]) == (0, None)


def test_a_large_session_is_read_in_a_child(tmp_path: Path) -> None:
    """What is large is read whole, and followed like any other afterwards."""
    talk = Talk(projects(tmp_path))
    talk.chat.prompt("tea " * 300_000)
    talk.ask("And now?")
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        talk.answer()
        polylogued.quiet()

        assert _GREEN in note(polylogued)
        assert imports(polylogued) == [talk.chat.data()]


def test_after_a_restart_only_what_is_new_is_read(tmp_path: Path) -> None:
    """What was read before is not looked at again: a change that no stamp shows is not seen."""
    talk = Talk(projects(tmp_path)).ask("Old words. " * 500)
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
    first = talk.file.read_bytes()
    status = talk.file.stat()
    with talk.file.open("r+b") as file:
        file.write(first.replace(b"Old", b"New")[:3000])
    os.utime(talk.file, ns=(status.st_atime_ns, status.st_mtime_ns))
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        unread = imports(polylogued)
        talk.answer()
        polylogued.quiet()

        assert unread == [first]
        assert imports(polylogued) == [talk.chat.data()]
        assert _GREEN in note(polylogued)


def test_what_was_written_meanwhile_is_read_at_the_start(tmp_path: Path) -> None:
    """A session that went on while no daemon ran is read on."""
    talk = Talk(projects(tmp_path)).ask()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
    talk.answer()
    Talk(projects(tmp_path), "s2").ask("And coffee?")
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()

        assert len(polylogued.notes()) == 2
        assert any(_GREEN in text for text in polylogued.notes().values())


def test_a_file_that_is_written_anew_is_taken_anew(tmp_path: Path) -> None:
    """Cut short or rewritten: what was there before stays, what is there now is added."""
    talk = Talk(projects(tmp_path)).ask().answer()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        before = talk.file.read_bytes()
        other = claude.Session("s9")
        other.prompt("Coffee!")
        talk.file.write_bytes(other.data())
        polylogued.quiet()
        other.prompt("Or not?")
        talk.file.write_bytes(other.data())
        polylogued.quiet()

        assert imports(polylogued) == [before, other.data()]
        assert any(_GREEN in text for text in polylogued.notes().values())
        assert any("Or not?" in text for text in polylogued.notes().values())


def test_an_edit_before_an_append_is_found_when_the_session_is_idle(tmp_path: Path) -> None:
    """What was taken for an append is compared as a whole when a file is as in the scan before."""
    talk = Talk(projects(tmp_path)).ask("Old words. " * 500)
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        edited = talk.file.read_bytes().replace(b"Old", b"New")
        talk.chat.answer(claude.text(_GREEN))
        with talk.file.open("r+b") as file:
            file.write(edited[:3000])
        append(talk.file, talk.news())
        polylogued.quiet()
        believed = imports(polylogued)
        for _ in range(2):
            polylogued.post("scan")
            polylogued.quiet()

        assert len(believed) == 1
        assert imports(polylogued) == [*believed, talk.file.read_bytes()]


def test_what_nobody_read_is_read_after_an_upgrade(tmp_path: Path) -> None:
    """A file that earlier parsers did not know is read by later ones, though it is as it was."""
    talk = Talk(projects(tmp_path)).ask()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
    status = talk.answer().file.stat()
    stamp = status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
    with open_archive(polylogued.config.archive) as archive, archive.transaction() as connection:
        write_followed(connection, Followed(str(talk.file), *stamp))
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()

        assert _GREEN in note(polylogued)


def test_a_moved_file_is_the_same_session(tmp_path: Path) -> None:
    """A file under another name is read on, and nothing is only here."""
    talk = Talk(projects(tmp_path)).ask()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        talk.file = talk.file.rename(talk.file.with_name("moved.jsonl"))
        polylogued.quiet()
        talk.answer()
        polylogued.quiet()

        assert imports(polylogued) == [talk.chat.data()]
        assert (folder(polylogued)["files"], folder(polylogued)["only_here"]) == (1, 0)


def test_a_folder_that_vanishes_loses_nothing(tmp_path: Path) -> None:
    """A whole folder that is not there is no deletion; when it is back, all goes on."""
    talk = Talk(projects(tmp_path)).ask()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        notes = snapshot(polylogued.vault)
        projects(tmp_path).rename(tmp_path / "elsewhere")
        polylogued.post("scan")
        away = folder(polylogued)
        after = snapshot(polylogued.vault)
        (tmp_path / "elsewhere").rename(projects(tmp_path))
        talk.answer()
        until(lambda: _GREEN in note(polylogued))

        assert (away["watch"], away["files"], away["only_here"]) == ("missing", 1, 0)
        assert after == notes


@contextmanager
def other_disk() -> Iterator[Path]:
    """Give an empty folder on another disk than that of the tests."""
    memory = Path("/dev/shm")  # noqa: S108 - a disk in memory
    if not memory.is_dir() or not os.access(memory, os.W_OK):
        pytest.skip("there is no other disk")
    with tempfile.TemporaryDirectory(dir=memory) as other:
        yield Path(other)


def test_an_unmounted_disk_loses_nothing(tmp_path: Path) -> None:
    """An empty folder on another disk than the sessions were on is a place where a disk is missing."""
    disk = tmp_path / "disk"
    Talk(disk).ask()
    projects(tmp_path).parent.mkdir()
    projects(tmp_path).symlink_to(disk)
    with other_disk() as other, daemon(tmp_path) as polylogued:
        if other.stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("there is no other disk")
        polylogued.quiet()
        projects(tmp_path).unlink()
        projects(tmp_path).symlink_to(other)
        polylogued.post("scan")
        away = folder(polylogued)

        assert (away["watch"], away["files"], away["only_here"]) == ("missing", 1, 0)


def test_a_closed_file_is_told_of_until_it_is_open(tmp_path: Path) -> None:
    """A file that cannot be read is a warning, costs no other, and is read when it can be."""
    talk = Talk(projects(tmp_path)).ask()
    talk.file.chmod(0)
    with daemon(tmp_path, program=UNPRIVILEGED) as polylogued:
        polylogued.quiet()
        closed = codes(polylogued), folder(polylogued)["problems"]
        Talk(projects(tmp_path), "s2").ask()
        polylogued.quiet()
        others = len(polylogued.notes())
        talk.file.chmod(0o600)
        until(lambda: len(polylogued.notes()) == 2)
        polylogued.quiet()

        assert closed == ({"sessions-unreadable"}, 1)
        assert others == 1
        assert (codes(polylogued), folder(polylogued)["problems"]) == (set(), 0)


def test_a_closed_file_that_goes_away_is_forgotten(tmp_path: Path) -> None:
    """The warning goes with the file."""
    talk = Talk(projects(tmp_path)).ask()
    talk.file.chmod(0)
    with daemon(tmp_path, program=UNPRIVILEGED) as polylogued:
        polylogued.quiet()
        closed = codes(polylogued)
        talk.file.unlink()
        until(lambda: codes(polylogued) != closed)

        assert closed == {"sessions-unreadable"}
        assert codes(polylogued) == set()


def many(root: Path, number: int) -> Path:
    """Write so many sessions; return their folder."""
    for name in range(number):
        Talk(root, f"s{name}").ask(f"Tea number {name}.")
    return root / "tea"


def is_filling(polylogued: Daemon) -> bool:
    """Whether some files of many are read."""
    filling = polylogued.get("status")["sessions"]["filling"]
    return bool(filling and filling["done"])


@pytest.mark.parametrize("killed", ["daemon", "workers"])
def test_a_kill_during_a_first_start_costs_nothing(killed: str, tmp_path: Path) -> None:
    """Each session is imported once, whoever dies in the middle."""
    many(projects(tmp_path), 300)
    with daemon(tmp_path) as polylogued:
        until(lambda: is_filling(polylogued))
        if killed == "workers":
            polylogued.kill_workers()
            polylogued.quiet()
        else:
            polylogued.process.kill()
            polylogued.process.wait()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()

        assert codes(polylogued) == set()
        assert len(polylogued.notes()) == len(imports(polylogued)) == 300


def test_a_refused_file_is_told_of_until_it_is_not(tmp_path: Path) -> None:
    """A file above the limit is a warning; it is read once the limit is higher."""
    Talk(projects(tmp_path)).ask("tea " * 1000)
    file = write_config(tmp_path)
    plain = file.read_text()
    file.write_text(plain + "[limits]\nmax_import_gib = 0.000001\n")
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        refused = codes(polylogued)
        file.write_text(plain)
        polylogued.post("reload")
        polylogued.quiet()

        assert refused == {"sessions-refused"}
        assert codes(polylogued) == set()
        assert len(polylogued.notes()) == 1


def test_nothing_is_followed_while_paused(tmp_path: Path) -> None:
    """What is written during a pause is read after it."""
    talk = Talk(projects(tmp_path)).ask()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        polylogued.post("pause")
        talk.answer()
        waiting = polylogued.get("wait", timeout=30)
        before = note(polylogued)
        polylogued.post("resume")
        polylogued.quiet()

        assert (waiting["blocked"], waiting["waiting"]) == (["paused"], 1)
        assert _GREEN not in before
        assert _GREEN in note(polylogued)


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither a link to a file nor one to a folder leads out of the folder."""
    outside = Talk(tmp_path / "outside").ask()
    Talk(projects(tmp_path), "s2").ask("Inside.")
    (projects(tmp_path) / "linked").symlink_to(outside.file.parent)
    (projects(tmp_path) / "tea" / "linked.jsonl").symlink_to(outside.file)
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        outside.answer()
        polylogued.quiet()

        assert "Inside." in note(polylogued)
        assert codes(polylogued) == set()


def test_sessions_of_codex(tmp_path: Path) -> None:
    """An archived session is the same; the index beside the folder gives it its name."""
    root = tmp_path / "codex"
    rollout = root / "sessions" / "2026" / "05" / "01" / f"rollout-{codex.SESSION}.jsonl"
    append(rollout, codex.rollout(codex.meta(), codex.user(_TEA)))
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        (root / "archived_sessions").mkdir()
        rollout.rename(root / "archived_sessions" / rollout.name)
        name = f'{{"id":"{codex.SESSION}","thread_name":"On tea","updated_at":"{codex.stamp(9)}"}}'
        append(root / "session_index.jsonl", name.encode() + b"\n")
        polylogued.quiet()
        status = folder(polylogued, "codex")

        assert (status["files"], status["only_here"]) == (2, 0)
        assert "On tea" in note(polylogued)
        assert _TEA in note(polylogued)


def test_further_folders(tmp_path: Path) -> None:
    """A folder that a person names is followed, too; while it is not there, they are told."""
    write_config(tmp_path, folders=["work"])
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()
        missing = codes(polylogued)
        Talk(tmp_path / "work" / ".claude").ask()
        polylogued.quiet()

        assert missing == {"sessions-missing"}
        assert codes(polylogued) == set()
        assert _TEA in note(polylogued)
        assert folder(polylogued, "folder")["files"] == 1


def test_a_daemon_of_tests_follows_only_what_the_test_gives(tmp_path: Path) -> None:
    """Sessions in the home folder are not those of the configuration."""
    Talk(Path.home() / ".claude" / "projects").ask()
    with daemon(tmp_path) as polylogued:
        polylogued.quiet()

        assert polylogued.notes() == {}
        places = [one["path"] for one in polylogued.get("status")["sessions"]["folders"]]
        assert all(place.startswith(str(tmp_path)) for place in places)
