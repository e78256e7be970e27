"""How a file of a session folder begins: with lines, with half of one, or as one document."""

import zlib
from typing import BinaryIO

from polylogue.ingest.sessions import FIRST_BYTES
from polylogue.parsers import PARSERS, detect
from polylogue.parsers.containers.boundary import is_whole
from polylogue.parsers.text import probe

_FIRST_LINE = 64 << 20  # bytes; a file whose first line is longer is no session


def first_lines(file: BinaryIO) -> bytes:
    """Return the beginning of a file of lines, at least one of them; b"" when it is none."""
    file.seek(0)
    data = file.read(FIRST_BYTES)
    if not data.startswith(b"{"):
        return b""
    while b"\n" not in data and len(data) < _FIRST_LINE and (more := file.read(FIRST_BYTES)):
        data += more
    return data


def is_half(first: bytes) -> bool:
    """Whether a file that begins so has half a line by now; nobody can say what it will be."""
    return b"\n" not in first and 0 < len(first) < _FIRST_LINE and not is_whole(first)


def is_document(first: bytes) -> bool:
    """Whether a file that begins so is one document on one line."""
    line, _, rest = first.partition(b"\n")
    return not rest.strip() and detect(probe(line), PARSERS) is not None


def edition() -> int:
    """Return the number of this set of parsers: with another one, a file may be somebody's."""
    parsers = sorted(f"{parser.provider} {parser.version}" for parser in PARSERS)
    return zlib.crc32("\n".join(parsers).encode())
