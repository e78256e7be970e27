"""A conversation's own row: the fold of what all its documents say of it.

Heads are folded oldest first by (updated_at, hash of the document): the newest version that says
something wins, field by field, so the order of imports does not matter.
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from polylogue.model import Head
from polylogue.store.slugs import slug

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Head).decode


def encode_head(head: Head) -> str:
    """Return the head as its document's row holds it."""
    return _encode(head).decode()


def folded(connection: sqlite3.Connection, row_id: int) -> Head:
    """Return what all documents of the conversation with this row id say together."""
    rows = connection.execute(
        "SELECT head_json, sha256 FROM conversation_sources WHERE conversation_id = ?", (row_id,)
    ).fetchall()
    heads = sorted(
        ((_decode(text), sha256) for text, sha256 in rows),
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


def head_columns(head: Head) -> tuple[Any, ...]:
    """Return slug, title, created_at, account, project, model, url, current_id, metadata_json."""
    return (
        slug(head.title),
        head.title,
        head.created_at,
        head.account,
        head.project,
        head.model,
        head.url,
        head.current_id,
        _encode(head.metadata).decode(),
    )


def head_hash(provider: str, conversation_id: str, columns: Sequence[Any]) -> bytes:
    """Return the hash of a conversation's row, given its ids and its `head_columns`."""
    return hashlib.sha256(_encode((provider, conversation_id, *columns))).digest()


def write_head(connection: sqlite3.Connection, row_id: int, head: Head) -> bool:
    """Write the conversation's fields; return whether they changed.

    `updated_at` alone is no change, and not in the hash: vendors touch it at will.
    """
    provider, conversation_id, before = connection.execute(
        "SELECT provider, conversation_id, hash FROM conversations WHERE id = ?", (row_id,)
    ).fetchone()
    columns = head_columns(head)
    hash_ = head_hash(provider, conversation_id, columns)
    connection.execute(
        "UPDATE conversations SET slug = ?, title = ?, created_at = ?, account = ?, project = ?,"
        " model = ?, url = ?, current_id = ?, metadata_json = ?, hash = ?, updated_at = ? WHERE id = ?",
        (*columns, hash_, head.updated_at, row_id),
    )
    return bool(hash_ != before)
