"""Milliseconds since the epoch → the local time that a note shows."""

import datetime as dt
from typing import Final

from polylogue.model import StoredConversation

_EARLIEST: Final = (
    31_536_000_000  # 1971: before it lie zeros, ones and seconds taken for milliseconds
)


def local(milliseconds: int | None, timezone: dt.tzinfo) -> dt.datetime | None:
    """Return the time in `timezone`; None when there is none, or no chat can be of that time."""
    if milliseconds is None or milliseconds < _EARLIEST:
        return None
    try:
        return dt.datetime.fromtimestamp(milliseconds // 1000, timezone)
    except (OverflowError, OSError, ValueError):
        return None


def began(conversation: StoredConversation) -> int | None:
    """Return when the conversation began: its own time, its first message's, or its last change."""
    head = conversation.head
    if head.created_at is not None and head.created_at >= _EARLIEST:
        return head.created_at
    times = (stored.message.timestamp for stored in conversation.messages)
    known = (time for time in times if time is not None and time >= _EARLIEST)
    return min(known, default=head.updated_at)


def minute(time: dt.datetime | None) -> str:
    """Return `2026-01-02 03:04`; '' when there is no time."""
    return time.isoformat(" ", "minutes")[:16] if time else ""


def second(time: dt.datetime | None) -> str:
    """Return `2026-01-02T03:04:05`, a date and time as Obsidian's properties know it, or ''."""
    return time.isoformat(timespec="seconds")[:19] if time else ""


def duration(seconds: float) -> str:
    """Return `12 s`, `2 min 5 s` or `1 h 2 min`."""
    if not 0 <= seconds < 1e9:
        return ""
    if seconds < 59.5:
        return f"{seconds:.0f} s" if seconds >= 0.5 else "less than 1 s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
