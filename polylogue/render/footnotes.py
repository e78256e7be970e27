"""Citations as footnotes, numbered through the note.

A citation is an offset into raw text, and making text inert moves everything. So a mark goes into the
raw text first; a dialect's `text` lets it pass, and its `references` write the number there.
"""

from collections.abc import Sequence

from polylogue.model import Citation, Source, Text
from polylogue.render.code import MARK
from polylogue.render.dialect import Dialect


class Footnotes:
    """The footnotes of one note; the same sources are one footnote, however often they are cited.

    `embeds_images` says whether images on the web stay images in the texts.
    """

    def __init__(self, dialect: Dialect, *, embeds_images: bool = False) -> None:
        self.dialect = dialect
        self._images = embeds_images
        self._numbers: dict[tuple[Source, ...], int] = {}

    def said(self, part: Text) -> str:
        """Return the text of `part`, written, with a reference where each citation stands."""
        if not part.citations:
            text = part.text.replace(MARK, "") if MARK in part.text else part.text
            return self.dialect.text(text, images=self._images)
        cited = sorted((c for c in part.citations if c.sources), key=lambda citation: citation.at)
        numbers = [self._number(citation.sources) for citation in cited]
        text = self.dialect.text(_marked(part, cited), images=self._images)
        return self.dialect.references(text, numbers)

    @property
    def definitions(self) -> list[str]:
        """What stands at the end of the note, a line for each footnote."""
        written = self.dialect.footnote
        return [written(number, sources) for sources, number in self._numbers.items()]

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
