"""Which bytes, name and type belong to an attachment.

Conversations name files by the provider's id; the bytes and the right names come in other members,
in other exports, in any order. So what is known of an id is united in `assets` (each field by a
maximum, hence independent of order), and an attachment's row is a function of its part and of that.
When more becomes known, the rows that name the id are written again and their conversations marked.
"""

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import Any

import msgspec

from polylogue.model import AssetName, Attachment, AttachmentStatus, Part
from polylogue.store.dirty import mark_dirty

parts_of = msgspec.json.Decoder(tuple[Part, ...]).decode


@dataclass(frozen=True, slots=True)
class Resolved:
    """An attachment's row but for its ids: what the chat says of it, and what the archive knows."""

    provider: str
    part: Attachment
    filename: str
    mime_type: str
    size_bytes: int | None
    object_id: int | None
    object_sha256: bytes | None

    @property
    def status(self) -> AttachmentStatus:
        """Whether the bytes are there."""
        return "stored" if self.object_id is not None else "not_in_export"

    def columns(self) -> tuple[Any, ...]:
        """Return filename, mime_type, size_bytes, object_id, status and hash."""
        return (
            self.filename,
            self.mime_type,
            self.size_bytes,
            self.object_id,
            self.status,
            attachment_hash(
                self.provider,
                self.filename,
                self.mime_type,
                self.size_bytes,
                self.part.extracted_text,
                self.status,
                self.part.ref,
                self.object_sha256,
            ),
        )


def attachment_hash(*said: str | int | bytes | None) -> bytes:
    """Return the hash of what an attachment row says (`verify` computes it again)."""
    return hashlib.sha256(msgspec.json.encode(said)).digest()


def resolve(connection: sqlite3.Connection, provider: str, part: Attachment) -> Resolved:
    """Return the row of an attachment, with what is known of its file id today."""
    row = (
        part.ref
        and connection.execute(
            "SELECT a.name, coalesce(nullif(a.object_type, ''), a.mime_type), o.size, o.id, o.sha256"
            " FROM assets a LEFT JOIN objects o ON o.id = a.object_id WHERE provider = ? AND ref = ?",
            (provider, part.ref),
        ).fetchone()
    )
    name, mime_type, size, object_id, sha256 = row or ("", "", None, None, None)
    return Resolved(
        provider,
        part,
        filename=part.name or name,
        mime_type=mime_type or part.mime_type,
        size_bytes=part.size if size is None else size,
        object_id=object_id,
        object_sha256=sha256,
    )


def add_asset_name(connection: sqlite3.Connection, provider: str, asset: AssetName) -> None:
    """Unite what a side file says of a file id."""
    _unite(
        connection,
        provider,
        asset.ref,
        "INSERT INTO assets (provider, ref, name, mime_type) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET name = max(name, excluded.name),"
        " mime_type = max(mime_type, excluded.mime_type)"
        " WHERE name < excluded.name OR mime_type < excluded.mime_type RETURNING 1",
        (asset.name, asset.mime_type),
    )


def add_asset(
    connection: sqlite3.Connection, provider: str, ref: str, object_id: int, object_type: str
) -> None:
    """Say which object holds the bytes of a file id; of several, the largest."""
    _unite(
        connection,
        provider,
        ref,
        "INSERT INTO assets (provider, ref, object_id, object_type) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET object_id = excluded.object_id,"
        " object_type = excluded.object_type"
        " WHERE object_id IS NULL OR (SELECT size, sha256 FROM objects WHERE id = object_id)"
        " < (SELECT size, sha256 FROM objects WHERE id = excluded.object_id) RETURNING 1",
        (object_id, object_type),
    )


def _unite(
    connection: sqlite3.Connection, provider: str, ref: str, sql: str, values: tuple[Any, ...]
) -> None:
    if connection.execute(sql, (provider, ref, *values)).fetchone() is not None:
        _resolve_again(connection, provider, ref)


def _resolve_again(connection: sqlite3.Connection, provider: str, ref: str) -> None:
    changed = set()
    for row_id, seq, before, conversation, content_json in connection.execute(
        "SELECT a.id, a.seq, a.hash, m.conversation_id, m.content_json"
        " FROM attachments a JOIN messages m ON m.id = a.message_id"
        " WHERE a.provider = ? AND a.provider_ref = ?",
        (provider, ref),
    ).fetchall():
        parts = [part for part in parts_of(content_json) if isinstance(part, Attachment)]
        *columns, hash_ = resolve(connection, provider, parts[seq]).columns()
        if hash_ != before:
            connection.execute(
                "UPDATE attachments SET filename = ?, mime_type = ?, size_bytes = ?, object_id = ?,"
                " status = ?, hash = ? WHERE id = ?",
                (*columns, hash_, row_id),
            )
            changed.add(conversation)
    mark_dirty(connection, changed)
