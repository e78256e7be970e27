"""What became of each thing that was dropped into the inbox: one row for each, wherever it is now."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

_KEPT = 1000  # items that were read and are out of the inbox

#: States that an item never leaves by itself.
FINAL = ("imported", "partial", "duplicate", "failed")


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A dropped file or folder. `stamp` is what it looked like; times in ms, size in bytes.

    `name` is what it was dropped as, `place` where it is now, relative to the inbox: its name, or for
    example `Done/x (2).zip`; None when it is nowhere. `state` is reading, waiting, or one of `FINAL`;
    `reason` is a sentence, `advice` what to do, `code` stable. `deaths` counts workers that died over
    it among the `attempts`.
    """

    name: str
    place: str | None
    state: str
    stamp: str
    size: int
    seen_at: int
    changed_at: int
    attempts: int = 0
    deaths: int = 0
    code: str = ""
    reason: str = ""
    advice: str = ""
    import_id: int | None = None
    item_id: int = 0  # of its row, once it has one

    @property
    def in_inbox(self) -> bool:
        """Whether it lies where it was dropped."""
        return self.place == self.name


_COLUMNS = (
    "name, place, state, stamp, size, seen_at, changed_at, attempts, deaths, code, reason, advice,"
    " import_id"
)
_SELECT = f"SELECT {_COLUMNS}, id FROM inbox_items"

ITEMS = f"{_SELECT} ORDER BY changed_at DESC, id DESC"


def put_item(connection: sqlite3.Connection, item: InboxItem) -> None:
    """Write an item down, instead of what was known of the thing of its name in the inbox.

    Of those that were read and moved away the oldest are forgotten. What lies in the inbox never is,
    or it would be read again; nor is what a person must look at.
    """
    connection.execute(
        "DELETE FROM inbox_items WHERE place IN (?, ?)", (item.name, item.place or item.name)
    )
    connection.execute(
        f"INSERT INTO inbox_items ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            item.name,
            item.place,
            item.state,
            item.stamp,
            item.size,
            item.seen_at,
            item.changed_at,
            item.attempts,
            item.deaths,
            item.code,
            item.reason,
            item.advice,
            item.import_id,
        ),
    )
    connection.execute(
        "DELETE FROM inbox_items WHERE id IN (SELECT id FROM inbox_items"
        " WHERE state IN ('imported', 'duplicate') AND place IS NOT name"
        " ORDER BY changed_at DESC, id DESC LIMIT -1 OFFSET ?)",
        (_KEPT,),
    )


def drop_items(connection: sqlite3.Connection, items: Iterable[InboxItem]) -> None:
    """Forget items that were read from the archive."""
    connection.executemany(
        "DELETE FROM inbox_items WHERE id = ?", [(item.item_id,) for item in items]
    )


def inbox_items(connection: sqlite3.Connection) -> list[InboxItem]:
    """Return all items, the newest change first."""
    return [InboxItem(*row) for row in connection.execute(ITEMS)]


def item_in_inbox(connection: sqlite3.Connection, name: str) -> InboxItem | None:
    """Return what is known of the thing called `name` in the inbox."""
    row = connection.execute(f"{_SELECT} WHERE place = ?", (name,)).fetchone()
    return InboxItem(*row) if row else None


def newest_failed(connection: sqlite3.Connection, name: str) -> InboxItem | None:
    """Return what failed last of the things that were dropped as `name`."""
    row = connection.execute(
        f"{_SELECT} WHERE name = ? AND state = 'failed' ORDER BY changed_at DESC, id DESC LIMIT 1",
        (name,),
    ).fetchone()
    return InboxItem(*row) if row else None


def import_status(connection: sqlite3.Connection, import_id: int) -> str:
    """Return how the import of an item ended: ok, partial or not at all."""
    (status,) = connection.execute(
        "SELECT parse_status FROM raw_imports WHERE id = ?", (import_id,)
    ).fetchone()
    return str(status)
