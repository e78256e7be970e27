"""Is everything still what was put into the archive? Read, decode, hash and compare; change nothing.

    structure    SQLite's own checks: pages, indexes, constraints, references
    bytes        every chunk decodes to its hash, every object's chunks add up to the object
    rows         every message, attachment and conversation has the hash of what it says; conversations
                 are the fold of their documents' heads, messages stand where the tree puts them
    relations    documents are where their rows say, members have their bytes, nothing was left half
                 done, the full-text index has every message and no other

SQLite has no checksums of its own: of single flipped bits its checks see one in sixty, and the hashes
see all in the columns that they cover. What is not covered: names and times of imports and members,
what a document's head said that a newer one says otherwise, and references to a wrong row that
exists. Of the full-text index only the row numbers are compared,
since its own check needs a writer; it can be made again at any time.

Everything is read in short reads (`walk`), so that writers go on and damage stops nothing.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from polylogue.errors import ArchiveError
from polylogue.store.assets import attachment_hash
from polylogue.store.heads import folded, head_columns, head_hash
from polylogue.store.messages import known_messages, message_hash
from polylogue.store.objects import read_chunk
from polylogue.store.tree import arrange
from polylogue.store.walk import RESTORE, Finding, Progress, Walk

__all__ = ["Finding", "Progress", "verify"]

_REPARSE = "The bytes that they came from are whole: restore a backup, or import the exports into a new archive."


def verify(connection: sqlite3.Connection, *, progress: Progress) -> list[Finding]:
    """Check all of the archive and return what is wrong; nothing when all is well.

    `connection` is one of `open_readonly`, outside of any transaction. Takes about as long as
    decoding and hashing every object (some 500 MB a second). Raises nothing on damage.
    """
    walk = Walk(connection, progress)
    for check in _CHECKS:
        try:
            check(walk)
        except sqlite3.DatabaseError as error:
            name = check.__name__.strip("_")
            text = f"The check of {name} came to no end: {error}."
            walk.found("check-failed", text, RESTORE)
    progress(walk.done, walk.done)
    return walk.findings


# --- Structure -----------------------------------------------------------------------------------


def _pages(walk: Walk) -> None:
    for (verdict,) in walk.connection.execute("PRAGMA integrity_check"):
        if verdict != "ok":
            walk.found("structure-damaged", f"SQLite finds damage: {verdict}.", RESTORE)


def _references(walk: Walk) -> None:
    dangling = Counter(
        (table, parent)
        for table, _, parent, _ in walk.connection.execute("PRAGMA foreign_key_check")
    )
    for (table, parent), count in dangling.items():
        text = f"{count:,} rows of {table} refer to {parent} that are not there."
        walk.found("reference-lost", text, RESTORE)


def _size(walk: Walk) -> None:
    """Count what there is to read."""
    walk.total = sum(
        walk.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("object_chunks", "messages", "attachments", "conversations")
    )


# --- Bytes ---------------------------------------------------------------------------------------


def _objects(walk: Walk) -> None:
    query = "SELECT id FROM objects WHERE sha256 IS NOT NULL"
    for (object_id,) in walk.rows("objects", query):
        if not _adds_up(walk, object_id):
            text = f"The bytes of {_name(walk, object_id)} are damaged."
            walk.found("object-damaged", text, RESTORE)


def _adds_up(walk: Walk, object_id: int) -> bool:
    with _one_moment(walk.connection):  # it may be one that grows
        sha256, size, tail = walk.connection.execute(
            "SELECT sha256, size, tail FROM objects WHERE id = ?", (object_id,)
        ).fetchone()
        rows = walk.connection.execute(
            "SELECT seq, chunk_id FROM object_chunks WHERE object_id = ? ORDER BY seq", (object_id,)
        ).fetchall()
    digest, length, whole = hashlib.sha256(), 0, True
    for place, (seq, chunk_id) in enumerate(rows):
        data = _chunk(walk, chunk_id)
        whole &= seq == place and data is not None
        digest.update(data or b"")
        length += len(data or b"")
        walk.step()
    digest.update(tail or b"")
    length += len(tail or b"")
    return whole and length == size and digest.digest() == sha256


@contextmanager
def _one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """See all that is read in the block as it is at one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")  # a COMMIT fails after damaged pages


def _chunk(walk: Walk, chunk_id: int) -> bytes | None:
    """Return the chunk's bytes, None when it is damaged; it is reported the first time."""
    if walk.chunks.get(chunk_id) is False:
        return None
    try:
        data = read_chunk(walk.connection, chunk_id)
    except (ArchiveError, sqlite3.DatabaseError):
        walk.chunks[chunk_id] = False
        walk.found("chunk-damaged", f"Chunk {chunk_id} of tier 1 is damaged.", RESTORE)
        return None
    walk.chunks[chunk_id] = True
    return data


def _name(walk: Walk, object_id: int) -> str:
    row = walk.connection.execute(
        "SELECT m.name, i.file_name FROM raw_members m JOIN raw_imports i ON i.id = m.import_id"
        " WHERE m.object_id = ? ORDER BY i.id LIMIT 1",
        (object_id,),
    ).fetchone()
    return f"{row[0]} from {row[1]} (object {object_id})" if row else f"object {object_id}"


def _loose_chunks(walk: Walk) -> None:
    """Read the chunks that no finished object has: what interrupted imports left."""
    for (chunk_id,) in walk.rows("chunks", "SELECT id FROM chunks WHERE TRUE"):
        if chunk_id not in walk.chunks:
            _chunk(walk, chunk_id)
            walk.step()


# --- Rows ----------------------------------------------------------------------------------------


def _messages(walk: Walk) -> None:
    query = (
        "SELECT id, hash, message_id, parent_id, role, author, content, content_json, model,"
        " timestamp, hidden, metadata_json FROM messages WHERE TRUE"
    )
    _hashes(walk, "message", query, message_hash)


def _attachments(walk: Walk) -> None:
    query = (
        "SELECT attachments.id, hash, provider, filename, mime_type, size_bytes, extracted_text,"
        " status, provider_ref, sha256"
        " FROM attachments LEFT JOIN objects ON objects.id = attachments.object_id WHERE TRUE"
    )
    _hashes(walk, "attachment", query, attachment_hash)


def _hashes(walk: Walk, kind: str, query: str, hashed: Callable[..., bytes]) -> None:
    """Compare each row's id and hash, the first columns of `query`, with the hash of the others."""
    for row_id, hash_, *columns in walk.rows(f"{kind}s", query):
        if hashed(*columns) != hash_:
            text = f"{kind.capitalize()} {row_id} is not what was read."
            walk.found(f"{kind}-damaged", text, _REPARSE)
        walk.step()


def _conversations(walk: Walk) -> None:
    query = (
        "SELECT id, hash, updated_at, provider, conversation_id, kind, slug, title, created_at,"
        " account, project, model, url, current_id, parent_id, relation, metadata_json"
        " FROM conversations WHERE TRUE"
    )
    for row_id, *_ in walk.rows("conversations", query):
        with _one_moment(walk.connection):
            row = walk.connection.execute(f"{query} AND id = ?", (row_id,)).fetchone()
            for wrong in _conversation_faults(walk.connection, row):
                walk.found("conversation-damaged", f"Conversation {row_id} {wrong}.", _REPARSE)
        walk.step()


def _conversation_faults(connection: sqlite3.Connection, row: tuple[Any, ...]) -> Iterator[str]:
    row_id, hash_, updated_at, provider, conversation_id, *said = row
    if head_hash(provider, conversation_id, said) != hash_:
        yield "is not what was read"
    try:
        head = folded(connection, row_id)
        if (*head_columns(head), head.updated_at) != (*said, updated_at):
            yield "is not what its documents say"
        known = known_messages(connection, row_id)
        places = arrange({name: item.node for name, item in known.items()}, head.current_id)
        if any(places[name] != item.place for name, item in known.items()):
            yield "has messages in the wrong place"
    except (msgspec.MsgspecError, sqlite3.DatabaseError):
        yield "has documents or messages that cannot be read"


# --- Relations -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Nothing:
    """A query that finds nothing in a sound archive; `text` is said of each row that it finds."""

    code: str
    query: str
    text: str
    advice: str


_RELATIONS = (
    _Nothing(
        "document-lost",
        "SELECT s.id, s.conversation_id FROM conversation_sources s WHERE s.chunk_count < 1 OR s.chunk_count <> ("
        "  SELECT count(*) FROM object_chunks o WHERE o.object_id = s.object_id"
        "  AND o.seq BETWEEN s.first_seq AND s.first_seq + s.chunk_count - 1)"
        " OR s.chunk_count = 1 AND s.sha256 IS NOT ("
        "  SELECT k.sha256 FROM object_chunks o JOIN chunks k ON k.id = o.chunk_id"
        "  WHERE o.object_id = s.object_id AND o.seq = s.first_seq)",
        "Document {0} of conversation {1} is not where it should be.",
        _REPARSE,
    ),
    _Nothing(
        "conversation-untold",
        "SELECT id FROM conversations c WHERE shown <> EXISTS ("
        "  SELECT 1 FROM conversation_sources s WHERE s.conversation_id = c.id AND NOT s.about)",
        "Conversation {0} is shown and no document tells it, or the other way round.",
        _REPARSE,
    ),
    _Nothing(
        "message-astray",
        "SELECT m.id FROM messages m JOIN conversation_sources s ON s.id = m.source_id"
        " WHERE s.conversation_id <> m.conversation_id",
        "Message {0} is in another conversation than its document.",
        _REPARSE,
    ),
    _Nothing(
        "member-lost",
        "SELECT m.name, i.file_name FROM raw_members m JOIN raw_imports i ON i.id = m.import_id"
        " LEFT JOIN objects o ON o.id = m.object_id WHERE o.sha256 IS NULL",
        "The bytes of {0} from {1} are not whole.",
        "Import {1} again.",
    ),
    _Nothing(
        "import-pending",
        "SELECT id, file_name FROM raw_imports WHERE parse_status = 'pending'",
        "Import {0}, {1}, was not read to its end.",
        "If it is not being read right now, import {1} again: it goes on where it stopped.",
    ),
    _Nothing(
        "index-incomplete",
        "SELECT count(*) AS lost FROM messages m LEFT JOIN messages_fts_docsize d ON d.id = m.id"
        " WHERE d.id IS NULL HAVING lost > 0",
        "{0:,} messages are not in the search index.",
        _REPARSE,
    ),
    _Nothing(
        "index-outdated",
        "SELECT count(*) AS more FROM messages_fts_docsize d LEFT JOIN messages m ON m.id = d.id"
        " WHERE m.id IS NULL HAVING more > 0",
        "{0:,} entries of the search index belong to no message.",
        _REPARSE,
    ),
)


def _relations(walk: Walk) -> None:
    for wanted in _RELATIONS:
        for row in walk.connection.execute(wanted.query).fetchall():
            walk.found(wanted.code, wanted.text.format(*row), wanted.advice.format(*row))


_CHECKS: tuple[Callable[[Walk], None], ...] = (
    _pages,
    _references,
    _size,
    _objects,
    _loose_chunks,
    _messages,
    _attachments,
    _conversations,
    _relations,
)
