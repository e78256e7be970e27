"""Grounding: what the model searched for, and the pages that its words rest on → citations.

Segments say where in the text a source is cited. Whether their `index` counts code points is not
known for certain, so a place within a word moves to the word's end. Sources that no segment names
stand at the end of the text.
"""

from collections.abc import Iterator

from polylogue.model import Citation, Json, Source, ToolCall
from polylogue.parsers.narrow import items, keys, objects, whole, word

_LONGEST_WORD = 64


def searches(grounding: Json) -> Iterator[ToolCall]:
    """Yield the search that the model made, if it did."""
    queries = filter(None, map(word, items(keys(grounding).get("webSearchQueries"))))
    if query := "\n".join(queries):
        yield ToolCall(name="google_search", input=query)


def sources(grounding: Json) -> dict[str, Source]:
    """Return the pages by their address, in their order."""
    told = keys(grounding)
    webs = (keys(entry.get("web")) for entry in objects(told.get("groundingChunks")))
    found: dict[str, Source] = {}
    for entry in (*objects(told.get("groundingSources")), *webs):
        url, title = word(entry.get("uri")), word(entry.get("title"))
        if url or title:
            found.setdefault(url or title, Source(title=title, url=url))
    return found


def citations(grounding: Json, text: str) -> tuple[Citation, ...]:
    """Return the citations in `text`, by place."""
    if not grounding:
        return ()
    known = sources(grounding)
    places: dict[int, dict[str, Source]] = {}
    cited: set[str] = set()
    for segment in objects(keys(grounding).get("corroborationSegments")):
        at, url = whole(segment.get("index")), word(segment.get("uri"))
        if at is not None and url:
            places.setdefault(_word_end(text, at), {})[url] = known.get(url) or Source(url=url)
            cited.add(url)
    rest = {url: source for url, source in known.items() if url not in cited}
    if rest:
        places[len(text)] = places.get(len(text), {}) | rest
    return tuple(
        Citation(at=at, sources=tuple(found.values())) for at, found in sorted(places.items())
    )


def _word_end(text: str, at: int) -> int:
    end = min(at, len(text))
    limit = min(end + _LONGEST_WORD, len(text))
    while 0 < end < limit and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return end
