"""Dirty marks to notes: one bad thing costs one thing."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import chatgpt_exports as exports
import pytest

from polylogue.ingest import ingest
from polylogue.model import Arrival
from polylogue.publish import Target, look, publish
from polylogue.store.archive import Archive, open_archive
from polylogue.store.dirty import dirty_count, dirty_marks, mark_all_dirty

_FILE = "file-" + "Ab3" * 8


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Open an archive with three chats, the first with a picture."""
    picture = exports.message("c0-1", "user", exports.image(_FILE), "Sea", at=0)
    told = [exports.conversation("c0", "Chat 0", picture, "Nice.")]
    told += [exports.conversation(f"c{n}", f"Chat {n}", "Why?", "So.") for n in (1, 2)]
    export = exports.export_zip(
        tmp_path / "export.zip", told, assets={_FILE: ("sea.png", exports.png())}
    )
    with open_archive(tmp_path / "data" / "archive.db") as opened:
        arrival = Arrival(path=export, origin="import")
        ingest(opened, arrival, imported_at=1, max_size=1 << 40)
        yield opened


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """Return a vault that does not exist yet."""
    return Target(tmp_path / "Vault", "{provider}", dt.UTC)


def notes(target: Target) -> dict[str, str]:
    """Return the notes by name."""
    return {path.name: path.read_text("utf-8") for path in target.root.glob("chatgpt/*.md")}


def execute(archive: Archive, statement: str) -> None:
    """Run a statement in a transaction."""
    with archive.transaction() as connection:
        connection.execute(statement)


def test_a_damaged_picture_costs_the_picture(archive: Archive, target: Target) -> None:
    """All notes are written; the one with the picture says that it is missing."""
    execute(archive, "UPDATE chunks SET data = x'00' WHERE id IN (SELECT oc.chunk_id FROM"
            " object_chunks oc JOIN assets a ON a.object_id = oc.object_id)")  # fmt: skip
    report = publish(archive, target)

    assert (report.written, dirty_count(archive.connection)) == (3, 0)
    assert "[!missing]" in next(text for text in notes(target).values() if "Nice." in text)


def test_a_chat_that_cannot_be_rendered_costs_itself(archive: Archive, target: Target) -> None:
    """The others are written; it stays dirty and is reported."""
    execute(archive, "UPDATE messages SET content_json = '[{\"type\":\"odd\"}]'"
            " WHERE message_id = 'c1-1'")  # fmt: skip
    report = publish(archive, target)

    assert (report.written, len(report.broken), dirty_count(archive.connection)) == (2, 1, 1)


def test_a_foreign_file_at_a_notes_path_is_left_and_the_note_stands_beside(
    archive: Archive, target: Target
) -> None:
    """The note takes a name of its own, and keeps it."""
    publish(archive, Target(target.root, "elsewhere", dt.UTC))
    for path in target.root.glob("elsewhere/*.md"):
        path.unlink()
    foreign = target.root / "elsewhere" / "2025-06-15 Chat 1.md"
    execute(archive, "DELETE FROM view_files")
    execute(archive, "INSERT OR IGNORE INTO dirty (conversation_id) SELECT id FROM conversations")
    foreign.write_text("mine")
    publish(archive, Target(target.root, "elsewhere", dt.UTC))
    names = sorted(path.name for path in target.root.glob("elsewhere/*.md"))

    assert foreign.read_text() == "mine"
    assert len(names) == 4
    assert dirty_count(archive.connection) == 0


def test_rendering_again_writes_nothing(archive: Archive, target: Target) -> None:
    """The same rows give the same bytes, and the same bytes are not written."""
    publish(archive, target)

    def stamps() -> dict[Path, tuple[int, int]]:
        files = (path for path in target.root.rglob("*") if path.is_file())
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}

    before = stamps()
    with archive.transaction() as connection:
        mark_all_dirty(connection)
    report = publish(archive, target)

    assert (report.written, report.unchanged) == (0, 3)
    assert stamps() == before


def test_a_look_finds_what_is_missing_and_touches_nothing_else(
    archive: Archive, target: Target
) -> None:
    """A deleted note and a deleted picture are marked; an edited note is only counted."""
    publish(archive, target)
    first, second, third = sorted(target.root.glob("chatgpt/*.md"))
    first.unlink()
    second.write_text("mine")
    survey = look(archive, target)

    assert (survey.missing, survey.edited, dirty_count(archive.connection)) == (1, 1, 1)
    assert third.exists()


def test_another_time_zone_renders_everything_again(archive: Archive, target: Target) -> None:
    """A look marks all notes when they were rendered otherwise than they would be now."""
    look(archive, target)
    publish(archive, target)
    other = Target(target.root, target.layout, dt.timezone(dt.timedelta(hours=2)))
    look(archive, other)

    assert len(dirty_marks(archive.connection, after=0, limit=10)) == 3
    look(archive, other)
    assert publish(archive, other).written == 3
