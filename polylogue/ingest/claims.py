"""A member's bytes as a stream → its pieces, and who reads them.

Documents stand each for itself. Lines are a session when a parser claims their beginning; else each
line may be a document. Nothing is kept or counted here: an import keeps what it reads (`keep`), an
explanation only counts it (`explain`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, TypeAlias

from polylogue.errors import BadInputError
from polylogue.ingest.members import Member
from polylogue.ingest.sessions import FIRST_BYTES, claim, parser_bug
from polylogue.model import Document, Parsed
from polylogue.parsers import PARSERS, Parser, Session, Shape, detect
from polylogue.parsers.base import FIRST_LINES, Page, detect_page
from polylogue.parsers.containers.lines import single_lines
from polylogue.parsers.containers.pieces import Cut, Piece
from polylogue.parsers.text import BOM, probe

#: Who reads a document.
Claim: TypeAlias = tuple[Parser, Shape | Page]


@dataclass(slots=True)
class Readable:
    """A stream up to where it breaks: `broken` says why it ended there, if it did.

    `advance` is told how many bytes were read.
    """

    stream: IO[bytes]
    advance: Callable[[int], None]
    broken: BadInputError | None = None

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, b"" at the end and from where the stream is damaged."""
        if self.broken is not None:
            return b""
        try:
            data = self.stream.read(size)
        except BadInputError as error:
            self.broken = error
            return b""
        self.advance(len(data))
        return data


def as_session(found: Cut) -> tuple[tuple[Parser, Session] | None, Iterator[Piece]]:
    """Return who reads a stream as a session, if anybody does, and all of its pieces.

    A single line, too, is a session, unless it is a document.
    """
    if found.kind not in {"lines", "object"}:
        return None, found.pieces
    first = _beginning(found)
    pieces = chain(first, found.pieces)
    if found.kind == "lines":
        return claim(piece.data for piece in first), pieces
    documents = [piece.data for piece in first if piece.kind == "document"]
    single = len(documents) == 1 and not is_document(documents[0])
    return claim(documents) if single else None, pieces


def documents(found: Cut, pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Yield the pieces of a stream that is no session, lines that are documents each for itself."""
    if found.kind != "lines":
        yield from pieces
        return
    line = 1
    for piece in pieces:
        if piece.kind == "document":
            yield from single_lines(piece.data, line, is_document)
        else:
            yield piece
        line += piece.data.count(b"\n")


def strange_lines(found: Cut, piece: Piece) -> list[bytes]:
    """Return the lines, of a stream that is no session, that are no documents of anybody."""
    if found.kind != "lines" or piece.kind != "glue":
        return []
    return [line for line in piece.data.removeprefix(BOM).split(b"\n") if line.strip()]


def is_document(data: bytes) -> bool:
    """Whether a parser reads these bytes as a JSON document."""
    return detect(probe(data), PARSERS) is not None


def detected(data: bytes) -> Claim | None:
    """Return who reads a document, None when nobody does."""
    if data.startswith(b"<"):
        return detect_page(data, PARSERS)
    return detect(probe(data), PARSERS)


def read_document(claimed: Claim, member: Member, piece: Piece, uri: str = "") -> Sequence[Parsed]:
    """Return the records of a document. A parser that fails costs this document."""
    parser, shape = claimed
    if shape.parse is None:
        return ()
    document = Document(
        data=bytes(piece.data), name=member.name, modified_at=member.modified_at, uri=uri
    )
    try:
        return tuple(shape.parse(document))
    except Exception as error:  # noqa: BLE001 - a bug in a parser must not cost the other chats
        return (parser_bug(parser, error, f"{member.name}: {piece.where}"),)


def asset_owner(member: Member) -> tuple[str, str] | None:
    """Return provider and file id when the member's name says that it is somebody's attachment."""
    if member.litter:
        return None
    for parser in PARSERS:
        ref = parser.asset_ref(member.name)
        if ref is not None:
            return parser.provider, ref
    return None


def _beginning(found: Cut) -> list[Piece]:
    """Take the first pieces of a stream, as many as it takes to tell whose lines they are."""
    first: list[Piece] = []
    size = lines = 0
    while size < FIRST_BYTES and lines < FIRST_LINES:
        piece = next(found.pieces, None)
        if piece is None:
            break
        first.append(piece)
        size += len(piece.data)
        lines += piece.data.count(b"\n")
    return first
