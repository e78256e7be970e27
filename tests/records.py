"""Builders of records for tests: small values with defaults, so that a test says only what matters."""

from collections.abc import Sequence

from polylogue.model import Conversation, Head, Json, Message, Part, Role, Text, UnknownKind


def message(
    message_id: str,
    said: str | Sequence[Part] = "",
    *,
    parent: str | None = None,
    role: Role = "user",
    **fields: Json,
) -> Message:
    """Return a message that says a text, or these parts."""
    if isinstance(said, str):
        said = (Text(text=said),) if said else ()
    return Message(message_id=message_id, parent_id=parent, role=role, parts=tuple(said), **fields)


def chain(*texts: str, prefix: str = "m") -> tuple[Message, ...]:
    """Return messages `m0`, `m1`… that answer one another, a second apart, user and model in turn."""
    return tuple(
        message(
            f"{prefix}{place}",
            text,
            parent=f"{prefix}{place - 1}" if place else None,
            role="assistant" if place % 2 else "user",
            timestamp=1_700_000_000_000 + place * 1000,
        )
        for place, text in enumerate(texts)
    )


def conversation(
    *messages: Message,
    conversation_id: str = "c1",
    provider: str = "chatgpt",
    unknowns: Sequence[UnknownKind] = (),
    **head: Json,
) -> Conversation:
    """Return a conversation with these messages; what is named beyond them is its head."""
    return Conversation(
        provider=provider,
        conversation_id=conversation_id,
        head=Head(**head),
        messages=messages,
        unknowns=tuple(unknowns),
    )
