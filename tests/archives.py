"""Archives for tests: an empty one in memory, bytes and records put into it, and what it then holds."""

import hashlib
import random
import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from polylogue.model import Conversation
from polylogue.store import migrations
from polylogue.store.assets import add_asset
from polylogue.store.codec import encode, encode_delta
from polylogue.store.documents import SourceRef
from polylogue.store.imports import NewImport, Outcome, add_member, begin_import, finish_import
from polylogue.store.merge import Change, merge
from polylogue.store.messages import index_messages
from polylogue.store.objects import (
    NewChunk,
    add_chunk,
    append_chunks,
    begin_object,
    finish_object,
)


def sha(data: bytes) -> bytes:
    """Return the hash under which the archive keeps `data`."""
    return hashlib.sha256(data).digest()


def noise(size: int, seed: int = 0) -> bytes:
    """Return bytes that nothing compresses, the same for the same seed."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - reproducible, not secret


def memory() -> sqlite3.Connection:
    """Return an empty archive in memory, with its schema."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    migrations.migrate(connection, Path(":memory:"))
    return connection


def an_import(connection: sqlite3.Connection, name: str = "export.zip") -> int:
    """Write down a finished import of a file with this name and return its id."""
    new = NewImport(sha(name.encode()), "import", name, f"file:///{name}", 1, 1000, 2000)
    import_id = begin_import(connection, new)
    finish_import(connection, import_id, Outcome("ok", "", "chatgpt", 1, {}, ()))
    return import_id


def chunk(data: bytes) -> NewChunk:
    """Return `data` as a whole chunk."""
    return NewChunk(sha(data), len(data), encode(data))


def add_delta(connection: sqlite3.Connection, data: bytes, base: bytes) -> int:
    """Store `data` as a delta against `base`, which is stored whole; return the delta's id."""
    base_id = add_chunk(connection, chunk(base))
    encoded = encode_delta(data, base, encode(data))
    assert encoded.codec == "delta"
    return add_chunk(connection, NewChunk(sha(data), len(data), encoded, base_id))


def keep(connection: sqlite3.Connection, *pieces: bytes) -> int:
    """Store the pieces as one finished object and return its id."""
    object_id = begin_object(connection)
    append_chunks(
        connection, object_id, 0, [add_chunk(connection, chunk(piece)) for piece in pieces]
    )
    data = b"".join(pieces)
    return finish_object(connection, object_id, sha(data), len(data))


def tell(
    connection: sqlite3.Connection, conversation: Conversation, *, import_id: int = 0
) -> Change:
    """Merge a conversation whose document is the record itself, as JSON."""
    document = msgspec.json.encode(conversation)
    import_id = import_id or an_import(connection)
    object_id = keep(connection, document)
    add_member(connection, import_id, "conversations.json", object_id, None)
    source = SourceRef(sha(document), object_id, 0, 1, 1)
    change = merge(connection, conversation, source, import_id)
    index_messages(connection)
    return change


def bring(
    connection: sqlite3.Connection, ref: str, data: bytes, *, provider: str = "chatgpt"
) -> None:
    """Store the bytes of a provider's file and say whose they are."""
    add_asset(connection, provider, ref, keep(connection, data), "image/png")


_TIER_2 = {
    "conversations": (
        "SELECT provider, conversation_id, shown, kind, parent_id, relation, slug, title, created_at, updated_at, account, project,"
        " model, url, current_id, metadata_json, hash FROM conversations"
    ),
    "sources": (
        "SELECT c.conversation_id, s.sha256, s.about, s.chunk_count, s.parser_version, s.head_json"
        " FROM conversation_sources s JOIN conversations c ON c.id = s.conversation_id"
    ),
    "messages": (
        "SELECT c.conversation_id, m.message_id, m.parent_id, m.branch_id, m.position, m.line, m.role,"
        " m.author, m.content, m.content_json, m.model, m.timestamp, m.hidden, m.metadata_json,"
        " m.hash FROM messages m JOIN conversations c ON c.id = m.conversation_id"
    ),
    "attachments": (
        "SELECT c.conversation_id, m.message_id, a.seq, o.sha256, a.filename, a.mime_type,"
        " a.size_bytes, a.extracted_text, a.status, a.provider, a.provider_ref, a.hash"
        " FROM attachments a JOIN messages m ON m.id = a.message_id"
        " JOIN conversations c ON c.id = m.conversation_id LEFT JOIN objects o ON o.id = a.object_id"
    ),
    "assets": (
        "SELECT a.provider, ref, o.sha256, object_type, name, mime_type"
        " FROM assets a LEFT JOIN objects o ON o.id = a.object_id"
    ),
    "feedback": "SELECT * FROM feedback",
    "unknowns": "SELECT provider, path, kind, count FROM unknowns",
    "dirty": (
        "SELECT c.conversation_id FROM dirty d JOIN conversations c ON c.id = d.conversation_id"
    ),
}


def tier_2(connection: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that tier 2 says, without the archive's own numbers."""
    return {
        table: sorted(connection.execute(query).fetchall(), key=repr)
        for table, query in _TIER_2.items()
    }


def index_agrees(connection: sqlite3.Connection) -> bool:
    """Return whether the full-text index holds just what the messages say."""
    try:
        connection.execute(
            "INSERT INTO messages_fts (messages_fts, rank) VALUES ('integrity-check', 1)"
        )
    except sqlite3.DatabaseError:
        return False
    return True


def dirty(connection: sqlite3.Connection) -> set[str]:
    """Return the ids of the conversations that wait to be rendered."""
    return {row[0] for row in tier_2(connection)["dirty"]}


def clean(connection: sqlite3.Connection) -> None:
    """Take away all marks, as if everything was rendered."""
    connection.execute("DELETE FROM dirty")
