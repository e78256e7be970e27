"""Writing: the column "write" of the table at the head of vault/writer.py."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from vault_files import files, names, tree

from polylogue.errors import ArchiveError
from polylogue.vault import Entry, Vault, Written

pytestmark = pytest.mark.usefixtures("any_disk")

PATH = "chatgpt/2026/03/2026-03-01 Title.md"
TIME = 1_700_000_000_123


def write(vault: Vault, data: bytes, previous: Entry | None, path: str = PATH) -> Written:
    """Write a note that was last active at TIME."""
    return vault.write(path, data, mtime_ms=TIME, previous=previous)


def first(vault: Vault, data: bytes = b"first") -> Entry:
    """Write the note for the first time."""
    entry = write(vault, data, None).entry
    assert entry
    return entry


def entry_of(file: Path, path: str = PATH) -> Entry:
    """Return what the manifest should say of `file`."""
    status = file.stat()
    return Entry(
        path=path,
        sha256=hashlib.sha256(file.read_bytes()).digest(),
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ino=status.st_ino,
    )


def look(path: Path) -> tuple[object, ...]:
    """Return all that can be seen of `path`, but for the time of the last access."""
    status = path.lstat()
    seen = (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    if path.is_symlink():
        return *seen, str(path.readlink())
    if path.is_dir():
        return *seen, *names(path)
    return *seen, path.read_bytes() if path.is_file() else b""


def test_new(vault: Vault, root: Path) -> None:
    """A new note has the bytes, the time of its conversation, and an entry that says so."""
    written = write(vault, b"text", None)

    assert written == Written(outcome="written", entry=entry_of(root / PATH))
    assert files(root) == {PATH: b"text"}
    assert (root / PATH).stat().st_mtime_ns == TIME * 1_000_000


def test_replaced(vault: Vault, root: Path) -> None:
    """A note that is as it was left is replaced, and nothing of the old one stays."""
    written = write(vault, b"second", first(vault))

    assert written == Written(outcome="written", entry=entry_of(root / PATH))
    assert files(root) == {PATH: b"second"}


def test_replaced_atomically(vault: Vault, root: Path) -> None:
    """Whoever has the old note open reads the old note to its end."""
    entry = first(vault)
    with (root / PATH).open("rb") as reader:
        write(vault, b"second", entry)

        assert reader.read() == b"first"


def test_unchanged_is_not_touched(vault: Vault, root: Path) -> None:
    """The same bytes again write nothing: same inode, same times, whatever time is asked for."""
    entry = first(vault)
    before = look(root / PATH)

    written = vault.write(PATH, b"first", mtime_ms=TIME + 1000, previous=entry)

    assert written == Written(outcome="unchanged", entry=entry)
    assert look(root / PATH) == before


def touch(file: Path) -> None:
    """Give the file another time."""
    os.utime(file, (5, 5))


def restore(file: Path) -> None:
    """Put a copy in the place of the file, as a backup does."""
    data = file.read_bytes()
    file.unlink()
    (file.parent / "other").touch()
    file.write_bytes(data)
    os.utime(file, (5, 5))


@pytest.mark.parametrize("change", [touch, restore], ids=lambda change: change.__name__)
def test_same_bytes_other_stat(vault: Vault, root: Path, change: Callable[[Path], None]) -> None:
    """A note with another stat is still ours by its bytes: unchanged, or replaced without a copy."""
    entry = first(vault)
    change(root / PATH)
    expected = entry_of(root / PATH)

    written = write(vault, b"first", entry)

    assert written == Written(outcome="unchanged", entry=expected)
    assert write(vault, b"second", entry).outcome == "written"
    assert "_edited" not in names(root)


def test_young_file_has_no_time(vault: Vault, root: Path) -> None:
    """A file read moments after it changed may change again unseen: its entry trusts no stat."""
    entry = first(vault)
    (root / PATH).write_bytes(b"first")

    written = write(vault, b"first", entry)

    assert written.entry
    assert written.entry.mtime_ns == 0


@pytest.mark.parametrize("edit", [b"longer than first", b"FIRST"], ids=["longer", "same-size"])
def test_edited_is_put_aside(vault: Vault, root: Path, edit: bytes) -> None:
    """The person's copy of a note goes to `_edited` under the same path; then the note is written."""
    entry = first(vault)
    (root / PATH).write_bytes(edit)

    written = write(vault, b"second", entry)

    assert written == Written(
        outcome="edited", entry=entry_of(root / PATH), saved=f"_edited/{PATH}"
    )
    assert files(root) == {PATH: b"second", f"_edited/{PATH}": edit}


def test_nothing_in_edited_is_overwritten(vault: Vault, root: Path) -> None:
    """Every edit gets a name of its own, and what a person keeps there is left alone."""
    saved = []
    entry = first(vault)
    (root / "_edited/chatgpt/2026/03").mkdir(parents=True)
    (root / "_edited/chatgpt/2026/03/2026-03-01 Title (2).md").write_bytes(b"the person's")
    for number in range(3):
        (root / PATH).write_bytes(b"edit %d" % number)
        written = write(vault, b"render %d" % number, entry)
        assert written.entry
        entry = written.entry
        saved.append(written.saved)

    names = ["Title.md", "Title (3).md", "Title (4).md"]
    assert saved == [f"_edited/chatgpt/2026/03/2026-03-01 {name}" for name in names]
    assert [(root / path).read_bytes() for path in saved] == [b"edit 0", b"edit 1", b"edit 2"]
    assert (root / saved[0]).with_name("2026-03-01 Title (2).md").read_bytes() == b"the person's"


def test_note_in_the_root_is_put_aside(vault: Vault, root: Path) -> None:
    """A note without a folder, or without a suffix, is kept the same way."""
    written = write(vault, b"first", None, "note")
    for number in range(2):
        (root / "note").write_bytes(b"edit %d" % number)
        written = write(vault, b"text %d" % number, written.entry, "note")

    assert files(root) == {
        "note": b"text 1",
        "_edited/note": b"edit 0",
        "_edited/note (2)": b"edit 1",
    }


def test_wanted_bytes_are_there(vault: Vault, root: Path) -> None:
    """A file with just the wanted bytes is adopted, whoever wrote it."""
    (root / PATH).parent.mkdir(parents=True)
    (root / PATH).write_bytes(b"text")
    os.utime(root / PATH, (5, 5))
    before = (root / PATH).stat()

    written = write(vault, b"text", None)

    assert written == Written(outcome="unchanged", entry=entry_of(root / PATH))
    assert (root / PATH).stat().st_ctime_ns == before.st_ctime_ns


def test_an_edit_that_was_read(vault: Vault, root: Path) -> None:
    """A note that was read with the person's additions is replaced without a copy of it."""
    entry = first(vault)
    (root / PATH).write_bytes(b"first, and my thoughts")
    found = vault.read(PATH, limit=1000)
    assert found
    data, seen = found

    written = write(vault, b"second, and my thoughts", seen)

    assert (data, seen.sha256 != entry.sha256) == (b"first, and my thoughts", True)
    assert written.outcome == "written"
    assert files(root) == {PATH: b"second, and my thoughts"}


def test_hollow_is_written_again(vault: Vault, root: Path) -> None:
    """An empty file, as a power cut leaves behind, is replaced without a copy."""
    entry = first(vault)
    os.truncate(root / PATH, 0)
    os.utime(root / PATH, (5, 5))

    assert write(vault, b"first", entry).outcome == "written"
    assert files(root) == {PATH: b"first"}


def test_cut_file_is_put_aside(vault: Vault, root: Path) -> None:
    """An empty file that young may be one that an editor is about to fill: it is not thrown away."""
    entry = first(vault)
    os.truncate(root / PATH, 0)

    assert write(vault, b"second", entry).outcome == "edited"
    assert files(root) == {PATH: b"second", f"_edited/{PATH}": b""}


def test_edit_that_kept_size_and_time(vault: Vault, root: Path) -> None:
    """An edit under the old size and time is seen by its inode."""
    entry = first(vault)
    other = root / "other"
    other.write_bytes(b"FIRST")
    os.utime(other, ns=(entry.mtime_ns, entry.mtime_ns))
    other.replace(root / PATH)

    assert write(vault, b"second", entry).outcome == "edited"
    assert files(root) == {PATH: b"second", f"_edited/{PATH}": b"FIRST"}


def test_deleted_comes_back(vault: Vault, root: Path) -> None:
    """A note that the person deleted, with its folders, is written again."""
    entry = first(vault)
    (root / PATH).unlink()
    (root / PATH).parent.rmdir()

    assert write(vault, b"first", entry).outcome == "written"
    assert files(root) == {PATH: b"first"}


def test_moved_folder_is_not_written_to(vault: Vault, root: Path, tmp_path: Path) -> None:
    """A folder that the person moved out of the vault is the person's from then on."""
    entry = first(vault)
    (root / "chatgpt").rename(tmp_path / "moved")

    written = write(vault, b"second", entry)

    assert written.outcome == "written"
    assert (tmp_path / "moved/2026/03/2026-03-01 Title.md").read_bytes() == b"first"
    assert files(root) == {PATH: b"second"}


def a_file(there: Path) -> None:
    """Put a note of the person there."""
    there.write_bytes(b"the person's")


def an_empty_file(there: Path) -> None:
    """Put a note not yet begun there."""
    there.touch()
    os.utime(there, (5, 5))


def a_folder(there: Path) -> None:
    """Put a folder with something in it there."""
    there.mkdir()
    (there / "inside").write_bytes(b"the person's")


def a_symlink(there: Path) -> None:
    """Put a symlink to a file there."""
    target = Path(f"{there}.target")
    target.write_bytes(b"first")
    there.symlink_to(target)


def a_dangling_symlink(there: Path) -> None:
    """Put a symlink to nothing there."""
    there.symlink_to("nowhere")


def a_pipe(there: Path) -> None:
    """Put a named pipe there, which would wait for ever."""
    os.mkfifo(there)


@pytest.mark.parametrize(
    "obstacle",
    [a_file, an_empty_file, a_folder, a_symlink, a_dangling_symlink, a_pipe],
    ids=lambda obstacle: obstacle.__name__,
)
def test_foreign_is_never_touched(
    vault: Vault, root: Path, obstacle: Callable[[Path], None]
) -> None:
    """What polylogue did not write blocks the name, and stays exactly as it is."""
    (root / PATH).parent.mkdir(parents=True)
    obstacle(root / PATH)
    before = look(root / PATH)

    assert write(vault, b"text", None) == Written(outcome="blocked", reason="foreign")
    assert look(root / PATH) == before


@pytest.mark.parametrize(
    "obstacle",
    [a_folder, a_symlink, a_dangling_symlink, a_pipe],
    ids=lambda obstacle: obstacle.__name__,
)
def test_no_file_in_the_place_of_ours(
    vault: Vault, root: Path, obstacle: Callable[[Path], None]
) -> None:
    """When something else than a file took the place of a note, it is not touched either."""
    entry = first(vault)
    (root / PATH).unlink()
    obstacle(root / PATH)
    before = look(root / PATH)

    assert write(vault, b"second", entry) == Written(outcome="blocked", reason="foreign")
    assert look(root / PATH) == before


@pytest.mark.parametrize("depth", ["chatgpt", "chatgpt/2026", "chatgpt/2026/03"])
def test_symlinked_folder_is_not_followed(
    vault: Vault, root: Path, tmp_path: Path, depth: str
) -> None:
    """A symlink in the place of a folder blocks what is below; nothing arrives at its target."""
    (root / depth).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "outside").mkdir()
    (root / depth).symlink_to(tmp_path / "outside")

    assert write(vault, b"text", None) == Written(outcome="blocked", reason="folder")
    assert names(tmp_path / "outside") == []


@pytest.mark.parametrize("depth", ["chatgpt", "chatgpt/2026", "chatgpt/2026/03"])
def test_folder_kept_elsewhere(vault: Vault, root: Path, tmp_path: Path, depth: str) -> None:
    """Nor is one followed that leads to the very folder that polylogue made and has open."""
    entry = first(vault)
    (root / depth).rename(tmp_path / "outside")
    (root / depth).symlink_to(tmp_path / "outside")
    before = tree(tmp_path)

    assert write(vault, b"second", entry) == Written(outcome="blocked", reason="folder")
    assert tree(tmp_path) == before


def test_file_in_the_place_of_a_folder(vault: Vault, root: Path) -> None:
    """A file where a folder is needed blocks what is below."""
    (root / "chatgpt").write_bytes(b"the person's")

    assert write(vault, b"text", None) == Written(outcome="blocked", reason="folder")
    assert files(root) == {"chatgpt": b"the person's"}


def test_edited_stays_when_it_cannot_be_kept(vault: Vault, root: Path, tmp_path: Path) -> None:
    """When `_edited` leads elsewhere, the edited note stays where it is, and is not replaced."""
    entry = first(vault)
    (root / PATH).write_bytes(b"edited")
    (root / "_edited").symlink_to(tmp_path)

    assert write(vault, b"second", entry) == Written(outcome="blocked", reason="folder")
    assert files(root) == {PATH: b"edited"}


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../outside.md",
        "a/../../outside.md",
        "a//b.md",
        "./a.md",
        "a/",
        "a\0b.md",
        "a\ud800.md",
        ".polylogue",
        ".Polylogue/a.md",
        "_edited/a.md",
        "_EDITED/a.md",
        "a/.plg-0123456789abcdef.tmp",
        "x" * 256,
        "é" * 128 + ".md",
    ],
    ids=lambda path: ascii(path[:20]),
)
def test_unusable_path(vault: Vault, root: Path, tmp_path: Path, path: str) -> None:
    """A path that leads out, is polylogue's own, or that no disk takes is blocked by its name."""
    assert write(vault, b"text", None, path) == Written(outcome="blocked", reason="name")
    assert files(root) == {}
    assert names(tmp_path) == ["vault"]


@pytest.mark.parametrize("path", ["..a.md", "a/_edited/b.md", "a/.polylogue", ".plg-x.tmp", "…"])
def test_usable_path(vault: Vault, root: Path, path: str) -> None:
    """Names that only resemble those are fine."""
    assert write(vault, b"text", None, path).outcome == "written"
    assert files(root) == ({} if path.endswith(".polylogue") else {path: b"text"})


@pytest.mark.parametrize(
    "mtime_ms",
    [-(10**18), -1, 0, 10**18],
    ids=["long-ago", "before-1970", "epoch", "far-future"],
)
def test_impossible_times(vault: Vault, mtime_ms: int) -> None:
    """A time that no file system can hold is brought to the nearest that all can."""
    written = vault.write(PATH, b"text", mtime_ms=mtime_ms, previous=None)

    assert written.entry
    assert list(vault.check([written.entry])) == []


def test_no_time_is_now(vault: Vault) -> None:
    """Without a time a file has the present one, in whole milliseconds that no edit will hit."""
    written = vault.write(PATH, b"text", mtime_ms=None, previous=None)

    assert written.entry
    assert written.entry.mtime_ns > TIME * 1_000_000
    assert written.entry.mtime_ns % 1_000_000 == 0


# --- Streams -------------------------------------------------------------------------------------

PIECES = [b"a" * 70_000, b"", b"b" * 70_000]
WANTED = Entry(
    path="_attachments/ab/plot.png",
    sha256=hashlib.sha256(b"".join(PIECES)).digest(),
    size=140_000,
)


class Unread(Iterator[bytes]):
    """Chunks that nobody may ask for."""

    def __next__(self) -> bytes:
        raise AssertionError("the source was read")


def stream(vault: Vault, chunks: Iterator[bytes], previous: Entry | None) -> Written:
    """Write the attachment."""
    return vault.write_stream(WANTED, chunks, mtime_ms=TIME, previous=previous)


def test_stream(vault: Vault, root: Path) -> None:
    """Chunks come together as one file, and a second time the source is not even read."""
    written = stream(vault, iter(PIECES), None)

    assert written == Written(outcome="written", entry=entry_of(root / WANTED.path, WANTED.path))
    assert files(root) == {WANTED.path: b"".join(PIECES)}
    assert stream(vault, Unread(), written.entry).outcome == "unchanged"
    assert stream(vault, Unread(), None).outcome == "unchanged"


def test_stream_does_not_read_when_blocked(vault: Vault, root: Path) -> None:
    """A name that is taken is known before the source is read."""
    (root / "_attachments").write_bytes(b"the person's")

    assert stream(vault, Unread(), None).reason == "folder"


@pytest.mark.parametrize(
    "chunks", [PIECES[:1], [*PIECES, b"c"], [b"c" * 140_000]], ids=["short", "long", "other"]
)
def test_stream_of_wrong_bytes(vault: Vault, root: Path, chunks: list[bytes]) -> None:
    """Bytes that are not what was stored never reach the vault."""
    with pytest.raises(ArchiveError):
        stream(vault, iter(chunks), None)

    assert files(root) == {}


def test_stream_that_breaks(vault: Vault, root: Path) -> None:
    """An error of the source passes through, and leaves nothing behind."""

    def breaking() -> Iterator[bytes]:
        yield b"a"
        raise KeyError

    with pytest.raises(KeyError):
        stream(vault, breaking(), None)

    assert files(root) == {}


@pytest.mark.parametrize("with_entry", [False, True], ids=["new", "ours"])
def test_person_writes_meanwhile(vault: Vault, root: Path, *, with_entry: bool) -> None:
    """What a person saves while a large file is being written counts as if it had been there."""
    previous = None
    if with_entry:
        previous = vault.write(WANTED.path, b"old", mtime_ms=TIME, previous=None).entry

    def meanwhile() -> Iterator[bytes]:
        yield from PIECES
        (root / WANTED.path).write_bytes(b"the person's")

    written = stream(vault, meanwhile(), previous)

    if with_entry:
        assert written.outcome == "edited"
        assert (root / written.saved).read_bytes() == b"the person's"
    else:
        assert written == Written(outcome="blocked", reason="foreign")
        assert files(root) == {WANTED.path: b"the person's"}
