"""Which documents told of a conversation, and where their bytes are: the table `conversation_sources`.

A document is told whole, once. A session is told in groups of lines, each of which adds to what its
one row says; a side file tells something about a conversation that other documents tell.
"""

import sqlite3
from dataclasses import dataclass

from polylogue.model import Head
from polylogue.store.heads import decode_head, encode_head, fold


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where a document's bytes are in tier 1, and which parser version read it.

    A session is all of its object: without `chunk_count`, and without a hash while it grows.
    """

    sha256: bytes | None
    object_id: int
    first_seq: int
    chunk_count: int | None
    parser_version: int


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a document's row: its id, whether it is new, and whether its head changed."""

    source_id: int
    is_new: bool
    head_changed: bool


def known_provider(connection: sqlite3.Connection, sha256: bytes) -> str | None:
    """Return whose a document with these bytes is, when one was merged before; else None."""
    row = connection.execute(
        "SELECT c.provider FROM conversation_sources s"
        " JOIN conversations c ON c.id = s.conversation_id"
        " WHERE s.sha256 = ? AND s.about = 0 AND s.chunk_count IS NOT NULL",
        (sha256,),
    ).fetchone()
    return row[0] if row else None


def known_session(connection: sqlite3.Connection, sha256: bytes, version: int) -> int:
    """Return how many conversations a session with these bytes told this parser version.

    0 when it was not read to its end, or never.
    """
    row = connection.execute(
        "SELECT count(*) FROM conversation_sources s"
        " JOIN objects o ON o.id = s.object_id AND o.sha256 = s.sha256"
        " WHERE s.sha256 = ? AND s.about = 0 AND s.chunk_count IS NULL AND s.parser_version = ?",
        (sha256, version),
    ).fetchone()
    count: int = row[0]
    return count


def base_chunk(connection: sqlite3.Connection, provider: str, conversation_id: str) -> int | None:
    """Return the whole chunk that a new version of this conversation can be a delta against."""
    row = connection.execute(
        "SELECT coalesce(k.base_id, k.id)"
        " FROM conversations c JOIN conversation_sources s ON s.conversation_id = c.id"
        " JOIN object_chunks o ON o.object_id = s.object_id AND o.seq = s.first_seq"
        " JOIN chunks k ON k.id = o.chunk_id"
        " WHERE c.provider = ? AND c.conversation_id = ? AND s.chunk_count = 1 AND s.about = 0"
        " ORDER BY s.id DESC LIMIT 1",
        (provider, conversation_id),
    ).fetchone()
    return row[0] if row else None


def tell(
    connection: sqlite3.Connection, row_id: int, head: Head, source: SourceRef, *, about: bool
) -> Told:
    """Write down that the document told of the conversation with this row id, and with which head.

    What it said before, in other groups of its lines, is united with what it says now, unless an
    older parser understood it so.
    """
    known = _row_of(connection, row_id, source, about=about)
    if known is None:
        return _added(connection, row_id, encode_head(head), source, about=about)
    source_id, version, before = known
    if source.chunk_count is not None and not about:
        return Told(source_id, is_new=False, head_changed=False)
    says = head if version != source.parser_version else fold([decode_head(before), head])
    said = encode_head(says)
    if said != before or version != source.parser_version:
        connection.execute(
            "UPDATE conversation_sources SET head_json = ?, parser_version = ? WHERE id = ?",
            (said, source.parser_version, source_id),
        )
    if source.chunk_count is None:
        connection.execute(
            "UPDATE conversation_sources SET object_id = ?1 WHERE id = ?2 AND object_id <> ?1",
            (source.object_id, source_id),
        )
    return Told(source_id, is_new=False, head_changed=said != before)


def is_told(
    connection: sqlite3.Connection, provider: str, conversation_id: str, object_id: int
) -> bool:
    """Whether the session that this object is has told of the conversation before."""
    row = connection.execute(
        "SELECT 1 FROM conversations c JOIN conversation_sources s ON s.conversation_id = c.id"
        " WHERE c.provider = ? AND c.conversation_id = ? AND s.object_id = ? AND s.about = 0",
        (provider, conversation_id, object_id),
    ).fetchone()
    return row is not None


def said_before(connection: sqlite3.Connection, row_id: int, head: Head) -> bool:
    """Whether a side file said just that about the conversation: then another copy says nothing new."""
    return (
        connection.execute(
            "SELECT 1 FROM conversation_sources WHERE conversation_id = ? AND about AND head_json = ?",
            (row_id, encode_head(head)),
        ).fetchone()
        is not None
    )


def _row_of(
    connection: sqlite3.Connection, row_id: int, source: SourceRef, *, about: bool
) -> tuple[int, int, str] | None:
    """Return id, parser version and head of the document's row, None when there is none yet."""
    by = "sha256 = ?" if source.sha256 else "sha256 IS NULL AND object_id = ?"
    row = connection.execute(
        "SELECT id, parser_version, head_json FROM conversation_sources"
        f" WHERE conversation_id = ? AND {by} AND about = ?",
        (row_id, source.sha256 or source.object_id, about),
    ).fetchone()
    return row and (row[0], row[1], row[2])


def _added(
    connection: sqlite3.Connection, row_id: int, said: str, source: SourceRef, *, about: bool
) -> Told:
    row = connection.execute(
        "INSERT INTO conversation_sources (conversation_id, sha256, about, object_id, first_seq,"
        " chunk_count, parser_version, head_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            row_id,
            source.sha256,
            about,
            source.object_id,
            source.first_seq,
            source.chunk_count,
            source.parser_version,
            said,
        ),
    ).fetchone()
    return Told(row[0], is_new=True, head_changed=True)
