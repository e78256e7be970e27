"""How text, code, links and labels are written in a format: one table for each format.

What stands in a note is decided once, in `turns`, `messages`, `parts` and `calls`. They write all
that was imported through a dialect, so that nothing reaches a template that is not inert in it.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from polylogue.model import Source


class Writes(Protocol):
    """Writes a whole block of imported Markdown."""

    def __call__(self, text: str, *, images: bool = False) -> str:
        """Return it inert, '' when it is blank; with `images`, those on the web may stay images."""


class Dialect(msgspec.Struct, frozen=True):
    """How things are written.

    `text` is a block of imported Markdown; marks pass it, and `references` puts numbers in their
    place, one for each. `code` is a block of code in a language, `line` a piece of one line, `aside` a
    word of polylogue's own between blocks. `link` leads to the web (label, address), `page` to another
    conversation (path, label). `footnote` is what stands at the end for a number.
    """

    text: Writes
    references: Callable[[str, list[int]], str]
    code: Callable[[str, str], str]
    line: Callable[[str], str]
    aside: Callable[[str], str]
    link: Callable[[str, str], str]
    page: Callable[[str, str], str]
    footnote: Callable[[int, tuple[Source, ...]], str]
