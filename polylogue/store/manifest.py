"""The manifest: which files of the vault polylogue wrote, and what they were like.

Rows are values for `vault`, which compares them with the disk. A path is unique by its key, which is
what a file system blind to letter case and Unicode composition would see. Before notes are
written their rows say which bytes are intended, and afterwards that it was done; so after a crash
between the two, a note with the intended bytes is known to be polylogue's own, not a person's edit.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

MARKDOWN: Final = "markdown"


@dataclass(frozen=True, slots=True)
class ViewFile:
    """A file of the vault: a note, an attachment, or a page by which notes are found.

    One of `conversation` (a row id), `object` (likewise) and `page` says which. A long session has
    several notes, each a `part` of it; and each of these there is once in each `format`.
    `path` is relative to the vault; `sha256`, `size`, `mtime_ns` and `ino` are as polylogue last
    left it, `sha256` None when it has not been written yet; `intent` is the hash of bytes that were
    about to be written.
    """

    path_key: str
    path: str
    conversation: int | None
    object: int | None
    sha256: bytes | None = None
    size: int = 0
    mtime_ns: int = 0
    ino: int = 0
    intent: bytes | None = None
    part: int = 1
    format: str = MARKDOWN
    page: str | None = None


_COLUMNS = (
    "path_key, path, conversation_id, object_id, sha256, size, mtime_ns, ino, intent, part, format,"
    " page"
)


def notes_of(
    connection: sqlite3.Connection, conversation: int, format_: str = MARKDOWN
) -> list[ViewFile]:
    """Return the notes of a conversation that have a path, in the order of its parts."""
    query = (
        f"SELECT {_COLUMNS} FROM view_files WHERE conversation_id = ? AND format = ? ORDER BY part"
    )
    return [ViewFile(*row) for row in connection.execute(query, (conversation, format_))]


def object_file(connection: sqlite3.Connection, object_id: int) -> ViewFile | None:
    """Return the file that shows an object, None when none does."""
    return _one(connection, "object_id = ?", object_id)


def page_file(connection: sqlite3.Connection, page: str) -> ViewFile | None:
    """Return the file of a page, None when it has no path yet."""
    return _one(connection, "page = ?", page)


def pages(connection: sqlite3.Connection, kind: str) -> list[ViewFile]:
    """Return the files of all pages of a kind, such as `month`, in the order of their names."""
    query = f"SELECT {_COLUMNS} FROM view_files WHERE page >= ? AND page < ? ORDER BY page"
    return [ViewFile(*row) for row in connection.execute(query, (f"{kind}:", f"{kind};"))]


_TEXT: Final = "text"


def text_page(conversation: int, path: str) -> str:
    """Return the page of a file of text, which is brought back with the note of a conversation."""
    return f"{_TEXT}:{conversation}:{path}"


def owner_of(file: ViewFile) -> int | None:
    """Return the row id of the conversation to which a file of text belongs; None for other files."""
    kind, _, rest = (file.page or "").partition(":")
    return int(rest.partition(":")[0]) if kind == _TEXT else None


def text_at(connection: sqlite3.Connection, path_key: str) -> ViewFile | None:
    """Return the file of text with this path, None when there is none."""
    file = _one(connection, "path_key = ?", path_key)
    return file if file and owner_of(file) is not None else None


def path_taken(connection: sqlite3.Connection, path_key: str) -> bool:
    """Return whether a file of the manifest has this path already."""
    return _one(connection, "path_key = ?", path_key) is not None


def view_files(connection: sqlite3.Connection) -> Iterator[ViewFile]:
    """Yield the whole manifest, folder by folder."""
    for row in connection.execute(f"SELECT {_COLUMNS} FROM view_files ORDER BY path_key"):
        yield ViewFile(*row)


def record(connection: sqlite3.Connection, files: Iterable[ViewFile]) -> None:
    """Write down files as they are on disk, or are about to be (`intent`)."""
    connection.executemany(
        f"INSERT OR REPLACE INTO view_files ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                f.path_key,
                f.path,
                f.conversation,
                f.object,
                f.sha256,
                f.size,
                f.mtime_ns,
                f.ino,
                f.intent,
                f.part,
                f.format,
                f.page,
            )
            for f in files
        ],
    )


def forget(connection: sqlite3.Connection, path_keys: Iterable[str]) -> None:
    """Take files out of the manifest: polylogue no longer says that they are its own."""
    connection.executemany(
        "DELETE FROM view_files WHERE path_key = ?", [(path_key,) for path_key in path_keys]
    )


def shown_in(connection: sqlite3.Connection, object_id: int) -> list[int]:
    """Return the row ids of the conversations that show an object."""
    return [
        row_id
        for (row_id,) in connection.execute(
            "SELECT DISTINCT m.conversation_id FROM attachments a"
            " JOIN messages m ON m.id = a.message_id WHERE a.object_id = ?",
            (object_id,),
        )
    ]


def _one(connection: sqlite3.Connection, condition: str, value: int | str) -> ViewFile | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM view_files WHERE {condition}", (value,)
    ).fetchone()
    return ViewFile(*row) if row else None
