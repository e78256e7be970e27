"""A byte stream → its pieces, decided by its first bytes and never by a name.

What JSON and JSON lines are is told apart by what follows the first value: another value on a later
line makes lines. Invariant, whatever the bytes are: the pieces put together are the stream. Memory
is bounded by a few times the largest document, and by a few windows where there is none.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from polylogue.model import Problem
from polylogue.parsers.containers.elements import elements
from polylogue.parsers.containers.html import RECORD, records
from polylogue.parsers.containers.lists import BEGINNING, cut_lists
from polylogue.parsers.containers.objects import cut_object
from polylogue.parsers.containers.piece import Piece, PieceKind, tail
from polylogue.parsers.containers.window import WINDOW, Window

__all__ = [
    "MAX_DOCUMENT",
    "Cut",
    "CutKind",
    "Piece",
    "PieceKind",
    "cut",
    "may_hold_documents",
]

MAX_DOCUMENT: Final = 256 << 20  # bytes

CutKind: TypeAlias = Literal["array", "object", "lines", "html", "binary", "empty"]


@dataclass(frozen=True, slots=True)
class Cut:
    """What a stream is, and its pieces, cut while they are taken.

    `problem` is a reason why nothing can be read from it although it looks as if it should.
    """

    kind: CutKind
    pieces: Iterator[Piece]
    problem: Problem | None = None


def cut(read: Callable[[int], bytes], *, max_document: int = MAX_DOCUMENT) -> Cut:
    """Cut what `read(size)` gives; b"" is its end. What `read` raises goes through.

    A document larger than `max_document` bytes is passed on as torn pieces.
    """
    window = Window(read)
    window.grow()
    begins = _HEAD.match(window.data)
    start = begins.end() if begins else 0
    if start == len(window.data) < WINDOW:
        return Cut("empty", _blocks(window))
    for beginning, cut_as in _KINDS:
        if beginning.match(window.data, start):
            return cut_as(window, window.take(start), max_document)
    return Cut("binary", _blocks(window), _utf16(window.data))


def may_hold_documents(head: bytes) -> bool:
    """Tell from the first bytes of a stream whether it can be JSON or a page: not binary, not prose."""
    begins = _HEAD.match(head)
    start = begins.end() if begins else 0
    return _utf16(head) is not None or any(kind.match(head, start) for kind, _ in _KINDS)


_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*")


def _array(window: Window, head: bytes, max_document: int) -> Cut:
    return Cut("array", _array_pieces(window, head + window.take(1), max_document))


def _array_pieces(window: Window, head: bytes, max_document: int) -> Iterator[Piece]:
    yield Piece("glue", head)
    yield from elements(window, max_document)
    yield from tail(window, "after the end of the array")


def _lists(window: Window, head: bytes, max_document: int) -> Cut:
    return Cut("object", _after(head + window.take(1), cut_lists(window, max_document)))


def _object(window: Window, head: bytes, max_document: int) -> Cut:
    kind, pieces = cut_object(window, max_document, first_line=1 + head.count(b"\n"))
    return Cut(kind, _after(head, pieces))


def _after(head: bytes, pieces: Iterator[Piece]) -> Iterator[Piece]:
    if head:
        yield Piece("glue", head)
    yield from pieces


# chat.html in a ChatGPT export assigns the whole of conversations.json to a variable.
_EMBEDDED = re.compile(rb"\b(?:jsonData|conversations)\s*=\s*\[(?=\s*[{\]])")


def _html(window: Window, head: bytes, max_document: int) -> Cut:
    """Cut a page at what is in it, if that begins in the first window."""
    found = _EMBEDDED.search(window.data, window.pos)
    if found is not None:
        beginning = window.take(found.end() - window.pos)
        return Cut("html", _page(window, head + beginning, max_document))
    first = window.data.find(RECORD, window.pos)
    if first >= 0:
        head += window.take(first - window.pos)
        return Cut("html", _after(head, records(window, max_document)))
    return Cut("html", _after(head, _blocks(window)))


def _page(window: Window, head: bytes, max_document: int) -> Iterator[Piece]:
    """Cut a page at the array in it: equal bytes in conversations.json are then kept only once.

    None of it is a document: what it repeats is read from conversations.json.
    """
    yield Piece("glue", head)
    for piece in elements(window, max_document):
        yield Piece("glue", piece.data, piece.where)
    yield from _blocks(window)


def _blocks(window: Window) -> Iterator[Piece]:
    return (Piece("glue", block) for block in window.drain())


#: How each kind begins. A lone bracket is not enough: "[1] See above" and RTF begin with one, too.
_KINDS: Final = (
    (re.compile(rb'\[\s*(?:[\]{\["\d-]|true|false|null|NaN|Infinity|\Z)'), _array),
    (BEGINNING, _lists),
    (re.compile(rb'\{\s*(?:["}]|\Z)'), _object),
    (re.compile(rb"<(?:!doctype\s+html|html|head)\b", re.IGNORECASE), _html),
)


def _utf16(data: bytes) -> Problem | None:
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    beginning = data[:4096].decode("utf-16", "replace").lstrip()
    if not beginning.startswith(("[", "{", "<")):
        return None
    text = "It is saved as UTF-16, which no AI exports; save it again as UTF-8."
    return Problem(code="utf-16", text=text)
