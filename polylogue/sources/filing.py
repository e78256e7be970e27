"""Moving what was taken out of the inbox: never over anything, never half.

A file gets its new name by a hard link, which fails when the name is taken, and loses the old one
afterwards; a crash between the two leaves both names on one file, and the next call ends it. Folders,
and files where the disk knows no links, take the place of an empty one that was made for them. From
another disk, things are first copied, whole and flushed, under a hidden name.

A name may lead to another thing by now. So a thing is first set apart, in a hidden folder beside it,
where nobody else looks: what it is can then be asked, and what is done next is done to that.
"""

import errno
import itertools
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from polylogue.errors import BusyError, UsageError
from polylogue.sources.files import shown, stored_name, translated
from polylogue.sources.inbox import FAILED, OWN

_WHY = ".why.txt"
_SIGNATURE = "polylogue wrote this note. It goes when the file is tried again.\n"
_MAX_NAME = 255
#: What link(2) says on file systems without hard links, or for one link too many.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})

_Place: TypeAlias = Callable[[Path], None]


def file_away(path: Path, into: Path) -> Path:
    """Move the file, folder or link at `path` into the folder `into`; return where it is now.

    `into` is made (0700) when it is missing. When the name is taken, ` (2)` is added. Raises
    BusyError when it cannot be moved; it is where it was, then.
    """
    with translated(into):
        into.mkdir(mode=0o700, exist_ok=True)
    with translated(path):
        status = os.lstat(path)
        if into.samefile(path.parent):
            return path
        if _same_disk(status, into):
            return _named(into, path.name, lambda target: _move(path, target))
        copy = into / f"{OWN}{secrets.token_hex(8)}"
        try:
            _copy(path, copy, status.st_mode)
            target = _named(into, path.name, lambda target: _move(copy, target))
        except (OSError, BusyError):
            _remove(copy)
            raise
        _remove(path)
        return target


@contextmanager
def set_apart(path: Path) -> Iterator[Path]:
    """Keep what is at `path` in a hidden folder during the block, and give it as it is there.

    What the block leaves there is put back afterwards, never over anything. Raises BusyError.
    """
    with translated(path):
        apart = Path(tempfile.mkdtemp(prefix=OWN, dir=path.parent))
        thing = apart / path.name
        try:
            path.rename(thing)
        except OSError:
            apart.rmdir()
            raise
    try:
        yield thing
    finally:
        _put_back(apart, path.parent)


def put_back(root: Path) -> None:
    """Put back what a crash left set apart in the folder `root`. Raises BusyError."""
    with translated(root):
        left = [path for path in root.glob(f"{OWN}*") if path.is_dir() and not path.is_symlink()]
    for apart in left:
        _put_back(apart, root)


def _put_back(apart: Path, root: Path) -> None:
    with translated(apart):
        for name in _names(apart):
            file_away(apart / name, root)
        apart.rmdir()


def write_reason(failed: Path, sentence: str, *, advice: str = "", code: str = "") -> Path:
    """Write a note beside `failed` that says why it is there; return its path. Raises BusyError."""
    parts = [sentence, advice and f"What to do: {advice}", code and f"Code: {code}", _SIGNATURE]
    text = "\n\n".join(part for part in parts if part)
    note = failed.parent / f"{OWN}{secrets.token_hex(8)}"
    with translated(failed.parent):
        try:
            note.write_text(text, encoding="utf-8", errors="replace")
            return _named(failed.parent, failed.name, lambda target: _move(note, target), _WHY)
        except (OSError, BusyError):
            _remove(note)
            raise


def retry(root: Path, name: str) -> Path:
    """Move what failed under `name` back into the inbox at `root`; return where it is now.

    `name` is as it is on the disk, or as `stored_name` spells it. The note beside it goes, if it is polylogue's. Raises UsageError when nothing of that name
    failed, BusyError when it cannot be moved.
    """
    folder = root / FAILED
    found = next((n for n in _names(folder) if name in {n, stored_name(n)}), None)
    if found is None:
        raise UsageError(
            f"Nothing called {shown(name)} is in {FAILED}.",
            advice="`polylogue ctl inbox` lists what is there.",
            code="no-such-item",
        )
    target = file_away(folder / found, root)
    note = folder / _fit(found, _WHY)
    with translated(note):
        if note.is_file() and not note.is_symlink() and _is_ours(note):
            note.unlink()
    return target


def _names(folder: Path) -> list[str]:
    with translated(folder):
        return os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - plain names


def _is_ours(note: Path) -> bool:
    return note.read_bytes().endswith(_SIGNATURE.encode())


# --- Names ----------------------------------------------------------------------------------------


def _named(folder: Path, name: str, place: _Place, tail: str = "") -> Path:
    """Call `place` with free names in `folder` until one is taken; return that one."""
    for candidate in _candidates(name, tail):
        target = folder / candidate
        try:
            place(target)
        except FileExistsError:
            continue
        return target
    raise BusyError(f"{shown(name)} finds no free name.", code="no-free-name")


def _candidates(name: str, tail: str) -> Iterator[str]:
    """Yield `name` with `tail`, then with ` (2)`, ` (3)`… before its extension."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name, not a path
    yield _fit(name, tail)
    for number in itertools.islice(itertools.count(2), 10_000):
        yield _fit(name, f" ({number}){tail}") if tail else _fit(stem, f" ({number}){suffix}")


def _fit(stem: str, tail: str) -> str:
    """Join `stem` and `tail`, shortening `stem` until a file system takes the name."""
    while len(os.fsencode(stem + tail)) > _MAX_NAME and stem:
        stem = stem[:-1]
    return stem + tail


# --- Moving ---------------------------------------------------------------------------------------


def _move(path: Path, target: Path) -> None:
    """Give what is at `path` the name `target`, on the same disk. FileExistsError: it is taken."""
    if stat.S_ISDIR(os.lstat(path).st_mode):
        _replace_empty(path, target)
        return
    try:
        os.link(path, target, follow_symlinks=False)
    except FileExistsError:
        if not os.path.samestat(os.lstat(path), os.lstat(target)):
            raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _replace_empty(path, target)
        return
    path.unlink()


def _replace_empty(path: Path, target: Path) -> None:
    """Make something empty at `target`, which nobody else has, and let `path` take its place."""
    if stat.S_ISDIR(os.lstat(path).st_mode):
        target.mkdir(mode=0o700)
        undo = target.rmdir
    else:
        target.touch(mode=0o600, exist_ok=False)
        undo = target.unlink
    try:
        path.rename(target)
    except OSError:
        undo()
        raise


def _same_disk(status: os.stat_result, folder: Path) -> bool:
    return status.st_dev == folder.stat().st_dev


def _copy(path: Path, target: Path, mode: int) -> None:
    """Copy a file, folder or link to `target`, with times, and have it on the disk."""
    if stat.S_ISDIR(mode):
        shutil.copytree(path, target, symlinks=True, copy_function=_copy_file)
    else:
        _copy_file(path, target)


def _copy_file(source: str | Path, target: str | Path) -> None:
    shutil.copy2(source, target, follow_symlinks=False)
    if Path(target).is_symlink():
        return
    with Path(target).open("rb") as file:
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    """Remove `path` with everything in it; what is not there needs no removing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
