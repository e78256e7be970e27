"""An arrival → its members: a file by itself, the members of a ZIP, the files of a folder.

A file packed by zstd, as Codex keeps old sessions, is the file in it, wherever it lies.

A ZIP inside a ZIP (exports come in parts, in an outer ZIP) is opened like the outer one, its members
named `outer/inner`; a ZIP that is somebody's attachment stays one member.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from polylogue.errors import BadInputError
from polylogue.ingest.members import Member, perhaps_packed, sha256_of, unpacked, unreadable
from polylogue.model import Arrival, Json, Problem
from polylogue.parsers.containers.zip import ZipContainer, ZipLimits, looks_like_zip, open_zip
from polylogue.parsers.containers.zst import looks_like_zst
from polylogue.sources.files import FileStamp, open_regular, shown, stamp, stored_name, walk_folder

_HEAD = 4096  # bytes, enough to tell a ZIP
_READ = 1 << 20  # bytes
_MOST_PARTS = 64  # ZIPs inside a ZIP that are opened; further ones are kept as they are
_OF_EXPORTS = (".json", ".jsonl", ".html")


@dataclass(frozen=True, slots=True)
class Contents:
    """An opened arrival: what identifies it, and its members. Times in ms, sizes in bytes."""

    name: str
    sha256: bytes
    size: int
    modified_at: int | None
    members: tuple[Member, ...]
    container: Any
    problems: tuple[Problem, ...]
    unchanged: Callable[[], bool]
    """Tells whether the file is still as it was when it was opened."""


@contextmanager
def open_contents(arrival: Arrival, *, max_size: int, scratch: Path) -> Iterator[Contents]:
    """Open an arrival of up to `max_size` bytes unpacked; it stays open inside the block.

    ZIPs inside a ZIP are unpacked into nameless files in the folder `scratch`.

    Raises BadInputError when it can never be read, IncompleteError when its end is missing,
    BusyError when it cannot be read now.
    """
    with ExitStack() as stack:
        if arrival.path.is_dir() and not arrival.path.is_symlink():
            contents = _folder(arrival.path, max_size)
        else:
            nest = _Nest(stack, scratch, ZipLimits(max_total=max_size))
            contents = _file(arrival.path, arrival.name or stored_name(arrival.path.name), nest)
        if sum(member.size for member in contents.members) > max_size:
            raise _too_large(arrival.path, max_size)
        yield contents


@dataclass(slots=True)
class _Nest:
    """What it takes to open ZIPs inside ZIPs: where they are unpacked, and how many may be."""

    stack: ExitStack
    scratch: Path
    limits: ZipLimits
    left: int = _MOST_PARTS


def _too_large(path: Path, max_size: int) -> BadInputError:
    return BadInputError(
        f"{shown(path.name)} holds more than the limit of {max_size / 2**30:g} GiB.",
        advice="Raise max_import_gib under [limits] in the configuration.",
        code="too-large",
    )


def _file(path: Path, name: str, nest: _Nest) -> Contents:
    file, found = open_regular(path)
    nest.stack.enter_context(file)
    limit = nest.limits.max_total
    if found.size > limit:
        raise _too_large(path, limit)
    if found.size == 0:
        raise BadInputError(
            f"{shown(path.name)} is empty.", advice="Download the export again.", code="empty"
        )
    sha256 = sha256_of(file)
    head = file.read(_HEAD)
    file.seek(0)
    container = (
        open_zip(file, limits=nest.limits, name=shown(path.name)) if looks_like_zip(head) else None
    )
    if container is not None:
        members = tuple(_unpacked(container, nest, prefix="", depth=1))
    else:
        whole = _whole(name, file, found, sha256)
        members = (unpacked(whole, limit) if looks_like_zst(head) else whole,)
    return Contents(
        name=stored_name(path.name),
        sha256=sha256,
        size=found.size,
        modified_at=found.mtime_ns // 1_000_000,
        members=members,
        container=_described(head, container),
        problems=(),
        unchanged=lambda: stamp(path) == found,
    )


def _described(head: bytes, container: ZipContainer | None) -> Json:
    """Return what the archive keeps of the container: all that its members do not say."""
    if container is not None:
        return {"kind": "zip", "directory": container.directory}
    return {"kind": "zstd"} if looks_like_zst(head) else None


def _whole(name: str, file: BinaryIO, found: FileStamp, sha256: bytes) -> Member:
    modified_at = found.mtime_ns // 1_000_000
    return Member(name, found.size, modified_at, lambda: _from_start(file), sha256=sha256)


@contextmanager
def _from_start(file: BinaryIO) -> Iterator[BinaryIO]:
    """Lend the open file, to be read from its start; it stays open afterwards."""
    file.seek(0)
    yield file


def _unpacked(container: ZipContainer, nest: _Nest, *, prefix: str, depth: int) -> Iterator[Member]:
    for entry in container.members:
        member = Member(
            prefix + entry.name,
            entry.size,
            entry.modified_at,
            entry.open,
            litter=entry.litter,
            problem=entry.problem,
        )
        inner = _nested(member, nest) if depth == 1 else None
        if inner is None:
            yield perhaps_packed(member, nest.limits.max_total)
        else:
            yield from _unpacked(inner, nest, prefix=f"{member.name}/", depth=depth + 1)


def _nested(member: Member, nest: _Nest) -> ZipContainer | None:
    """Return the ZIP in this member when it is a part of the export, None when it is no such thing."""
    named = member.name.lower().endswith(".zip")
    if member.litter or member.problem or not named or not nest.left:
        return None
    with ExitStack() as spooled:
        try:
            spool = spooled.enter_context(tempfile.TemporaryFile(dir=nest.scratch))
            with member.open() as stream:
                shutil.copyfileobj(stream, spool, _READ)
            container = open_zip(spool, limits=nest.limits, name=member.name)
        except BadInputError:
            return None  # kept as the bytes it is
        except OSError as error:
            raise unreadable(member.name, error) from error
        if not any(entry.name.endswith(_OF_EXPORTS) for entry in container.members):
            return None
        nest.left -= 1
        nest.stack.push(spooled.pop_all())
        return container


def _folder(path: Path, max_size: int) -> Contents:
    folder = walk_folder(path)
    if sum(file.stamp.size for file in folder.members) > max_size:
        raise _too_large(path, max_size)
    if not folder.members:
        raise BadInputError(
            f"{shown(path.name)} is an empty folder.",
            advice="Drop the export itself.",
            code="empty",
        )
    members = tuple(
        Member(
            stored_name(file.name),
            file.stamp.size,
            file.stamp.mtime_ns // 1_000_000,
            partial(_opened, file.path),
            litter=file.litter,
        )
        for file in folder.members
    )
    members = tuple(_hashed(member) for member in members)
    listing = hashlib.sha256()
    for member in members:
        if member.sha256 is not None:
            listing.update(f"{member.name}\0{member.sha256.hex()}\n".encode())
    members = tuple(perhaps_packed(member, max_size) for member in members)
    return Contents(
        name=stored_name(path.name),
        sha256=listing.digest(),
        size=sum(member.size for member in members),
        modified_at=max(member.modified_at or 0 for member in members),
        members=members,
        container={"kind": "folder"},
        problems=folder.problems,
        unchanged=lambda: walk_folder(path) == folder,
    )


def _hashed(member: Member) -> Member:
    with member.open() as stream:
        return replace(member, sha256=sha256_of(stream))


def _opened(path: Path) -> BinaryIO:
    return open_regular(path)[0]
