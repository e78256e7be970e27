"""The page by which pages are found: all conversations in a list, and a search in it.

The list is plain HTML and can be read without its script. For the search, the beginning of each text
is in the page as JSON: all the text of 10,000 chats would be a page of some 200 MB, which no browser
opens with pleasure; their titles and first words are 5 MB at most. Full text is found with
`polylogue search`.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from markupsafe import Markup

from polylogue.model import StoredConversation, Text
from polylogue.render.html.paths import page_address
from polylogue.render.messages import SPEAKERS

_EXCERPT: Final = 400  # characters of one conversation that are searched
_ALL: Final = 4_000_000  # characters of all of them


class IndexEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation in the index. `path` is that of its page (or note), `date` is `2026-01-02` or ''."""

    title: str
    path: str
    provider: str = ""
    date: str = ""
    messages: int = 0
    text: str = ""


def excerpt(conversation: StoredConversation) -> str:
    """Return the first words of the path taken, as the index searches them."""
    words: list[str] = []
    left = _EXCERPT
    for stored in conversation.messages:
        message = stored.message
        if message.hidden or message.role == "system" or stored.branch:
            continue
        for part in message.parts:
            if type(part) is Text and (said := " ".join(part.text[: 2 * left].split())[:left]):
                words.append(said)
                left -= len(said) + 1
                if left <= 0:
                    return " ".join(words)
    return " ".join(words)


def context_of(entries: Iterable[IndexEntry]) -> dict[str, object]:
    """Return what the template of the index needs."""
    # By path, then stably by date: the same entries give the same page in whatever order they come.
    ordered = sorted(sorted(entries, key=lambda e: e.path), key=lambda e: e.date, reverse=True)
    longest = min(_EXCERPT, _ALL // max(len(ordered), 1))
    rows = [
        {
            "title": " ".join(entry.title.split()) or "Untitled",
            "address": page_address(entry.path),
            "provider": SPEAKERS.get(entry.provider, entry.provider),
            "date": entry.date,
            "messages": entry.messages,
        }
        for entry in ordered
    ]
    return {"rows": rows, "texts": _embedded([entry.text[:longest] for entry in ordered])}


def _embedded(value: object) -> Markup:
    """Return JSON that can stand in a script element: nothing in it ends the element."""
    text = msgspec.json.encode(value).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - no character is left that HTML knows
