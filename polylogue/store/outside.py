"""A folder outside of the vault, with a manifest of its own: a small SQLite file in a hidden folder.

The archive is attached to it for reading, so one connection has both: what the folder shows stands in
tables of the archive's own making (`view_files`, `dirty`…), found before those of the archive since
the manifest is the main database, and all else comes out of the archive. So every function of the
store works here as it does there, and none of them can write to the archive.

`rendered` says up to which change each conversation was rendered here.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from polylogue.errors import UsageError, VaultError
from polylogue.store import migrations
from polylogue.store.archive import Archive, read_only_uri, translated
from polylogue.store.events import get_meta, set_meta

HIDDEN: Final = ".polylogue-manifest"

_ARCHIVE: Final = "archive_of_this_folder"  # key in `meta`
_TABLES: Final = (
    "dirty",
    "dirty_pages",
    "meta",
    "view_entries",
    "view_excerpts",
    "view_files",
    "view_links",
    "words",
)
_RENDERED: Final = (
    "CREATE TABLE rendered (conversation_id INTEGER PRIMARY KEY,"
    " generation INTEGER NOT NULL, wanted INTEGER NOT NULL) STRICT"
)


class Outside(Archive):
    """The archive as a folder outside of the vault shows it; writes go to the folder's manifest."""

    def _checkpoint(self) -> None:
        """Do nothing: a manifest has no WAL, which not every disk can have."""


@contextmanager
def open_outside(folder: Path, archive: Path) -> Iterator[Outside]:
    """Open the manifest in `folder`, which is made where there is none, beside the archive.

    Raises UsageError when the folder shows another archive, VaultError when it cannot be written.
    """
    path = folder / HIDDEN / "manifest.db"
    lock = _open_lock(path)
    with translated(path):
        connection = sqlite3.connect(
            path.absolute().as_uri(), uri=True, isolation_level=None, timeout=30
        )
    with Outside(path, connection, lock) as outside:
        with translated(path):
            for pragma in (
                "journal_mode = TRUNCATE",
                "synchronous = NORMAL",
                "trusted_schema = OFF",
            ):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("ATTACH ? AS archive", (read_only_uri(archive),))
        _prepare(outside, folder)
        yield outside


def mark_changed(connection: sqlite3.Connection, *, provider: str | None, since: int | None) -> int:
    """Mark the conversations that changed since they were rendered here; return how many.

    Only those of a provider, or active since (ms), if given.
    """
    chosen = (
        "c.shown AND (?1 IS NULL OR c.provider = ?1) AND (?2 IS NULL OR c.updated_at >= ?2)"
        " AND coalesce(r.generation, -1) <> coalesce(g.generation, 0)"
    )
    tables = (
        "archive.conversations c LEFT JOIN archive.changes g ON g.conversation_id = c.id"
        " LEFT JOIN main.rendered r ON r.conversation_id = c.id"
    )
    connection.execute(
        "INSERT INTO main.dirty (conversation_id)"
        f" SELECT c.id FROM {tables} WHERE {chosen}"
        " ON CONFLICT DO UPDATE SET line = 0, generation = generation + 1",
        (provider, since),
    )
    connection.execute(
        "INSERT INTO main.rendered (conversation_id, generation, wanted)"
        f" SELECT c.id, -1, coalesce(g.generation, 0) FROM {tables} WHERE {chosen}"
        " ON CONFLICT DO UPDATE SET wanted = excluded.wanted",
        (provider, since),
    )
    _take_words(connection)
    return int(connection.execute("SELECT count(*) FROM main.dirty").fetchone()[0])


def mark_rendered(connection: sqlite3.Connection) -> None:
    """Write down that all is rendered that is not dirty any more."""
    connection.execute(
        "UPDATE main.rendered SET generation = wanted WHERE generation <> wanted"
        " AND conversation_id NOT IN (SELECT conversation_id FROM main.dirty)"
    )


def forget_rendered(connection: sqlite3.Connection) -> None:
    """Take everything for changed."""
    connection.execute("UPDATE main.rendered SET generation = -1")


def _take_words(connection: sqlite3.Connection) -> None:
    """Show the newest words of the archive's own notes, where nobody wrote into this folder's."""
    connection.execute(
        "INSERT OR REPLACE INTO main.words (provider, conversation_id, part, version, text)"
        " SELECT provider, conversation_id, part, 0, text FROM archive.words w WHERE version ="
        " (SELECT max(version) FROM archive.words v WHERE v.provider = w.provider"
        "  AND v.conversation_id = w.conversation_id AND v.part = w.part)"
    )


def _prepare(outside: Outside, folder: Path) -> None:
    """Make the tables, as the archive has them, and see that this is the archive of this folder."""
    connection = outside.connection
    (own,) = connection.execute(
        "SELECT value FROM archive.meta WHERE key = 'archive_id'"
    ).fetchone() or ("",)
    if not connection.execute("SELECT 1 FROM main.sqlite_schema LIMIT 1").fetchone():
        with outside.transaction():
            _make(connection)
            set_meta(connection, _ARCHIVE, own)
    (version,) = connection.execute("PRAGMA main.user_version").fetchone()
    if get_meta(connection, _ARCHIVE) != own or version != migrations.newest():
        raise UsageError(
            f"The folder {folder} was rendered from another archive, or by another polylogue.",
            advice="Name another folder with --out.",
            code="out-of-another-archive",
        )


def _make(connection: sqlite3.Connection) -> None:
    wanted = ",".join("?" * len(_TABLES))
    statements = connection.execute(
        "SELECT sql FROM archive.sqlite_schema WHERE sql IS NOT NULL AND type IN ('table', 'index')"
        f" AND tbl_name IN ({wanted}) ORDER BY type DESC",
        _TABLES,
    ).fetchall()
    for (statement,) in statements:
        connection.execute(statement)
    connection.execute(_RENDERED)
    connection.execute(f"PRAGMA main.user_version = {migrations.newest()}")


def _open_lock(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path.with_name("write.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise VaultError(
            f"The folder {path.parents[1]} cannot be written: {error.strerror}.",
            advice="Name another folder with --out.",
            code="out-not-writable",
        ) from error
