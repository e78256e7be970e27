"""A conversation → the text of its note: properties for Obsidian, turns under headings, footnotes.

The same conversation and options give the same text, always: no clock, no version, no order that
is not the conversation's own. What a note looks like is in templates/*.md.j2; what stands in it is
decided here and in the files beside, and every text that reaches a template is inert already.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import jinja2
from msgspec import structs

from polylogue.model import StoredConversation
from polylogue.render.blocks import PathOf, nowhere
from polylogue.render.footnotes import Footnotes
from polylogue.render.line import wikilink
from polylogue.render.properties import properties
from polylogue.render.turns import turns_of

_TEMPLATE: Final = "conversation.md.j2"


@dataclass(frozen=True, slots=True)
class NoteOptions:
    """How notes look: `timezone` is that of every time in them."""

    timezone: dt.tzinfo = dt.UTC


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A long session has several notes: this is its `part`, counted from 1, between those paths."""

    part: int
    before: str = ""
    after: str = ""


class Renderer:
    """Renders notes. The templates are read from the package when a renderer is made, and never again."""

    def __init__(self, options: NoteOptions | None = None) -> None:
        self.options = options or NoteOptions()
        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("polylogue.render"),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701 - this is Markdown, and inert by construction
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        environment.filters["quoted"] = quoted
        self._template = environment.get_template(_TEMPLATE)

    def note(
        self,
        conversation: StoredConversation,
        path_of: PathOf = nowhere,
        neighbours: Neighbours | None = None,
    ) -> str:
        """Return the note of `conversation`, or of a part of it, which ends with one newline.

        `path_of` finds the notes to which it links, `neighbours` are those that hold the other parts.
        """
        if neighbours:
            conversation = _part(conversation, neighbours)
        part = neighbours.part if neighbours else 0
        footnotes = Footnotes()
        turns = turns_of(conversation, self.options.timezone, footnotes, path_of)
        text = self._template.render(
            properties=properties(conversation, self.options.timezone, path_of, part),
            turns=turns,
            footnotes=footnotes.definitions,
            before=wikilink(neighbours.before) if neighbours and neighbours.before else "",
            after=wikilink(neighbours.after) if neighbours and neighbours.after else "",
        )
        return text.rstrip("\n") + "\n"


def _part(conversation: StoredConversation, neighbours: Neighbours) -> StoredConversation:
    """Return a part of a conversation, under its own title, and from its own beginning on."""
    if neighbours.part == 1:
        return conversation
    head = conversation.head
    title = f"{head.title} ({neighbours.part})"
    return structs.replace(conversation, head=structs.replace(head, title=title, created_at=None))


def quoted(text: str) -> str:
    """Return `text` quoted, a `>` before each line, without blank lines at its end."""
    lines = text.rstrip("\n").split("\n")
    return "\n".join("> " + line if line else ">" for line in lines)
