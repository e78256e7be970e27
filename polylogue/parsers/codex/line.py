"""One line of a rollout, in any of its generations → what it becomes.

{"timestamp", "type", "payload"}            since September 2025
{"type": "message", …}                      bare items behind a bare header, June to August 2025
{"session": {…}, "items": [bare items]}     one object, before (`rollout.legacy`)
"""

from polylogue.model import Context, Json
from polylogue.parsers.codex import event, happened, header, item
from polylogue.parsers.codex.reading import Reading
from polylogue.parsers.narrow import json_type, keys, text, word
from polylogue.parsers.text import to_ms

ENVELOPES = {
    "compacted",
    "event_msg",
    "inter_agent_communication",
    "response_item",
    "security_risk_score",
    "session_meta",
    "token_usage_record",
    "turn_context",
    "world_state",
}
_BOOKKEEPING = {"security_risk_score", "token_usage_record", "world_state"}


def is_header(record: dict[str, Json]) -> bool:
    """Tell the bare header of the files of 2025."""
    return "id" in record and "timestamp" in record and not record.keys() & {"type", "payload"}


def read(reading: Reading, record: dict[str, Json]) -> None:
    """Read one line's object. Exactly one message, retelling or fold comes of it."""
    _clock(reading, record)
    kind, payload = word(record.get("type")), record.get("payload")
    if isinstance(payload, dict):
        _envelope(reading, kind, payload)
    elif "record_type" in record:
        reading.fold("marker")
    elif is_header(record):
        header.read(reading, record)
    elif kind in item.ITEMS or "role" in record:
        item.read(reading, record)
    else:
        event.unknown(reading, "line", kind or json_type(None), record)


def _envelope(reading: Reading, kind: str, payload: dict[str, Json]) -> None:
    match kind:
        case "response_item":
            item.read(reading, payload)
        case "event_msg":
            event.read(reading, payload)
        case "turn_context":
            header.turn(reading, payload)
        case "session_meta":
            header.read(reading, payload)
        case "compacted":
            summary = text(payload.get("message"))
            more = (Context(title="Summary", text=summary),) if summary.strip() else ()
            happened.compacted(reading, payload, *more, event=False)
        case "inter_agent_communication":
            item.agent_message(reading, payload, event=True)
        case _ if kind in _BOOKKEEPING:
            reading.fold(kind)
        case _:
            event.unknown(reading, "line", kind, payload)


def _clock(reading: Reading, record: dict[str, Json]) -> None:
    told = record.get("timestamp")
    payload = keys(record.get("payload"))
    reading.stamp = word(told) or word(payload.get("timestamp"))
    reading.at = to_ms(told) or to_ms(payload.get("timestamp"))
    state = reading.state
    if reading.at is not None:
        state.updated_at = max(reading.at, state.updated_at or 0)
        state.created_at = state.created_at or reading.at
