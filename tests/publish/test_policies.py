"""The view is disposable, and a person's folder: whatever happens to it, it converges, and loses nothing."""

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import chatgpt_exports as exports
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_files import files

from polylogue.ingest import ingest
from polylogue.model import Arrival
from polylogue.publish import Target, look, publish
from polylogue.render.names import path_key
from polylogue.store.archive import Archive, open_archive
from polylogue.store.dirty import dirty_count, mark_all_dirty

_FILE = "file-" + "Ab3" * 8
_LONG = "A very long title, with ümlauts and 🏴‍☠️ flags: " * 12
_TITLES = ("Tea", "tea", "TEÁ", "tea\N{COMBINING ACUTE ACCENT}", _LONG, _LONG + "!", "CON", "#[x]")


@dataclass(frozen=True, slots=True)
class View:
    """An archive and its vault, in both formats and with pages."""

    archive: Archive
    target: Target

    def mend(self) -> None:
        """Look, and write what is wanted, as the daemon does."""
        look(self.archive, self.target)
        publish(self.archive, self.target)

    def rerender(self) -> None:
        """Render all again."""
        with self.archive.transaction() as connection:
            mark_all_dirty(connection)
        publish(self.archive, self.target)

    @property
    def files(self) -> dict[str, bytes]:
        """Every file of the vault."""
        return files(self.target.root)

    def note(self, number: int) -> Path:
        """Return a note."""
        return sorted((self.target.root / "chatgpt").glob("*.md"))[number]


@contextmanager
def _view() -> Iterator[View]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        picture = exports.message("p-1", "user", exports.image(_FILE), "Sea", at=0)
        told = [exports.conversation("p", "Picture", picture, "Nice.")]
        told += [
            exports.conversation(f"c{number}", title, "Why?", "So.")
            for number, title in enumerate(_TITLES)
        ]
        export = exports.export_zip(
            folder / "export.zip", told, assets={_FILE: ("sea.png", exports.png())}
        )
        target = Target(
            folder / "Vault", "{provider}", dt.UTC, formats=("markdown", "html"), pages=True
        )
        with open_archive(folder / "data" / "archive.db") as archive:
            ingest(archive, Arrival(path=export, origin="import"), imported_at=1, max_size=1 << 40)
            view = View(archive, target)
            publish(archive, target)
            yield view


@pytest.fixture
def view() -> Iterator[View]:
    """Return a view that was published."""
    with _view() as made:
        yield made


@pytest.fixture(scope="module")
def long_lived() -> Iterator[View]:
    """Return a view to which much happens; below one of its notes a person wrote."""
    with _view() as made:
        note = made.note(0)
        note.write_bytes(note.read_bytes() + b"\nmine")
        made.mend()
        yield made


@given(
    numbers=st.sets(st.integers(0, 2 * len(_TITLES) + 7)),
    folders=st.sets(st.sampled_from(["chatgpt", "_attachments", "_index"])),
)
@settings(max_examples=25, deadline=None)
def test_any_files_deleted_come_back(
    long_lived: View, numbers: set[int], folders: set[str]
) -> None:
    """Notes, pages, pictures, in any choice, also over and over: the same bytes."""
    before = long_lived.files
    for path in (path for number, path in enumerate(sorted(before)) if number in numbers):
        (long_lived.target.root / path).unlink()
    for folder in folders:
        shutil.rmtree(long_lived.target.root / folder)
    long_lived.mend()

    assert len(before) == 2 * len(_TITLES) + 8
    assert long_lived.files == before
    assert dirty_count(long_lived.archive.connection) == 0


def test_rendering_twice_writes_nothing(view: View) -> None:
    """No byte, no inode, no time."""

    def stamps() -> dict[Path, tuple[int, int]]:
        found = (path for path in view.target.root.rglob("*") if path.is_file())
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}

    before = stamps()
    view.rerender()
    view.mend()

    assert stamps() == before


def test_no_two_files_are_one_where_case_and_composition_do_not_count(view: View) -> None:
    """On APFS and NTFS every file has a name of its own, and keeps it."""
    paths = list(view.files)

    assert len({path_key(path) for path in paths}) == len(paths)
    assert sum(path.startswith("chatgpt/") for path in paths) == 2 * (len(_TITLES) + 1)


def test_names_fit_everywhere(view: View) -> None:
    """However long a title, a name has room left for what others put behind it."""
    for path in view.files:
        for part in path.split("/"):
            assert len(part.encode()) <= 140
            assert len(part.encode("utf-16-le")) // 2 <= 255


def test_a_program_that_keeps_changing_a_note_has_its_way(view: View) -> None:
    """Nothing is written against it, so there is no fight; one copy goes aside when the chat changes."""
    note = view.note(0)
    for number in range(5):
        note.write_bytes(note.read_bytes().replace(b"So.", b"So, %d." % number))
        found = look(view.archive, view.target)
        report = publish(view.archive, view.target)
        assert (found.edited, found.missing, report.written) == (1, 0, 0)
        assert not (view.target.root / "_edited").exists()
    view.rerender()

    assert b"So." in note.read_bytes()
    assert len(list((view.target.root / "_edited" / "chatgpt").iterdir())) == 1


def test_a_program_that_keeps_removing_a_note_is_no_loss(view: View) -> None:
    """It comes back each time, with the same bytes."""
    before = view.files
    for _ in range(5):
        view.note(0).unlink()
        view.mend()

    assert view.files == before


def test_files_of_others_are_never_touched(view: View) -> None:
    """Not by rendering, not by coming back, wherever in the vault they are."""
    mine = {"mine.md": b"a", "chatgpt/mine.md": b"b", "_index/mine.md": b"", "_edited/x.md": b"c"}
    for path, data in mine.items():
        (view.target.root / path).parent.mkdir(exist_ok=True)
        (view.target.root / path).write_bytes(data)
    for late in (view.target.root / "chatgpt").glob("2025*"):
        late.unlink()
    view.mend()
    view.rerender()
    after = view.files

    assert {path: after[path] for path in mine} == mine
