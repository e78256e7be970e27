"""What becomes of originals: only what was read is moved, and after a kill it is known where it is."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from polylogue.daemon.disposal import as_left, encoded, put_away, settle_gone
from polylogue.sources.files import any_stamp
from polylogue.sources.filing import file_away
from polylogue.store.archive import Archive, open_archive
from polylogue.store.imports import NewImport, Outcome, begin_import, finish_import
from polylogue.store.inbox import InboxItem, inbox_items, put_item


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Return an empty inbox."""
    folder = tmp_path / "Inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Give an empty archive."""
    with open_archive(tmp_path / "archive.db") as opened:
        yield opened


def _drop(inbox: Path, name: str, text: str = "1", *, folder: bool = False) -> Path:
    path = inbox / name
    if folder:
        path.mkdir()
        (path / "a.json").write_text(text)
    else:
        path.write_text(text)
    return path


def _item(path: Path, state: str) -> InboxItem:
    stamp = any_stamp(path)
    return InboxItem(path.name, path.name, state, encoded(stamp), stamp.size, 0, 0, reason="Why.")


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


# --- Putting away ---------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
@pytest.mark.parametrize(
    ("state", "after", "place", "note"),
    [
        ("imported", "move", "Done/x", False),
        ("duplicate", "move", "Done/x", False),
        ("partial", "move", "Done/x", True),
        ("failed", "move", "Failed/x", True),
        ("imported", "leave", "x", False),
        ("failed", "leave", "x", False),
        ("partial", "delete", "Done/x", True),
        ("failed", "delete", "Failed/x", True),
    ],
)
def test_what_was_read_goes_where_it_should(
    inbox: Path, state: str, after: str, place: str, note: bool, folder: bool
) -> None:
    """What is not read whole has a note beside it, and is never deleted."""
    path = _drop(inbox, "x", folder=folder)
    item = put_away(path, _item(path, state), after)
    assert item.place == place
    assert (inbox / place).exists()
    assert (inbox / f"{place}.why.txt").exists() == note


def test_what_is_read_may_be_deleted(inbox: Path) -> None:
    """With after_import = delete a file that was read whole goes; its place is nowhere."""
    path = _drop(inbox, "x")
    assert put_away(path, _item(path, "imported"), "delete").place is None
    assert _names(inbox) == set()


@pytest.mark.parametrize("after", ["move", "delete"])
@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
@pytest.mark.parametrize("state", ["imported", "failed"])
def test_another_thing_of_the_same_name_stays(
    inbox: Path, after: str, folder: bool, state: str
) -> None:
    """What took the name while the first was read was not read: it stays where it is."""
    path = _drop(inbox, "x", folder=folder)
    item = _item(path, state)
    path.rename(inbox.parent / "taken back")
    _drop(inbox, "x", "another", folder=folder)
    before = _names(inbox)
    assert put_away(path, item, after).place is None
    assert _names(inbox) == before


def test_what_cannot_be_moved_is_known_as_it_lies_there(inbox: Path) -> None:
    """To be set apart and put back changes a file's stamp, and it must not be read again for that."""
    path = _drop(inbox, "x")
    item = _item(path, "imported")
    os.link(path, inbox.parent / "y")
    assert as_left(path, item).stamp == encoded(any_stamp(path)) != item.stamp
    path.unlink()
    assert as_left(path, item).place is None


# --- After a kill ---------------------------------------------------------------------------------


def _put(archive: Archive, item: InboxItem) -> None:
    with archive.transaction() as connection:
        put_item(connection, item)


def _import(archive: Archive, status: str) -> int:
    with archive.transaction() as connection:
        new = NewImport(b"x" * 32, "inbox", "x", "", 1, None, 0)
        import_id = begin_import(connection, new)
        finish_import(connection, import_id, Outcome(status, "", None, None, {}, []))  # type: ignore[arg-type]
    return import_id


def _settled(archive: Archive, inbox: Path, *present: str) -> list[tuple[str, str | None]]:
    settle_gone(archive, inbox, present)
    return [(item.state, item.place) for item in inbox_items(archive.connection)]


@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
@pytest.mark.parametrize(("status", "state"), [("ok", "imported"), ("partial", "partial")])
def test_a_kill_after_the_move_is_settled_by_the_import(
    archive: Archive, inbox: Path, status: str, state: str, folder: bool
) -> None:
    """The import says how it ended, the inode where it is, whatever it is called there."""
    (inbox / "Done").mkdir()
    _drop(inbox / "Done", "x", "an older one", folder=folder)
    path = _drop(inbox, "x", folder=folder)
    item = replace(_item(path, "reading"), import_id=_import(archive, status))
    _put(archive, item)
    file_away(path, inbox / "Done")
    assert _settled(archive, inbox) == [(state, "Done/x (2)")]


def test_a_kill_after_a_failure_is_settled_by_its_place(archive: Archive, inbox: Path) -> None:
    """What lies in Failed could not be read."""
    path = _drop(inbox, "x")
    _put(archive, _item(path, "reading"))
    file_away(path, inbox / "Failed")
    assert _settled(archive, inbox) == [("failed", "Failed/x")]


def test_a_kill_after_the_deletion_is_settled_by_the_import(archive: Archive, inbox: Path) -> None:
    """A deleted original was read."""
    path = _drop(inbox, "x")
    _put(archive, replace(_item(path, "reading"), import_id=_import(archive, "ok")))
    path.unlink()
    assert _settled(archive, inbox) == [("imported", None)]


def test_another_file_of_the_name_is_not_claimed(archive: Archive, inbox: Path) -> None:
    """What was being read and was taken back is not the older file of its name in Done."""
    path = _drop(inbox, "x")
    _put(archive, _item(path, "reading"))
    (inbox / "Done").mkdir()
    _drop(inbox / "Done", "x", "older")
    path.unlink()
    assert _settled(archive, inbox) == []


# --- After a person's hand ------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["failed", "partial"])
def test_what_a_person_cleared_away_is_forgotten(archive: Archive, inbox: Path, state: str) -> None:
    """A row that asks for a person goes with its file, and stays as long as that."""
    path = _drop(inbox, "x")
    item = put_away(path, _item(path, state), "move")
    _put(archive, item)
    before = _settled(archive, inbox)
    (inbox / str(item.place)).unlink()
    assert (before, _settled(archive, inbox)) == ([(state, item.place)], [])


def test_what_was_left_and_then_removed_is_nowhere(archive: Archive, inbox: Path) -> None:
    """The row of a file that was read stays, without a place."""
    path = _drop(inbox, "x")
    _put(archive, _item(path, "imported"))
    before = _settled(archive, inbox, "x")
    path.unlink()
    assert (before, _settled(archive, inbox)) == ([("imported", "x")], [("imported", None)])
