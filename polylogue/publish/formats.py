"""The formats in which a conversation can be shown: a further one is an entry here.

`MARKDOWN` is the one whose notes are linked with one another by pages, and in which a person writes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from polylogue.errors import ConfigError
from polylogue.model import StoredConversation
from polylogue.render import names
from polylogue.render.blocks import PathOf
from polylogue.render.note import Neighbours, NoteOptions, Overrides, Renderer
from polylogue.store.manifest import MARKDOWN

HTML: Final = "html"

_OF_NAMES: Final = ".md"  # what `names` gives paths


class NoteRenderer(Protocol):
    """Renders a conversation, or a part of it, as the text of a file."""

    def note(
        self,
        conversation: StoredConversation,
        path_of: PathOf,
        neighbours: Neighbours | None,
        path: str,
        /,
    ) -> str:
        """Return the text of the file at `path`; `path_of` finds files of the same format."""


class _MarkdownRenderer:
    """Renders notes, which are the same wherever they stand."""

    def __init__(self, options: NoteOptions, overrides: Overrides | None) -> None:
        self._renderer = Renderer(options, overrides)

    def note(
        self,
        conversation: StoredConversation,
        path_of: PathOf,
        neighbours: Neighbours | None,
        _path: str,
        /,
    ) -> str:
        """Return the text of a note."""
        return self._renderer.note(conversation, path_of, neighbours)


def _html_renderer(options: NoteOptions, overrides: Overrides | None) -> NoteRenderer:
    """Return what renders pages; its libraries take a while to load, and most have no HTML."""
    from polylogue.render.html import HtmlRenderer  # noqa: PLC0415

    return HtmlRenderer(options, overrides)


@dataclass(frozen=True, slots=True)
class Format:
    """A format: how its files end, what renders them, and whether a person may write in them."""

    suffix: str
    renderer: Callable[[NoteOptions, Overrides | None], NoteRenderer]
    has_words: bool = False

    def path(self, path: str) -> str:
        """Return a path that `names` gave, as one of this format."""
        return path.removesuffix(_OF_NAMES) + self.suffix

    def part_path(self, path: str, part: int) -> str:
        """Return where a further part stands, given the path of the first."""
        return self.path(names.part_path(self._plain(path), part))

    def with_suffix(self, path: str, conversation_id: str) -> str:
        """Return `path` with a short id at the end of its name."""
        return self.path(names.with_suffix(self._plain(path), conversation_id))

    def _plain(self, path: str) -> str:
        return path.removesuffix(self.suffix) + _OF_NAMES


FORMATS: Final[Mapping[str, Format]] = {
    MARKDOWN: Format(".md", _MarkdownRenderer, has_words=True),
    HTML: Format(".html", _html_renderer),
}


def check_formats(formats: Sequence[str]) -> None:
    """Raise ConfigError when one of `formats` is none of these."""
    for name in formats:
        if name not in FORMATS:
            raise ConfigError(
                f"There is no format {name!r} for [vault] formats.",
                advice=f"There is: {', '.join(FORMATS)}.",
            )
