"""What was parsed from some bytes → rows, in the transaction that keeps the bytes.

A table of what each record does. The bytes that stood inside a document are compressed before the
transaction begins, as the document's own are.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from polylogue.ingest.chunks import chunks_of
from polylogue.model import (
    About,
    AssetName,
    Blob,
    Carry,
    Conversation,
    Feedback,
    Parsed,
    Problem,
)
from polylogue.parsers.magic import sniff_type
from polylogue.store.archive import Connection
from polylogue.store.assets import add_asset, add_asset_name
from polylogue.store.documents import SourceRef
from polylogue.store.feedback import add_feedback
from polylogue.store.merge import Change, merge, merge_about
from polylogue.store.objects import NewChunk, find_object, keep_object

_HEAD = 4096  # bytes, enough to tell what a file is


@dataclass(frozen=True, slots=True)
class _Bytes:
    """A blob that is ready to be written."""

    blob: Blob
    sha256: bytes
    chunks: Sequence[NewChunk | int]


Ready: TypeAlias = Parsed | _Bytes


@dataclass(slots=True)
class Written:
    """What a document's records came to: conversations by id, other facts, and problems."""

    changes: list[tuple[str, Change]] = field(default_factory=list)
    facts: int = 0
    problems: list[Problem] = field(default_factory=list)


def ready(connection: Connection, records: Iterable[Parsed]) -> list[Ready]:
    """Return the records as they can be written in a short time. Only reads the archive."""
    return [
        _bytes_of(connection, record) if isinstance(record, Blob) else record for record in records
    ]


def _bytes_of(connection: Connection, blob: Blob) -> _Bytes:
    sha256 = hashlib.sha256(blob.data).digest()
    known = find_object(connection, sha256) is not None
    return _Bytes(blob, sha256, () if known else chunks_of(connection, blob.data, sha256))


def write(
    connection: Connection,
    provider: str,
    records: Iterable[Ready],
    source: SourceRef,
    import_id: int,
) -> Written:
    """Write a document's records; what is there already changes nothing."""
    written = Written()
    for record in records:
        match record:
            case Conversation(conversation_id=name):
                written.changes.append((name, merge(connection, record, source, import_id)))
            case Problem():
                written.problems.append(record)
            case Carry():
                pass
            case _:
                _write_fact(connection, provider, record, source)
                written.facts += 1
    return written


def _write_fact(
    connection: Connection,
    provider: str,
    record: About | AssetName | Feedback | Blob | _Bytes,
    source: SourceRef,
) -> None:
    match record:
        case About():
            merge_about(connection, provider, record, source)
        case AssetName():
            add_asset_name(connection, provider, record)
        case Feedback():
            add_feedback(connection, provider, record)
        case _Bytes():
            _write_bytes(connection, provider, record)
        case Blob():
            raise AssertionError(record.ref)  # `ready` makes them bytes


def _write_bytes(connection: Connection, provider: str, found: _Bytes) -> None:
    blob = found.blob
    object_id = keep_object(connection, found.sha256, len(blob.data), found.chunks)
    kind = sniff_type(blob.data[:_HEAD])
    add_asset(connection, provider, blob.ref, object_id, kind[0] if kind else "")
    if blob.name or blob.mime_type:
        named = AssetName(ref=blob.ref, name=blob.name, mime_type=blob.mime_type)
        add_asset_name(connection, provider, named)
