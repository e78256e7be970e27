r"""JSON lines → groups of whole lines of 64 KiB or more.

Where a group ends depends on the bytes before it only: a session file that has grown begins with
the groups that it had, except the last one. Lines end at b"\n" and nowhere else; what else Python
takes for a line end may stand inside a JSON string.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from polylogue.parsers.containers.boundary import is_whole
from polylogue.parsers.containers.piece import WHITE, Piece, PieceKind
from polylogue.parsers.containers.window import Window

GROUP = 64 << 10  # bytes

_Cut: TypeAlias = tuple[PieceKind, bytes, str]


def lines(window: Window, max_line: int, number: int) -> Iterator[Piece]:
    """Cut the rest of the stream, whose first line has this number.

    A last line without a line end is torn unless it is a whole value; a line longer than `max_line`
    (at least `GROUP` bytes) is torn, too, and passed on without being held.
    """
    for kind, data, fault in _groups(window, max_line):
        yield Piece(kind, data, f"line {number}{fault}")
        number += data.count(b"\n")


def single_lines(
    group: bytes, number: int, is_document: Callable[[bytes], bool]
) -> Iterator[Piece]:
    """Cut a group, whose first line has this number, at the lines that are documents by themselves.

    What is no document stays together, as glue.
    """
    kept = start = 0
    while start < len(group):
        end = group.find(b"\n", start)
        end = len(group) if end < 0 else end
        line = group[start:end].rstrip(WHITE)
        if is_document(line):
            if start > kept:
                yield Piece("glue", group[kept:start])
            yield Piece("document", line, f"line {number}")
            kept = start + len(line)
        start = end + 1
        number += 1
    if kept < len(group):
        yield Piece("glue", group[kept:])


def _groups(window: Window, max_line: int) -> Iterator[_Cut]:
    while window.left or window.grow():
        data, start = window.data, window.pos
        last_line = data.rfind(b"\n", start, start + GROUP - 1) + 1 or start
        end = data.find(b"\n", start + GROUP - 1) + 1
        if (end or len(data)) - last_line > max_line:
            if last_line > start:
                yield "document", window.take(last_line - start), ""
            yield from _long_line(window, f" is larger than {max_line:,} bytes")
        elif end:
            yield "document", window.take(end - start), ""
        elif not window.grow():
            yield from _last(window)


def _long_line(window: Window, fault: str) -> Iterator[_Cut]:
    while (end := window.data.find(b"\n", window.pos)) < 0:
        yield from (("torn", part, fault) for part in window.portions(window.left))
        if not window.grow():
            return
    yield from (("torn", part, fault) for part in window.portions(end + 1 - window.pos))


def _last(window: Window) -> Iterator[_Cut]:
    """Give out what is left at the end of the stream, less than a group and one line."""
    last_line = window.data.rfind(b"\n", window.pos) + 1 or window.pos
    rest = window.data[last_line:]
    whole = window.left if not rest.strip() or is_whole(rest) else last_line - window.pos
    if whole:
        yield "document", window.take(whole), ""
    yield from (("torn", part, " is cut off") for part in window.portions(window.left))
