"""One JSON object that is a whole export → the elements of its lists, each a document.

Grok writes `{"conversations": […], "projects": […], …}`. Cut like an array, such a file needs no
more memory than its largest chat, and a chat that was known before is not kept or read again. All
else in the object is glue.
"""

import re
from collections.abc import Generator, Iterator
from typing import Final

from polylogue.parsers.containers.boundary import Lexer
from polylogue.parsers.containers.elements import elements
from polylogue.parsers.containers.piece import Piece, tail, torn
from polylogue.parsers.containers.window import Window

#: How such an object begins. The list alone is no sign: lines of training data have one, too.
BEGINNING: Final = re.compile(
    rb'\{\s*"conversations"\s*:\s*\[\s*\{\s*"(?:conversation|responses)"\s*:\s*[{\[]'
)

_LONGEST_KEY = 4096  # bytes, with the white space around it
_KEY = re.compile(rb'[ \t\r\n]*,?[ \t\r\n]*"(?:[^"\\]|\\.)*"[ \t\r\n]*:[ \t\r\n]*(\[?)', re.DOTALL)
_END = re.compile(rb"[ \t\r\n]*\}")


def cut_lists(window: Window, max_document: int) -> Iterator[Piece]:
    """Cut the object whose opening brace was just given out, and what follows it."""
    while key := _seen(_KEY, window):
        yield Piece("glue", window.take(key.end() - window.pos))
        closed = yield from _list(window, max_document) if key[1] else _value(window)
        if not closed:
            return
    if end := _seen(_END, window):
        yield Piece("glue", window.take(end.end() - window.pos))
        yield from tail(window, "after the end of the lists")
        return
    if not window.left:
        yield Piece("torn", b"", "cut off before its end")
    while window.left or window.grow():
        yield from torn(window, window.left, "broken between its lists")


def _seen(pattern: re.Pattern[bytes], window: Window) -> re.Match[bytes] | None:
    """Match at the window's position, with enough in the window to tell."""
    while window.left < _LONGEST_KEY and window.grow():
        pass
    return pattern.match(window.data, window.pos)


def _list(window: Window, max_document: int) -> Generator[Piece, None, bool]:
    """Cut a list; return whether it was closed. Where the stream breaks off in it, that is told."""
    kind = ""
    for piece in elements(window, max_document):
        kind = piece.kind
        yield piece
    return kind == "glue"


def _value(window: Window) -> Generator[Piece, None, bool]:
    """Give out a value that is no list while it streams by; return whether its end was seen."""
    lexer = Lexer(b",}")
    while (end := lexer.feed(window.data, window.pos)) < 0:
        yield from (Piece("glue", data) for data in window.portions(window.left))
        if not window.grow():
            yield Piece("torn", b"", "cut off before its end")
            return False
    yield from (Piece("glue", data) for data in window.portions(end - window.pos))
    return True
