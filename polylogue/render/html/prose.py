"""Imported Markdown → HTML that shows what it showed, and does nothing.

markdown-it reads the text with HTML switched off; what it makes goes through nh3, which lets a short
list of tags and attributes pass and nothing else, whatever the first might have let through. Images
become links, since a page asks nobody for anything; a link that does not lead to the web or to a
mail address becomes its words and its address. Mathematics stays as it was written.
"""

import html
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from polylogue.render.html.code import highlighted
from polylogue.render.html.marks import numbered

_LONGEST: Final = 400_000  # characters that are read as Markdown; a longer text stays as it is
_DEEPEST: Final = 60  # blocks in blocks
_MOST_OPENERS: Final = 2_000  # brackets, dollars and the like in one paragraph

WEB = re.compile(r"https?://[^/\s]|mailto:", re.IGNORECASE)

_TAGS: Final = frozenset(
    """
    a blockquote br code div em h3 h4 h5 h6 hr li ol p pre s span strong table tbody td th thead tr ul
    """.split()  # noqa: SIM905 - a table of words
)
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "code": {"class"},
    "ol": {"start"},
    "pre": {"class", "tabindex"},
    "span": {"class"},
    "td": {"class"},
    "th": {"class"},
}
_SCHEMES: Final = {"http", "https", "mailto"}


def prose(text: str, *, images: bool = False) -> str:  # noqa: ARG001 - no image is ever fetched
    """Return a block of imported Markdown as HTML, '' when it is blank."""
    if not text or text.isspace():
        return ""
    if len(text) > _LONGEST:
        return plain(numbered(text))
    try:
        made = _reader().render(numbered(text))
    except RecursionError:
        return plain(numbered(text))
    return clean(made)


def plain(text: str) -> str:
    """Return text as it is, each line in its place."""
    return f'<pre class="plain">{html.escape(text)}</pre>'


def clean(made: str) -> str:
    """Return HTML without anything that could run, fetch or lay itself over the page."""
    return nh3.clean(
        made,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    ).strip()


# --- The reader -----------------------------------------------------------------------------------


class _Reader(MarkdownIt):
    """Reads Markdown; which links lead somewhere is decided afterwards, by `_tidy`."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - markdown-it's name
        return True


class _Writer(RendererHTML):
    """Writes code with its colours."""

    def fence(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Return a fenced block."""
        return highlighted(tokens[idx].content, tokens[idx].info)

    def code_block(
        self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType
    ) -> str:
        """Return an indented block."""
        return highlighted(tokens[idx].content, "")


@cache
def _reader() -> MarkdownIt:
    options: Mapping[str, Any] = {"html": False, "maxNesting": 2 * _DEEPEST, "breaks": True}
    reader = _Reader("commonmark", options, renderer_cls=_Writer)
    reader.enable(["table", "strikethrough"])
    reader.inline.ruler.before("escape", "mathematics", _mathematics)
    reader.inline.ruler.before("autolink", "break", _line_break)
    reader.core.ruler.at("inline", _inline)
    reader.core.ruler.push("tidy", _tidy)
    return reader


_OPENERS = re.compile(r"[\[$<]|\\[(\[]")  # each of which looks for its end


def _inline(state: StateCore) -> None:
    """Read the lines of each block; where so much opens that reading is slow, they stay as they are."""
    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = token.children or []
        if len(_OPENERS.findall(token.content)) > _MOST_OPENERS:
            token.children.append(Token("text", "", 0, content=token.content))
        else:
            state.md.inline.parse(token.content, state.md, state.env, token.children)


_FORMULA = re.compile(
    r"\\\((?:[^\\\n]|\\[^)]){1,1000}?\\\)"
    r"|\\\[(?:[^\\]|\\[^\]]){1,4000}?\\\]"
    r"|\$\$[^$]{1,4000}\$\$"
    r"|\$(?![\s\d.,]+\s)[^\s$](?:[^$\n`]{0,500}[^\s$\\])?\$(?!\w)"
)


def _mathematics(state: StateInline, silent: bool) -> bool:
    """Take a formula as it is written: its backslashes and underscores are no Markdown."""
    if state.src[state.pos] not in "\\$":
        return False
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        token = state.push("html_inline", "", 0)
        token.content = f'<span class="math">{html.escape(found[0])}</span>'
    state.pos = found.end()
    return True


_BREAK = re.compile(r"<br\s{0,9}/?>", re.IGNORECASE)


def _line_break(state: StateInline, silent: bool) -> bool:
    """Take a `<br>`, without which a cell of a table has one line only."""
    if state.src[state.pos] != "<":
        return False
    found = _BREAK.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


# --- What links, images, headings and tables become -----------------------------------------------

_HEADINGS: Final = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6"}


def _tidy(state: StateCore) -> None:
    """Put headings under those of the page, and links and images where they can do nothing."""
    for token in state.tokens:
        if token.type.startswith("heading_"):
            token.tag = _HEADINGS.get(token.tag, "h6")
        elif token.tag in {"td", "th"} and "style" in token.attrs:
            token.attrs = {"class": str(token.attrs["style"]).rpartition(":")[2].strip()}
        elif token.type == "inline" and token.children:
            token.children = _linked(token.children)


def _linked(tokens: Sequence[Token]) -> list[Token]:
    """Return the pieces of a line in which every link leads to the web, and no image is one."""
    made: list[Token] = []
    ends: list[str] = []  # what stands behind the links that are open and are none
    depth = 0
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrs.get("href", ""))
            depth += 1
            ends.append("" if WEB.match(address) else _dead(address))
            made.append(_raw('<span class="dead">') if ends[-1] else token)
        elif token.type == "link_close" and ends:
            depth -= 1
            end = ends.pop()
            made.append(_raw(f"</span>{end}") if end else token)
        elif token.type == "image":
            made.append(_raw(_image(token, inside=depth > 0)))
        elif token.type == "text" and not depth and "://" in token.content:
            made.append(_raw(_with_addresses(token.content)))
        else:
            made.append(token)
    return made


def _raw(made: str) -> Token:
    return Token("html_inline", "", 0, content=made)


def _dead(address: str) -> str:
    if address.startswith("sandbox:"):
        return " (not in the export)"
    return f" (<code>{html.escape(address[:500])}</code>)"


def _image(token: Token, *, inside: bool) -> str:
    """Return a link to an image on the web; its words only, where a link is around it already."""
    address = str(token.attrs.get("src", ""))
    words = html.escape(token.content or "image")
    if inside or not WEB.match(address):
        return f'<span class="dead">{words}</span> (image)'
    return f'<a href="{html.escape(address)}">{words}</a> (image)'


_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\^{|}⸨\0-\x1f]{1,2000}(?<![.,;:!?)\]*_~])")


def _with_addresses(text: str) -> str:
    """Return text in which addresses on the web are links."""
    pieces: list[str] = []
    position = 0
    for found in _ADDRESS.finditer(text):
        address = html.escape(found[0])
        before = html.escape(text[position : found.start()])
        pieces.append(f'{before}<a href="{address}">{address}</a>')
        position = found.end()
    return "".join([*pieces, html.escape(text[position:])])
