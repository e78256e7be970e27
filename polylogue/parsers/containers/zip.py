"""A ZIP archive → its members, each a stream; the archive may be damaged or hostile.

Names are labels and never paths, so what they say does no harm. An archive is refused whole when
nothing in it can be trusted: no end, a broken directory, members over one another (the trick of
bombs that are small on the disk), more unpacked bytes than the limit. A single member that cannot
be read carries a `Problem`, and the others are as good as before. What is declared is checked here,
before a byte is unpacked; the stream then holds every member to what was declared.

Two members of the same name are two members. Archives inside are members; the caller opens them.
"""

import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from itertools import pairwise
from typing import BinaryIO, Final

from polylogue.errors import BadInputError
from polylogue.model import Json, Problem
from polylogue.parsers.containers.zip_directory import Directory, Entry, read_directory
from polylogue.parsers.containers.zip_file import ZipFile, open_file
from polylogue.parsers.containers.zip_stream import METHODS, MemberStream

_READ = 1 << 20  # bytes that are unpacked at a time
_LOCAL_HEADER = 30  # bytes, at least, in front of each member's data


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """What an archive may declare. Sizes in bytes.

    Deflate cannot exceed 1,028:1; text of chats is about 4:1. A member of more than `large` bytes
    that declares more than `max_ratio`:1 is no chat and no attachment.
    """

    max_members: int = 100_000
    max_directory: int = 64 << 20
    max_total: int = 20 << 30
    max_ratio: int = 200
    large: int = 100 << 20


@dataclass(frozen=True, slots=True)
class ZipMember:
    """One member. `size` in bytes as declared, `modified_at` in ms.

    A ZIP's own times have no zone and are read as UTC, in steps of two seconds, unless the archive
    also gives the exact one. `litter` is what operating systems leave behind. A member with a
    `problem` cannot be opened.
    """

    name: str
    size: int
    modified_at: int | None
    litter: bool
    problem: Problem | None
    _stream: Callable[[], MemberStream]

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the member to be read from start to end.

        Raises BadInputError here or while reading when the member is not what was packed; who reads
        until b"" has all of it, proved by its check sum.
        """
        if self.problem is not None:
            raise BadInputError(self.problem.text, code=self.problem.code)
        with BufferedReader(self._stream(), _READ) as stream:
            yield stream


@dataclass(frozen=True, slots=True)
class ZipContainer:
    """An open archive: its members in the order of the directory, and the directory as JSON."""

    members: tuple[ZipMember, ...]
    directory: Sequence[Json]


def looks_like_zip(head: bytes) -> bool:
    """Whether a file that begins with `head` is, or was meant to be, a ZIP archive."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


def open_zip(file: BinaryIO, *, limits: ZipLimits = ZipLimits(), name: str = "") -> ZipContainer:
    """Read the directory of the archive in `file`, which must stay open; `name` is for messages.

    Raises IncompleteError when the end is missing, BadInputError when the archive as a whole cannot
    be taken, BusyError when the file cannot be read. Folders are no members.
    """
    archive = open_file(file, name or "The archive")
    directory = read_directory(
        archive, max_entries=limits.max_members, max_size=limits.max_directory
    )
    stops = _stops(archive, directory)
    _check_total(archive, directory.entries, limits)
    members = tuple(
        _member(archive, entry, stops[entry.offset], limits)
        for entry in directory.entries
        if not _is_folder(entry)
    )
    _check_not_all_encrypted(archive, members)
    return ZipContainer(members, [_row(entry) for entry in directory.entries])


def _stops(archive: ZipFile, directory: Directory) -> dict[int, int]:
    """Return for each member's offset where the next one begins. Refuses any overlap."""
    entries = sorted(directory.entries, key=lambda entry: entry.offset)
    spans = list(pairwise([*(entry.offset for entry in entries), directory.start]))
    for entry, (start, stop) in zip(entries, spans, strict=True):
        if start + _LOCAL_HEADER + entry.compressed_size > stop:
            raise BadInputError(
                f"The members of {archive.name} lie over one another or outside of it.",
                advice="Download the export again. If you trust it, unpack it and drop the folder.",
                code="zip-overlap",
            )
    return dict(spans)


def _check_total(archive: ZipFile, entries: Sequence[Entry], limits: ZipLimits) -> None:
    total = sum(entry.size for entry in entries)
    if total > limits.max_total:
        raise BadInputError(
            f"{archive.name} would unpack to {total / 2**30:,.1f} GiB; "
            f"the limit is {limits.max_total / 2**30:,.1f} GiB.",
            advice="If you trust it, unpack it and drop the folder.",
            code="zip-bomb",
        )


def _check_not_all_encrypted(archive: ZipFile, members: Sequence[ZipMember]) -> None:
    problems = [member.problem for member in members if not member.litter]
    if problems and all(problem and problem.code == "encrypted" for problem in problems):
        raise BadInputError(
            f"{archive.name} is encrypted.",
            advice="Unpack it with its password and drop the folder.",
            code="encrypted",
        )


# --- Members --------------------------------------------------------------------------------------


def _member(archive: ZipFile, entry: Entry, stop: int, limits: ZipLimits) -> ZipMember:
    return ZipMember(
        name=entry.name,
        size=entry.size,
        modified_at=entry.modified_at,
        litter=_is_litter(entry.name),
        problem=_problem(entry, limits),
        _stream=lambda: MemberStream(archive, entry, stop),
    )


# Names in small letters; sources/files.py has the same for what lies in folders.
_LITTER: Final = frozenset(
    {".ds_store", "thumbs.db", "desktop.ini", "__macosx", "@eadir", ".stfolder", ".stversions"}
)


def _is_litter(name: str) -> bool:
    parts = re.split(r"[/\\]", name.casefold())
    return parts[-1].startswith("._") or not _LITTER.isdisjoint(parts)


def _is_folder(entry: Entry) -> bool:
    return entry.name.endswith(("/", "\\")) and not entry.size


def _problem(entry: Entry, limits: ZipLimits) -> Problem | None:
    for is_so, code, text in _FAULTS:
        if is_so(entry, limits):
            said = text.format(method=entry.method, size=entry.size)
            return Problem(code=code, text=f"{entry.name} {said}", where=entry.name)
    return None


_ENCRYPTED = 0x0041  # the flags of common and of strong encryption

_FAULTS: Final[Sequence[tuple[Callable[[Entry, ZipLimits], bool], str, str]]] = (
    (
        lambda entry, _: bool(entry.flags & _ENCRYPTED),
        "encrypted",
        "is encrypted; unpack the archive with its password and drop the folder.",
    ),
    (
        lambda entry, _: entry.has_nul,
        "zip-name",
        "has a name that pretends to be another; unpack the archive and drop what you trust.",
    ),
    (
        lambda entry, _: stat.S_ISLNK(entry.attributes >> 16),
        "zip-link",
        "is a link and not a file; drop the file that it points to.",
    ),
    (
        lambda entry, _: stat.S_IFMT(entry.attributes >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR},
        "zip-special",
        "is a device and not a file; it was left out.",
    ),
    (
        lambda entry, _: entry.method not in METHODS,
        "zip-method",
        "is packed by a method that cannot be read ({method}); unpack the archive and drop the folder.",
    ),
    (
        lambda entry, limits: (
            entry.size > limits.large and entry.size > limits.max_ratio * entry.compressed_size
        ),
        "zip-bomb",
        "would unpack to {size:,} bytes out of next to nothing; if you trust it, drop it unpacked.",
    ),
)


def _row(entry: Entry) -> Json:
    return {
        "name": entry.name,
        "size": entry.size,
        "compressed_size": entry.compressed_size,
        "crc": entry.crc,
        "modified_at": entry.modified_at,
        "attributes": entry.attributes,
    }
