"""What a reference points at → Sources.

References of the many types differ in where they keep their links: in a `url` of their own, in one
of several lists (`grouped_webpages` has no url itself), in `safe_urls`, or only in the
ready-made Markdown of `alt`.
"""

import re
from collections.abc import Iterable, Iterator

from polylogue.model import Json, Source
from polylogue.parsers.narrow import items, keys, objects, text, word

_LISTS = ("items", "sources", "images", "products", "attributions", "supporting_websites")
_TITLES = ("title", "name", "attribution")
_URLS = ("url", "content_url", "cloud_doc_url", "source_url")
_TRACKING = re.compile(r"([?&])utm_source=chatgpt\.com(&|(?=#)|$)")
_MARKDOWN_LINK = re.compile(r"\[([^\]]{0,500})\]\((\S{1,2000}?)\)")


def untracked(url: str) -> str:
    """Return `url` without the `utm_source=chatgpt.com` that ChatGPT adds to it."""
    return _TRACKING.sub(lambda found: found[1] if found[2] else "", url)


def source(entry: dict[str, Json]) -> Source | None:
    """Return the page or file that `entry` names, None when it names nothing."""
    url = next((url for key in _URLS if (url := untracked(word(entry.get(key))))), "")
    title = next((title for key in _TITLES if (title := word(entry.get(key)))), "")
    ref = word(entry.get("id")) if entry.get("type") == "file" else ""
    return Source(title=title, url=url, ref=ref) if title or url or ref else None


def sources(reference: dict[str, Json]) -> tuple[Source, ...]:
    """Return all that a content reference points at, each once, in its order."""
    found = unique(_listed(reference))
    if not found and (own := source(reference)) is not None and (own.url or own.ref):
        found = (own,)
    return found or unique(_spare(reference))


def unique(many: Iterable[Source]) -> tuple[Source, ...]:
    """Return `many` with each url (or, without one, each file, each title) once."""
    once: dict[str, Source] = {}
    for one in many:
        once.setdefault(one.url or one.ref or one.title, one)
    return tuple(once.values())


def cited(citation: dict[str, Json]) -> Source | None:
    """Return the Source of an entry of `citations` or of `_cite_metadata.metadata_list`."""
    about = keys(citation.get("metadata")) or citation
    found = source(about)
    quote = text(about.get("text"))
    if found is None or not quote:
        return found
    return Source(title=found.title, url=found.url, ref=found.ref, quote=quote)


def search_results(groups: Json) -> dict[str, Source]:
    """Return the entries of `search_result_groups` by the name they are cited by: turn0search3."""
    return {
        name: found
        for group in objects(groups)
        for entry in objects(group.get("entries"))
        if (name := _cite_name(entry.get("ref_id"))) and (found := source(entry)) is not None
    }


def _listed(reference: dict[str, Json]) -> Iterator[Source]:
    entries = [entry for key in _LISTS for entry in objects(reference.get(key))]
    for entry in entries or objects(reference.get("fallback_items")):
        if (found := source(entry)) is not None:
            yield found
        for more in objects(entry.get("supporting_websites")):
            if (found := source(more)) is not None:
                yield found


def _spare(reference: dict[str, Json]) -> Iterator[Source]:
    for title, url in _MARKDOWN_LINK.findall(text(reference.get("alt"))):
        yield Source(title=title.strip(), url=untracked(url))
    for url in items(reference.get("safe_urls")):
        if word(url):
            yield Source(url=untracked(word(url)))


def _cite_name(ref_id: Json) -> str:
    if isinstance(ref_id, dict):
        return f"turn{ref_id.get('turn_index')}{ref_id.get('ref_type')}{ref_id.get('ref_index')}"
    return word(ref_id)
