"""The files of session folders that are followed: how far each was read, and who goes on reading it.

A row commits together with the bytes and rows that it speaks of, so after a crash reading goes on at
just that place. Those without an object are no sessions; they are imported again when they change, or
when there are other parsers: `version` is then the edition of those that did not know them.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from polylogue.model import UnknownKind

_decode_unknowns = msgspec.json.Decoder(tuple[UnknownKind, ...]).decode


@dataclass(frozen=True, slots=True)
class Place:
    """How far a session was read: its object and import, who reads it, and what the reader carries.

    `seq` chunks are closed, the first line behind them has the number `line`, and of the tail behind
    them `unknowns` are in the ledger.
    """

    object_id: int
    import_id: int
    provider: str
    version: int
    session: str
    seq: int
    line: int
    state: bytes
    unknowns: tuple[UnknownKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Followed:
    """A file as it was when it was last read; `size` is how much of it was read.

    A session has a `place`; what is none was imported whole, as `arrival`, with parsers of `edition`.
    """

    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    gone: bool = False
    place: Place | None = None
    arrival: int | None = None
    edition: int | None = None


_COLUMNS = (
    "path, device, inode, size, mtime_ns, gone, object_id, import_id, provider, version, session, seq,"
    " line, state, unknowns"
)


def _columns(followed: Followed) -> tuple[Any, ...]:
    place = followed.place
    if place is None:
        return (None, followed.arrival, None, followed.edition, None, 0, 1, None, "[]")
    return (
        place.object_id,
        place.import_id,
        place.provider,
        place.version,
        place.session,
        place.seq,
        place.line,
        place.state,
        msgspec.json.encode(place.unknowns).decode(),
    )


def _followed(row: tuple[Any, ...] | None) -> Followed | None:
    if row is None:
        return None
    path, device, inode, size, mtime_ns, gone, object_id, import_id, *placed = row
    provider, version, session, seq, line, state, unknowns = placed
    seen = Followed(path, device, inode, size, mtime_ns, bool(gone))
    if object_id is None:
        return replace(seen, arrival=import_id, edition=version)
    told = _decode_unknowns(unknowns)
    place = Place(object_id, import_id, provider, version, session, seq, line, state, told)
    return replace(seen, place=place)


def find_followed(connection: sqlite3.Connection, path: str) -> Followed | None:
    """Return what is known of the file at this path."""
    query = f"SELECT {_COLUMNS} FROM session_files WHERE path = ?"
    return _followed(connection.execute(query, (path,)).fetchone())


def find_inode(connection: sqlite3.Connection, device: int, inode: int) -> list[Followed]:
    """Return the sessions that were last seen as this file, under whatever path."""
    query = (
        f"SELECT {_COLUMNS} FROM session_files"
        " WHERE inode = ? AND device = ? AND object_id IS NOT NULL"
    )
    rows = connection.execute(query, (inode, device)).fetchall()
    return [found for found in map(_followed, rows) if found is not None]


def write_followed(connection: sqlite3.Connection, followed: Followed, *, was: str = "") -> None:
    """Write down how far a file was read, and that it is there; `was` is the path that it had."""
    if was and was != followed.path:
        connection.execute("DELETE FROM session_files WHERE path = ?", (was,))
    connection.execute(
        f"INSERT INTO session_files ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (path) DO UPDATE SET device = excluded.device, inode = excluded.inode,"
        " size = excluded.size, mtime_ns = excluded.mtime_ns, gone = excluded.gone,"
        " object_id = excluded.object_id, import_id = excluded.import_id,"
        " provider = excluded.provider, version = excluded.version, session = excluded.session,"
        " seq = excluded.seq, line = excluded.line, state = excluded.state,"
        " unknowns = excluded.unknowns",
        (
            followed.path,
            followed.device,
            followed.inode,
            followed.size,
            followed.mtime_ns,
            followed.gone,
            *_columns(followed),
        ),
    )


def followed_stamps(
    connection: sqlite3.Connection, edition: int
) -> dict[str, tuple[int, int, int] | None]:
    """Return inode, size and mtime of every file that was there when it was last looked for.

    None: it is no session to parsers of another edition than this one, and must be read again.
    """
    rows = connection.execute(
        "SELECT path, inode, size, mtime_ns, object_id IS NOT NULL OR version IS ?"
        " FROM session_files WHERE NOT gone",
        (edition,),
    )
    return {path: (inode, size, time) if seen else None for path, inode, size, time, seen in rows}


def imported_at(connection: sqlite3.Connection, import_id: int) -> int:
    """Return when a file was imported, in ms."""
    query = "SELECT imported_at FROM raw_imports WHERE id = ?"
    return int(connection.execute(query, (import_id,)).fetchone()[0])


def devices(connection: sqlite3.Connection, paths: Iterable[str]) -> set[int]:
    """Return the disks that these files were on."""
    query = "SELECT device FROM session_files WHERE path = ?"
    rows = (connection.execute(query, (path,)).fetchone() for path in paths)
    return {row[0] for row in rows if row}


def kept_only_here(connection: sqlite3.Connection) -> dict[int, str]:
    """Return the row ids of conversations whose files are gone, each with the path of one.

    A file that was packed where it lay is not gone, nor is a conversation that another file tells.
    """
    if connection.execute("SELECT 1 FROM session_files WHERE gone LIMIT 1").fetchone() is None:
        return {}
    there = {
        path for (path,) in connection.execute("SELECT path FROM session_files WHERE NOT gone")
    }
    told: dict[int, str] = {}
    alive: set[int] = set()
    for path, conversation in connection.execute(
        "SELECT f.path, s.conversation_id FROM conversation_sources s"
        " JOIN raw_members m ON m.object_id = s.object_id"
        " JOIN session_files f ON f.import_id = m.import_id"
        " JOIN conversations c ON c.id = s.conversation_id AND c.shown WHERE NOT s.about"
    ):
        if path in there or f"{path}.zst" in there:
            alive.add(conversation)
        told[conversation] = path
    return {conversation: path for conversation, path in told.items() if conversation not in alive}


def mark_gone(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    """Write down that these files are not on the disk any more; what they said stays."""
    connection.executemany(
        "UPDATE session_files SET gone = 1 WHERE path = ?", [(p,) for p in paths]
    )
