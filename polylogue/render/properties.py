"""The front matter of a note: few properties, flat, and of the types that Obsidian knows."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from polylogue.model import Attachment, Head, Json, Message, StoredConversation
from polylogue.render.blocks import PathOf
from polylogue.render.dates import began, local, second
from polylogue.render.line import wikilink, yaml_string


class Property(msgspec.Struct, frozen=True):
    """A line of the front matter: one YAML scalar, or a list of them."""

    name: str
    value: str = ""
    values: Sequence[str] = ()


def properties(
    conversation: StoredConversation, timezone: dt.tzinfo, path_of: PathOf, part: int = 0
) -> list[Property]:
    """Return the properties of a conversation's note; what is not known is left out.

    `part` is the number of the note among several of one conversation, 0 if there is one only.
    """
    head = conversation.head
    messages = [stored.message for stored in conversation.messages]
    created = second(local(began(conversation), timezone))
    attachments = sum(type(part) is Attachment for m in messages for part in m.parts)
    branches = len({stored.branch for stored in conversation.messages})
    models = dict.fromkeys(filter(None, (*(m.model for m in messages), head.model)))
    title = " ".join(head.title.split())
    all_properties = (
        Property("aliases", values=[yaml_string(title)] if title else ()),
        Property("kind", head.kind if head.kind != "chat" else ""),
        Property("source", yaml_string(conversation.provider)),
        Property("conversation_id", yaml_string(conversation.conversation_id)),
        Property("part", str(part) if part else ""),
        Property("url", yaml_string(head.url) if head.url else ""),
        Property("created", created),
        Property("updated", second(local(conversation.last_activity, timezone))),
        Property("date", created[:10]),
        Property("models", values=[yaml_string(model) for model in models]),
        Property("messages", str(len(messages))),
        Property("branches", str(branches) if branches > 1 else ""),
        Property("attachments", str(attachments) if attachments else ""),
        Property("project", _project(head)),
        *_place(head.metadata),
        *_origin(head, path_of),
        *_spent(messages),
        Property("archived", _flag(head.metadata.get("archived"))),
        Property("starred", _flag(head.metadata.get("starred"))),
        Property("tags", values=[_tag(conversation.provider)]),
        Property("cssclasses", values=["polylogue"]),
    )
    return [each for each in all_properties if each.value or each.values]


def named(found: list[Property], names: Mapping[str, str]) -> list[Property]:
    """Return properties under the names that a person gave them; without those called ''."""
    if not names:
        return found
    given = ((names.get(each.name, each.name), each) for each in found)
    return [Property(yaml_string(name), each.value, each.values) for name, each in given if name]


def _flag(value: object) -> str:
    return "true" if value is True else ""


def _project(head: Head) -> str:
    return yaml_string(head.project) if head.project and head.kind != "project" else ""


def _tag(provider: str) -> str:
    return yaml_string(f"ai/{provider}")


def _origin(head: Head, path_of: PathOf) -> Iterator[Property]:
    """Give the conversation out of which this one came: a link, or its id when it has no note."""
    if head.parent_id:
        path = path_of(head.parent_id)
        parent = f'"{wikilink(path)}"' if path else yaml_string(head.parent_id)
        yield Property("parent", parent)
        yield Property("relation", head.relation)


def _place(metadata: Mapping[str, Json]) -> Iterator[Property]:
    """Give where a session of a coding agent worked."""
    for name in ("cwd", "git_branch"):
        told = metadata.get(name)
        if isinstance(told, str) and told:
            yield Property(name, yaml_string(told))


# --- What was spent -------------------------------------------------------------------------------

#: Numbers in a message's `usage` or `tokens`: what was read anew is those added without those taken
#: away, since some providers count what was read from a cache among it.
_READ: Final = ("input_tokens", "cache_creation_input_tokens", "input")
_CACHED: Final = ("cached_input_tokens", "cached")
_WRITTEN: Final = ("output_tokens", "output", "thoughts")


def _spent(messages: Sequence[Message]) -> Iterator[Property]:
    """Give the tokens that were read anew and written, and what it cost, where messages tell."""
    told = [m.metadata for m in messages if m.metadata]
    if not told:
        return
    used = [u for data in told if isinstance(u := data.get("usage", data.get("tokens")), dict)]
    read = sum(_sum(usage, _READ) - _sum(usage, _CACHED) for usage in used)
    written = sum(_sum(usage, _WRITTEN) for usage in used)
    cost = sum(c for data in told if isinstance(c := data.get("costUSD"), int | float))
    yield Property("tokens_in", str(read) if read > 0 else "")
    yield Property("tokens_out", str(written) if written > 0 else "")
    yield Property("cost_usd", f"{cost:.4f}".rstrip("0").rstrip(".") if 0 < cost < 1e9 else "")


def _sum(usage: Mapping[str, Json], names: Sequence[str]) -> int:
    return sum(n for name in names if type(n := usage.get(name)) is int and n > 0)
