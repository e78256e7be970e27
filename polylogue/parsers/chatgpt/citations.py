"""Text with the provider's private markers → clean text and its citations.

Each marker becomes an `Edit`: a span, the words that replace it, its sources. First come the edits
that the message tells itself (`references`), then those for markers that are left (`markers`).
Words that a person saw are never deleted: an `entity` leaves its name, the brackets
U+E203…U+E206 go alone, and a span that is no marker stays.
"""

import re
from collections.abc import Iterable, Iterator

from polylogue.model import Citation, Source, Text
from polylogue.parsers.chatgpt.markers import marked
from polylogue.parsers.chatgpt.references import Edit, Ledger, Sheet, referenced
from polylogue.parsers.chatgpt.sources import sources, unique
from polylogue.parsers.text import clean

#: What every marker has in UTF-8: U+E200 to U+E23F, and the bracket of the older ones. To look for
#: bytes is ten times as fast as to look for such characters.
_SUSPECT = (b"\xee\x88", "【".encode())
#: The first character behind the markers that follow.
_BEHIND = re.compile("(?:\ue200[a-z0-9_-]+(?:\ue202[^\ue200\ue201]*)?\ue201)*(.?)", re.DOTALL)


def is_plain(raw: str) -> bool:
    """Tell whether `raw` can hold no marker. Fast, since it is asked of every text."""
    if not raw.isascii():
        data = raw.encode(errors="replace")
        if any(mark in data for mark in _SUSPECT):
            return False
    return "oai" not in raw and "\\u" not in raw


def cite(raw: str, about: Sheet) -> Text:
    """Return `raw` without markers, and what they point at."""
    edits = [] if about.typed else list(referenced(raw, about))
    edits += marked(raw, about, {edit.start for edit in edits if edit.end > edit.start})
    made, marks = _apply(raw, edits)
    _add_footnote(marks, len(made), about)
    return Text(
        text=made, citations=tuple(Citation(at=at, sources=found) for at, found in marks.items())
    )


def unmarked(raw: str) -> str:
    """Return `raw`, which is not prose of the chat, as clean text without whole private markers."""
    if is_plain(raw):
        return clean(raw)
    return cite(raw, Sheet((), (), (), (), typed=True, ledger=Ledger())).text


def _apply(raw: str, edits: Iterable[Edit]) -> tuple[str, dict[int, tuple[Source, ...]]]:
    """Make `edits`, of which the first and longest wins; return text, and sources by offset."""
    pieces: list[str] = []
    at = done = 0
    marks: dict[int, tuple[Source, ...]] = {}
    for edit in _in_order(edits):
        if edit.start < done:
            continue
        piece = clean(raw[done : edit.start]) + edit.words
        if piece.endswith(" ") and edit.end > edit.start and _stands_alone(raw, edit.end):
            piece = piece[:-1]
        pieces.append(piece)
        at += len(piece)
        done = edit.end
        if edit.sources:
            marks[at] = unique((*marks.get(at, ()), *edit.sources))
    pieces.append(clean(raw[done:]))
    return "".join(pieces), marks


def _in_order(edits: Iterable[Edit]) -> Iterator[Edit]:
    """Yield `edits` by place, those of one span united, empty spans before what begins there."""
    last: Edit | None = None
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end > edit.start, -edit.end)):
        if last is not None and (last.start, last.end) == (edit.start, edit.end):
            words = last.words or edit.words
            last = last._replace(words=words, sources=(*last.sources, *edit.sources))
            continue
        if last is not None:
            yield last
        last = edit
    if last is not None:
        yield last


def _stands_alone(raw: str, end: int) -> bool:
    """Tell whether the blank before a marker that ends at `end` would have nothing to part."""
    behind = _BEHIND.match(raw, end)
    return behind is not None and behind[1] in {"", *" \t\n.,;:!?)"}


def _add_footnote(marks: dict[int, tuple[Source, ...]], end: int, about: Sheet) -> None:
    """Add at the end what only the `sources_footnote` knows; its offset is no place."""
    known = {one.url or one.title for found in marks.values() for one in found}
    extra = tuple(
        one
        for reference in about.references
        if reference.get("type") == "sources_footnote"
        for one in sources(reference)
        if (one.url or one.title) not in known
    )
    if extra:
        marks[end] = unique((*marks.get(end, ()), *extra))
