"""A long session has several notes, and what is appended to it renders the last one alone."""

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import claude_code_sessions as sessions
import pytest
from obsidian_reader import Note

from polylogue.ingest.follow import Follower, Found
from polylogue.publish import Report, Target, look, publish
from polylogue.store.archive import Archive, open_archive
from polylogue.store.dirty import dirty_count, mark_all_dirty

_S1 = "11111111-0000-4000-8000-000000000001"
_NAME = "2026-02-03 Which tea{}.md"


class Long:
    """A session that grows, its archive and its vault."""

    def __init__(self, folder: Path, archive: Archive) -> None:
        self.archive = archive
        self.target = Target(folder / "Vault", "{provider}", dt.UTC)
        self.folder = folder
        self._path = folder / f"{_S1}.jsonl"
        self._follower = Follower(archive, max_size=1 << 40)
        self._numbers = itertools.count(1)
        self._last: str | None = None

    def say(self, *, prompts: int = 0, answers: int = 0) -> Report:
        """Append prompts, then answers, take them and publish."""
        chat = sessions.Session(_S1)
        for _ in range(prompts):
            chat.prompt("Which tea?", **self._place())
        for _ in range(answers):
            chat.answer(sessions.text("Green."), **self._place())
        with self._path.open("ab") as file:
            file.write(chat.data())
        self._follower.follow(Found(self._path, self._path.name), now=1)
        return publish(self.archive, self.target)

    def notes(self) -> dict[str, str]:
        """Return the notes by name."""
        notes = self.target.root.glob("*/*.md")
        return {path.name: path.read_text("utf-8") for path in notes}

    def note(self, part: int) -> Note:
        """Return the note of a part."""
        return Note(self.notes()[_NAME.format(f" ({part})" if part > 1 else "")])

    def _place(self) -> dict[str, Any]:
        number, parent = next(self._numbers), self._last
        self._last = f"u{number}"
        return {
            "uuid": self._last,
            "parentUuid": parent,
            "timestamp": f"2026-02-03T04:{number // 60 % 60:02}:{number % 60:02}.000Z",
        }


@pytest.fixture
def long(tmp_path: Path) -> Iterator[Long]:
    """Return a session of 1100 messages: its second note has the last hundred."""
    with open_archive(tmp_path / "archive.db") as archive:
        told = Long(tmp_path, archive)
        told.say(prompts=1, answers=1000)
        told.say(prompts=1, answers=98)
        yield told


def test_a_part_begins_with_a_prompt(long: Long) -> None:
    """The first prompt after a thousand messages begins a note; both are linked, counted and sound."""
    one, two = long.note(1), long.note(2)

    assert sorted(long.notes()) == [_NAME.format(" (2)"), _NAME.format("")]
    assert (one.properties["part"], one.properties["messages"]) == (1, 1001)
    assert (two.properties["part"], two.properties["messages"]) == (2, 99)
    assert two.properties["aliases"] == ["Which tea? (2)"]
    assert one.links == ["claude-code/2026-02-03 Which tea (2)|2026-02-03 Which tea (2)"]
    assert two.links == ["claude-code/2026-02-03 Which tea|2026-02-03 Which tea"]
    assert two.headings[0].startswith("## You")
    assert one.problems == two.problems == []


def test_an_append_renders_the_last_part_alone(long: Long) -> None:
    """Only the note that changed is rendered, so the cost is not in the length of the session."""
    report = long.say(prompts=1)

    assert (report.written, report.unchanged) == (1, 0)
    assert long.note(2).properties["messages"] == 100


def test_a_new_part_is_linked_from_the_one_before(long: Long) -> None:
    """When a session outgrows its last note, that one is rendered once more."""
    long.say(answers=900)
    assert long.note(2).links == ["claude-code/2026-02-03 Which tea|2026-02-03 Which tea"]
    report = long.say(answers=400)

    assert (report.written, report.unchanged) == (2, 0)
    assert len(long.note(2).links) == 2
    assert long.note(2).properties["messages"] == 1250
    assert long.note(3).properties["messages"] == 149


def test_parts_do_not_depend_on_when_they_were_rendered(long: Long) -> None:
    """All parts rendered anew are those that grew, byte for byte."""
    for _ in range(3):
        long.say(prompts=1, answers=400)
    before = long.notes()
    with long.archive.transaction() as connection:
        mark_all_dirty(connection)
    report = publish(long.archive, long.target)

    assert (report.written, report.unchanged) == (0, len(before))
    assert long.notes() == before


def test_a_part_that_is_missing_comes_back(long: Long) -> None:
    """A note of a long session that a person deleted is written again."""
    before = long.notes()
    (long.target.root / "claude-code" / _NAME.format(" (2)")).unlink()
    found = look(long.archive, long.target)
    publish(long.archive, long.target)

    assert found.missing == 1
    assert long.notes() == before


def test_a_part_whose_name_is_taken_is_linked_by_its_own(long: Long) -> None:
    """A file of somebody else stays; the part stands beside it, and the one before links to that."""
    foreign = long.target.root / "claude-code" / _NAME.format(" (3)")
    foreign.write_text("mine")
    long.say(prompts=1, answers=1200)
    own = next(foreign.parent.glob(_NAME.format(" (3) *")))

    assert foreign.read_text() == "mine"
    assert long.note(2).links[1] == f"claude-code/{own.stem}|{own.stem}"
    assert dirty_count(long.archive.connection) == 0


def test_a_part_that_is_no_more_is_empty(long: Long) -> None:
    """Should lines move so that fewer notes are needed, the last one repeats nothing."""
    with long.archive.transaction() as connection:
        connection.execute("DELETE FROM messages WHERE line > 1001")
        mark_all_dirty(connection)
    publish(long.archive, long.target)

    assert "Which tea?\n" not in long.note(2).body
    assert long.note(2).callouts == ["missing"]
    assert long.note(2).links == ["claude-code/2026-02-03 Which tea|2026-02-03 Which tea"]
