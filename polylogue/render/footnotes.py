"""Citations as footnotes, numbered through the note.

A citation is an offset into raw text, and making text inert moves everything. So a mark goes into the
raw text first; `inert` lets it pass, and moves it out of code; then it becomes a reference.
"""

import re
from collections.abc import Sequence

from polylogue.model import Citation, Source, Text
from polylogue.render.code import MARK
from polylogue.render.inert import inert
from polylogue.render.line import link, one_line

_MARK = re.compile(MARK)


class Footnotes:
    """The footnotes of one note; the same sources are one footnote, however often they are cited.

    `embeds_images` says whether images on the web stay images in the texts.
    """

    def __init__(self, *, embeds_images: bool = False) -> None:
        self._images = embeds_images
        self._numbers: dict[tuple[Source, ...], int] = {}

    def inert(self, part: Text) -> str:
        """Return the text of `part`, inert, with a reference where each citation stands."""
        if not part.citations:
            text = part.text.replace(MARK, "") if MARK in part.text else part.text
            return inert(text, images=self._images)
        cited = sorted((c for c in part.citations if c.sources), key=lambda citation: citation.at)
        numbers = iter([self._number(citation.sources) for citation in cited])
        text = inert(_marked(part, cited), images=self._images)
        return _MARK.sub(lambda mark: _reference(mark, next(numbers)), text)

    @property
    def definitions(self) -> list[str]:
        """What stands at the end of the note, a line for each footnote."""
        return [
            f"[^{number}]: " + " · ".join(map(_shown, sources))
            for sources, number in self._numbers.items()
        ]

    def _number(self, sources: tuple[Source, ...]) -> int:
        return self._numbers.setdefault(sources, len(self._numbers) + 1)


def _marked(part: Text, cited: Sequence[Citation]) -> str:
    """Return the raw text with a mark for each citation, behind the last word before it."""
    text = part.text.replace(MARK, "\N{REPLACEMENT CHARACTER}")
    pieces: list[str] = []
    position = 0
    for citation in cited:
        piece = text[position : max(citation.at, position)]
        words = piece.rstrip()
        pieces += [words, MARK, piece[len(words) :]]
        position = max(citation.at, position)
    return "".join([*pieces, text[position:]])


def _reference(mark: re.Match[str], number: int) -> str:
    """Return `[^1]`, apart from neighbours that would make something else of it."""
    before = mark.string[mark.start() - 1 : mark.start()]
    after = mark.string[mark.end() : mark.end() + 1]
    left = " " if before and before in "[]!\\^" else ""
    right = " " if after and after in "([:" else ""
    return f"{left}[^{number}]{right}"


def _shown(source: Source) -> str:
    """Return one source in a line: its title as a link, and the words that were quoted from it."""
    shown = link(source.title or source.url or source.ref or "unnamed source", source.url)
    if source.ref and not source.url and source.title:
        shown += f" ({one_line(source.ref)})"
    return f"{shown}: “{one_line(source.quote)}”" if source.quote else shown
