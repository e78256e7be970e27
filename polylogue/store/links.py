"""Notes that wait for other notes, to link to them."""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from polylogue.store.dirty import mark_dirty


class Waiting(NamedTuple):
    """The note of `source`, a row id, names the conversation `target` from `line` on."""

    provider: str
    target: str
    source: int
    line: int


def find(connection: sqlite3.Connection, provider: str, conversation_id: str) -> int | None:
    """Return the row id of a conversation, None when the archive does not have it."""
    row = connection.execute(
        "SELECT id FROM conversations WHERE provider = ? AND conversation_id = ?",
        (provider, conversation_id),
    ).fetchone()
    return row[0] if row else None


def wait(connection: sqlite3.Connection, waiting: Iterable[Waiting]) -> None:
    """Write down which notes wait for which."""
    connection.executemany(
        "INSERT INTO view_links (provider, target, source, line) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET line = min(line, excluded.line)",
        list(waiting),
    )


def mark_waiting(connection: sqlite3.Connection, conversations: Iterable[int]) -> list[int]:
    """Mark what waits for one of these conversations, which got a path; return the row ids marked."""
    marked: list[int] = []
    if connection.execute("SELECT 1 FROM view_links LIMIT 1").fetchone() is None:
        return marked
    for row_id in conversations:
        rows = connection.execute(
            "DELETE FROM view_links WHERE (provider, target) ="
            " (SELECT provider, conversation_id FROM conversations WHERE id = ?)"
            " RETURNING source, line",
            (row_id,),
        ).fetchall()
        for source, line in rows:
            mark_dirty(connection, [source], line=line)
            marked.append(source)
    return marked
