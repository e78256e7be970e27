"""A person's thumbs on messages, whichever comes first: the message or the thumb."""

import sqlite3

from polylogue.model import Feedback
from polylogue.store.dirty import mark_dirty


def add_feedback(connection: sqlite3.Connection, provider: str, feedback: Feedback) -> None:
    """Keep the newest feedback on a message, and mark its conversation if that is news."""
    news = connection.execute(
        "INSERT INTO feedback VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " rating = excluded.rating, comment = excluded.comment, created_at = excluded.created_at"
        " WHERE (coalesce(created_at, -1), rating, comment)"
        " < (coalesce(excluded.created_at, -1), excluded.rating, excluded.comment) RETURNING 1",
        (
            provider,
            feedback.message_id,
            feedback.rating,
            feedback.comment,
            feedback.created_at,
        ),
    ).fetchone()
    if news is None:
        return
    rows = connection.execute(
        "SELECT c.id FROM messages m JOIN conversations c ON c.id = m.conversation_id"
        " WHERE m.message_id = ? AND c.provider = ?",
        (feedback.message_id, provider),
    ).fetchall()
    mark_dirty(connection, (row_id for (row_id,) in rows))
