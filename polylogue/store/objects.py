"""Tier 1: byte strings (objects) as lists of deduplicated, compressed pieces (chunks).

Nothing here changes or deletes a chunk or a finished object. An object is written in several short
transactions; until `finish_object` gives it its hash it is not part of tier 1, and what a crash left
of it is only a list of chunks: the bytes themselves are found again by their hash.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from polylogue.errors import ArchiveError
from polylogue.store.codec import Encoded, decode

MAX_CHUNK = 8 << 20  # bytes


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk that tier 1 may not have yet: its hash, its size in bytes, and how it is stored."""

    sha256: bytes
    size: int
    encoded: Encoded
    base_id: int | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """What an object that grows has so far: the hash and size of all of it, and what is its tail."""

    sha256: bytes
    size: int
    tail: bytes


@dataclass(frozen=True, slots=True)
class _Stored:
    """A chunk's row."""

    chunk_id: int
    sha256: bytes
    size: int
    codec: str
    base_id: int | None
    data: bytes


def find_chunk(connection: sqlite3.Connection, sha256: bytes) -> int | None:
    """Return the id of the chunk with this hash, None when tier 1 has no such bytes."""
    row = connection.execute("SELECT id FROM chunks WHERE sha256 = ?", (sha256,)).fetchone()
    return row[0] if row else None


def add_chunk(connection: sqlite3.Connection, chunk: NewChunk) -> int:
    """Store the chunk unless its bytes are there, and return its id."""
    known = find_chunk(connection, chunk.sha256)
    if known is not None:
        return known
    base_id = chunk.base_id if chunk.encoded.codec == "delta" else None
    return _inserted(
        connection.execute(
            "INSERT INTO chunks (sha256, size, codec, base_id, data) VALUES (?, ?, ?, ?, ?)",
            (chunk.sha256, chunk.size, chunk.encoded.codec, base_id, chunk.encoded.data),
        )
    )


def add_chunks(connection: sqlite3.Connection, chunks: Sequence[NewChunk | int]) -> list[int]:
    """Store the chunks that are not known by an id yet, and return the ids of all."""
    return [chunk if isinstance(chunk, int) else add_chunk(connection, chunk) for chunk in chunks]


def read_chunk(connection: sqlite3.Connection, chunk_id: int) -> bytes:
    """Return the chunk's bytes. Raises ArchiveError when they are not what was stored."""
    stored = _stored(connection, chunk_id)
    if stored.base_id is None:
        return _decoded(stored, None)
    base = _stored(connection, stored.base_id)
    if base.base_id is not None:
        raise _damaged(chunk_id)
    return _decoded(stored, _decoded(base, None))


def grow_object(
    connection: sqlite3.Connection,
    object_id: int | None,
    seq: int,
    chunks: Sequence[NewChunk | int],
    whole: Whole,
) -> int:
    """Append closed chunks, the first as number `seq`, to an object that grows, and give it a new tail.

    Without an id it begins to grow. Returns its id.
    """
    if object_id is None:
        object_id = begin_object(connection)
    append_chunks(connection, object_id, seq, add_chunks(connection, chunks))
    connection.execute(
        "UPDATE objects SET sha256 = ?, size = ?, tail = ? WHERE id = ?",
        (whole.sha256, whole.size, whole.tail, object_id),
    )
    return object_id


def find_object(connection: sqlite3.Connection, sha256: bytes) -> int | None:
    """Return the id of the object with this hash, None when there is none that stays as it is."""
    row = connection.execute(
        "SELECT id FROM objects WHERE sha256 = ? AND tail IS NULL", (sha256,)
    ).fetchone()
    return row[0] if row else None


def begin_object(connection: sqlite3.Connection) -> int:
    """Return the id of a new, unfinished object."""
    return _inserted(connection.execute("INSERT INTO objects (sha256, size) VALUES (NULL, NULL)"))


def append_chunks(
    connection: sqlite3.Connection, object_id: int, seq: int, chunk_ids: Sequence[int]
) -> None:
    """Add chunks to an unfinished object; the first becomes number `seq`."""
    connection.executemany(
        "INSERT INTO object_chunks (object_id, seq, chunk_id) VALUES (?, ?, ?)",
        [(object_id, seq + place, chunk_id) for place, chunk_id in enumerate(chunk_ids)],
    )


def finish_object(connection: sqlite3.Connection, object_id: int, sha256: bytes, size: int) -> int:
    """Give the object its hash and size in bytes, and return the id under which tier 1 has it.

    When the same bytes are an object already, that one stays and this list of chunks is dropped.
    """
    known = find_object(connection, sha256)
    if known is None:
        connection.execute(
            "UPDATE objects SET sha256 = ?, size = ? WHERE id = ?", (sha256, size, object_id)
        )
        return object_id
    connection.execute(
        "UPDATE conversation_sources SET object_id = ? WHERE object_id = ?", (known, object_id)
    )
    connection.execute("DELETE FROM object_chunks WHERE object_id = ?", (object_id,))
    connection.execute("DELETE FROM objects WHERE id = ?", (object_id,))
    return known


def keep_object(
    connection: sqlite3.Connection, sha256: bytes, size: int, chunks: Sequence[NewChunk | int]
) -> int:
    """Store a whole byte string unless it is there, and return the id of its object."""
    known = find_object(connection, sha256)
    if known is not None:
        return known
    object_id = begin_object(connection)
    append_chunks(connection, object_id, 0, add_chunks(connection, chunks))
    return finish_object(connection, object_id, sha256, size)


def read_whole(connection: sqlite3.Connection, object_id: int) -> Whole:
    """Return what an object that grows has so far."""
    row = connection.execute(
        "SELECT sha256, size, tail FROM objects WHERE id = ?", (object_id,)
    ).fetchone()
    return Whole(*row)


def object_bytes(
    connection: sqlite3.Connection, object_id: int, *, first: int = 0, count: int | None = None
) -> Iterator[bytes]:
    """Yield the object's bytes, chunk by chunk; only `count` chunks from number `first`, if given.

    Of an object that grows, what it has at the first step. Raises ArchiveError when a chunk is
    damaged.
    """
    last = -1 if count is None else first + count - 1
    rows = connection.execute(
        "SELECT seq, chunk_id, NULL FROM object_chunks"
        " WHERE object_id = ?1 AND seq >= ?2 AND (?3 < 0 OR seq <= ?3)"
        " UNION ALL SELECT NULL, NULL, tail FROM objects"
        " WHERE id = ?1 AND ?3 < 0 AND tail <> x'' ORDER BY seq NULLS LAST",
        (object_id, first, last),
    ).fetchall()
    for _, chunk_id, tail in rows:
        yield read_chunk(connection, chunk_id) if tail is None else tail


def _stored(connection: sqlite3.Connection, chunk_id: int) -> _Stored:
    row = connection.execute(
        "SELECT id, sha256, size, codec, base_id, data FROM chunks WHERE id = ?", (chunk_id,)
    ).fetchone()
    if row is None:
        raise _damaged(chunk_id)
    return _Stored(*row)


def _decoded(stored: _Stored, base: bytes | None) -> bytes:
    try:
        plain = decode(stored.codec, stored.data, base)
    except ValueError as error:
        raise _damaged(stored.chunk_id) from error
    if len(plain) != stored.size or hashlib.sha256(plain).digest() != stored.sha256:
        raise _damaged(stored.chunk_id)
    return plain


def _inserted(cursor: sqlite3.Cursor) -> int:
    if cursor.lastrowid is None:
        raise ArchiveError("SQLite gave no id for a new row.")
    return cursor.lastrowid


def _damaged(chunk_id: int) -> ArchiveError:
    return ArchiveError(
        f"Chunk {chunk_id} of the archive is damaged.",
        advice="Restore a backup of the archive; `polylogue verify` says what else is damaged.",
        code="chunk-damaged",
    )
