"""What happened, for `ctl log`: a bounded history, and small facts about the archive (`meta`)."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

_KEPT = 5000  # events

EVENTS = "SELECT id, at, level, event, fields FROM events WHERE id > ? ORDER BY id DESC LIMIT ?"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at `at` (ms). `fields` never holds text or titles of chats."""

    event_id: int
    at: int
    level: str
    event: str
    fields: dict[str, Any]


def add_event(
    connection: sqlite3.Connection, at: int, level: str, event: str, fields: dict[str, Any]
) -> None:
    """Write down an event and drop what is older than the last few thousand."""
    connection.execute(
        "INSERT INTO events (at, level, event, fields) VALUES (?, ?, ?, ?)",
        (at, level, event, msgspec.json.encode(fields).decode()),
    )
    connection.execute("DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?", (_KEPT,))


def events(connection: sqlite3.Connection, *, after: int, limit: int) -> list[Event]:
    """Return the newest `limit` events with an id above `after`, oldest first."""
    return [
        event_of(row) for row in reversed(connection.execute(EVENTS, (after, limit)).fetchall())
    ]


def event_of(row: Sequence[Any]) -> Event:
    """Return the event in a row of `EVENTS`."""
    event_id, at, level, event, fields = row
    return Event(event_id, at, level, event, msgspec.json.decode(fields))


def get_meta(connection: sqlite3.Connection, key: str) -> str | None:
    """Return a fact about the archive, None when it was never set."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set a fact about the archive."""
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (key, value),
    )
