"""Bytes → the chunks by which tier 1 keeps them: known ones by their id, new ones compressed.

Only reads the archive, so that the heavy work is done before a transaction begins.
"""

import hashlib
from contextlib import suppress

from polylogue.errors import ArchiveError
from polylogue.store.archive import Connection
from polylogue.store.codec import encode, encode_delta
from polylogue.store.objects import MAX_CHUNK, NewChunk, find_chunk, read_chunk


def chunks_of(
    connection: Connection, data: bytes, sha256: bytes, base_id: int | None = None
) -> list[NewChunk | int]:
    """Return the chunks of `data`, whose hash is `sha256`: one, unless it is too large for one.

    It is kept as a delta against the chunk `base_id` where that pays.
    """
    if len(data) <= MAX_CHUNK:
        return [_chunk(connection, data, sha256, base_id)]
    parts = (data[start : start + MAX_CHUNK] for start in range(0, len(data), MAX_CHUNK))
    return [_chunk(connection, part, hashlib.sha256(part).digest(), None) for part in parts]


def _chunk(
    connection: Connection, data: bytes, sha256: bytes, base_id: int | None
) -> NewChunk | int:
    known = find_chunk(connection, sha256)
    if known is not None:
        return known
    encoded = encode(data)
    if base_id is not None:
        with suppress(ArchiveError):  # a damaged base must not cost the new bytes
            encoded = encode_delta(data, read_chunk(connection, base_id), encoded)
    return NewChunk(sha256, len(data), encoded, base_id)
