"""What the manifest knows of a file, and what lies at its path now.

`sight` is the one place that decides whose a file is. It compares the stat first, which costs a
microsecond, and the bytes only when the stat differs: a touched file, or one that came back from a
backup, is still ours when its bytes are.

A stat is proof only when no edit can hide behind it. A file that polylogue wrote carries a time in
whole milliseconds, which no edit will hit. A file that was merely read may be edited again within
the same tick of the file system's clock; if it is that young, its entry says "time unknown", and
the next look reads it again (git calls such entries racily clean).
What stays unseen is an edit that restores the old size and time on purpose, in the same inode.
"""

import hashlib
import os
import stat
import time
from typing import Literal, NamedTuple, TypeAlias

from polylogue.model import Record

Reason: TypeAlias = Literal["foreign", "folder", "name", "size", "locked"]

_RACY_NS = 2_000_000_000  # the coarsest clock of a file system in use (FAT) ticks every 2 s
_EMPTY = hashlib.sha256(b"").digest()
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Entry(Record, frozen=True):
    """A file that polylogue wrote: a row of the manifest.

    `path` is relative to the vault, parted by `/`; `sha256` is 32 bytes. An `mtime_ns` or `ino` of
    0 means unknown.
    """

    path: str
    sha256: bytes
    size: int
    mtime_ns: int = 0
    ino: int = 0


class Written(Record, frozen=True):
    """What became of a write.

    - `unchanged`: these bytes were there already. `entry` is fresh, and worth keeping if it differs.
    - `written`: a new file, or one of ours replaced.
    - `edited`: as `written`, after the person's copy was moved to `saved`.
    - `blocked`: nothing was touched, `entry` is None, and `reason` says why: `foreign` (something
      that polylogue did not write has this name), `folder` (something that is no folder stands
      where a folder is needed), `name` (the file system does not take this name), `size` (nor a
      file this large), `locked` (the person made the file or its folder immutable).
    """

    outcome: Literal["unchanged", "written", "edited", "blocked"]
    entry: Entry | None = None
    saved: str = ""
    reason: Reason | None = None


class Drift(Record, frozen=True):
    """A file that is not as the manifest says.

    `missing`; `edited` (other bytes); `touched` (the same bytes under another stat: `now` is the
    entry to keep); `blocked` (no file, or behind something that is no folder).
    """

    entry: Entry
    kind: Literal["missing", "edited", "touched", "blocked"]
    now: Entry | None = None


class Sighting(NamedTuple):
    """What lies at a path, compared with what was expected there.

    `absent`; `odd` (no regular file); `other` (none of the expected). In the other cases `entry` is
    what is there: `known` by its stat, `touched` and known by its bytes, or `hollow`: an empty
    file, as a power cut leaves behind, with nothing in it that could be lost.
    """

    kind: Literal["absent", "odd", "other", "known", "touched", "hollow"]
    entry: Entry | None = None


def sight(folder: int, path: str, *expected: Entry | None) -> Sighting:
    """Look at the last part of `path` in the open `folder`; raises OSError."""
    name = path.rpartition("/")[2]
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return Sighting("absent")
    if not stat.S_ISREG(status.st_mode):
        return Sighting("odd")
    for entry in expected:
        if entry is not None and _same_stat(status, entry):
            return Sighting("known", entry)
    hashes = {entry.sha256 for entry in expected if entry and entry.size == status.st_size}
    found = _hash_file(folder, path) if hashes else None
    if found is not None and found.sha256 in hashes:
        return Sighting("touched", found)
    if status.st_size == 0 and _settled(status):
        return Sighting("hollow", observed(status, path, _EMPTY))
    return Sighting("other")


def observed(status: os.stat_result, path: str, sha256: bytes) -> Entry:
    """Return the entry of a file that was read, whose stat before reading was `status`."""
    return Entry(
        path=path,
        sha256=sha256,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns if _settled(status) else 0,
        ino=status.st_ino,
    )


def read_file(folder: int, path: str, limit: int) -> tuple[bytes, Entry] | None:
    """Return content and entry of the last part of `path`; None if there is no such small file."""
    descriptor = _open_readable(folder, path)
    if descriptor is None:
        return None
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if status.st_size > limit:
            return None
        data = file.read(limit + 1)
    if len(data) != status.st_size:  # somebody is writing it right now
        return None
    return data, observed(status, path, hashlib.sha256(data).digest())


def open_file(name: str, folder: int) -> int | None:
    """Open `name` in `folder` for reading, without following or waiting; None when it is no file."""
    descriptor = os.open(name, _READ, dir_fd=folder)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def _settled(status: os.stat_result) -> bool:
    """Say whether a change that comes after `status` must show in the stat.

    Also, an empty file this young may be one that an editor has cut and is about to write.
    """
    return abs(time.time_ns() - status.st_mtime_ns) > _RACY_NS


def _same_stat(status: os.stat_result, entry: Entry) -> bool:
    return (
        entry.mtime_ns == status.st_mtime_ns != 0
        and entry.size == status.st_size
        and entry.ino in {0, status.st_ino}
    )


def _hash_file(folder: int, path: str) -> Entry | None:
    descriptor = _open_readable(folder, path)
    if descriptor is None:
        return None
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        return observed(status, path, hashlib.file_digest(file, "sha256").digest())


def _open_readable(folder: int, path: str) -> int | None:
    """Like `open_file`. What the person made unreadable cannot be shown to be ours: None."""
    try:
        return open_file(path.rpartition("/")[2], folder)
    except PermissionError:
        return None
