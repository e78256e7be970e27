"""Several formats of one conversation: files of their own, attachments once."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import chatgpt_exports as exports
import pytest
from vault_files import files

from polylogue.ingest import ingest
from polylogue.model import Arrival
from polylogue.publish import Target, look, publish
from polylogue.publish.own_words import LINE
from polylogue.store.archive import Archive, open_archive
from polylogue.store.dirty import dirty_count, mark_all_dirty

_FILE = "file-" + "Ab3" * 8


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Open an archive with two chats, the first with a picture."""
    picture = exports.message("c0-1", "user", exports.image(_FILE), "Sea", at=0)
    told = [
        exports.conversation("c0", "Chat 0", picture, "Nice."),
        exports.conversation("c1", "Chat 1", "Why?", "So."),
    ]
    export = exports.export_zip(
        tmp_path / "export.zip", told, assets={_FILE: ("sea.png", exports.png())}
    )
    with open_archive(tmp_path / "data" / "archive.db") as opened:
        ingest(opened, Arrival(path=export, origin="import"), imported_at=1, max_size=1 << 40)
        yield opened


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """Return a vault that does not exist yet, for both formats."""
    formats = ("markdown", "html")
    return Target(tmp_path / "Vault", "{provider}", dt.UTC, formats=formats, pages=True)


def _names(target: Target) -> set[str]:
    return {path for path in files(target.root) if not path.startswith("_index")}


def test_both_formats_stand_side_by_side(archive: Archive, target: Target) -> None:
    """Each conversation has a file of each, and the picture is there once."""
    report = publish(archive, target)
    (picture,) = (path for path in _names(target) if path.startswith("_attachments"))

    assert report.written == 4
    assert _names(target) == {
        "Chats.base",
        "index.html",
        picture,
        *(f"chatgpt/2025-06-15 Chat {n}.{end}" for n in (0, 1) for end in ("md", "html")),
    }
    page = files(target.root)["chatgpt/2025-06-15 Chat 0.html"].decode()
    assert f"../{picture}" in page
    assert "chatgpt/2025-06-15%20Chat%201.html" in files(target.root)["index.html"].decode()


def test_rendering_again_writes_nothing(archive: Archive, target: Target) -> None:
    """In either format."""
    publish(archive, target)
    before = files(target.root)
    with archive.transaction() as connection:
        mark_all_dirty(connection)
    report = publish(archive, target)

    assert (report.written, report.unchanged, report.pages) == (0, 4, 0)
    assert files(target.root) == before


def test_what_is_missing_in_one_format_comes_back(archive: Archive, target: Target) -> None:
    """And the other stays."""
    publish(archive, target)
    before = files(target.root)
    for name in ("chatgpt/2025-06-15 Chat 0.html", "index.html", "chatgpt/2025-06-15 Chat 1.md"):
        (target.root / name).unlink()
    survey = look(archive, target)
    publish(archive, target)

    assert survey.missing == 3
    assert files(target.root) == before


def test_a_format_that_is_no_longer_wanted_is_left_alone(archive: Archive, target: Target) -> None:
    """Its files stay, and what of them is deleted is not missed."""
    publish(archive, target)
    other = replace(target, formats=("markdown",))
    look(archive, other)
    publish(archive, other)
    (target.root / "chatgpt/2025-06-15 Chat 0.html").unlink()
    (target.root / "index.html").unlink()
    survey = look(archive, other)

    assert (survey.missing, dirty_count(archive.connection)) == (0, 0)
    assert (target.root / "chatgpt/2025-06-15 Chat 1.html").exists()


def test_a_person_writes_in_notes_and_not_in_pages(archive: Archive, target: Target) -> None:
    """What stands below the line of a note is not in the page; an edited page goes aside."""
    publish(archive, target)
    note, page = (target.root / f"chatgpt/2025-06-15 Chat 1.{end}" for end in ("md", "html"))
    note.write_bytes(note.read_bytes() + b"mine")
    page.write_bytes(page.read_bytes() + b"\n" + LINE + b"\nnot mine")
    with archive.transaction() as connection:
        mark_all_dirty(connection)
    publish(archive, target)

    assert note.read_bytes().endswith(b"\nmine")
    assert b"mine" not in page.read_bytes()
    assert (target.root / "_edited/chatgpt/2025-06-15 Chat 1.html").exists()
