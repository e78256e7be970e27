"""What a stream is cut into."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from polylogue.parsers.containers.window import Window

PieceKind: TypeAlias = Literal["document", "glue", "torn"]

WHITE = b" \t\r\n"


class Piece(msgspec.Struct, frozen=True):
    """Consecutive bytes of a stream; the `data` of all pieces put together is the stream.

    A `document` can be parsed by itself (several whole lines, if the stream is JSON lines); `glue`
    is what stands between documents, and everything that holds none; `torn` is where a document
    was expected and is not whole, or cannot be held. `where` says which part this is, or what is
    wrong with it, in words that follow a file's name.

    A torn piece may be empty: the stream broke off between two elements.
    """

    kind: PieceKind
    data: bytes
    where: str = ""


def torn(window: Window, size: int, where: str) -> Iterator[Piece]:
    """Give out the next `size` bytes of the window as torn pieces of at most 8 MiB."""
    return (Piece("torn", data, where) for data in window.portions(size))


def tail(window: Window, where: str) -> Iterator[Piece]:
    """Give out what follows the last document: white space is glue, anything else is torn."""
    white = True
    for block in window.drain():
        white = white and not block.strip(WHITE)
        yield Piece("glue", block) if white else Piece("torn", block, where)
