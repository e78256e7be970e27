"""How things are written in HTML. All that comes out of here is HTML, and inert."""

import html
import re
from functools import lru_cache

from polylogue.model import Source
from polylogue.render.dialect import Dialect
from polylogue.render.html.code import block
from polylogue.render.html.marks import replaced
from polylogue.render.html.paths import name_of, page_address
from polylogue.render.html.prose import WEB, prose

_CONTROL = re.compile(
    r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\u200b\u202a-\u202e\u2066-\u2069]+"
)


@lru_cache(maxsize=1024)  # names of models and tools come in every message
def line(text: str) -> str:
    """Return `text` in one line."""
    return html.escape(" ".join(_CONTROL.sub("", text).split()))


def link(label: str, url: str) -> str:
    """Return a link to `url`; where that is not on the web, both as plain text."""
    if not WEB.match(url):
        return line(f"{label} ({url})" if url and url != label else label)
    return f'<a href="{html.escape(url)}" rel="noopener noreferrer">{line(label or url)}</a>'


def _references(text: str, numbers: list[int]) -> str:
    return replaced(text, [_reference(number) for number in numbers])


def _reference(number: int) -> str:
    return f'<sup class="ref"><a href="#fn-{number}">{number}</a></sup>'


def _footnote(number: int, sources: tuple[Source, ...]) -> str:
    return f'<li id="fn-{number}">{" · ".join(map(_shown, sources))}</li>'


def _shown(source: Source) -> str:
    """Return one source in a line: its title as a link, and the words that were quoted from it."""
    shown = link(source.title or source.url or source.ref or "unnamed source", source.url)
    if source.ref and not source.url and source.title:
        shown += f" ({line(source.ref)})"
    return f"{shown}: “{line(source.quote)}”" if source.quote else shown


def dialect(root: str) -> Dialect:
    """Return how things are written on a page from which `root` leads to the top of the vault."""

    def page(path: str, label: str) -> str:
        words = line(label) or line(name_of(path))
        return f'<a href="{html.escape(root + page_address(path))}">{words}</a>'

    return Dialect(
        text=prose,
        references=_references,
        code=block,
        line=line,
        aside='<p class="aside">{}</p>'.format,
        link=link,
        page=page,
        footnote=_footnote,
    )
