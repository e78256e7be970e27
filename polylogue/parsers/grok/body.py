"""The text of a message → texts with citations, and artifacts.

A `<grok:render>` tag stands for a card, such as a citation; `<xaiArtifact>` holds a document.
"""

import re
from collections.abc import Iterator, Sequence

from polylogue.model import Artifact, Citation, Json, Part, Source, Text
from polylogue.parsers.narrow import from_json, items, keys, text, word

# Bounded, so that tags without end cost no more than they are long.
_TAG = re.compile(r"<grok:render\b([^<>]{0,500})>(?:.{0,500}?)</grok:render>", re.DOTALL)
_OPENING = re.compile(r"<xaiArtifact\b([^<>]{0,1000})>")
_CLOSING = "</xaiArtifact>"
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')

Cards = dict[str, dict[str, Json]]


def read_cards(told: Json) -> Cards:
    """Return the cards of a message by their id; each is JSON in JSON."""
    cards = (keys(from_json(card)) if isinstance(card, str) else keys(card) for card in items(told))
    return {word(card.get("id")): card for card in cards if card}


def body(said: str, cards: Cards) -> Iterator[Part]:
    """Yield texts and artifacts; an artifact without end is text."""
    at = 0
    for opening in _OPENING.finditer(said):
        end = said.find(_CLOSING, opening.end()) if opening.start() >= at else -1
        if end < 0:
            if opening.start() >= at:
                break
            continue
        yield from _text(said[at : opening.start()], cards)
        told = dict(_ATTRIBUTE.findall(opening[1]))
        yield Artifact(
            artifact_id=text(told.get("artifact_id")),
            title=text(told.get("title")),
            language=text(told.get("contentType")).removeprefix("text/") or "markdown",
            text=text(said[opening.end() : end]).strip("\n"),
        )
        at = end + len(_CLOSING)
    yield from _text(said[at:], cards)


def _text(said: str, cards: Cards) -> Iterator[Part]:
    """Yield `said` without tags: citations where their card has an address, else nothing."""
    pieces: list[str] = []
    citations: list[Citation] = []
    at = length = 0
    for tag in _TAG.finditer(said):
        pieces.append(text(said[at : tag.start()]))
        length += len(pieces[-1])
        at = tag.end()
        card = cards.get(dict(_ATTRIBUTE.findall(tag[1])).get("card_id", ""), {})
        if word(card.get("url")):
            source = Source(title=word(card.get("title")), url=word(card["url"]))
            citations.append(Citation(at=length, sources=(source,)))
    pieces.append(text(said[at:]))
    if any(map(str.strip, pieces)):
        yield Text(text="".join(pieces), citations=tuple(citations))


def with_cited(parts: Sequence[Part], cited: Sequence[Source]) -> Iterator[Part]:
    """Yield `parts`; what is cited nowhere in particular is cited at the end."""
    known = {
        source.url
        for part in parts
        if isinstance(part, Text)
        for citation in part.citations
        for source in citation.sources
    }
    rest = tuple(source for source in cited if source.url not in known)
    ends = [at for at, part in enumerate(parts) if isinstance(part, Text)][-1:]
    for at, part in enumerate(parts):
        if rest and at in ends and isinstance(part, Text):
            last = Citation(at=len(part.text), sources=rest)
            yield Text(text=part.text, citations=(*part.citations, last))
        else:
            yield part
