"""Code in pages: coloured by pygments, with classes of few kinds, and no longer than is quick."""

import html
from functools import cache
from typing import Final

import nh3
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from polylogue.render.code import language
from polylogue.render.html.marks import outside

_LONGEST: Final = 20_000  # characters that are coloured
_COLOURLESS: Final = {"", "text", "txt", "plain", "plaintext"}
_FORMATTER: Final = HtmlFormatter(nowrap=True)


def highlighted(code: str, info: str) -> str:
    """Return a block of code; `info` is what the sender wrote after its fence.

    Marks of citations come out behind it, since code is copied.
    """
    code, marks = outside(code)
    info, more = outside(info)
    name = language(info)
    code = code.strip("\n")
    lexer = _lexer(name) if name not in _COLOURLESS and len(code) <= _LONGEST else None
    body = _coloured(code, lexer) if lexer else html.escape(code, quote=False)
    return f'<pre tabindex="0"><code>{body}</code></pre>\n{more}{marks}'


def block(code: str, info: str = "text") -> str:
    """Return a block of code as it goes into the page."""
    return nh3.clean(
        highlighted(code, info),
        tags={"pre", "code", "span"},
        attributes={"span": {"class"}, "pre": {"tabindex"}},
    ).strip()


def _coloured(code: str, lexer: Lexer) -> str:
    tokens = lexer.get_tokens(code)
    pieces: list[str] = []
    _FORMATTER.format(tokens, _Into(pieces))
    return "".join(pieces).rstrip("\n")


class _Into:
    """What a formatter writes to."""

    def __init__(self, pieces: list[str]) -> None:
        self.write = pieces.append


@cache
def _lexer(name: str) -> Lexer | None:
    try:
        return get_lexer_by_name(name, stripnl=False)
    except ClassNotFound:
        return None
