"""A line of a session log as it is on the wire.

No field can be trusted to have its type. The Structs fix only the skeleton (a record, the message
in it); every leaf is `Any` and is narrowed where it is used. A line whose skeleton is sound is
decoded in one go, and what is not used in it (whole files, the messages of sub-agents inside
progress) is skipped without being built. Any other line is decoded tolerantly.
"""

from typing import Any

import msgspec

from polylogue.model import Json
from polylogue.parsers.text import decode_tolerant


class Wire(msgspec.Struct, kw_only=True):
    """An object of the wire format; fields that are not used here are skipped."""


class WireMessage(Wire):
    """What went to the model or came from it."""

    id: Any = None
    model: Any = None
    content: Any = None
    usage: Any = None
    stop_reason: Any = None


class WireProgress(Wire):
    """What a running tool says of itself; a sub-agent names itself."""

    type: Any = None
    agent_id: Any = msgspec.field(default=None, name="agentId")


class WireRecord(Wire, rename="camel"):
    """One line."""

    type: Any = None
    subtype: Any = None
    uuid: Any = None
    parent_uuid: Any = None
    logical_parent_uuid: Any = None
    session_id: Any = None
    stream_session: Any = msgspec.field(default=None, name="session_id")
    agent_id: Any = None
    is_sidechain: Any = None
    is_meta: Any = None
    is_compact_summary: Any = None
    is_api_error_message: Any = None
    forked_from: Any = None
    timestamp: Any = None
    cwd: Any = None
    version: Any = None
    git_branch: Any = None
    request_id: Any = None
    cost: Any = msgspec.field(default=None, name="costUSD")
    message: WireMessage | None = None
    tool_use_result: msgspec.Raw = msgspec.Raw()
    data: WireProgress | None = None
    parent_tool_use_id: Any = msgspec.field(default=None, name="parentToolUseID")
    attachment: Any = None
    content: Any = None
    operation: Any = None
    compact_metadata: Any = None
    error: Any = None
    retry_attempt: Any = None
    max_retries: Any = None
    summary: Any = None
    leaf_uuid: Any = None
    ai_title: Any = None
    custom_title: Any = None
    agent_name: Any = None
    pr_url: Any = None
    tag: Any = None


_decode = msgspec.json.Decoder(WireRecord).decode
_RECORD = msgspec.structs.fields(WireRecord)
_SKELETON = {"message", "tool_use_result", "data"}


def decode(line: bytes) -> WireRecord | None:
    """Read one line; None when it holds a JSON value that is no object.

    Raises BadInputError when it is not JSON even to a tolerant reader.
    """
    try:
        return _decode(line)
    except (ValueError, RecursionError):
        return _loosely(decode_tolerant(line))


def _loosely(value: Json) -> WireRecord | None:
    if not isinstance(value, dict):
        return None
    record = WireRecord(message=_message(value.get("message")), data=_progress(value.get("data")))
    for field in _RECORD:
        if field.name not in _SKELETON:
            setattr(record, field.name, value.get(field.encode_name))
    if isinstance(value.get("toolUseResult"), dict):
        record.tool_use_result = msgspec.Raw(_encoded(value["toolUseResult"]))
    return record


def _message(value: Json) -> WireMessage | None:
    """Make what is no object the content of a message, so that it is seen."""
    if not isinstance(value, dict):
        return WireMessage(content=value) if value else None
    return WireMessage(**{name: value.get(name) for name in WireMessage.__struct_fields__})


def _progress(value: Json) -> WireProgress | None:
    if not isinstance(value, dict):
        return None
    return WireProgress(type=value.get("type"), agent_id=value.get("agentId"))


def _encoded(value: Json) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (ValueError, TypeError, RecursionError):
        return b""
