"""The ledger of everything that no parser understood: what, where in the format, and how often."""

import sqlite3
from collections.abc import Mapping, Sequence

from polylogue.model import UnknownKind


def add_unknowns(
    connection: sqlite3.Connection,
    provider: str,
    unknowns: Sequence[UnknownKind],
    import_id: int,
) -> None:
    """Count what one document had that its parser did not understand."""
    connection.executemany(
        "INSERT INTO unknowns (provider, path, kind, count, first_import_id) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [(provider, entry.path, entry.kind, entry.count, import_id) for entry in unknowns],
    )


def add_strangers(
    connection: sqlite3.Connection, provider: str, names: Mapping[str, int], import_id: int
) -> None:
    """Note members of an export, by file name, that no parser claimed; the largest count stays."""
    connection.executemany(
        "INSERT INTO unknowns (provider, path, kind, count, first_import_id)"
        " VALUES (?, 'export.member', ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET count = max(count, excluded.count)",
        [(provider, name, count, import_id) for name, count in names.items()],
    )
