"""Opening and walking what others put on the disk, without trusting it.

A name may lead to a symbolic link, a pipe that blocks for ever, a device without an end, or may
have changed between two looks. So a file is opened first (without following, without blocking) and
asked afterwards what it is; everything later is read from that descriptor. A folder is walked
within limits and on one device, and what is left out is reported.

Names are `str` as `os.fsdecode` makes them: bytes that are no UTF-8 survive as lone surrogates.
The archive keeps names as `stored_name` spells them, sentences show them through `shown`.
"""

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias

from msgspec import structs

from polylogue.errors import BadInputError, BusyError, PolylogueError
from polylogue.model import Problem, Record

MAX_DEPTH = 8
MAX_ENTRIES = 50_000

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

#: Everything that is no regular file: its code, and what it is called.
_KINDS: Mapping[int, tuple[str, str]] = {
    stat.S_IFLNK: ("symlink", "a symbolic link, and links are not followed"),
    stat.S_IFDIR: ("folder", "a folder, not a file"),
    stat.S_IFIFO: ("pipe", "a pipe, not a file"),
    stat.S_IFSOCK: ("socket", "a socket, not a file"),
    stat.S_IFCHR: ("device", "a device, not a file"),
    stat.S_IFBLK: ("device", "a device, not a file"),
}
_ADVICE: Mapping[str, str] = {
    "symlink": "Put the file itself there, not a link to it.",
    "folder": "Drop the folder as a whole, or the files in it.",
    "pipe": "Save what comes out of it into a file, and drop that.",
    "socket": "Drop a file: nobody can read a socket like one.",
    "device": "Drop a file: a device has no end.",
}
_CHECK_DISK = "Check the disk; it is tried again later."

#: What the system may answer: code, words, advice. All of it may pass.
_TROUBLES: Mapping[int, tuple[str, str, str]] = {
    errno.ENOENT: ("vanished", "is not there any more", ""),
    errno.ENOTDIR: ("vanished", "is not there any more", ""),
    errno.EACCES: (
        "no-permission",
        "is closed to this user",
        "Give yourself the right to read and move it (chmod u+rw), then it is tried again.",
    ),
    errno.EPERM: (
        "no-permission",
        "is withheld by the system",
        "On macOS, allow access under Privacy & Security, then it is tried again.",
    ),
    errno.EIO: ("io-error", "cannot be read: the disk reports an error", _CHECK_DISK),
    errno.EMFILE: ("too-many-open", "cannot be opened: too many files are open", ""),
    errno.ENFILE: ("too-many-open", "cannot be opened: too many files are open", ""),
    errno.ENOSPC: ("disk-full", "cannot be written: the disk is full", "Free some space."),
    errno.EDQUOT: ("disk-full", "cannot be written: the quota is used up", "Free some space."),
    errno.EEXIST: ("in-the-way", "is in the way: it is a file", "Move it somewhere else."),
    errno.EROFS: ("read-only", "cannot be changed: the disk is read-only", ""),
}

_LITTER_NAMES = frozenset(
    {".ds_store", "thumbs.db", "desktop.ini", "__macosx", "@eadir", ".stfolder", ".stversions"}
)


class FileStamp(Record, frozen=True, tag="file", tag_field="kind"):
    """What tells one state of a file from another. Compared for equality only: clocks jump."""

    dev: int
    ino: int
    size: int
    mtime_ns: int
    ctime_ns: int


class TreeStamp(Record, frozen=True, tag="folder", tag_field="kind"):
    """The same for a folder with everything in it.

    `newest_ns` is the newest mtime or ctime, but for the ctime of the folder itself: a rename sets it.
    """

    dev: int
    ino: int
    count: int
    size: int
    newest_ns: int


Stamp: TypeAlias = FileStamp | TreeStamp


class Member(Record, frozen=True):
    """A regular file in a folder. `name` is relative, with slashes; `litter` is nobody's data."""

    name: str
    path: Path
    stamp: FileStamp
    litter: bool = False


class Folder(Record, frozen=True):
    """A folder that was walked: its files, sorted by name, and what was left out."""

    members: tuple[Member, ...]
    problems: tuple[Problem, ...]


def open_regular(path: Path) -> tuple[BinaryIO, FileStamp]:
    """Open the regular file at `path` for reading, and return what it was when it was opened.

    Raises BadInputError for anything else (`symlink`, `folder`, `pipe`, `socket`, `device`) and
    BusyError for what may pass (`vanished`, `no-permission`, `io-error`…).
    """
    with translated(path):
        _check_regular(path, os.lstat(path).st_mode)  # opening some devices has effects
        descriptor = os.open(path, _FLAGS)
        try:
            status = os.fstat(descriptor)
            _check_regular(path, status.st_mode)
            return os.fdopen(descriptor, "rb"), file_stamp(status)
        except BaseException:
            os.close(descriptor)
            raise


def stamp(path: Path) -> FileStamp:
    """Return the stamp of what is at `path` itself, not where it leads. Raises BusyError."""
    with translated(path):
        return file_stamp(os.lstat(path))


def file_stamp(status: os.stat_result) -> FileStamp:
    """Return the stamp that `status` tells."""
    return FileStamp(
        dev=status.st_dev,
        ino=status.st_ino,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
    )


def tree_stamp(path: Path) -> TreeStamp:
    """Return the stamp of the folder at `path`, within the limits of a walk. Raises BusyError."""
    with translated(path):
        root = os.lstat(path)
        entries = (found for _, _, found in _walk(path, root.st_dev))
        below = [found for found in entries if isinstance(found, os.stat_result)]
    times = [root.st_mtime_ns, *(max(found.st_mtime_ns, found.st_ctime_ns) for found in below)]
    return TreeStamp(
        dev=root.st_dev,
        ino=root.st_ino,
        count=1 + len(below),
        size=sum(status.st_size for status in below if stat.S_ISREG(status.st_mode)),
        newest_ns=max(times),
    )


def any_stamp(path: Path) -> Stamp:
    """Return the stamp of the file, folder or link at `path`. Raises BusyError."""
    found = stamp(path)
    with translated(path):
        return tree_stamp(path) if path.is_dir() and not path.is_symlink() else found


def is_same(one: Stamp, other: Stamp) -> bool:
    """Tell whether two stamps are of one thing that has not changed, whatever its name.

    Renames and links set the ctime, and a disk may have another number after a restart.
    """
    return _lasting(one) == _lasting(other)


def _lasting(found: Stamp) -> Stamp:
    if isinstance(found, FileStamp):
        return structs.replace(found, dev=0, ctime_ns=0)
    return structs.replace(found, dev=0)


def walk_folder(path: Path) -> Folder:
    """Return the files below `path`, a folder that was dropped whole.

    Links, pipes and devices, what lies deeper than `MAX_DEPTH` or on another device, and folders
    that cannot be read are left out, each with a Problem. Raises BadInputError (`too-many-files`)
    above `MAX_ENTRIES`, BusyError when `path` cannot be read.
    """
    with translated(path):
        os.scandir(path).close()
        device = os.lstat(path).st_dev
    members: list[Member] = []
    problems: list[Problem] = []
    for count, (name, place, found) in enumerate(_walk(path, device), start=1):
        if count > MAX_ENTRIES:
            raise BadInputError(
                f"{shown(path.name)} holds more than {MAX_ENTRIES:,} files.",
                advice="Drop the export itself, or a part of the folder at a time.",
                code="too-many-files",
            )
        if isinstance(found, Problem):
            problems.append(found)
        elif stat.S_ISREG(found.st_mode):
            status = file_stamp(found)
            members.append(Member(name=name, path=place, stamp=status, litter=_in_litter(name)))
    members.sort(key=lambda member: member.name)
    return Folder(members=tuple(members), problems=tuple(problems))


def is_litter(name: str) -> bool:
    """Tell whether systems and synchronisers leave a file or folder called `name` by themselves."""
    return name.startswith("._") or name.casefold() in _LITTER_NAMES


def stored_name(name: str) -> str:
    r"""Return `name` as the archive keeps it: bytes that are no UTF-8 are spelt out, as `\xff`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def shown(name: str) -> str:
    """Return `name` for a sentence: valid Unicode, on one line, without control characters."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "�" for char in text)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn an OSError about `path` into a sentence: BusyError, or BadInputError for a link."""
    try:
        yield
    except OSError as error:
        raise _said(error, path) from error
    except ValueError as error:  # a NUL in the name
        raise BadInputError(f"{shown(path.name)!r} is no file name.", code="bad-name") from error


def _said(error: OSError, path: Path) -> PolylogueError:
    if error.errno == errno.ELOOP:
        return _refusal(path, stat.S_IFLNK)
    reason = error.strerror or "it could not be copied"  # shutil's errors have no number
    fallback = ("unreadable", f"cannot be used: {reason}", _CHECK_DISK)
    code, words, advice = _TROUBLES.get(error.errno or 0, fallback)
    return BusyError(f"{shown(path.name)} {words}.", advice=advice, code=code)


def _check_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise _refusal(path, stat.S_IFMT(mode))


def _refusal(path: Path, kind: int) -> BadInputError:
    code, words = _KINDS.get(kind, ("not-a-file", "not a file"))
    return BadInputError(f"{shown(path.name)} is {words}.", advice=_ADVICE.get(code, ""), code=code)


# --- Walking --------------------------------------------------------------------------------------

_Found: TypeAlias = tuple[str, Path, os.stat_result | Problem]


def _walk(root: Path, device: int) -> Iterator[_Found]:
    """Yield (relative name, path, status or what is wrong) for what is below `root` on `device`.

    Stops after one entry above `MAX_ENTRIES`. Never raises: what vanishes was not there.
    """
    folders = [("", root, 0)]
    left = MAX_ENTRIES + 1
    while folders and left > 0:
        prefix, folder, depth = folders.pop()
        for name, path, found in _entries(prefix, folder, device, depth):
            if left == 0:
                return
            left -= 1
            yield name, path, found
            if isinstance(found, os.stat_result) and stat.S_ISDIR(found.st_mode):
                folders.append((f"{name}/", path, depth + 1))


def _entries(prefix: str, folder: Path, device: int, depth: int) -> Iterator[_Found]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - plain names
    except OSError as error:
        name = prefix.rstrip("/")
        problem = Problem(code="unreadable", text=_said(error, folder).message, where=shown(name))
        yield name, folder, problem
        return
    for name in names:
        path = folder / name
        try:
            status = os.lstat(path)
        except OSError:
            continue
        yield prefix + name, path, _judged(prefix + name, status, device, depth)


def _judged(name: str, status: os.stat_result, device: int, depth: int) -> os.stat_result | Problem:
    """Return `status` for a file or folder that is taken, or why it is left out."""
    kind = stat.S_IFMT(status.st_mode)
    if kind not in {stat.S_IFREG, stat.S_IFDIR}:
        code, words = _KINDS.get(kind, ("not-a-file", "not a file"))
    elif status.st_dev != device:
        code, words = "other-device", "on another disk than its folder"
    elif kind == stat.S_IFDIR and depth >= MAX_DEPTH:
        code, words = "too-deep", f"a folder more than {MAX_DEPTH} levels down"
    else:
        return status
    return Problem(code=code, text=f"{shown(name)} is {words}.", where=shown(name))


def _in_litter(name: str) -> bool:
    return any(is_litter(part) for part in name.split("/"))
