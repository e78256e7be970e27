"""What a person wrote below the notes line of notes: theirs, and never deleted.

Versions are kept, oldest first, since a program may save half of a file; a version that the next one
contains is dropped, so that typing does not fill the archive. Each is known by the note in which it
stood, in the provider's words, so that it outlives the rows of tier 2.
"""

import sqlite3
from typing import NamedTuple


class NoteKey(NamedTuple):
    """The note of a part of a conversation."""

    provider: str
    conversation_id: str
    part: int


class Words(NamedTuple):
    """What stood below the line of a note, byte for byte."""

    note: NoteKey
    text: bytes


_OF = "provider = ? AND conversation_id = ? AND part = ?"


def versions(connection: sqlite3.Connection, note: NoteKey) -> list[bytes]:
    """Return what stood below the line of a note, oldest first; nothing if that was never anything."""
    query = f"SELECT text FROM words WHERE {_OF} ORDER BY version"
    return [text for (text,) in connection.execute(query, note)]


def note_key(connection: sqlite3.Connection, row_id: int, part: int) -> NoteKey:
    """Return the key of a note, given the conversation's row id."""
    row = connection.execute(
        "SELECT provider, conversation_id FROM conversations WHERE id = ?", (row_id,)
    ).fetchone()
    return NoteKey(row[0], row[1], part)


def keep(connection: sqlite3.Connection, words: Words) -> None:
    """Add a version, in place of the one before if that is part of it."""
    number, text = connection.execute(
        f"SELECT version, text FROM words WHERE {_OF} ORDER BY version DESC LIMIT 1", words.note
    ).fetchone() or (0, b"")
    if text == words.text:
        return
    if number and text in words.text:
        connection.execute(f"DELETE FROM words WHERE {_OF} AND version = ?", (*words.note, number))
    connection.execute(
        "INSERT INTO words (provider, conversation_id, part, version, text) VALUES (?, ?, ?, ?, ?)",
        (*words.note, number + 1, words.text),
    )
