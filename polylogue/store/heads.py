"""A conversation's own row: the fold of what all its documents say of it.

Heads are folded oldest first by (updated_at, line, their text): the newest version that says
something wins, field by field, but for the title, where trust goes before age. So the order of
imports does not matter.
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import structs

from polylogue.model import Head
from polylogue.store.slugs import slug

_encode = msgspec.json.Encoder(order="deterministic").encode
decode_head = msgspec.json.Decoder(Head).decode


def encode_head(head: Head) -> str:
    """Return the head as its document's row holds it."""
    return _encode(head).decode()


def folded(connection: sqlite3.Connection, row_id: int) -> Head:
    """Return what all documents of the conversation with this row id say together."""
    rows = connection.execute(
        "SELECT head_json FROM conversation_sources WHERE conversation_id = ?", (row_id,)
    ).fetchall()
    heads = sorted(
        ((decode_head(text), text) for (text,) in rows),
        key=lambda item: (item[0].updated_at or 0, item[0].line, item[1]),
    )
    return fold([head for head, _ in heads])


def fold(heads: Sequence[Head]) -> Head:
    """Return what several versions of a conversation say together, given from oldest to newest."""
    latest: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for head in heads:
        said = {name: getattr(head, name) for name in _FIELDS}
        latest |= {name: value for name, value in said.items() if value not in _SILENT}
        metadata |= head.metadata
        if head.title and head.title_trust >= latest.get("title_trust", head.title_trust):
            latest |= {"title": head.title, "title_trust": head.title_trust}
    created = [head.created_at for head in heads if head.created_at is not None]
    return Head(**latest | {"metadata": metadata, "created_at": min(created, default=None)})


_FIELDS = [
    name
    for name in Head.__struct_fields__
    if name not in ("title", "title_trust", "created_at", "metadata")
]
_SILENT = (None, "", "chat")  # a side file that gives a project its title knows nothing of kinds


def head_columns(head: Head) -> tuple[Any, ...]:
    """Return the columns of a conversation's row.

    They are kind, slug, title, created_at, account, project, model, url, current_id, parent_id,
    relation and metadata_json, in this order.
    """
    return (
        head.kind,
        slug(head.title),
        head.title,
        head.created_at,
        head.account,
        head.project,
        head.model,
        head.url,
        head.current_id,
        head.parent_id,
        head.relation,
        _encode(head.metadata).decode(),
    )


def head_hash(provider: str, conversation_id: str, columns: Sequence[Any]) -> bytes:
    """Return the hash of a conversation's row, given its ids and its `head_columns`."""
    return hashlib.sha256(_encode((provider, conversation_id, *columns))).digest()


def write_head(connection: sqlite3.Connection, row_id: int, head: Head) -> bool:
    """Write the conversation's fields; return whether they changed.

    `updated_at` is not in the hash, and a change only where no message has a time, so that it is shown
    instead: vendors touch it at will. Nor is the current message in it: where another one makes a
    difference, messages are moved.
    """
    provider, conversation_id, current_id, updated_at, before = connection.execute(
        "SELECT provider, conversation_id, current_id, updated_at, hash FROM conversations"
        " WHERE id = ?",
        (row_id,),
    ).fetchone()
    columns = head_columns(head)
    hash_ = head_hash(provider, conversation_id, columns)
    connection.execute(
        "UPDATE conversations SET kind = ?, slug = ?, title = ?, created_at = ?, account = ?,"
        " project = ?, model = ?, url = ?, current_id = ?, parent_id = ?, relation = ?,"
        " metadata_json = ?, hash = ?, updated_at = ? WHERE id = ?",
        (*columns, hash_, head.updated_at, row_id),
    )
    if hash_ != before and head.current_id != current_id:
        columns = head_columns(structs.replace(head, current_id=current_id))
        hash_ = head_hash(provider, conversation_id, columns)
    touched = head.updated_at != updated_at and not _has_times(connection, row_id)
    return bool(hash_ != before) or touched


def _has_times(connection: sqlite3.Connection, row_id: int) -> bool:
    """Whether a message has a time. A few are asked; where others have one, a note is rendered in vain."""
    query = "SELECT timestamp FROM messages WHERE conversation_id = ? LIMIT 16"
    return any(time is not None for (time,) in connection.execute(query, (row_id,)))
