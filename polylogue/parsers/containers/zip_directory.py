"""The directory at the end of a ZIP → its entries.

Read here and not by `zipfile`, which gives up a whole archive for one name that is not UTF-8, reads
a directory of any size into memory, and trusts in older Pythons what it should check (overlapping
entries, CVE-2024-0450; the ZIP64 end record, CVE-2025-8291). Layout by PKWARE's APPNOTE 6.3.10,
section 4.3. Nothing here reads a member.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from polylogue.errors import BadInputError
from polylogue.parsers.containers.zip_file import ZipFile
from polylogue.parsers.text import clean

_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64: Final = struct.Struct("<4sLQL")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")

_MAX_COMMENT = 0xFFFF
_FULL16 = 0xFFFF
_FULL32 = 0xFFFFFFFF

_ZIP64 = 0x0001
_UNIX_TIME = 0x5455
_UNICODE_NAME = 0x7075


@dataclass(frozen=True, slots=True)
class Entry:
    """What the directory says of one member. Sizes in bytes, `modified_at` in ms.

    `offset` is where its local header lies in the file; `attributes` are as they stand there, the
    Unix mode in the upper half; `has_nul` says that the name had a NUL byte (shown as U+2400).
    """

    name: str
    has_nul: bool
    flags: int
    method: int
    crc: int
    compressed_size: int
    size: int
    offset: int
    attributes: int
    modified_at: int | None


@dataclass(frozen=True, slots=True)
class _End:
    """Where the directory lies by the end record: `stop` is the offset behind it."""

    count: int
    size: int
    offset: int
    stop: int


@dataclass(frozen=True, slots=True)
class Directory:
    """The entries in their order, and the offset where the directory begins: all data lie before."""

    entries: tuple[Entry, ...]
    start: int


def read_directory(archive: ZipFile, *, max_entries: int, max_size: int) -> Directory:
    """Read the directory. Raises BadInputError and IncompleteError, in words for a person."""
    end = _find_end(archive)
    if end.count > max_entries:
        raise _too_large(archive, f"{end.count:,} members", f"{max_entries:,}")
    if end.size > max_size:
        raise _too_large(archive, f"a directory of {end.size:,} bytes", f"{max_size:,}")
    start = end.stop - end.size
    shift = start - end.offset  # bytes in front of the archive, such as a program that unpacks it
    if start < 0 or shift < 0:
        raise archive.damaged("its directory is not where it should be")
    if shift and archive.read(0, 4) == b"PK\x03\x04":
        # The end that was found belongs to an archive inside this one, whose own end is missing.
        raise archive.incomplete()
    entries = tuple(_entries(archive, archive.read(start, end.size), shift))
    if len(entries) > max_entries:
        raise _too_large(archive, f"{len(entries):,} members", f"{max_entries:,}")
    if len(entries) % (_FULL16 + 1) != end.count % (_FULL16 + 1):
        raise archive.damaged("its directory has another number of members than its end says")
    return Directory(entries, start)


def _too_large(archive: ZipFile, what: str, limit: str) -> BadInputError:
    return BadInputError(
        f"{archive.name} has {what}; the limit is {limit}.",
        advice="If it is genuine, unpack it and drop the folder.",
        code="zip-directory-too-large",
    )


# --- The end record -------------------------------------------------------------------------------


def _find_end(archive: ZipFile) -> _End:
    first = max(0, archive.size - _END.size - _MAX_COMMENT)
    block = archive.read(first, archive.size - first)
    found = block.rfind(b"PK\x05\x06", 0, max(0, len(block) - _END.size + 4))
    if found < 0:
        if archive.read(0, 2) == b"PK":
            raise archive.incomplete()
        raise BadInputError(
            f"{archive.name} is no ZIP archive.",
            advice="Drop the export as it was downloaded.",
            code="not-a-zip",
        )
    _, disk, _, _, count, size, offset, _ = _END.unpack_from(block, found)
    if disk not in {0, _FULL16}:
        raise BadInputError(
            f"{archive.name} is one part of a divided archive.",
            advice="Put the parts together, or unpack them and drop the folder.",
            code="zip-divided",
        )
    end = _End(count, size, offset, first + found)
    return _find_end64(archive, end) if count == _FULL16 or _FULL32 in {size, offset} else end


def _find_end64(archive: ZipFile, end: _End) -> _End:
    """Return what the ZIP64 end record says; `end` itself when there is none."""
    locator = end.stop - _LOCATOR64.size
    raw = archive.read(locator, _LOCATOR64.size) if locator >= 0 else b""
    if not raw.startswith(b"PK\x06\x07"):
        return end
    _, _, declared, _ = _LOCATOR64.unpack(raw)
    for start in (locator - _END64.size, declared):
        record = archive.read(start, _END64.size) if 0 <= start < locator else b""
        if record.startswith(b"PK\x06\x06") and len(record) == _END64.size:
            *_, count, size, offset = _END64.unpack(record)
            return _End(count, size, offset, start)
    raise archive.damaged("its ZIP64 end record is missing")


# --- The entries ----------------------------------------------------------------------------------


def _entries(archive: ZipFile, data: bytes, shift: int) -> Iterator[Entry]:
    start = 0
    while start < len(data):
        if len(data) - start < _ENTRY.size or data[start : start + 4] != b"PK\x01\x02":
            raise archive.damaged("its directory cannot be read")
        lengths = struct.unpack_from("<3H", data, start + 28)
        stop = start + _ENTRY.size + sum(lengths)
        if stop > len(data):
            raise archive.damaged("its directory is cut off")
        yield _entry(data[start:stop], shift)
        start = stop


def _entry(record: bytes, shift: int) -> Entry:
    (
        _, _, _, flags, method, time, date, crc, compressed_size, size,
        name_length, extra_length, _, _, _, attributes, offset,
    ) = _ENTRY.unpack_from(record)  # fmt: skip
    raw_name = record[_ENTRY.size : _ENTRY.size + name_length]
    extra_start = _ENTRY.size + name_length
    extra = _extra(record[extra_start : extra_start + extra_length])
    size, compressed_size, offset = _wide(extra, size, compressed_size, offset)
    return Entry(
        name=clean(_name(raw_name, extra)),
        has_nul=b"\0" in raw_name,
        flags=flags,
        method=method,
        crc=crc,
        compressed_size=compressed_size,
        size=size,
        offset=offset + shift,
        attributes=attributes,
        modified_at=_modified_at(extra, date, time),
    )


def _extra(data: bytes) -> dict[int, bytes]:
    """Return the extra fields by their number; what is broken ends the list."""
    fields: dict[int, bytes] = {}
    start = 0
    while start + 4 <= len(data):
        number, length = struct.unpack_from("<2H", data, start)
        fields.setdefault(number, data[start + 4 : start + 4 + length])
        start += 4 + length
    return fields


def _wide(extra: Mapping[int, bytes], *values: int) -> Iterator[int]:
    """Replace each value that is full by the next one of the ZIP64 field, if there is one."""
    wide = extra.get(_ZIP64, b"")
    for value in values:
        if value == _FULL32 and len(wide) >= 8:
            yield int.from_bytes(wide[:8], "little")
            wide = wide[8:]
        else:
            yield value


def _name(raw: bytes, extra: Mapping[int, bytes]) -> str:
    """Decode a name: UTF-8 where it is that, flagged or not, else cp437, which takes any byte."""
    unicode_name = extra.get(_UNICODE_NAME, b"")
    if unicode_name[:5] == b"\x01" + zlib.crc32(raw).to_bytes(4, "little"):
        raw = unicode_name[5:]
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp437")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_DATE = 0x21  # 1980-01-01, the first day that DOS can tell, means that nobody set it


def _modified_at(extra: Mapping[int, bytes], date: int, time: int) -> int | None:
    """Return ms since the epoch: exact where the Unix time is given, else local time read as UTC."""
    unix = extra.get(_UNIX_TIME, b"")
    if len(unix) >= 5 and unix[0] & 1:
        return int.from_bytes(unix[1:5], "little", signed=True) * 1000
    if date <= _NO_DATE:
        return None
    day = (1980 + (date >> 9), date >> 5 & 15, date & 31)
    try:
        moment = datetime(*day, time >> 11, time >> 5 & 63, (time & 31) * 2, tzinfo=UTC)
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(milliseconds=1)
