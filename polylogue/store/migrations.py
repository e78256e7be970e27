"""Bring an archive's schema up to date, one numbered SQL file at a time.

Each file of `schema/` is applied together with its number (`user_version`) in one transaction, so a
kill leaves the schema before or after it. Before a file touches an archive that has data, a verified
copy is laid beside it. An archive of a newer polylogue, or no archive at all, is refused untouched.
"""

import os
import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from polylogue.errors import ArchiveError

APPLICATION_ID = 0x504C4F47  # "PLOG", for file(1) and for us


def _files() -> list[str]:
    folder = resources.files("polylogue.store") / "schema"
    return [
        entry.read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".sql")
    ]


def newest() -> int:
    """Return the number of the schema that this polylogue writes."""
    return len(_files())


def check(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema's number, 0 for an empty file.

    Raises ArchiveError when the file is not polylogue's or was made by a newer polylogue.
    """
    application_id, version = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("application_id", "user_version")
    )
    if (
        application_id == 0
        and version == 0
        and not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    ):
        return 0
    if application_id != APPLICATION_ID:
        raise ArchiveError(
            f"{path} is a database of another program.",
            advice="Name another data folder in the configuration.",
            code="archive-foreign",
        )
    if version > newest():
        raise ArchiveError(
            f"{path} was written by a newer polylogue (schema {version}, this one knows {newest()}).",
            advice="Upgrade polylogue; nothing was changed.",
            code="archive-newer",
        )
    return version


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Apply what is missing. The caller holds the write lock; the connection is in autocommit."""
    version = check(connection, path)
    scripts = _files()
    if 0 < version < len(scripts):
        _back_up(connection, path, version)
    for number, script in enumerate(scripts[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _statements(script: str) -> Iterator[str]:
    """Yield the script's statements; executescript() would commit the open transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement:
        yield statement


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    target = path.with_name(f"{path.stem}.before-schema-{version + 1}.db")
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    copy = sqlite3.connect(partial)
    try:
        connection.backup(copy)
        verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        copy.close()
    if verdict != "ok":
        partial.unlink()
        raise ArchiveError(
            f"{path} is damaged ({verdict}), so its schema was not changed.",
            advice="Restore a backup, or run `polylogue verify` to see what is damaged.",
            code="archive-damaged",
        )
    partial.replace(target)
