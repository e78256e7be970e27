"""One message of a conversation → a Message.

A message that says nothing is a record all the same, since others hang from it; a conversation of
which no message says anything is a blank shell, and that is for the conversation to see.
"""

from polylogue.model import Json, Message, Role
from polylogue.parsers.claude_ai import blocks
from polylogue.parsers.claude_ai.files import attached
from polylogue.parsers.claude_ai.reading import Reading
from polylogue.parsers.claude_ai.tree import Node
from polylogue.parsers.narrow import word
from polylogue.parsers.text import to_ms

_ROLES: dict[str, Role] = {
    "ai": "assistant",
    "assistant": "assistant",
    "human": "user",
    "model": "assistant",
    "system": "system",
    "tool": "tool",
    "user": "user",
}
_TELLING = ("input_mode", "stop_reason", "truncated")
_USUAL_STOPS = {"", "end_turn", "stop_sequence"}


def read(reading: Reading, node: Node) -> Message:
    """Return the message at `node`; `reading.documents` then is what stands below it."""
    raw = node.raw
    sender = word(raw.get("sender")) or word(raw.get("role"))
    role = _ROLES.get(sender.lower(), "tool")
    reading.message_id, reading.typed = node.message_id, role == "user"
    parts = (*blocks.read(reading, raw), *attached(reading, raw))
    return Message(
        message_id=node.message_id,
        role=role,
        parts=parts,
        parent_id=node.parent_id,
        author=sender if sender and sender.lower() not in _ROLES else "",
        model=word(raw.get("model")) if role == "assistant" else "",
        timestamp=to_ms(raw.get("created_at")),
        metadata=_metadata(raw, is_linked=node.is_linked),
    )


def _metadata(raw: dict[str, Json], *, is_linked: bool) -> dict[str, Json]:
    """Return what a reader may want besides, where it is unusual.

    To say that the parent was told makes this version richer than that of an export without parents,
    where it is a guess from the order: so the store keeps this one.
    """
    if not any(map(raw.get, _TELLING)):
        return {"linked": True} if is_linked else {}
    stop = word(raw.get("stop_reason"))
    told: dict[str, Json] = {
        "stop_reason": stop if stop not in _USUAL_STOPS else "",
        "truncated": raw.get("truncated") is True,
        "input_mode": word(raw.get("input_mode")),
        "linked": is_linked,
    }
    return {key: value for key, value in told.items() if value}
