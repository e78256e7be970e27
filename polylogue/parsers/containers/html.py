"""A page of Google's "My Activity" → its records, each a document; what stands around is glue.

A record is a cell of the page, and ends where the next begins. The text in it is escaped, so the
tag that begins a record stands nowhere else. The last one ends with the body of the page.
"""

from collections.abc import Iterator
from typing import Final

from polylogue.parsers.containers.piece import WHITE, Piece, torn
from polylogue.parsers.containers.window import Window

#: How a record begins.
RECORD: Final = b'<div class="outer-cell'

_END = b"</body"


def records(window: Window, max_document: int) -> Iterator[Piece]:
    """Cut a page into its records, numbered from 1; the first begins at the window's position.

    A record larger than `max_document` bytes is torn.
    """
    number = 0
    while window.data.startswith(RECORD, window.pos):
        number += 1
        size = _size(window, max_document)
        if size is None:
            where = f"record {number} is larger than {max_document:,} bytes"
            yield from _pass_on(window, where)
            continue
        record = window.take(size)
        bare = record.rstrip(WHITE)
        yield Piece("document", bare, f"record {number}")
        if len(bare) < size:
            yield Piece("glue", record[len(bare) :])
    yield from (Piece("glue", block) for block in window.drain())


def _size(window: Window, max_document: int) -> int | None:
    """Return the size of the record at the window's position, None when it is too large."""
    seen = len(RECORD)
    while (end := window.data.find(RECORD, window.pos + seen)) < 0:
        if window.left > max_document:
            return None
        seen = max(seen, window.left - len(RECORD))
        if not window.grow():
            end = window.data.rfind(_END, window.pos)
            end = end if end > 0 else len(window.data)
            break
    size = end - window.pos
    return size if size <= max_document else None


def _pass_on(window: Window, where: str) -> Iterator[Piece]:
    """Give out a record while it streams by, without holding it."""
    seen = len(RECORD)
    while (end := window.data.find(RECORD, window.pos + seen)) < 0:
        yield from torn(window, window.left - len(RECORD) + 1, where)
        seen = 0
        if not window.grow():
            end = len(window.data)
            break
    yield from torn(window, end - window.pos, where)
