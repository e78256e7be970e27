"""Message rows: which versions win, how they are written, with their attachments and index entries.

Of two versions of one message the richer stays, by (size of parts and metadata, hash): a maximum, so
that a blank shell or a slim export never takes anything away, whatever comes first. Where a message
stands is no part of this: of several lines the first stays, whichever version has it.
"""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from polylogue.model import Attachment, Message, Part, Text, readable
from polylogue.store.assets import Resolved, parts_of, resolve
from polylogue.store.tree import Node

_encode = msgspec.json.Encoder(order="deterministic").encode

_ENVELOPE = len(
    '[{"type":"text","text":""}]'
)  # what the JSON of a plain text would have besides it


class Row(NamedTuple):
    """A message as its columns hold it."""

    message: Message
    content: str
    content_json: str | None
    metadata_json: str
    hash: bytes

    @property
    def rank(self) -> tuple[int, bytes]:
        """How rich the version is: of two, the one with the larger rank stays."""
        said = (
            _ENVELOPE + len(self.content) if self.content_json is None else len(self.content_json)
        )
        return (said + len(self.metadata_json), self.hash)


class Known(NamedTuple):
    """A message that the archive has: its row id, and what decides its place and its replacement."""

    row_id: int
    node: Node
    place: tuple[int, int]
    rank: tuple[int, bytes]


def known_messages(
    connection: sqlite3.Connection, row_id: int, wanted: Sequence[str] | None = None
) -> dict[str, Known]:
    """Return the messages of the conversation with this row id, by message id.

    Only those with the `wanted` ids, if given; the cost is in their number then.
    """
    query = (
        "SELECT message_id, id, parent_id, timestamp, line, branch_id, position,"
        " coalesce(length(content_json), length(content) + ?) + length(metadata_json), hash"
        " FROM messages WHERE conversation_id = ?"
    )
    values: tuple[Any, ...] = (_ENVELOPE, row_id)
    if wanted is not None:
        query += " AND message_id IN (SELECT value FROM json_each(?))"
        values += (_encode(wanted).decode(),)
    return {
        message_id: Known(id_, Node(parent_id, timestamp, line), (branch, position), (size, hash_))
        for (
            message_id,
            id_,
            parent_id,
            timestamp,
            line,
            branch,
            position,
            size,
            hash_,
        ) in connection.execute(query, values)
    }


def winning_rows(messages: Sequence[Message], known: Mapping[str, Known]) -> dict[str, Row]:
    """Return the rows to write: new messages, and richer versions of known ones."""
    rows: dict[str, Row] = {}
    for message in messages:
        row = _row(message)
        there = rows.get(message.message_id) or known.get(message.message_id)
        if there is None or row.rank > there.rank:
            rows[message.message_id] = row
    return rows


def first_lines(messages: Sequence[Message], known: Mapping[str, Known]) -> dict[str, int]:
    """Return the lines at which these messages stand: of two files that tell one, the lower number.

    Where a file repeats what stands in another, this keeps the order of both.
    """
    lines: dict[str, int] = {}
    for message in messages:
        there = known.get(message.message_id)
        told = (message.line, lines.get(message.message_id), there and there.node.line)
        if numbers := [line for line in told if line is not None]:
            lines[message.message_id] = min(numbers)
    return lines


def _row(message: Message) -> Row:
    content = readable(message.parts)
    content_json = None if _is_plain(message.parts) else _encode(message.parts).decode()
    metadata_json = _encode(message.metadata).decode() if message.metadata else "{}"
    hash_ = message_hash(
        message.message_id,
        message.parent_id,
        message.role,
        message.author,
        content,
        content_json,
        message.model,
        message.timestamp,
        int(message.hidden),
        metadata_json,
    )
    return Row(message, content, content_json, metadata_json, hash_)


def _is_plain(parts: Sequence[Part]) -> bool:
    """Whether the parts are one text, as most are: then `content` says it all, and is kept once."""
    return (
        len(parts) == 1
        and type(parts[0]) is Text
        and bool(parts[0].text)
        and not parts[0].citations
    )


def decode_parts(content: str, content_json: str | None) -> tuple[Part, ...]:
    """Return the parts of a message row."""
    return (Text(text=content),) if content_json is None else parts_of(content_json)


def message_hash(*columns: str | int | None) -> bytes:
    """Return the hash of what a message row says, given its columns.

    They are message_id, parent_id, role, author, content, content_json, model, timestamp, hidden and
    metadata_json, in this order.
    """
    return hashlib.sha256(_encode(columns)).digest()


def replace_messages(
    connection: sqlite3.Connection, rows: Sequence[tuple[int, Row]], source_id: int
) -> None:
    """Write richer versions over the rows with these ids; their attachments are taken away."""
    indexed = _last_indexed(connection) if rows else 0
    for row_id, row in rows:
        message = row.message
        if row_id <= indexed:
            connection.execute(
                "INSERT INTO messages_fts (messages_fts, rowid, content)"
                " SELECT 'delete', id, content FROM messages WHERE id = ?",
                (row_id,),
            )
        connection.execute("DELETE FROM attachments WHERE message_id = ?", (row_id,))
        connection.execute(
            "UPDATE messages SET parent_id = ?, role = ?, author = ?, content = ?,"
            " content_json = ?, model = ?, timestamp = ?, hidden = ?, metadata_json = ?,"
            " source_id = ?, hash = ? WHERE id = ?",
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
        if row_id <= indexed:
            connection.execute(
                "INSERT INTO messages_fts (rowid, content) VALUES (?, ?)", (row_id, row.content)
            )


def insert_messages(
    connection: sqlite3.Connection,
    conversation_id: int,
    rows: Sequence[tuple[Row, tuple[int, int], int | None]],
    source_id: int,
) -> None:
    """Add messages at their places (branch, position) and lines; `index_messages` makes them findable."""
    if not rows:
        return
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()
    connection.executemany(
        "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                row_id,
                conversation_id,
                row.message.message_id,
                row.message.parent_id,
                branch,
                position,
                line,
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
            for row_id, (row, (branch, position), line) in enumerate(rows, start=last + 1)
        ],
    )


def index_messages(connection: sqlite3.Connection) -> None:
    """Make all inserted messages findable; once in a transaction, after everything else.

    FTS5 writes out its memory at each statement that needs a savepoint. Among other statements it
    would do so for every conversation, which takes as long as all the rest.
    """
    connection.execute(
        "INSERT INTO messages_fts (rowid, content) SELECT id, content FROM messages WHERE id > ?",
        (_last_indexed(connection),),
    )


def _last_indexed(connection: sqlite3.Connection) -> int:
    """Return the last row in the index: rows are added in order, so all below it are in it, too."""
    row = connection.execute("SELECT coalesce(max(id), 0) FROM messages_fts_docsize").fetchone()
    last: int = row[0]
    return last


def write_attachments(
    connection: sqlite3.Connection, conversation_id: int, provider: str, rows: Mapping[str, Row]
) -> None:
    """Add the attachments of new and replaced messages."""
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
