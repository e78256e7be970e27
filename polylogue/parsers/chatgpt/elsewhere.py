"""Pages, files, screens and services that entered the chat → parts."""

from collections.abc import Iterator

from polylogue.model import Json, Notice, Part, Quote, Source
from polylogue.parsers.chatgpt import assets, tools
from polylogue.parsers.chatgpt.citations import unmarked
from polylogue.parsers.chatgpt.reading import Reading
from polylogue.parsers.chatgpt.sources import untracked
from polylogue.parsers.narrow import keys, objects, text, word


def browsing(reading: Reading) -> Iterator[Part]:
    """Yield the list of pages that the old browser showed to the model."""
    told = dict.fromkeys(text(reading.content.get(key)) for key in ("summary", "result"))
    yield from tools.result(reading, "\n\n".join(filter(str.strip, told)))
    for asset in objects(reading.content.get("assets")):
        yield from assets.image(asset)


def quote(reading: Reading) -> Iterator[Part]:
    """Yield a passage of a page or of a file; a file has its name where a page has its url."""
    content = reading.content
    url = untracked(word(content.get("url")))
    on_web = "://" in url
    source = Source(
        title=word(content.get("title")) or word(content.get("domain")),
        url=url if on_web else "",
        ref="" if on_web else url,
    )
    name = word(content.get("ref_id"))
    if name:
        reading.remember_results({name: source})
    body = text(content.get("text")) or text(content.get("snippet"))
    if body.strip() or source != Source():
        yield Quote(text=unmarked(body), source=source)


def error(reading: Reading) -> Iterator[Part]:
    """Yield a `system_error`: the failure of a tool, whatever the status of the message says."""
    told = (word(reading.content.get("name")), text(reading.content.get("text")))
    yield from tools.result(reading, ": ".join(filter(None, told)), failed=True)


def screen(reading: Reading) -> Iterator[Part]:
    """Yield what an agent saw on its computer."""
    yield from assets.image(keys(reading.content.get("screenshot")))
    state = keys(reading.content.get("state"))
    yield from _pointer("computer", state.get("title"), state.get("url"))


def connector(reading: Reading) -> Iterator[Part]:
    """Yield what a connected service gave back, and where it stands."""
    about = keys(reading.content.get("metadata"))
    yield from tools.result(reading, text(reading.content.get("output_str")))
    yield from _pointer("source", about.get("display_title"), about.get("display_url"))


def _pointer(kind: str, title: Json, url: Json) -> Iterator[Part]:
    told = " — ".join(filter(None, (word(title), untracked(word(url)))))
    if told:
        yield Notice(kind=kind, text=told)
