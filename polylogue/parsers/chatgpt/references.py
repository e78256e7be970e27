"""What a message says about the markers in its own text → edits of that text.

`content_references` name each marker, the words it stood for and its links; the older `citations`
give a span and one link. Offsets count code points and are believed only when they point
at what they name: references of hidden messages point into text that was blanked.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from polylogue.model import Json, Source
from polylogue.parsers.chatgpt.sources import cited, search_results, source, sources
from polylogue.parsers.chatgpt.wire import WireMetadata
from polylogue.parsers.narrow import from_json, items, keys, objects, text, whole, word
from polylogue.parsers.text import clean

#: The ledger: (path in the format, kind) → how often.
Ledger = Counter[tuple[str, str]]
Reference = dict[str, Json]

_TYPE_PATH = "message.metadata.content_references.type"
_MARKER_SIGNS = ("\ue200", "\ue203", "\ue204", "\ue205", "\ue206", "†", "oaicite:", "oai_citation:")


class Sheet(NamedTuple):
    """What is known about the markers in the text of one message.

    `results` are the search results of this message and of those before it, the nearest first;
    `typed` says that a person wrote the text.
    """

    references: Sequence[Reference]
    citations: Sequence[Reference]
    pages: Sequence[Reference]
    results: Sequence[Mapping[str, Source]]
    typed: bool
    ledger: Ledger


class Edit(NamedTuple):
    """Of the text as it came, [start, end) becomes `words`, with `sources` behind them."""

    start: int
    end: int
    words: str = ""
    sources: tuple[Source, ...] = ()


def sheet(
    metadata: WireMetadata,
    results: Sequence[Mapping[str, Source]],
    ledger: Ledger,
    *,
    typed: bool,
) -> Sheet:
    """Gather what `metadata` says, and the search `results` before it."""
    own = search_results(metadata.search_result_groups)
    return Sheet(
        references=list(objects(metadata.content_references)),
        citations=list(objects(metadata.citations)),
        pages=list(objects(keys(metadata.cite_metadata).get("metadata_list"))),
        results=(own, *results) if own else results,
        typed=typed,
        ledger=ledger,
    )


def referenced(raw: str, about: Sheet) -> Iterator[Edit]:
    """Yield the edits of `raw` that the message itself tells; unknown types go to the ledger."""
    searched: dict[str, int] = {}
    for reference in about.references:
        kind = word(reference.get("type"))
        if kind not in _WORDS:
            about.ledger[_TYPE_PATH, kind] += 1
        start = None if kind == "sources_footnote" else _locate(raw, reference, searched)
        if start is not None:
            yield _edit(start, reference, _WORDS.get(kind, _nothing))
    for citation in about.citations:
        start, end = whole(citation.get("start_ix")), whole(citation.get("end_ix"))
        found = cited(citation)
        if found is None or start is None or end is None:
            continue
        if start == end <= len(raw) or _is_marker(raw[start:end]):
            yield Edit(start, end, sources=(found,))


def second(told: Json) -> str:
    """Return the visible words of `["software", "Obsidian", "note-taking app"]`: the second."""
    return next((text(name) for name in items(told)[1:2]), "")


def _locate(raw: str, reference: Reference, searched: dict[str, int]) -> int | None:
    """Find where `matched_text` stands: at its offset, else the next place where it occurs."""
    matched, start = reference.get("matched_text"), whole(reference.get("start_idx"))
    if not isinstance(matched, str) or not matched.strip():
        return None
    if start is None or not raw.startswith(matched, start):
        start = raw.find(matched, searched.get(matched, 0))
        if start < 0:
            return None
    searched[matched] = start + len(matched)
    return start


def _edit(start: int, reference: Reference, words: Callable[[Reference], str]) -> Edit:
    """Make the edit for a marker; a span of visible prose stays and its sources follow it."""
    matched: str = reference["matched_text"]
    end = start + len(matched)
    if not _is_marker(matched):
        return Edit(end, end, sources=sources(reference))
    return Edit(start, end, clean(words(reference)), sources(reference))


def _is_marker(span: str) -> bool:
    return any(sign in span for sign in _MARKER_SIGNS)


# --- The words that a person saw in place of a marker ----------------------------------------------


def _nothing(_reference: Reference) -> str:
    return ""


def _fields(reference: Reference) -> list[str]:
    matched: str = reference["matched_text"]
    return matched.strip("\ue200\ue201").split("\ue202")[1:]


def _name(reference: Reference) -> str:
    told = next((second(from_json(field)) for field in _fields(reference)), "")
    return text(reference.get("name")) or text(reference.get("alt")) or told


def _title(reference: Reference) -> str:
    return text(reference.get("title")) or next(iter(_fields(reference)), "")


def _alt(reference: Reference) -> str:
    return text(reference.get("alt"))


def _names(reference: Reference) -> str:
    named = (source(product) for product in objects(reference.get("products")))
    return ", ".join(one.title for one in named if one is not None and one.title)


_WORDS: dict[str, Callable[[Reference], str]] = {
    "alt_text": _alt,
    "attribution": _nothing,
    "entity": _name,
    "file": _nothing,
    "file_navlist": _nothing,
    "grouped_webpages": _nothing,
    "grouped_webpages_model_predicted_fallback": _nothing,
    "hidden": _nothing,
    "image_group": _nothing,
    "image_inline": _nothing,
    "image_v2": _nothing,
    "nav_list": _nothing,
    "product_entity": _name,
    "products": _names,
    "sources_footnote": _nothing,
    "video": _title,
    "webpage": _nothing,
    "webpage_extended": _nothing,
}
