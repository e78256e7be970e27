"""Notes that name one another are linked, in whatever order they come."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path

import claude_code_sessions as sessions
import pytest

from polylogue.ingest import ingest
from polylogue.model import Arrival
from polylogue.publish import Target, publish
from polylogue.store.archive import Archive, open_archive
from polylogue.store.dirty import dirty_count, mark_all_dirty

_S1 = "11111111-0000-4000-8000-000000000001"
_LINK = "[[claude-code/2026-02-03 Look for uses|Look for uses]]"
_PARENT = 'parent: "[[claude-code/2026-02-03 Mend the timer|2026-02-03 Mend the timer]]"'


def _files() -> dict[str, bytes]:
    """Return a session, its sub-agent, and the sub-agent of that one."""
    chat = sessions.Session(_S1)
    chat.prompt("Mend the timer")
    chat.answer(sessions.call("c1", "Task", description="Look for uses", prompt="Look for uses"))
    chat.result("c1", "None.", agentId="a1")
    agent = sessions.Session(_S1, {"isSidechain": True, "agentId": "a1"})
    agent.prompt("Look for uses")
    agent.answer(sessions.call("g1", "Task", description="Read it all", prompt="Read it all"))
    agent.result("g1", "Read.", agentId="b2")
    inner = sessions.Session(_S1, {"isSidechain": True, "agentId": "b2"})
    inner.prompt("Read it all")
    inner.answer(sessions.text("I read it."))
    return {
        f"{_S1}.jsonl": chat.data(),
        f"{_S1}/subagents/agent-a1.jsonl": agent.data(),
        f"{_S1}/subagents/agent-b2.jsonl": inner.data(),
    }


def _take(archive: Archive, folder: Path, name: str, data: bytes) -> None:
    path = folder / "projects" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    ingest(archive, Arrival(path=path, origin="import", name=name), imported_at=1, max_size=1 << 40)


def _target(folder: Path) -> Target:
    return Target(folder / "Vault", "{provider}", dt.UTC)


def _notes(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in (folder / "Vault").glob("*/*.md")}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Open an empty archive."""
    with open_archive(tmp_path / "archive.db") as opened:
        yield opened


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("at_once", [True, False], ids=["at-once", "one-by-one"])
def test_links_do_not_depend_on_the_order(
    archive: Archive, tmp_path: Path, order: Sequence[int], *, at_once: bool
) -> None:
    """Whatever comes first: at last the caller links to its agent, that to its caller, and all is clean."""
    files = list(_files().items())
    for number in order:
        _take(archive, tmp_path, *files[number])
        if not at_once:
            publish(archive, _target(tmp_path))
    publish(archive, _target(tmp_path))
    notes = _notes(tmp_path)

    assert _LINK in notes["2026-02-03 Mend the timer.md"]
    assert _PARENT in notes["2026-02-03 Look for uses.md"]
    assert "|Read it all]]" in notes["2026-02-03 Look for uses.md"]
    assert _PARENT in notes["2026-02-03 Read it all.md"]
    assert dirty_count(archive.connection) == 0


def test_rendering_again_changes_no_link(archive: Archive, tmp_path: Path) -> None:
    """All notes rendered at once are, byte for byte, what came of them one after another."""
    for name, data in _files().items():
        _take(archive, tmp_path, name, data)
        publish(archive, _target(tmp_path))
    before = _notes(tmp_path)
    with archive.transaction() as connection:
        mark_all_dirty(connection)
    report = publish(archive, _target(tmp_path))

    assert (report.written, report.unchanged) == (0, 3)
    assert _notes(tmp_path) == before


def test_without_a_note_there_is_no_link(archive: Archive, tmp_path: Path) -> None:
    """What names a conversation that the archive does not have says so in words."""
    name, data = next(iter(_files().items()))
    _take(archive, tmp_path, name, data)
    publish(archive, _target(tmp_path))
    (note,) = _notes(tmp_path).values()

    assert "> [!tool]- Task · Look for uses\n" in note
    assert "[[" not in note


def test_a_link_leads_to_where_the_note_is(archive: Archive, tmp_path: Path) -> None:
    """A note that cannot have its name, since a file of somebody else has it, is linked by its own."""
    foreign = tmp_path / "Vault" / "claude-code" / "2026-02-03 Look for uses.md"
    for name, data in _files().items():
        _take(archive, tmp_path, name, data)
    publish(archive, Target(tmp_path / "Vault", "elsewhere", dt.UTC))
    with archive.transaction() as connection:
        connection.execute("DELETE FROM view_files")
        mark_all_dirty(connection)
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    publish(archive, _target(tmp_path))
    publish(archive, _target(tmp_path))
    own = next(foreign.parent.glob("2026-02-03 Look for uses ?*.md"))
    note = (foreign.parent / "2026-02-03 Mend the timer.md").read_text("utf-8")

    assert f"[[claude-code/{own.stem}|Look for uses]]" in note
    assert dirty_count(archive.connection) == 0
