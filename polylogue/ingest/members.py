"""The members of an arrival: byte strings that can be opened, as they are or unpacked.

A member packed by zstd is unpacked once to measure it, so that it has a size, a hash and proof that
it is whole like any other, and again whenever it is read.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, BinaryIO

from polylogue.errors import BadInputError, BusyError
from polylogue.model import Problem
from polylogue.parsers.containers.zst import looks_like_zst, open_zst

_HEAD = 4  # bytes, enough to tell what is packed
_READ = 1 << 20  # bytes
_ZST = ".zst"


@dataclass(frozen=True, slots=True)
class Member:
    """One byte string of an arrival. `problem` says why it cannot be opened, if it cannot.

    `litter` is what operating systems leave behind: kept, never read. `sha256` is there when it was
    found out on the way.
    """

    name: str
    size: int
    modified_at: int | None
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    litter: bool = False
    problem: Problem | None = None
    sha256: bytes | None = None


def perhaps_packed(member: Member, limit: int) -> Member:
    """Return the file in a member packed by zstd; any other, and one that is broken, as it is."""
    if not member.name.lower().endswith(_ZST) or member.litter or member.problem is not None:
        return member
    try:
        with member.open() as stream:
            packed = looks_like_zst(stream.read(_HEAD))
        return unpacked(member, limit) if packed else member
    except BadInputError:
        return member


def unpacked(member: Member, limit: int) -> Member:
    """Return the file in a member packed by zstd, of up to `limit` bytes, under its own name.

    It is unpacked once to measure it. Raises BadInputError, IncompleteError or BusyError.
    """
    name = member.name[: -len(_ZST)] if member.name.lower().endswith(_ZST) else member.name
    digest, size = hashlib.sha256(), 0
    opened = partial(_opened_zst, member, limit)
    try:
        with opened() as stream:
            while block := stream.read(_READ):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise unreadable(member.name, error) from error
    return replace(member, name=name, size=size, open=opened, sha256=digest.digest())


@contextmanager
def _opened_zst(member: Member, limit: int) -> Iterator[BinaryIO]:
    with member.open() as packed, open_zst(packed, name=member.name, limit=limit) as stream:
        yield stream


def sha256_of(file: IO[bytes]) -> bytes:
    """Hash the file from its start and leave it there."""
    try:
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]
        file.seek(0)
    except OSError as error:
        raise unreadable("the file", error) from error
    return digest


def unreadable(name: str, error: OSError) -> BusyError:
    """Return what it means that reading `name`, or unpacking it for that, failed."""
    return BusyError(
        f"Reading {name} failed: {error.strerror}.",
        advice="Check the disk it lies on, and the space for temporary files; it is tried again.",
        code="read-error",
    )
