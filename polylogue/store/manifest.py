"""The manifest: which files of the vault polylogue wrote, and what they were like.

Rows are values for `vault`, which compares them with the disk. A path is unique by its key, which is
what a file system blind to letter case and Unicode composition would see.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ViewFile:
    """A file of the vault: a note (`conversation`, a row id) or an attachment (`object`).

    `path` is relative to the vault, `sha256` of its bytes, `mtime_ns` and `ino` as the disk had them.
    """

    path_key: str
    path: str
    conversation: int | None
    object: int | None
    sha256: bytes
    size: int
    mtime_ns: int
    ino: int


_COLUMNS = "path_key, path, conversation_id, object_id, sha256, size, mtime_ns, ino"


def note_file(connection: sqlite3.Connection, conversation: int) -> ViewFile | None:
    """Return the note of a conversation, None when it was never written."""
    return _one(connection, "conversation_id = ?", conversation)


def object_file(connection: sqlite3.Connection, sha256: bytes) -> ViewFile | None:
    """Return the file that shows the object with this hash, None when none does."""
    return _one(connection, "object_id = (SELECT id FROM objects WHERE sha256 = ?)", sha256)


def path_taken(connection: sqlite3.Connection, path_key: str) -> bool:
    """Return whether a file of the manifest has this path already."""
    return _one(connection, "path_key = ?", path_key) is not None


def view_files(connection: sqlite3.Connection) -> Iterator[ViewFile]:
    """Yield the whole manifest."""
    for row in connection.execute(f"SELECT {_COLUMNS} FROM view_files"):
        yield ViewFile(*row)


def view_count(connection: sqlite3.Connection) -> int:
    """Return how many files the manifest knows."""
    count: int = connection.execute("SELECT count(*) FROM view_files").fetchone()[0]
    return count


def record(connection: sqlite3.Connection, files: Iterable[ViewFile]) -> None:
    """Write down files as they are on disk now."""
    connection.executemany(
        f"INSERT OR REPLACE INTO view_files ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (f.path_key, f.path, f.conversation, f.object, f.sha256, f.size, f.mtime_ns, f.ino)
            for f in files
        ],
    )


def forget(connection: sqlite3.Connection, path_keys: Iterable[str]) -> None:
    """Take files out of the manifest: polylogue no longer says that they are its own."""
    connection.executemany(
        "DELETE FROM view_files WHERE path_key = ?", [(path_key,) for path_key in path_keys]
    )


def _one(
    connection: sqlite3.Connection, condition: str, value: int | str | bytes
) -> ViewFile | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM view_files WHERE {condition}",
        (value,),
    ).fetchone()
    return ViewFile(*row) if row else None
