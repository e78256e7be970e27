"""The outbox of the view: which conversations must be rendered again.

A mark is set in the transaction that changes the rows. It is cleared after the note is on disk, and
only if nothing marked the conversation again meanwhile (`generation`): rendered at least once, and
no change lost.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A conversation's row id, from which line on it changed, and the generation of its mark.

    Line 0 stands for all of it; the generation is that of the moment when the mark was read.
    """

    conversation: int
    line: int
    generation: int


def mark_dirty(
    connection: sqlite3.Connection, conversations: Iterable[int], *, line: int = 0
) -> None:
    """Mark the conversations with these row ids, which changed from `line` on."""
    connection.executemany(
        "INSERT INTO dirty (conversation_id, line) VALUES (?, ?) ON CONFLICT DO UPDATE"
        " SET generation = generation + 1, line = min(line, excluded.line)",
        [(row_id, line) for row_id in conversations],
    )


def mark_all_dirty(
    connection: sqlite3.Connection,
    *,
    provider: str | None = None,
    since: int | None = None,
    conversation_ids: Sequence[str] = (),
) -> int:
    """Mark all conversations, or those of a provider, changed since (ms), with these ids.

    Returns how many were marked.
    """
    wanted = ",".join("?" * len(conversation_ids))
    rows = connection.execute(
        "SELECT c.id FROM conversations c"
        " WHERE c.shown AND (?1 IS NULL OR c.provider = ?1) AND (?2 IS NULL OR c.updated_at >= ?2)"
        + (f" AND c.conversation_id IN ({wanted})" if conversation_ids else ""),
        (provider, since, *conversation_ids),
    ).fetchall()
    mark_dirty(connection, (row_id for (row_id,) in rows))
    return len(rows)


DIRTY_COUNT = "SELECT (SELECT count(*) FROM dirty) + (SELECT count(*) FROM dirty_pages)"


def dirty_count(connection: sqlite3.Connection) -> int:
    """Return how many conversations and pages wait to be rendered."""
    count: int = connection.execute(DIRTY_COUNT).fetchone()[0]
    return count


def marks_of(connection: sqlite3.Connection, conversations: Iterable[int]) -> list[Mark]:
    """Return the marks of those conversations that have one."""
    query = "SELECT conversation_id, line, generation FROM dirty WHERE conversation_id = ?"
    rows = (connection.execute(query, (row_id,)).fetchone() for row_id in conversations)
    return [Mark(*row) for row in rows if row]


def dirty_marks(connection: sqlite3.Connection, *, after: int, limit: int) -> list[Mark]:
    """Return up to `limit` marks of conversations with a row id above `after`, in their order."""
    return [
        Mark(*row)
        for row in connection.execute(
            "SELECT conversation_id, line, generation FROM dirty WHERE conversation_id > ?"
            " ORDER BY conversation_id LIMIT ?",
            (after, limit),
        )
    ]


def clear(connection: sqlite3.Connection, marks: Iterable[Mark]) -> None:
    """Take away the marks whose conversations were not marked again since they were read."""
    connection.executemany(
        "DELETE FROM dirty WHERE conversation_id = ? AND generation = ?",
        [(mark.conversation, mark.generation) for mark in marks],
    )
