"""How things are written in Markdown, for Obsidian."""

import re
from typing import Final

from polylogue.model import Source
from polylogue.render.code import MARK, fence
from polylogue.render.dialect import Dialect
from polylogue.render.inert import inert
from polylogue.render.line import link, one_line, wikilink

_MARK = re.compile(MARK)


def _references(text: str, numbers: list[int]) -> str:
    """Return `text` with `[^1]` for each mark."""
    following = iter(numbers)
    return _MARK.sub(lambda mark: _reference(mark, next(following)), text)


def _reference(mark: re.Match[str], number: int) -> str:
    """Return `[^1]`, apart from neighbours that would make something else of it."""
    before = mark.string[mark.start() - 1 : mark.start()]
    after = mark.string[mark.end() : mark.end() + 1]
    left = " " if before and before in "[]!\\^" else ""
    right = " " if after and after in "([:" else ""
    return f"{left}[^{number}]{right}"


def _footnote(number: int, sources: tuple[Source, ...]) -> str:
    return f"[^{number}]: " + " · ".join(map(_shown, sources))


def _shown(source: Source) -> str:
    """Return one source in a line: its title as a link, and the words that were quoted from it."""
    shown = link(source.title or source.url or source.ref or "unnamed source", source.url)
    if source.ref and not source.url and source.title:
        shown += f" ({one_line(source.ref)})"
    return f"{shown}: “{one_line(source.quote)}”" if source.quote else shown


MARKDOWN: Final = Dialect(
    text=inert,
    references=_references,
    code=fence,
    line=one_line,
    aside="*{}*".format,
    link=link,
    page=wikilink,
    footnote=_footnote,
)
