"""Pages that a search found → sources, and the list of them that a person reads."""

from collections.abc import Iterable, Sequence

from polylogue.model import Json, Source, ToolResult
from polylogue.parsers.narrow import objects, text, word


def pages(found: Json) -> list[Source]:
    """Return the pages in a list of search results, as far as they have an address."""
    return [
        Source(title=word(page.get("title")), url=word(page["url"]), quote=_excerpt(page))
        for page in objects(found)
        if word(page.get("url"))
    ]


def as_result(sources: Sequence[Source], name: str) -> Iterable[ToolResult]:
    """Yield what the search `name` gave back, if it did: a list of links."""
    if sources:
        links = "\n".join(f"- {_link(source)}" for source in sources)
        yield ToolResult(name=name, output=links, language="markdown")


def _excerpt(page: dict[str, Json]) -> str:
    return text(page.get("snippet")) or text(page.get("preview"))


def _link(source: Source) -> str:
    title = source.title.replace("[", "(").replace("]", ")") or source.url
    return f"[{title}](<{source.url}>)"
