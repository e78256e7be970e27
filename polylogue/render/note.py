"""A conversation → the text of its note: properties for Obsidian, turns under headings, footnotes.

The same conversation and options give the same text, always: no clock, no version, no order that
is not the conversation's own. What a note looks like is in templates/*.md.j2; what stands in it is
decided here and in the files beside, and every text that reaches a template is inert already.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypedDict

import jinja2
from msgspec import structs

from polylogue.model import StoredConversation
from polylogue.render.blocks import PathOf, nowhere
from polylogue.render.footnotes import Footnotes
from polylogue.render.line import one_line, wikilink
from polylogue.render.markdown import MARKDOWN
from polylogue.render.options import NoteOptions
from polylogue.render.properties import Property, named, properties
from polylogue.render.sandbox import Overrides, Sandbox
from polylogue.render.turns import Turn, turns_of

__all__ = ["Neighbours", "NoteOptions", "Overrides", "Renderer", "quoted"]

_TEMPLATE: Final = "conversation.md.j2"
SYNTAX: Final[dict[str, Any]] = {
    "undefined": jinja2.StrictUndefined,
    "autoescape": False,  # this is Markdown, and inert by construction
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "auto_reload": False,
}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A long session has several notes: this is its `part`, counted from 1, between those paths."""

    part: int
    before: str = ""
    after: str = ""


class NoteContext(TypedDict):
    """What `conversation.md.j2` is given; docs/templates.md explains it."""

    title: str
    provider: str
    properties: list[Property]
    turns: list[Turn]
    footnotes: list[str]
    before: str
    after: str


class Renderer:
    """Renders notes.

    `overrides` are a person's own templates; the built-in ones are read once for all renderers.
    Raises TemplateError when one of the person's own is wrong, here or when a note is rendered.
    """

    def __init__(
        self, options: NoteOptions | None = None, overrides: Overrides | None = None
    ) -> None:
        self.options = options or NoteOptions()
        self._sandbox: Sandbox | None = None
        if overrides and overrides.sources:
            self._sandbox = Sandbox(overrides, jinja2.PackageLoader("polylogue.render"), **SYNTAX)
            self._sandbox.filters["quoted"] = quoted
            self._sandbox.check(overrides.sources)

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
        options = self.options
        footnotes = Footnotes(MARKDOWN, embeds_images=options.look.remote_images == "embed")
        turns = turns_of(conversation, options, footnotes, path_of)
        context: NoteContext = {
            "title": one_line(conversation.head.title),
            "provider": conversation.provider,
            "properties": named(
                properties(conversation, options.timezone, path_of, part), options.look.properties
            ),
            "turns": turns,
            "footnotes": footnotes.definitions,
            "before": wikilink(neighbours.before) if neighbours and neighbours.before else "",
            "after": wikilink(neighbours.after) if neighbours and neighbours.after else "",
        }
        if self._sandbox:
            text = self._sandbox.note(_TEMPLATE, {**context})
        else:
            text = _built_in().render(context)
        return text.rstrip("\n") + "\n"


@cache
def _built_in() -> jinja2.Template:
    loader = jinja2.PackageLoader("polylogue.render")
    environment = jinja2.Environment(loader=loader, **SYNTAX)  # noqa: S701 - see SYNTAX
    environment.filters["quoted"] = quoted
    return environment.get_template(_TEMPLATE)


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
