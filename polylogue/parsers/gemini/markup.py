"""HTML → a flat run of tags and texts, in linear time whatever the HTML.

What Google exports is small and clean: it was sanitised. So there is no tree and no repair: a tag
that makes no sense is a text, and nobody checks that what is opened is closed.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

# A value in quotes stops at "<" as well, so that one quote too many does not eat the rest.
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<attributes>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>"
    r"|<!(?:--)?"
)
_ATTRIBUTE = re.compile(r"([A-Za-z][\w-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+))")
_SILENT = frozenset({"head", "iframe", "noscript", "object", "script", "style", "svg", "template"})


class Token(NamedTuple):
    """A text (`tag` is empty), or the beginning or end of an element."""

    text: str = ""
    tag: str = ""
    is_end: bool = False
    attributes: str = ""

    def attribute(self, name: str) -> str:
        """Return the value of an attribute, "" when it has none."""
        for key, *values in _ATTRIBUTE.findall(self.attributes):
            if key.lower() == name:
                return html.unescape("".join(values)).strip()
        return ""


def tokens(source: str) -> Iterator[Token]:
    """Yield the tags and the texts of `source`; comments, scripts and styles are left out."""
    pos = 0
    while found := _TAG.search(source, pos):
        if found.start() > pos:
            yield Token(text=html.unescape(source[pos : found.start()]))
        name = (found["name"] or "").lower()
        if not name:
            pos = _behind(source, "-->" if found[0] == "<!--" else ">", found.end())
        elif name in _SILENT and not found["end"]:
            closing = re.compile(f"</{name}[^>]*>?", re.IGNORECASE).search(source, found.end())
            pos = closing.end() if closing else len(source)
        else:
            yield Token("", name, bool(found["end"]), found["attributes"])
            pos = found.end()
    if pos < len(source):
        yield Token(text=html.unescape(source[pos:]))


def _behind(source: str, end: str, pos: int) -> int:
    found = source.find(end, pos)
    return found + len(end) if found >= 0 else len(source)
