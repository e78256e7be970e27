"""The pages by which notes are found, and the table of all chats for Obsidian's Bases.

The same entries and options give the same text: no clock, and "this month" is told by Obsidian.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import jinja2
import msgspec

from polylogue.render.line import one_line
from polylogue.render.note import SYNTAX
from polylogue.render.options import NoteOptions
from polylogue.render.properties import Property, named
from polylogue.render.sandbox import Overrides, Sandbox

_INDEX: Final = "index.md.j2"
_DASHBOARD: Final = "dashboard.base.j2"
_PROPERTIES: Final = (
    "conversation_id",
    "source",
    "project",
    "created",
    "updated",
    "messages",
    "models",
    "attachments",
    "branches",
)


class Section(msgspec.Struct, frozen=True):
    """A heading, and links below it."""

    heading: str
    lines: Sequence[str]


class PageRenderer:
    """Renders pages, with the person's own templates in `overrides`. Raises TemplateError."""

    def __init__(self, options: NoteOptions, overrides: Overrides | None = None) -> None:
        self._names = options.look.properties
        self._sandbox: Sandbox | None = None
        if overrides and overrides.sources:
            loader = jinja2.PackageLoader("polylogue.render")
            self._sandbox = Sandbox(overrides, loader, **SYNTAX)

    def index(self, title: str, sections: Sequence[Section], up: str = "") -> str:
        """Return a page of `sections`, whose lines are Markdown; `up` links to the page above."""
        properties = [
            Property("kind", "index"),
            Property("cssclasses", values=["polylogue"]),
        ]
        shown = [
            Section(one_line(section.heading), section.lines)
            for section in sections
            if section.lines
        ]
        context = {
            "title": one_line(title),
            "properties": named(properties, self._names),
            "sections": shown,
            "up": up,
        }
        return self._text(_INDEX, context)

    def dashboard(self) -> str:
        """Return the table of all chats."""
        names = {name: self._names.get(name, name) for name in _PROPERTIES}
        return self._text(_DASHBOARD, {"names": names})

    def _text(self, template: str, context: Mapping[str, Any]) -> str:
        if self._sandbox:
            text = self._sandbox.note(template, context)
        else:
            text = _built_in().get_template(template).render(context)
        return text.rstrip("\n") + "\n"


@cache
def _built_in() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.PackageLoader("polylogue.render"), **SYNTAX)  # noqa: S701 - Markdown
