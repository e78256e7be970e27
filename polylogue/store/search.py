"""Full-text search over what people read in messages."""

import re
import sqlite3
from dataclasses import dataclass

#: Put around a match in a snippet; control characters, which no stored text has.
MATCH_START, MATCH_END = "\x02", "\x03"


#: What SQLite cannot take in a query: NUL ends it, surrogates are no text.
_NOT_TEXT = re.compile(r"[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that matches: where it is, and a snippet with the matches marked."""

    provider: str
    conversation_id: str
    title: str
    message_id: str
    role: str
    timestamp: int | None
    snippet: str


def search(
    connection: sqlite3.Connection, words: str, *, provider: str | None = None, limit: int = 20
) -> list[Hit]:
    """Return the best matching messages. Every word must occur; "quoted words" are a phrase."""
    query = _query(words)
    if not query:
        return []
    return [
        Hit(*row)
        for row in connection.execute(
            "SELECT c.provider, c.conversation_id, c.title, m.message_id, m.role, m.timestamp,"
            " snippet(messages_fts, 0, ?, ?, '…', 16)"
            " FROM messages_fts f JOIN messages m ON m.id = f.rowid"
            " JOIN conversations c ON c.id = m.conversation_id"
            " WHERE messages_fts MATCH ? AND (? IS NULL OR c.provider = ?)"
            " ORDER BY rank LIMIT ?",
            (MATCH_START, MATCH_END, query, provider, provider, limit),
        )
    ]


def _query(words: str) -> str:
    """Quote each word or phrase, so that no character of a person's words is an operator."""
    words = _NOT_TEXT.sub(" ", words)
    terms = [phrase or word for phrase, word in re.findall(r'"([^"]*)"|(\S+)', words)]
    quoted = ('"' + term.replace('"', '""') + '"' for term in terms)
    return " ".join(term for term in quoted if any(map(str.isalnum, term)))
