"""ChatGPT's JSON as it is on the wire, and how it is read.

No field can be trusted to have its type, and yet one wrong type must not cost a
message. So the Structs fix only the skeleton (conversation → mapping → node → message → author and
metadata); every leaf is `Any` and is narrowed where it is used. A conversation whose skeleton is
sound is decoded in one go. Any other is decoded tolerantly and put together field by field: what
does not fit is left out, and a message that is no object becomes the content of an otherwise empty
one, so that it is seen.
"""

from typing import Any, TypeVar

import msgspec

from polylogue.model import Json
from polylogue.parsers.text import decode_tolerant


class Wire(msgspec.Struct, kw_only=True):
    """An object of the wire format; fields that are not used here are skipped."""


class WireAuthor(Wire):
    """Who speaks: `role`, and for a tool its `name`."""

    role: Any = None
    name: Any = None
    metadata: Any = None


class WireMetadata(Wire):
    """A message's metadata."""

    aggregate_result: Any = None
    attachments: Any = None
    canvas: Any = None
    citations: Any = None
    cite_metadata: Any = msgspec.field(default=None, name="_cite_metadata")
    content_references: Any = None
    finish_details: Any = None
    finished_duration_sec: Any = None
    gizmo_id: Any = None
    is_user_system_message: Any = None
    is_visually_hidden_from_conversation: Any = None
    model_slug: Any = None
    search_result_groups: Any = None
    targeted_reply: Any = None
    thinking_effort: Any = None
    user_context_message_data: Any = None
    voice_mode_message: Any = None


class WireMessage(Wire):
    """A message. In slim exports most of it is absent: absent means usual."""

    id: Any = None
    author: WireAuthor | None = None
    create_time: Any = None
    content: Any = None
    status: Any = None
    weight: Any = None
    recipient: Any = None
    channel: Any = None
    metadata: WireMetadata | None = None


class WireNode(Wire):
    """A node of the tree. Its key in the mapping is its name."""

    parent: Any = None
    children: Any = None
    message: WireMessage | None = None


class WireConversation(Wire):
    """A conversation."""

    id: Any = None
    conversation_id: Any = None
    title: Any = None
    create_time: Any = None
    update_time: Any = None
    current_node: Any = None
    default_model_slug: Any = None
    gizmo_id: Any = None
    conversation_template_id: Any = None
    is_archived: Any = None
    is_starred: Any = None
    pinned_time: Any = None
    voice: Any = None
    conversation_origin: Any = None
    owner: Any = None
    workspace_id: Any = None
    mapping: dict[str, WireNode | None] | None = None


_decode = msgspec.json.Decoder(WireConversation).decode
_W = TypeVar("_W", bound=Wire)


def decode(data: bytes) -> WireConversation | None:
    """Read the JSON of one conversation; None when it is no object at all.

    Raises BadInputError when `data` is not JSON even to a tolerant reader.
    """
    try:
        return _decode(data)
    except (ValueError, RecursionError):
        return _conversation(decode_tolerant(data))


def _conversation(value: Json) -> WireConversation | None:
    conversation = _loosely(WireConversation, value)
    mapping = value.get("mapping") if isinstance(value, dict) else None
    if conversation is not None and isinstance(mapping, dict):
        conversation.mapping = {str(key): _node(node) for key, node in mapping.items()}
    return conversation


def _node(value: Json) -> WireNode | None:
    node = _loosely(WireNode, value)
    message = value.get("message") if isinstance(value, dict) else None
    if node is not None and message is not None:
        node.message = _loosely(WireMessage, message) or WireMessage(content=message)
    return node


def _loosely(kind: type[_W], value: Json) -> _W | None:
    """Build a `kind` from the fields of `value` that have the right type; None for no object."""
    if not isinstance(value, dict):
        return None
    wire = kind()
    for field in msgspec.structs.fields(kind):
        if field.encode_name in value:
            try:
                known = msgspec.convert(value[field.encode_name], field.type)
            except (ValueError, RecursionError):
                continue
            setattr(wire, field.name, known)
    return wire
