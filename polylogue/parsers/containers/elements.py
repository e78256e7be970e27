"""A JSON array → its elements, each a document; brackets, commas and white space are glue.

Elements are found by `boundary.skip`, one C call each; the `Lexer` takes those that strict readers
refuse, so that one bad conversation costs nothing but itself. An array that breaks off gives its
whole elements and what is left as torn pieces; so does an element too large to be held.
"""

import re
from collections.abc import Iterator

from polylogue.parsers.containers.boundary import REFUSED, Lexer, skip
from polylogue.parsers.containers.piece import WHITE, Piece, torn
from polylogue.parsers.containers.window import Window

_SEPARATORS = re.compile(rb"[ \t\r\n,]*")
_CLOSE = ord("]")

_TOO_LARGE = -1
_CUT_OFF = -2


def elements(window: Window, max_document: int) -> Iterator[Piece]:
    """Cut the array whose opening bracket was just given out, up to its closing bracket.

    Elements are numbered from 1. When the array is not closed the last piece is torn and the window
    is at the end of the stream.
    """
    number = 0
    while _has_more(window):
        glue = _SEPARATORS.match(window.data, window.pos)
        size = glue.end() - window.pos if glue else 0
        closed = size < window.left and window.data[window.pos + size] == _CLOSE
        if size or closed:
            yield Piece("glue", window.take(size + closed))
        if closed:
            return
        if window.left:
            size = _strict_size(window, max_document) or _tolerant_size(window, max_document)
            if size == _CUT_OFF:
                break
            number += 1
            yield from _element(window, size, max_document, number)
    where = f"cut off after element {number}" if number else "cut off in element 1"
    if not window.left:
        yield Piece("torn", b"", where)
    yield from torn(window, window.left, where)


def _has_more(window: Window) -> bool:
    return window.pos < len(window.data) or window.grow()


def _element(window: Window, size: int, max_document: int, number: int) -> Iterator[Piece]:
    if size == _TOO_LARGE:
        return _pass_on(window, f"element {number} is larger than {max_document:,} bytes")
    return iter((Piece("document", window.take(size), f"element {number}"),))


def _strict_size(window: Window, max_document: int) -> int:
    """Return the size of the valid element at the window's position; 0 when it is not valid."""
    while True:
        end = skip(window.data, window.pos)
        if 0 <= end < len(window.data):
            break
        if end == REFUSED:
            return 0
        if window.left > max_document:
            return _TOO_LARGE
        if not window.grow():
            return 0
    if window.data[end] not in b",]":
        return 0
    return _size(window, end, max_document)


def _tolerant_size(window: Window, max_document: int) -> int:
    lexer = Lexer(b",]")
    seen = 0
    while (end := lexer.feed(window.data, window.pos + seen)) < 0:
        seen = window.left
        if seen > max_document:
            return _TOO_LARGE
        if not window.grow():
            rest = window.data[window.pos :].rstrip(WHITE)
            return len(rest) if lexer.closed and rest[-1] in b'}]"' else _CUT_OFF
    return _size(window, end, max_document)


def _size(window: Window, end: int, max_document: int) -> int:
    size = len(window.data[window.pos : end].rstrip(WHITE))
    return size if size <= max_document else _TOO_LARGE


def _pass_on(window: Window, where: str) -> Iterator[Piece]:
    """Give out an element while it streams by, without holding it."""
    lexer = Lexer(b",]")
    while (end := lexer.feed(window.data, window.pos)) < 0:
        yield from torn(window, window.left, where)
        if not window.grow():
            return
    yield from torn(window, end - window.pos, where)
