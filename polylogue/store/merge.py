"""Records → rows: unite what one document tells of a conversation with what is known already.

Every rule is a maximum or a union, so that any order, repetition or subset of the same imports ends
in the same rows:

- messages are united by the provider's id; of two versions of one message the richer stays, by
  (size of parts and metadata, hash), so a blank shell or a slim export never takes anything away;
- the conversation's own fields are folded from the heads of all its sources, oldest first by
  (updated_at, hash): the newest version that says something wins, field by field;
- branches and positions are a function of the united messages (`tree`);
- absence is never a deletion.

A conversation whose rows changed is marked dirty in the same transaction.
"""

import sqlite3
from dataclasses import dataclass
from typing import Literal, TypeAlias

from polylogue.model import Conversation, Head
from polylogue.store.dirty import mark_dirty
from polylogue.store.heads import encode_head, folded, write_head
from polylogue.store.ledger import add_unknowns
from polylogue.store.messages import (
    insert_messages,
    known_messages,
    replace_messages,
    winning_rows,
    write_attachments,
)
from polylogue.store.tree import Node, arrange

Change: TypeAlias = Literal["new", "changed", "same"]


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where a document's bytes are in tier 1, and which parser version read it."""

    sha256: bytes
    object_id: int
    first_seq: int
    chunk_count: int
    parser_version: int


def known_provider(connection: sqlite3.Connection, sha256: bytes) -> str | None:
    """Return whose a document with these bytes is, when one was merged before; else None."""
    row = connection.execute(
        "SELECT c.provider FROM conversation_sources s"
        " JOIN conversations c ON c.id = s.conversation_id WHERE s.sha256 = ?",
        (sha256,),
    ).fetchone()
    return row[0] if row else None


def base_chunk(connection: sqlite3.Connection, provider: str, conversation_id: str) -> int | None:
    """Return the whole chunk that a new version of this conversation can be a delta against."""
    row = connection.execute(
        "SELECT coalesce(k.base_id, k.id)"
        " FROM conversations c JOIN conversation_sources s ON s.conversation_id = c.id"
        " JOIN object_chunks o ON o.object_id = s.object_id AND o.seq = s.first_seq"
        " JOIN chunks k ON k.id = o.chunk_id"
        " WHERE c.provider = ? AND c.conversation_id = ? AND s.chunk_count = 1"
        " ORDER BY s.id DESC LIMIT 1",
        (provider, conversation_id),
    ).fetchone()
    return row[0] if row else None


def merge(
    connection: sqlite3.Connection,
    conversation: Conversation,
    source: SourceRef,
    import_id: int,
) -> Change:
    """Unite one parsed document with the rows; runs inside the caller's transaction.

    Returns whether the conversation is new, changed, or the same as before. Doing it again with the
    same document changes nothing.
    """
    row_id, is_new = _conversation_row(connection, conversation)
    source_id = _add_source(connection, row_id, conversation.head, source)
    if source_id is None:
        return "same"
    add_unknowns(connection, conversation.provider, conversation.unknowns, import_id)
    head = folded(connection, row_id) if not is_new else conversation.head
    changed = _merge_messages(connection, row_id, conversation, head.current_id, source_id)
    changed |= write_head(connection, row_id, head)
    if is_new or changed:
        mark_dirty(connection, [row_id])
    return "new" if is_new else "changed" if changed else "same"


def _conversation_row(
    connection: sqlite3.Connection, conversation: Conversation
) -> tuple[int, bool]:
    row = connection.execute(
        "SELECT id FROM conversations WHERE provider = ? AND conversation_id = ?",
        (conversation.provider, conversation.conversation_id),
    ).fetchone()
    if row:
        return row[0], False
    row = connection.execute(
        "INSERT INTO conversations (provider, conversation_id, slug, title, account, project, model,"
        " url, current_id, metadata_json, hash) VALUES (?, ?, '', '', '', '', '', '', '', '{}', x'')"
        " RETURNING id",
        (conversation.provider, conversation.conversation_id),
    ).fetchone()
    return row[0], True


def _add_source(
    connection: sqlite3.Connection, row_id: int, head: Head, source: SourceRef
) -> int | None:
    row = connection.execute(
        "INSERT INTO conversation_sources (conversation_id, sha256, object_id, first_seq,"
        " chunk_count, parser_version, head_json) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING id",
        (
            row_id,
            source.sha256,
            source.object_id,
            source.first_seq,
            source.chunk_count,
            source.parser_version,
            encode_head(head),
        ),
    ).fetchone()
    return row[0] if row else None


def _merge_messages(
    connection: sqlite3.Connection,
    row_id: int,
    conversation: Conversation,
    current_id: str,
    source_id: int,
) -> bool:
    known = known_messages(connection, row_id)
    rows = winning_rows(conversation.messages, known)
    nodes = {message_id: item.node for message_id, item in known.items()}
    nodes |= {
        message_id: Node(row.message.parent_id, row.message.timestamp)
        for message_id, row in rows.items()
    }
    places = arrange(nodes, current_id)
    moved = [
        (*places[message_id], item.row_id)
        for message_id, item in known.items()
        if places[message_id] != item.place
    ]
    connection.executemany("UPDATE messages SET branch_id = ?, position = ? WHERE id = ?", moved)
    replace_messages(
        connection, [(known[i].row_id, row) for i, row in rows.items() if i in known], source_id
    )
    insert_messages(
        connection,
        row_id,
        [(row, places[i]) for i, row in rows.items() if i not in known],
        source_id,
    )
    write_attachments(connection, row_id, conversation.provider, rows)
    return bool(rows or moved)
