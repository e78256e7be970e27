"""The last step of a write, when a person is faster by microseconds."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from vault_files import files

from polylogue.vault import Entry, drafts
from polylogue.vault.drafts import draft


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    """Open a folder with a note in it."""
    (tmp_path / "note.md").write_bytes(b"the person's")
    os.utime(tmp_path / "note.md", (5, 5))
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.usefixtures("any_disk")
def test_a_name_taken_by_now(folder: int, tmp_path: Path) -> None:
    """A draft does not get a name that somebody took since it was seen free."""
    with draft(folder, [b"ours"]) as made:
        assert not made.take("note.md")
        assert files(tmp_path) == {"note.md": b"the person's", made.name: b"ours"}
    assert files(tmp_path) == {"note.md": b"the person's"}


def test_another_file_by_now(folder: int, tmp_path: Path) -> None:
    """A draft does not replace a file that is not the one that was seen."""
    if not drafts._rename(folder, "note.md", "note.md", drafts._SWAP):
        pytest.skip("this disk cannot swap two names")
    seen = Entry(path="note.md", sha256=bytes(32), size=12)

    with draft(folder, [b"ours"]) as made:
        assert not made.take_over("note.md", seen)
        assert files(tmp_path) == {"note.md": b"the person's", made.name: b"ours"}
    assert files(tmp_path) == {"note.md": b"the person's"}


@pytest.mark.usefixtures("any_disk")
def test_the_same_file_still(folder: int, tmp_path: Path) -> None:
    """A draft replaces the file that was seen, and of that nothing is left."""
    seen = Entry(path="note.md", sha256=bytes(32), size=12, mtime_ns=5_000_000_000)

    with draft(folder, [b"ours"]) as made:
        assert made.take_over("note.md", seen)
    assert files(tmp_path) == {"note.md": b"ours"}
