"""One message of the wire → a Message.

Every message becomes a record, also hidden ones, except when it comes to nothing: an empty system
message, a tool that says nothing, a second recap of the same thinking. Those are folded, under a
name, and what stood below them moves up.

What the client does not show is `hidden`: what it marks so itself, all that the
system says, context, JSON for machines, what the model tells itself. Calls of tools and their results are not hidden.
"""

from typing import NamedTuple

from polylogue.model import Json, Message, Part, Quote, Role, Source
from polylogue.parsers.chatgpt import content, context, tools
from polylogue.parsers.chatgpt.assets import with_attachments
from polylogue.parsers.chatgpt.budget import Budget
from polylogue.parsers.chatgpt.reading import Reading, Trail
from polylogue.parsers.chatgpt.references import Ledger
from polylogue.parsers.chatgpt.sources import search_results
from polylogue.parsers.chatgpt.wire import WireAuthor, WireMessage, WireMetadata
from polylogue.parsers.narrow import json_type, keys, text, word
from polylogue.parsers.text import to_ms

_ROLES: dict[str, Role] = {
    "assistant": "assistant",
    "critic": "assistant",
    "developer": "system",
    "system": "system",
    "tool": "tool",
    "user": "user",
}
_NO_AUTHOR = WireAuthor()
_NO_METADATA = WireMetadata()


class Surroundings(NamedTuple):
    """What is the same for all messages of a conversation."""

    ledger: Ledger
    budget: Budget
    gizmos: frozenset[str]


class Place(NamedTuple):
    """Where a message stands: its id, its parent's, what is above it, the canvas it is about."""

    message_id: str
    parent_id: str | None
    trail: Trail
    canvas: Json


def read(wire: WireMessage, place: Place, around: Surroundings) -> tuple[Message | str, Trail]:
    """Return the message, or the name under which it is folded, and the trail for what is below."""
    reading = _reading(wire, place, around)
    parts = _parts(reading, wire.content)
    if not parts:
        return reading.fold, reading.trail
    role, metadata = reading.role, reading.metadata
    message = Message(
        message_id=place.message_id,
        role=role,
        parts=parts,
        parent_id=place.parent_id,
        author=reading.author,
        model=word(metadata.model_slug) if role == "assistant" else "",
        timestamp=to_ms(wire.create_time),
        hidden=reading.hidden,
        metadata=_metadata(wire, metadata, around.gizmos),
    )
    return message, reading.trail


def _reading(wire: WireMessage, place: Place, around: Surroundings) -> Reading:
    author = wire.author or _NO_AUTHOR
    metadata = wire.metadata or _NO_METADATA
    spoken = word(author.role)
    role = _ROLES.get(spoken, "tool")
    recipient = word(wire.recipient) or "all"
    hidden = metadata.is_visually_hidden_from_conversation is True
    return Reading(
        message_id=place.message_id,
        role=role,
        author=_author(author, role, spoken),
        recipient=recipient,
        content=keys(wire.content),
        metadata=metadata,
        status=word(wire.status),
        canvas=place.canvas,
        trail=place.trail.turn() if role == "user" else place.trail,
        ledger=around.ledger,
        budget=around.budget,
        hidden=hidden or role == "system" or recipient == "assistant",
    )


def _author(author: WireAuthor, role: Role, spoken: str) -> str:
    name = word(author.name)
    if name or role != "tool":
        return name
    real = word(keys(author.metadata).get("real_author")).removeprefix("tool:")
    return real or (spoken if spoken != "tool" else "")


def _parts(reading: Reading, raw: Json) -> tuple[Part, ...]:
    metadata = reading.metadata
    parts: list[Part] = []
    if isinstance(metadata.targeted_reply, str) and metadata.targeted_reply.strip():
        parts.append(Quote(text=text(metadata.targeted_reply), source=Source()))
    if raw is not None and not isinstance(raw, dict):
        parts.append(reading.unknown("message.content", json_type(raw), raw))
    elif reading.role == "system" and metadata.is_user_system_message is True:
        parts += context.custom_instructions(reading)
    else:
        parts += content.read(reading)
    if metadata.aggregate_result:
        parts += tools.pictures(reading)
    if metadata.search_result_groups:
        reading.remember_results(search_results(metadata.search_result_groups))
    if metadata.attachments or len(parts) > 1:
        return with_attachments(parts, metadata.attachments)
    return tuple(parts)


def _metadata(wire: WireMessage, metadata: WireMetadata, gizmos: frozenset[str]) -> dict[str, Json]:
    """Return what a reader may want besides: only what is unusual, nothing that is shuffled."""
    finish = word(keys(metadata.finish_details).get("type"))
    status, channel = word(wire.status), word(wire.channel)
    gizmo = word(metadata.gizmo_id)
    told: dict[str, Json] = {
        "finish": finish if finish != "stop" else "",
        "status": status if status != "finished_successfully" else "",
        "thinking_effort": word(metadata.thinking_effort),
        "channel": channel if channel != "final" else "",
        "voice": metadata.voice_mode_message is True,
        "gizmo": gizmo if gizmo not in gizmos else "",
    }
    unusual = {key: value for key, value in told.items() if value}
    if isinstance(wire.weight, int | float) and wire.weight == 0:
        unusual["weight"] = 0
    return unusual
