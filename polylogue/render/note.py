"""A conversation → the text of its note: properties for Obsidian, turns under headings, footnotes.

The same conversation and options give the same text, always: no clock, no version, no order that
is not the conversation's own. What a note looks like is in templates/*.md.j2; what stands in it is
decided here and in the files beside, and every text that reaches a template is inert already.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import jinja2
import msgspec

from polylogue.model import Attachment, StoredConversation
from polylogue.render.dates import began, local, second
from polylogue.render.footnotes import Footnotes
from polylogue.render.line import yaml_string
from polylogue.render.turns import turns_of

_TEMPLATE: Final = "conversation.md.j2"


@dataclass(frozen=True, slots=True)
class NoteOptions:
    """How notes look: `timezone` is that of every time in them."""

    timezone: dt.tzinfo = dt.UTC


class Property(msgspec.Struct, frozen=True):
    """A line of the front matter: one YAML scalar, or a list of them."""

    name: str
    value: str = ""
    values: Sequence[str] = ()


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

    def note(self, conversation: StoredConversation) -> str:
        """Return the note of `conversation`, which ends with one newline."""
        footnotes = Footnotes()
        turns = turns_of(conversation, self.options.timezone, footnotes)
        text = self._template.render(
            properties=list(_properties(conversation, self.options.timezone)),
            turns=turns,
            footnotes=footnotes.definitions,
        )
        return text.rstrip("\n") + "\n"


def quoted(text: str) -> str:
    """Return `text` quoted, a `>` before each line, without blank lines at its end."""
    lines = text.rstrip("\n").split("\n")
    return "\n".join("> " + line if line else ">" for line in lines)


def _properties(conversation: StoredConversation, timezone: dt.tzinfo) -> Iterator[Property]:
    """Give the front matter: flat, and of the types that Obsidian knows."""
    head = conversation.head
    messages = [stored.message for stored in conversation.messages]
    created = second(local(began(conversation), timezone))
    attachments = sum(type(part) is Attachment for m in messages for part in m.parts)
    branches = len({stored.branch for stored in conversation.messages})
    models = dict.fromkeys(filter(None, (*(m.model for m in messages), head.model)))
    title = " ".join(head.title.split())
    all_properties = (
        Property("aliases", values=[yaml_string(title)] if title else ()),
        Property("source", yaml_string(conversation.provider)),
        Property("conversation_id", yaml_string(conversation.conversation_id)),
        Property("url", yaml_string(head.url) if head.url else ""),
        Property("created", created),
        Property("updated", second(local(conversation.last_activity, timezone))),
        Property("date", created[:10]),
        Property("models", values=[yaml_string(model) for model in models]),
        Property("messages", str(len(messages))),
        Property("branches", str(branches) if branches > 1 else ""),
        Property("attachments", str(attachments) if attachments else ""),
        Property("project", yaml_string(head.project) if head.project else ""),
        Property("archived", _flag(head.metadata.get("archived"))),
        Property("starred", _flag(head.metadata.get("starred"))),
        Property("tags", values=[_tag(conversation.provider)]),
        Property("cssclasses", values=["polylogue"]),
    )
    return (each for each in all_properties if each.value or each.values)


def _flag(value: object) -> str:
    return "true" if value is True else ""


def _tag(provider: str) -> str:
    return yaml_string(f"ai/{provider}")
