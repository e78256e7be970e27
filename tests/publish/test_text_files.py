"""Documents that grew in a chat, and long pasted texts, are files of the vault, once each."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import tell
from obsidian_reader import Note
from records import conversation, message

from polylogue.model import Artifact, Attachment, Part
from polylogue.publish import Target, look, publish
from polylogue.render.text_files import text_file
from polylogue.store.archive import Archive, open_archive
from polylogue.store.dirty import dirty_count, mark_all_dirty

PASTED = "a long text\n" * 500


@pytest.mark.parametrize(
    ("title", "language", "expected"),
    [
        ("Plan", "markdown", "Plan v2-0a0b.txt"),
        ("beds.md", "markdown", "beds v2-0a0b.txt"),
        ("Timer", "python", "Timer v2-0a0b.py"),
        ("timer.py", "python", "timer v2-0a0b.py"),
        ("app.tsx", "", "app v2-0a0b.tsx"),
        ("v1.2", "Rust", "v1.2 v2-0a0b.rs"),
        ("Page", "html", "Page v2-0a0b.html"),
        ("", "odd", "Untitled v2-0a0b.txt"),
        ("a/b: [c].canvas", "json", "a b c .canvas v2-0a0b.json"),
    ],
)
def test_names_and_endings(title: str, language: str, expected: str) -> None:
    """A document is called by its title and version, and ends as its language does; never as a note."""
    file = text_file(Artifact(artifact_id="a", title=title, language=language, version=2, text="x"))

    assert file is not None
    assert file.path("0a0b") == f"_attachments/0a/{expected}"


@pytest.mark.parametrize("part", [Artifact(artifact_id="a", text=" "), Attachment(name="a.txt")])
def test_what_has_no_text_is_no_file(part: Part) -> None:
    """An empty document, and a file whose text is not known, make none."""
    assert text_file(part) is None


# --- In the vault -----------------------------------------------------------------------------------

CODE = "print('tea')\n<% not run %>\n"
PARTS: tuple[Part, ...] = (
    Artifact(artifact_id="t", title="Timer", language="python", version=1, text="print()\n"),
    Artifact(artifact_id="t", title="Timer", language="python", version=2, text=CODE),
    Attachment(name="", mime_type="text/plain", extracted_text=PASTED),
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Open an archive with two chats that hold the same documents and the same pasted text."""
    with open_archive(tmp_path / "archive.db") as opened:
        with opened.transaction() as connection:
            for key in ("c1", "c2"):
                said = message(f"{key}-m", PARTS, role="assistant", timestamp=1_700_000_000_000)
                tell(connection, conversation(said, conversation_id=key, title=f"Chat {key}"))
        yield opened


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """Return a vault that does not exist yet."""
    return Target(tmp_path / "Vault", "{provider}", dt.UTC)


def _files(target: Target) -> dict[str, bytes]:
    """Return the files that are no notes, by path."""
    found = (target.root / "_attachments").rglob("*.*")
    return {path.relative_to(target.root).as_posix(): path.read_bytes() for path in found}


def test_each_text_is_stored_once_and_linked(archive: Archive, target: Target) -> None:
    """Each version is a file with the very text, however many chats show it; notes link to it."""
    report = publish(archive, target)
    files = _files(target)

    assert (report.broken, report.blocked) == ({}, [])
    assert sorted(files.values()) == sorted([b"print()\n", CODE.encode(), PASTED.encode()])
    for path in target.root.glob("chatgpt/*.md"):
        note = Note(path.read_text("utf-8"))
        assert note.problems == []
        assert {link.partition("|")[0] for link in note.links} == set(files)


def test_a_text_that_is_deleted_comes_back(archive: Archive, target: Target) -> None:
    """A look finds that it is missing, and its chat brings it back, byte for byte."""
    publish(archive, target)
    before = _files(target)
    for path in before:
        (target.root / path).unlink()

    assert look(archive, target).missing == 3
    assert dirty_count(archive.connection) == 1
    publish(archive, target)
    assert _files(target) == before


def test_rendering_again_writes_nothing(archive: Archive, target: Target) -> None:
    """Texts that are there already stay untouched."""
    publish(archive, target)
    stamps = {path: (target.root / path).stat().st_mtime_ns for path in _files(target)}
    with archive.transaction() as connection:
        mark_all_dirty(connection)
    report = publish(archive, target)

    assert (report.written, report.unchanged) == (0, 2)
    assert {path: (target.root / path).stat().st_mtime_ns for path in _files(target)} == stamps


def test_a_foreign_file_in_the_place_of_a_text_is_left(archive: Archive, target: Target) -> None:
    """It stays as it is; the notes show the text without a link to it."""
    publish(archive, target)
    path = next(path for path, data in _files(target).items() if data == CODE.encode())
    other = Target(target.root.parent / "Other", "{provider}", dt.UTC)
    (other.root / path).parent.mkdir(parents=True)
    (other.root / path).write_text("mine")
    with archive.transaction() as connection:
        connection.execute("DELETE FROM view_files")
        mark_all_dirty(connection)
    publish(archive, other)

    assert (other.root / path).read_text() == "mine"
    for note in other.root.glob("chatgpt/*.md"):
        assert "<\N{ZERO WIDTH SPACE}% not run %>" in note.read_text("utf-8")
        assert path not in note.read_text("utf-8")


@pytest.mark.parametrize("layout", ["", "{project}", "{year}/{month}", "All/{provider} {day}"])
def test_files_are_linked_wherever_notes_stand(
    archive: Archive, tmp_path: Path, layout: str
) -> None:
    """In every layout, notes stand where it says, and find their files; nothing is written twice."""
    target = Target(tmp_path / "Vault", layout, dt.UTC)
    report = publish(archive, target)
    with archive.transaction() as connection:
        mark_all_dirty(connection)

    assert (report.written, report.blocked, report.broken) == (2, [], {})
    assert publish(archive, target).written == 0
    depth = len(layout.split("/")) if layout else 0
    notes = [path for path in target.root.rglob("2023-*.md") if "_attachments" not in path.parts]
    assert [len(path.relative_to(target.root).parts) - 1 for path in notes] == [depth, depth]
