"""What a parser is, and how the right one is found.

A provider writes several kinds of JSON documents: conversations, and side files that name assets or
carry a thumbs-up. Each kind is a `Shape`: a test on a `Probe` (the document's top-level keys) and a
function from the document to records. A file of JSON lines that grows while the chat goes on is a
`Session`: a test on the probes of its first lines, and a function from a group of lines to records.
A piece of an HTML page is a `Page`. A `Parser` is a provider's table of all three. Data, not
classes: the engine asks nothing about a provider that is not in the table.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from polylogue.model import Document, Parsed

#: The top level of one JSON object, values still undecoded. Empty for anything that is no object.
Probe: TypeAlias = Mapping[str, msgspec.Raw]


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of document.

    `parse` gives the document's records; it never raises on bytes that `matches` accepted: what
    cannot be read becomes a `Problem` in the stream. None means: known, kept in tier 1, and there
    is nothing in it to show (account data, indexes of other files).
    """

    name: str
    matches: Callable[[Probe], bool]
    parse: Callable[[Document], Iterator[Parsed]] | None = None


#: So many first lines of a file, as far as they are objects, are shown to `Session.matches`.
FIRST_LINES = 32


@dataclass(frozen=True, slots=True)
class Session:
    """One kind of file of JSON lines.

    `parse` is given one group of whole lines after another (`Document.data`), with the number of
    the first (`line`) and what the group before left behind (`state`). It gives the records of the
    group and at last a `Carry`. A pure function, so that a file that has grown is read from where it
    ended: however the lines are grouped, the records unite to the same rows. A message that may
    still grow is given with what is known of it, and again, richer, when the rest has come. Never
    raises on lines of a file that `matches` accepted: a line that cannot be read is a `Problem`.
    None: known, kept, nothing to show.
    """

    name: str
    matches: Callable[[Sequence[Probe]], bool]
    parse: Callable[[Document], Iterator[Parsed]] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One kind of document that is no JSON but a piece of an HTML page.

    `matches` is given its bytes, as `containers.pieces` cut them out of the page; `parse` is as in
    Shape.
    """

    name: str
    matches: Callable[[bytes], bool]
    parse: Callable[[Document], Iterator[Parsed]] | None = None


@dataclass(frozen=True, slots=True)
class Parser:
    """All that the engine needs to know of a provider.

    `version` rises with every change that makes other records from the same bytes. `asset_ref` maps
    a member's name to the provider's id of the file in it, None when the name holds no id.
    """

    provider: str
    version: int
    shapes: tuple[Shape, ...] = ()
    sessions: tuple[Session, ...] = ()
    pages: tuple[Page, ...] = ()
    asset_ref: Callable[[str], str | None] = lambda _name: None


def detect(probe: Probe, parsers: Sequence[Parser]) -> tuple[Parser, Shape] | None:
    """Return the first parser and shape that claim `probe`, in registry order; None when none do."""
    for parser in parsers:
        for shape in parser.shapes:
            if shape.matches(probe):
                return parser, shape
    return None


def detect_session(
    probes: Sequence[Probe], parsers: Sequence[Parser]
) -> tuple[Parser, Session] | None:
    """Return the first parser and session that claim a file by the probes of its first lines."""
    for parser in parsers:
        for session in parser.sessions:
            if session.matches(probes):
                return parser, session
    return None


def detect_page(data: bytes, parsers: Sequence[Parser]) -> tuple[Parser, Page] | None:
    """Return the first parser and page that claim the piece `data` of an HTML page."""
    for parser in parsers:
        for page in parser.pages:
            if page.matches(data):
                return parser, page
    return None
