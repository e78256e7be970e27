"""The daemon's own connection: read-only, through aiosqlite, one short statement at a time.

The loop asks it how things are while writers in other threads and processes go on. It cannot write
and cannot checkpoint (`mode=ro`); the statements are those of the other modules.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiosqlite

from polylogue.store.archive import read_only_uri, translated
from polylogue.store.dirty import DIRTY_COUNT
from polylogue.store.events import EVENTS, Event, event_of
from polylogue.store.inbox import ITEMS, InboxItem


@dataclass(frozen=True, slots=True)
class Overview:
    """How much there is, and how much waits. `last_import_at` in ms."""

    conversations: int
    messages: int
    attachments: int
    last_import_at: int | None
    notes: int
    dirty: int
    unknowns: int
    failed: int


_OVERVIEW = """
SELECT (SELECT count(*) FROM conversations WHERE shown),
       (SELECT count(*) FROM messages),
       (SELECT count(*) FROM attachments),
       (SELECT max(imported_at) FROM raw_imports WHERE parse_status IN ('ok', 'partial')),
       (SELECT count(*) FROM view_files WHERE conversation_id IS NOT NULL AND sha256 IS NOT NULL),
       (SELECT count(*) FROM dirty) + (SELECT count(*) FROM dirty_pages),
       (SELECT count(*) FROM unknowns),
       (SELECT count(*) FROM inbox_items WHERE state = 'failed')
"""


class Reader:
    """Answers the loop's questions."""

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Self]:
        """Open an archive that exists, for as long as the block lasts."""
        with translated(path):
            async with aiosqlite.connect(
                read_only_uri(path), uri=True, isolation_level=None
            ) as connection:
                yield cls(path, connection)

    async def overview(self) -> Overview:
        """Count what there is."""
        (row,) = await self._all(_OVERVIEW)
        return Overview(*row)

    async def dirty(self) -> int:
        """Return how many conversations and pages wait to be rendered."""
        ((count,),) = await self._all(DIRTY_COUNT)
        return int(count)

    async def events(self, *, after: int, limit: int) -> list[Event]:
        """Return the newest `limit` events with an id above `after`, oldest first."""
        return [event_of(row) for row in reversed(await self._all(EVENTS, after, limit))]

    async def inbox_items(self) -> list[InboxItem]:
        """Return what became of dropped things, the newest change first."""
        return [InboxItem(*row) for row in await self._all(ITEMS)]

    async def _all(self, statement: str, *values: int) -> list[tuple[Any, ...]]:
        with translated(self._path):
            return [
                tuple(row) for row in await self._connection.execute_fetchall(statement, values)
            ]
