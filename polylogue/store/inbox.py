"""What became of each thing that was dropped into the inbox, by name."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

_KEPT = 1000  # items that are over and done with

#: States that an item never leaves by itself.
FINAL = ("imported", "partial", "duplicate", "failed")


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A dropped file or folder. `stamp` is what it looked like; times in ms, size in bytes.

    `state` is reading, waiting, or one of `FINAL`; `reason` is a sentence, `code` stable.
    """

    name: str
    state: str
    stamp: str
    size: int
    seen_at: int
    changed_at: int
    attempts: int = 0
    code: str = ""
    reason: str = ""
    import_id: int | None = None


_COLUMNS = "name, state, stamp, size, seen_at, changed_at, attempts, code, reason, import_id"

ITEMS = f"SELECT {_COLUMNS} FROM inbox_items ORDER BY changed_at DESC, name"


def put_item(connection: sqlite3.Connection, item: InboxItem) -> None:
    """Write an item down, and forget the oldest of those that are done."""
    connection.execute(
        f"INSERT OR REPLACE INTO inbox_items ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            item.name,
            item.state,
            item.stamp,
            item.size,
            item.seen_at,
            item.changed_at,
            item.attempts,
            item.code,
            item.reason,
            item.import_id,
        ),
    )
    connection.execute(
        "DELETE FROM inbox_items WHERE name IN (SELECT name FROM inbox_items"
        " WHERE state IN (?, ?, ?, ?) ORDER BY changed_at DESC LIMIT -1 OFFSET ?)",
        (*FINAL, _KEPT),
    )


def drop_items(connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """Forget items."""
    connection.executemany("DELETE FROM inbox_items WHERE name = ?", [(name,) for name in names])


def inbox_items(connection: sqlite3.Connection) -> list[InboxItem]:
    """Return all items, the newest change first."""
    return [InboxItem(*row) for row in connection.execute(ITEMS)]
