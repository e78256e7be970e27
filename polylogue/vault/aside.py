"""Edited notes are kept in `_edited`, under the path that they had.

Nothing there is ever overwritten: a name is reserved by creating it, then the note is renamed onto
the reservation. From then on the copy is the person's, and polylogue knows nothing of it.
"""

import errno
import os
from collections.abc import Iterator
from pathlib import PurePosixPath

from polylogue.vault.drafts import create, fill

EDITED = "_edited"
_PIECE = 1 << 20


def set_aside(folder: int, name: str, into: int) -> str:
    """Move `name` from `folder` to the folder `into`; return its name there. Raises OSError."""
    kept = _reserve(name, into)
    try:
        _move(folder, name, into, kept)
    except OSError:
        os.unlink(kept, dir_fd=into)
        raise
    return kept


def _reserve(name: str, folder: int) -> str:
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    candidate, n = name, 1
    while True:
        try:
            os.close(create(candidate, folder))
        except FileExistsError:
            n += 1
            candidate = f"{stem} ({n}){suffix}"
        else:
            return candidate


def _move(folder: int, name: str, into: int, kept: str) -> None:
    try:
        os.rename(name, kept, src_dir_fd=folder, dst_dir_fd=into)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(folder, name, into, kept)
        os.unlink(name, dir_fd=folder)


def _copy(folder: int, name: str, into: int, kept: str) -> None:
    """Copy where rename cannot cross: the person mounted another disk in the vault."""
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    target = os.open(kept, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=into)
    try:
        fill(target, _pieces(source))
        status = os.fstat(source)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    finally:
        os.close(source)
        os.close(target)


def _pieces(descriptor: int) -> Iterator[bytes]:
    while piece := os.read(descriptor, _PIECE):
        yield piece
