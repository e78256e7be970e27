"""What arrived: one row for each file or folder, its members, and what could not be read of it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from polylogue.model import Problem

_AGAIN = "('pending', 'failed', 'unrecognized')"


@dataclass(frozen=True, slots=True)
class NewImport:
    """An arrival as it is first written down. Sizes in bytes, times in milliseconds."""

    sha256: bytes
    origin: str
    file_name: str
    source_uri: str
    size: int
    modified_at: int | None
    imported_at: int
    container: Any = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an import ended."""

    status: Literal["ok", "partial", "failed", "unrecognized"]
    error: str
    provider: str | None
    parser_version: int | None
    counts: dict[str, int]
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class Import:
    """An import that was read: what came out of it, and by which parser."""

    import_id: int
    provider: str | None
    status: str
    error: str
    counts: dict[str, int]
    parser_version: int | None


def find_import(connection: sqlite3.Connection, sha256: bytes) -> Import | None:
    """Return the import that read the same bytes, None when none did.

    A file that is followed is none of them: it will have other bytes tomorrow.
    """
    row = connection.execute(
        "SELECT id, provider, parse_status, parse_error, counts, parser_version FROM raw_imports"
        f" WHERE sha256 = ? AND parse_status NOT IN {_AGAIN} AND NOT grows",
        (sha256,),
    ).fetchone()
    if row is None:
        return None
    import_id, provider, status, error, counts, version = row
    known = msgspec.json.decode(counts) if counts else {}
    return Import(import_id, provider, status, error or "", known, version)


def size_known(connection: sqlite3.Connection, size: int) -> bool:
    """Say whether anything of so many bytes was imported: if not, nothing of that size is known."""
    row = connection.execute("SELECT 1 FROM raw_imports WHERE size = ? LIMIT 1", (size,)).fetchone()
    return row is not None


def begin_import(connection: sqlite3.Connection, new: NewImport) -> int:
    """Write down an arrival as pending and return its id.

    An earlier attempt at the same bytes that was interrupted, or found nothing, is taken up again,
    so that no attempt leaves a second row.
    """
    container = None if new.container is None else msgspec.json.encode(new.container).decode()
    row = connection.execute(
        f"SELECT id FROM raw_imports WHERE sha256 = ? AND parse_status IN {_AGAIN} AND NOT grows",
        (new.sha256,),
    ).fetchone()
    if row:
        for table in ("raw_members", "problems"):
            connection.execute(f"DELETE FROM {table} WHERE import_id = ?", row)
        connection.execute(
            "UPDATE raw_imports SET parse_status = 'pending', parse_error = NULL, container = ?"
            " WHERE id = ?",
            (container, row[0]),
        )
        return int(row[0])
    return _insert_import(connection, new, container)


def begin_growing(connection: sqlite3.Connection, new: NewImport) -> int:
    """Write down a file that is followed from now on and return its import's id."""
    import_id = _insert_import(connection, new, None)
    connection.execute("UPDATE raw_imports SET grows = 1 WHERE id = ?", (import_id,))
    return import_id


def _insert_import(connection: sqlite3.Connection, new: NewImport, container: str | None) -> int:
    row = connection.execute(
        "INSERT INTO raw_imports (sha256, origin, file_name, source_uri, size, modified_at,"
        " imported_at, container) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            new.sha256,
            new.origin,
            new.file_name,
            new.source_uri,
            new.size,
            new.modified_at,
            new.imported_at,
            container,
        ),
    ).fetchone()
    return int(row[0])


def add_member(
    connection: sqlite3.Connection,
    import_id: int,
    name: str,
    object_id: int,
    modified_at: int | None,
) -> None:
    """Say that the import has a member of this name, whose bytes are the object."""
    connection.execute(
        "INSERT INTO raw_members (import_id, seq, name, object_id, modified_at) SELECT ?1,"
        " coalesce(max(seq) + 1, 0), ?2, ?3, ?4 FROM raw_members WHERE import_id = ?1",
        (import_id, name, object_id, modified_at),
    )


def counts_of(connection: sqlite3.Connection, import_id: int) -> dict[str, int]:
    """Return what an import has come to so far."""
    (counts,) = connection.execute(
        "SELECT counts FROM raw_imports WHERE id = ?", (import_id,)
    ).fetchone()
    return msgspec.json.decode(counts, type=dict[str, int]) if counts else {}


def grow_import(
    connection: sqlite3.Connection, import_id: int, new: NewImport, outcome: Outcome
) -> int:
    """Write down what a followed file is like by now, and what it has come to.

    A problem that was found before, in lines that were read again, stays one problem. Returns how
    many are new.
    """
    news = connection.executemany(
        "INSERT INTO problems SELECT ?1, coalesce(max(seq) + 1, 0), ?2, ?3, ?4 FROM problems"
        " WHERE import_id = ?1 HAVING NOT EXISTS (SELECT 1 FROM problems"
        "  WHERE import_id = ?1 AND (code, place, text) = (?2, ?3, ?4))",
        [(import_id, found.code, found.where, found.text) for found in outcome.problems],
    ).rowcount
    error = connection.execute(
        "SELECT text FROM problems WHERE import_id = ? ORDER BY seq LIMIT 1", (import_id,)
    ).fetchone()
    connection.execute(
        "UPDATE raw_imports SET sha256 = ?, size = ?, modified_at = ?, parse_status = ?,"
        " parse_error = ?, provider = ?, parser = ?, parser_version = ?, counts = ? WHERE id = ?",
        (
            new.sha256,
            new.size,
            new.modified_at,
            "partial" if error else "ok",
            error and error[0],
            outcome.provider,
            outcome.provider,
            outcome.parser_version,
            msgspec.json.encode(outcome.counts).decode(),
            import_id,
        ),
    )
    return max(news, 0)


def finish_import(connection: sqlite3.Connection, import_id: int, outcome: Outcome) -> None:
    """Write down how the import ended."""
    connection.execute(
        "UPDATE raw_imports SET parse_status = ?, parse_error = ?, provider = ?, parser = ?,"
        " parser_version = ?, counts = ? WHERE id = ?",
        (
            outcome.status,
            outcome.error or None,
            outcome.provider,
            outcome.provider,
            outcome.parser_version,
            msgspec.json.encode(outcome.counts).decode(),
            import_id,
        ),
    )
    connection.executemany(
        "INSERT INTO problems VALUES (?, ?, ?, ?, ?)",
        [
            (import_id, seq, problem.code, problem.where, problem.text)
            for seq, problem in enumerate(outcome.problems)
        ],
    )
