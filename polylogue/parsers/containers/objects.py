"""A stream that begins with "{": one JSON object, or the first of many lines.

Lines it is when the first value stands on one line and another value follows on a later line. Where
the first value is broken the second line decides: a session file whose first line was cut short by
a crash still is one.
"""

import re
from collections.abc import Iterator
from typing import Literal

from polylogue.parsers.containers.boundary import REFUSED, Lexer, is_whole, skip
from polylogue.parsers.containers.lines import lines
from polylogue.parsers.containers.piece import WHITE, Piece, tail, torn
from polylogue.parsers.containers.window import Window

_NOT_WHITE = re.compile(rb"[^ \t\r\n]")


def cut_object(
    window: Window, max_document: int, *, first_line: int
) -> tuple[Literal["object", "lines"], Iterator[Piece]]:
    """Tell what begins with the opening brace at the window's position, and cut it.

    Holds up to `max_document` bytes of it to find out.
    """
    size = _strict_size(window, max_document)
    strict = size > 0
    size = size or _tolerant_size(window, max_document)
    if _are_lines(window, size, max_document, strict=strict):
        return "lines", lines(window, max_document, first_line)
    return "object", _pieces(window, size, max_document)


def _pieces(window: Window, size: int, max_document: int) -> Iterator[Piece]:
    if 0 < size <= max_document:
        yield Piece("document", window.take(size))
        yield from tail(window, "after the end of the document")
        return
    too_large = window.left > max_document
    where = f"larger than {max_document:,} bytes" if too_large else "cut off before its end"
    while window.left or window.grow():
        yield from torn(window, window.left, where)


def _strict_size(window: Window, max_document: int) -> int:
    """Return the size of the valid value at the window's position; 0 when it is not valid."""
    while True:
        end = skip(window.data, window.pos)
        if end == REFUSED:
            return 0
        if 0 <= end < len(window.data) or window.left > max_document or not window.grow():
            break
    return len(window.data[window.pos : end].rstrip(WHITE)) if end > 0 else 0


def _tolerant_size(window: Window, max_document: int) -> int:
    lexer = Lexer(b"}")
    seen = 1
    while (end := lexer.feed(window.data, window.pos + seen)) < 0:
        seen = window.left
        if seen > max_document or not window.grow():
            return 0
    return end + 1 - window.pos


def _are_lines(window: Window, size: int, max_document: int, *, strict: bool) -> bool:
    """Whether lines begin at the window's position, with a first value of this size if it ends."""
    if size and window.data.find(b"\n", window.pos, window.pos + size) < 0:
        return b"\n" in _gap(window, size, max_document)
    return not strict and is_whole(_second_line(window))


def _gap(window: Window, size: int, max_document: int) -> bytes:
    """Return the white space between the first value and what follows; b"" when nothing does."""
    while True:
        end = window.pos + size
        follows = _NOT_WHITE.search(window.data, end)
        if follows:
            return window.data[end : follows.start()]
        if window.left > max_document or not window.grow():
            return b""


def _second_line(window: Window) -> bytes:
    start = window.data.find(b"\n", window.pos) + 1
    end = window.data.find(b"\n", start)
    line = window.data[start : end if end >= 0 else None] if start else b""
    return line if line.startswith(b"{") else b""
