"""Whether a file is all there yet, as far as its end can tell.

A file that does not change any more may still be half of a download that stalled. Each format says
how it ends: a ZIP with its end record, JSON with its closing bracket, JSON lines with a line end.
The format is told by the first bytes; any other file is complete when it is quiet. On Linux the
kernel also knows whether somebody has the file open for writing: a read lease is refused then.

Whoever asks gets words for what is missing, not an error: time may mend it.
"""

import errno
import fcntl
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeAlias

from polylogue.errors import PolylogueError
from polylogue.sources.files import open_regular

#: A ZIP's end record is 22 bytes and a comment of at most 64 KiB (APPNOTE 4.3.16).
_ZIP_END = 22
_TAIL = 0xFFFF + _ZIP_END
_HEAD = 4096
_SPACE = b" \t\r\n"
_LINES = (".jsonl", ".ndjson")

_Rule: TypeAlias = Callable[[bytes, Path], str | None]


def unfinished(path: Path) -> str | None:
    """Say what is still missing from the file at `path`; None when nothing seems to be.

    What cannot be opened is for the reader to report: None.
    """
    try:
        stream, stamp = open_regular(path)
    except PolylogueError:
        return None
    with stream:
        if _has_writer(stream.fileno()):
            return "another program is still writing it"
        if stamp.size == 0:
            return "it is empty"
        try:
            return _by_format(stream, stamp.size, path)
        except OSError:
            return None


def _by_format(stream: BinaryIO, size: int, path: Path) -> str | None:
    head = stream.read(_HEAD)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)
    rule = next((rule for begins, rule in _RULES if start.startswith(begins)), None)
    return rule(tail, path) if rule else None


def _zip(tail: bytes, _path: Path) -> str | None:
    """Look for the end record whose comment ends with the file: a stored ZIP inside has one too."""
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _ZIP_END:
        return "the end of the ZIP is missing"
    comment = int.from_bytes(tail[at + 20 : at + 22], "little")
    return None if at + _ZIP_END + comment == len(tail) else "the end of the ZIP is missing"


def _json(tail: bytes, path: Path) -> str | None:
    if path.suffix.casefold() in _LINES and tail.endswith(b"\n"):
        return None
    ended = tail.rstrip(_SPACE).endswith((b"]", b"}"))
    return None if ended else "the end of the JSON is missing"


def _reserved(_tail: bytes, _path: Path) -> str:
    return "its beginning is empty"


#: First bytes, and the rule for files that begin so. Zeros: space that a download has reserved.
_RULES: tuple[tuple[bytes, _Rule], ...] = (
    (b"PK", _zip),
    (b"[", _json),
    (b"{", _json),
    (b"\0\0\0\0", _reserved),
)


def _has_writer(descriptor: int) -> bool:
    """Tell whether any process has the file open for writing; False where nobody can say.

    fcntl(2): F_RDLCK leases are refused with EAGAIN then. The lease is held for microseconds; should
    somebody open the file just now, the kernel tells us by a signal, whose default, SIGIO, would
    end the process: SIGURG, which is ignored by default, is asked for instead.
    """
    if sys.platform != "linux":
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:  # not ours, or a file system without leases
        return error.errno == errno.EAGAIN
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
