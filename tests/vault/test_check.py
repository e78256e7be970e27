"""Looking and sweeping: the other column of the table in vault/writer.py, `read` and drafts."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from vault_files import names

from polylogue.vault import Drift, Entry, Vault

PATH = "chatgpt/2026/03/note.md"


def written(vault: Vault, path: str = PATH, data: bytes = b"text") -> Entry:
    """Write a note and return its entry."""
    entry = vault.write(path, data, mtime_ms=1_700_000_000_000, previous=None).entry
    assert entry
    return entry


# --- What a person may have done to a note ---------------------------------------------------------


def nothing(file: Path) -> None:
    """Leave the note as it is."""
    del file


def touch(file: Path) -> None:
    """Give the note another time."""
    os.utime(file, (5, 5))


def edit(file: Path) -> None:
    """Change a word."""
    file.write_bytes(b"TEXT")


def hide(file: Path) -> None:
    """Change a word, and forbid everybody to read it."""
    file.write_bytes(b"TEXT")
    file.chmod(0)


def empty(file: Path) -> None:
    """Leave an empty file, as a power cut does."""
    os.truncate(file, 0)
    os.utime(file, (5, 5))


def delete(file: Path) -> None:
    """Delete the note."""
    file.unlink()


def delete_folder(file: Path) -> None:
    """Delete the note's folder."""
    file.unlink()
    file.parent.rmdir()


def link(file: Path) -> None:
    """Put a symlink in the place of the note."""
    file.rename(file.with_name("moved"))
    file.symlink_to("moved")


def folder(file: Path) -> None:
    """Put a folder in the place of the note."""
    file.unlink()
    file.mkdir()


def link_folder(file: Path) -> None:
    """Put a symlink in the place of the note's folder, leading to the note."""
    file.parent.rename(file.parents[1] / "moved")
    file.parent.symlink_to("moved")


def file_for_folder(file: Path) -> None:
    """Put a file in the place of the note's folder."""
    delete_folder(file)
    file.parent.touch()


CASES = [
    (nothing, None),
    (touch, "touched"),
    (empty, "missing"),
    (edit, "edited"),
    (hide, "edited"),
    (delete, "missing"),
    (delete_folder, "missing"),
    (link, "blocked"),
    (folder, "blocked"),
    (link_folder, "blocked"),
    (file_for_folder, "blocked"),
]


@pytest.mark.parametrize(("change", "drift"), CASES, ids=[change.__name__ for change, _ in CASES])
def test_after_a_person(
    vault: Vault, root: Path, change: Callable[[Path], None], drift: str | None
) -> None:
    """What a person did to a note decides what a check says, and the check does nothing to it."""
    entry = written(vault)
    change(root / PATH)
    before = sorted(root.rglob("*"))

    assert [found.kind for found in vault.check([entry])] == ([drift] if drift else [])
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize("path", ["../outside.md", "a/../../outside.md", ".."])
def test_a_look_stays_in_the_vault(vault: Vault, tmp_path: Path, path: str) -> None:
    """An entry whose path leads out is blocked, and nothing there is read."""
    entry = Entry(path=path, sha256=written(vault, "a/note.md").sha256, size=4)
    (tmp_path / "outside.md").write_bytes(b"text")

    assert vault.read(path, limit=1000) is None
    assert [drift.kind for drift in vault.check([entry])] == ["blocked"]


def test_touched_gives_the_entry_to_keep(vault: Vault, root: Path) -> None:
    """A check that had to read a note gives the entry that spares the next one doing so."""
    entry = written(vault)
    touch(root / PATH)

    [drift] = vault.check([entry])

    assert drift.kind == "touched"
    assert drift.now
    assert list(vault.check([drift.now])) == []


def test_check_and_mend(vault: Vault, root: Path) -> None:
    """The vault may be written while a check goes on, and a check then finds nothing more."""
    entries = [written(vault, f"{number % 7}/{number // 70}/{number}.md") for number in range(700)]
    for entry in entries[::3]:
        (root / entry.path).unlink()

    mended = {
        drift.entry.path: vault.write(drift.entry.path, b"text", mtime_ms=1, previous=drift.entry)
        for drift in vault.check(entries)
    }

    assert list(mended) == [entry.path for entry in entries[::3]]
    kept = [mended[entry.path].entry if entry.path in mended else entry for entry in entries]
    assert list(vault.check([entry for entry in kept if entry])) == []


def test_entry_of_unknown_stat(vault: Vault) -> None:
    """An entry without time and inode is proved by its bytes."""
    entry = written(vault)
    bare = Entry(path=PATH, sha256=entry.sha256, size=entry.size)

    assert list(vault.check([bare])) == [Drift(entry=bare, kind="touched", now=entry)]


def test_read(vault: Vault, root: Path) -> None:
    """What is read comes with the entry that stands for it."""
    entry = written(vault)

    assert vault.read(PATH, limit=4) == (b"text", entry)
    assert vault.read(PATH, limit=3) is None
    assert vault.read("chatgpt/none.md", limit=4) is None
    assert vault.read("none/none.md", limit=4) is None
    assert vault.read("chatgpt", limit=4096) is None
    (root / "link.md").symlink_to(PATH)
    assert vault.read("link.md", limit=4) is None


# --- Drafts --------------------------------------------------------------------------------------


def test_sweep(vault: Vault, root: Path, tmp_path: Path) -> None:
    """Drafts that a crash left are removed; what only looks like one is not."""
    written(vault)
    outside = tmp_path / "outside"
    outside.mkdir()
    stray = ".plg-0123456789abcdef.tmp"
    kept = [".plg-0123456789ABCDEF.tmp", ".plg-x.tmp", "plg-0123456789abcdef.tmp", f"{stray}.md"]
    for place in (root, root / "chatgpt/2026", root / ".hidden", outside):
        place.mkdir(exist_ok=True)
        for name in (stray, *kept):
            (place / name).write_bytes(b"half a no")
    (root / "link").symlink_to(outside)
    (root / "folder" / stray).mkdir(parents=True)

    assert vault.sweep(older_seconds=0) == 2
    assert not (root / stray).exists()
    assert not (root / "chatgpt/2026" / stray).exists()
    assert {name for name in names(root) if "plg" in name} == set(kept)
    assert (root / ".hidden" / stray).exists()
    assert (outside / stray).exists()
    assert (root / "folder" / stray).is_dir()


def test_sweep_leaves_a_draft_in_use(vault: Vault, root: Path) -> None:
    """A draft carries the old time of its note, and is young all the same."""
    stray = root / ".plg-0123456789abcdef.tmp"
    stray.write_bytes(b"half a no")
    os.utime(stray, (5, 5))

    assert vault.sweep() == 0
    assert stray.exists()
