"""Citations: spans of a text and the pages that they point at → offsets and Sources.

A citation counts code points and names an address; the page's title stands in the search results of
the same message.
"""

from collections.abc import Iterable, Mapping

from polylogue.model import Citation, Json, Source, Text
from polylogue.parsers.narrow import keys, objects, text, whole, word


def cited(raw: str, citations: Json, titles: Mapping[str, str]) -> Text:
    """Return `raw` with its `citations`; `titles` are those of pages, by address."""
    marks: dict[int, dict[str, Source]] = {}
    for citation in objects(citations):
        for source in _sources(citation, titles):
            end = whole(citation.get("end_index"))
            at = len(raw) if end is None else min(end, len(raw))
            marks.setdefault(at, {}).setdefault(source.url or source.title, source)
    return Text(
        text=text(raw),
        citations=tuple(
            Citation(at=at, sources=tuple(found.values())) for at, found in sorted(marks.items())
        ),
    )


def _sources(citation: dict[str, Json], titles: Mapping[str, str]) -> list[Source]:
    told = [keys(citation.get("details")), citation, *objects(citation.get("sources"))]
    found: dict[str, Source] = {}
    for entry in told:
        url = word(entry.get("url")) or word(entry.get("uri"))
        title = word(entry.get("title")) or titles.get(url, "") or word(citation.get("title"))
        if url or (title and not found):
            found.setdefault(url or title, Source(title=title, url=url))
    return list(found.values())


def titles(blocks: Iterable[Json]) -> dict[str, str]:
    """Return the titles of all pages among the results of tools, by address."""
    return {
        url: word(entry.get("title"))
        for block in blocks
        if isinstance(block, dict)
        for entry in objects(block.get("content"))
        if (url := word(entry.get("url")))
    }


def link_list(sources: Iterable[Source]) -> str:
    """Return `sources` as a list of Markdown links, each address once."""
    once = {source.url or source.title: source for source in sources}
    return "\n".join(f"- {_link(source)}" for source in once.values())


def _link(source: Source) -> str:
    title = " ".join(source.title.split()).replace("[", "(").replace("]", ")")
    if not source.url:
        return title
    return f"[{title or source.url}](<{source.url.replace('<', '%3C').replace('>', '%3E')}>)"
