"""Markers in a text that no reference told about → edits.

A table of notations, from the private-use characters of today to the brackets of 2023. Their links
come from search results, from `citations` by number, or from the marker itself. What could not be
resolved goes from the text and into the ledger.

What a person typed may look like an old notation: there, only whole private markers are touched.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from polylogue.model import Source
from polylogue.parsers.chatgpt.references import Edit, Sheet, second
from polylogue.parsers.chatgpt.sources import cited, source, sources, unique
from polylogue.parsers.narrow import from_json, items, keys
from polylogue.parsers.text import clean

_PATH = "message.content.marker"


def marked(raw: str, about: Sheet, taken: set[int]) -> Iterator[Edit]:
    """Yield the edits for the markers of `raw`, but for those that start where `taken` says."""
    for notation, edit in _NOTATIONS[:1] if about.typed else _NOTATIONS:
        for found in notation.finditer(raw):
            if found.start() not in taken and (made := edit(found, about)) is not None:
                yield made


# --- U+E200 type (U+E202 field)* U+E201 ------------------------------------------------------------


def _private(found: re.Match[str], about: Sheet) -> Edit:
    kind, *fields = found[0].strip("\ue200\ue201").split("\ue202")
    words = _WORDS.get(kind, _no_words)(fields)
    points = _results(fields, about)
    if not words and not points and kind not in _SILENT and not about.typed:
        about.ledger[_PATH, clean(kind)] += 1
    return Edit(found.start(), found.end(), clean(words), points)


def _no_words(_fields: Sequence[str]) -> str:
    return ""


def _first(fields: Sequence[str]) -> str:
    return next(iter(fields), "")


def _named(fields: Sequence[str]) -> str:
    return second(from_json(_first(fields)))


def _chosen(fields: Sequence[str]) -> str:
    chosen = items(keys(from_json(_first(fields))).get("selections"))
    return ", ".join(title for one in chosen if (title := second(one)))


#: Type of a marker → the words that a person saw in its place, from its fields.
_WORDS: dict[str, Callable[[Sequence[str]], str]] = {
    "entity": _named,
    "product": _named,
    "product_entity": _named,
    "products": _chosen,
    "video": _first,
}
#: Types that stand for a widget, or that point at nothing a person could open.
_SILENT = {"explore_more", "image_group", "memcite"}
_NAME = "[a-z][a-z0-9_-]{0,40}"
_NAMES = sorted({"cite", "filecite", "navlist", *_WORDS, *_SILENT})


def _results(fields: Sequence[str], about: Sheet) -> tuple[Source, ...]:
    return unique(
        found
        for name in fields
        for found in [next((known[name] for known in about.results if name in known), None)]
        if found is not None
    )


def _alone(found: re.Match[str], _about: Sheet) -> Edit:
    """Delete what is left of a torn marker, and the brackets around prose."""
    return Edit(found.start(), found.end())


# --- Older notations -------------------------------------------------------------------------------


def _escaped(found: re.Match[str], about: Sheet) -> Edit | None:
    """Resolve a marker spelled with backslashes; else it may be talk about markers, and stays."""
    points = _results(re.split(r"\\u[eE]202", found[1]), about)
    return Edit(found.start(), found.end(), sources=points) if points else None


def _tether(found: re.Match[str], about: Sheet) -> Edit:
    points = _numbered(int(found[1]), about)
    if not points and found[2] not in {"", "source"}:
        points = (Source(title=clean(found[2])),)
    return _resolved(found, about, "†", points)


def _oaicite(found: re.Match[str], about: Sheet) -> Edit:
    listed = (about.citations or about.references)[int(found[1]) :][:1]
    points = unique(one for entry in listed for one in (cited(entry), *sources(entry)) if one)
    return _resolved(found, about, "oaicite", points)


def _link(found: re.Match[str], _about: Sheet) -> Edit:
    one = source({"title": found[1], "url": found[2]})
    return Edit(found.start(), found.end(), sources=(one,) if one else ())


def _resolved(found: re.Match[str], about: Sheet, kind: str, points: tuple[Source, ...]) -> Edit:
    if not points:
        about.ledger[_PATH, kind] += 1
    return Edit(found.start(), found.end(), sources=points)


def _numbered(number: int, about: Sheet) -> tuple[Source, ...]:
    """Resolve the number of an old marker: the message that was cited, else the page listed."""
    said = (
        found
        for citation in about.citations
        if keys(keys(citation.get("metadata")).get("extra")).get("cited_message_idx") == number
        and (found := cited(citation)) is not None
    )
    pages = (found for page in about.pages[number:][:1] if (found := cited(page)) is not None)
    return unique(said) or unique(pages)


#: The first holds for all texts, the others for what a machine wrote.
_NOTATIONS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Sheet], Edit | None]], ...] = (
    (re.compile(f"\ue200{_NAME}(?:\ue202[^\ue200\ue201]*)?\ue201"), _private),
    (re.compile(f"\ue200(?:{_NAME}(?:\ue202[\\w-]*)+|(?:{'|'.join(_NAMES)})$)?"), _alone),
    (re.compile("[\ue201-\ue206]"), _alone),
    (re.compile(r"【([0-9]{1,6})(?::[0-9]{1,6})?†([^】\n]{0,500})】"), _tether),
    (re.compile(r":contentReference\[oaicite:([0-9]{1,6})\]\{index=[0-9]{1,6}\}"), _oaicite),
    (re.compile(r"\[oai_citation:[0-9]{1,6}[‡†]([^\]\n]{0,500})\]\(([^)\s]{0,2000})\)"), _link),
    (
        re.compile(r"\\u[eE]200(?:cite|filecite|navlist)((?:\\u[eE]202[\w-]{1,80})+)\\u[eE]201"),
        _escaped,
    ),
)
