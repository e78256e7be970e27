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

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import msgspec

from polylogue.model import Attachment, Conversation, Head, Message, readable
from polylogue.store.assets import Resolved, resolve
from polylogue.store.dirty import mark_dirty
from polylogue.store.ledger import add_unknowns
from polylogue.store.slugs import slug
from polylogue.store.tree import Node, arrange

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode_head = msgspec.json.Decoder(Head).decode

Change: TypeAlias = Literal["new", "changed", "same"]


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where a document's bytes are in tier 1, and which parser version read it."""

    sha256: bytes
    object_id: int
    first_seq: int
    chunk_count: int
    parser_version: int


@dataclass(frozen=True, slots=True)
class _Row:
    """A message as its columns hold it."""

    message: Message
    content: str
    content_json: str
    metadata_json: str
    hash: bytes

    @property
    def rank(self) -> tuple[int, bytes]:
        return (len(self.content_json) + len(self.metadata_json), self.hash)


@dataclass(frozen=True, slots=True)
class _Known:
    """A message that the archive has."""

    row_id: int
    node: Node
    place: tuple[int, int]
    rank: tuple[int, bytes]


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
    head = _folded(connection, row_id) if not is_new else conversation.head
    changed = _merge_messages(connection, row_id, conversation, head.current_id, source_id)
    changed |= _write_head(connection, row_id, head)
    if is_new or changed:
        mark_dirty(connection, [row_id])
    return "new" if is_new else "changed" if changed else "same"


# --- The conversation's own row ------------------------------------------------------------------


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
            _encode(head).decode(),
        ),
    ).fetchone()
    return row[0] if row else None


def _folded(connection: sqlite3.Connection, row_id: int) -> Head:
    rows = connection.execute(
        "SELECT head_json, sha256 FROM conversation_sources WHERE conversation_id = ?", (row_id,)
    ).fetchall()
    heads = sorted(
        ((_decode_head(text), sha256) for text, sha256 in rows),
        key=lambda item: (item[0].updated_at or 0, item[1]),
    )
    return fold([head for head, _ in heads])


def fold(heads: Sequence[Head]) -> Head:
    """Return what several versions of a conversation say together, given from oldest to newest."""
    latest: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for head in heads:
        said = {name: getattr(head, name) for name in head.__struct_fields__}
        metadata |= said.pop("metadata")
        latest |= {name: value for name, value in said.items() if value not in (None, "")}
    created = [head.created_at for head in heads if head.created_at is not None]
    return Head(**latest | {"metadata": metadata, "created_at": min(created, default=None)})


def _write_head(connection: sqlite3.Connection, row_id: int, head: Head) -> bool:
    """Write the conversation's fields. `updated_at` alone is no change: vendors touch it at will."""
    metadata_json = _encode(head.metadata).decode()
    values = (
        slug(head.title),
        head.title,
        head.created_at,
        head.account,
        head.project,
        head.model,
        head.url,
        head.current_id,
        metadata_json,
    )
    hash_ = hashlib.sha256(_encode(values)).digest()
    (before,) = connection.execute(
        "SELECT hash FROM conversations WHERE id = ?", (row_id,)
    ).fetchone()
    connection.execute(
        "UPDATE conversations SET slug = ?, title = ?, created_at = ?, account = ?, project = ?,"
        " model = ?, url = ?, current_id = ?, metadata_json = ?, hash = ?, updated_at = ? WHERE id = ?",
        (*values, hash_, head.updated_at, row_id),
    )
    return bool(hash_ != before)


# --- Messages ------------------------------------------------------------------------------------


def _merge_messages(
    connection: sqlite3.Connection,
    row_id: int,
    conversation: Conversation,
    current_id: str,
    source_id: int,
) -> bool:
    known = _known_messages(connection, row_id)
    rows = _winning_rows(conversation.messages, known)
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
    _replace(
        connection, [(known[i].row_id, row) for i, row in rows.items() if i in known], source_id
    )
    _insert(
        connection,
        row_id,
        [(row, places[i]) for i, row in rows.items() if i not in known],
        source_id,
    )
    _write_attachments(connection, row_id, conversation.provider, rows)
    return bool(rows or moved)


def _known_messages(connection: sqlite3.Connection, row_id: int) -> dict[str, _Known]:
    return {
        message_id: _Known(id_, Node(parent_id, timestamp), (branch, position), (size, hash_))
        for message_id, id_, parent_id, timestamp, branch, position, size, hash_ in connection.execute(
            "SELECT message_id, id, parent_id, timestamp, branch_id, position,"
            " length(content_json) + length(metadata_json), hash"
            " FROM messages WHERE conversation_id = ?",
            (row_id,),
        )
    }


def _winning_rows(messages: Sequence[Message], known: Mapping[str, _Known]) -> dict[str, _Row]:
    """Return the rows to write: new messages, and richer versions of known ones."""
    rows: dict[str, _Row] = {}
    for message in messages:
        row = _row(message)
        there = rows.get(message.message_id) or known.get(message.message_id)
        if there is None or row.rank > there.rank:
            rows[message.message_id] = row
    return rows


def _row(message: Message) -> _Row:
    content = readable(message.parts)
    content_json = _encode(message.parts).decode()
    metadata_json = _encode(message.metadata).decode() if message.metadata else "{}"
    return _Row(
        message, content, content_json, metadata_json, message_hash(message, content, content_json)
    )


def message_hash(message: Message, content: str, content_json: str) -> bytes:
    """Return the hash of what a message row says (`verify` computes it again from the columns)."""
    rest = _encode(
        (
            message.message_id,
            message.parent_id,
            message.role,
            message.author,
            message.model,
            message.timestamp,
            message.hidden,
            message.metadata,
        )
    )
    digest = hashlib.sha256(content.encode())
    digest.update(content_json.encode())
    digest.update(rest)
    return digest.digest()


def _replace(
    connection: sqlite3.Connection, rows: Sequence[tuple[int, _Row]], source_id: int
) -> None:
    for row_id, row in rows:
        message = row.message
        connection.execute(
            "INSERT INTO messages_fts (messages_fts, rowid, content)"
            " SELECT 'delete', id, content FROM messages WHERE id = ?",
            (row_id,),
        )
        connection.execute("DELETE FROM attachments WHERE message_id = ?", (row_id,))
        connection.execute(
            "UPDATE messages SET parent_id = ?, role = ?, author = ?, content = ?, content_json = ?,"
            " model = ?, timestamp = ?, hidden = ?, metadata_json = ?, source_id = ?, hash = ?"
            " WHERE id = ?",
            (
                message.parent_id,
                message.role,
                message.author,
                row.content,
                row.content_json,
                message.model,
                message.timestamp,
                message.hidden,
                row.metadata_json,
                source_id,
                row.hash,
                row_id,
            ),
        )
        connection.execute(
            "INSERT INTO messages_fts (rowid, content) VALUES (?, ?)", (row_id, row.content)
        )


def _insert(
    connection: sqlite3.Connection,
    conversation_id: int,
    rows: Sequence[tuple[_Row, tuple[int, int]]],
    source_id: int,
) -> None:
    if not rows:
        return
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()
    connection.executemany(
        "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                row_id,
                conversation_id,
                row.message.message_id,
                row.message.parent_id,
                branch,
                position,
                row.message.role,
                row.message.author,
                row.content,
                row.content_json,
                row.message.model,
                row.message.timestamp,
                row.message.hidden,
                row.metadata_json,
                source_id,
                row.hash,
            )
            for row_id, (row, (branch, position)) in enumerate(rows, start=last + 1)
        ],
    )
    connection.executemany(
        "INSERT INTO messages_fts (rowid, content) VALUES (?, ?)",
        [(row_id, row.content) for row_id, (row, _) in enumerate(rows, start=last + 1)],
    )


def _write_attachments(
    connection: sqlite3.Connection, conversation_id: int, provider: str, rows: Mapping[str, _Row]
) -> None:
    for message_id, row in rows.items():
        attachments = [part for part in row.message.parts if type(part) is Attachment]
        if not attachments:
            continue
        (owner,) = connection.execute(
            "SELECT id FROM messages WHERE conversation_id = ? AND message_id = ?",
            (conversation_id, message_id),
        ).fetchone()
        connection.executemany(
            "INSERT INTO attachments (message_id, seq, provider, provider_ref, extracted_text,"
            " filename, mime_type, size_bytes, object_id, status, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (owner, seq, *_attachment_row(part, resolve(connection, provider, part)))
                for seq, part in enumerate(attachments)
            ],
        )


def _attachment_row(part: Attachment, resolved: Resolved) -> tuple[Any, ...]:
    return (resolved.provider, part.ref, part.extracted_text, *resolved.columns())
