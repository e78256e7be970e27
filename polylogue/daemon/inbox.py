"""The inbox: the scanner finds what is ready (scanning.py), the reader takes it, one thing at a time.

The reader gives each thing to the ingest: a small one in this process, a large one in a child process,
and also one over which a process died before. What was read is put away (disposal.py): to `Done/`, or
to `Failed/` with a sentence beside it. The original moves only after everything of it is committed, so
a crash between the two ends in a duplicate that is then put away.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from polylogue.config import Config
from polylogue.daemon.child import Child, WorkerDiedError
from polylogue.daemon.desk import Desk
from polylogue.daemon.disposal import STATES, as_left, decoded, encoded, put_away
from polylogue.daemon.ingest_job import receipt_json
from polylogue.daemon.scanning import STUCK, Scanner, Table
from polylogue.daemon.state import Reading, State, now_ms
from polylogue.errors import ArchiveError, BadInputError, BusyError, PolylogueError
from polylogue.ingest import READS, Receipt, duplicate_of, ingest
from polylogue.model import Arrival
from polylogue.sources.files import is_same, stored_name
from polylogue.sources.filing import retry
from polylogue.sources.inbox import Sighting
from polylogue.store.archive import Archive
from polylogue.store.events import add_event
from polylogue.store.inbox import (
    FINAL,
    InboxItem,
    drop_items,
    item_in_inbox,
    newest_failed,
    put_item,
)

log = structlog.get_logger()

_SMALL = 128 << 10  # bytes, packed; what is not larger is read in this process
_TRIES = 2  # workers that may die over the same file
_FIRST_RETRY, _LAST_RETRY = 5.0, 600.0  # seconds
_DOUBLINGS = 10  # of the pause between two tries
_DIED = WorkerDiedError.default_code

_ADVICE = {
    "conversation-list": "Ask for your data under Settings → Data controls → Export data, and drop"
    " that ZIP.",
}
_AGAIN = "Download it again if it stays so."


class Inbox:
    """The inbox of one daemon: two services, and what may be asked of them."""

    def __init__(self, state: State, config: Callable[[], Config], desk: Desk, books: Desk) -> None:
        self._state = state
        self._config = config
        self._desk = desk
        self._books = books
        self._table = Table()
        self._scanner = Scanner(state, config, books, self._table)
        self.scan = self._scanner.run
        self.scanned = self._scanner.scanned

    @property
    def waiting(self) -> int:
        """How many things are settling, incomplete, ready, being read or to be tried again."""
        items = self._table.items
        names = {stored_name(name) for name, item in items.items() if item.state != "ignored"}
        if self._state.reading is not None:
            names.add(self._state.reading.name)
        return len(names)

    def settling(self) -> list[dict[str, Any]]:
        """Return what has not been taken yet, as the control server lists it."""
        return [
            {
                "name": stored_name(name),
                "state": item.state,
                "reason": item.reason,
                "advice": _AGAIN if item.state == "waiting" else "",
            }
            for name, item in self._table.items.items()
            if item.state != "ready" or name in self._table.ready
        ]

    async def try_again(self, name: str) -> None:
        """Take up again what failed last under `name`: out of `Failed/`, or where it was left.

        Raises UsageError, BusyError.
        """
        failed = await self._books.run(lambda a: newest_failed(a.connection, name))
        if failed is None or failed.place is None or not failed.in_inbox:
            place = Path(failed.place).name if failed and failed.place else name
            async with self._table.hands:
                await asyncio.to_thread(retry, self._config().paths.inbox, place)
        if failed is not None:
            await self._books.run(lambda archive: _forget(archive, failed))
        self._table.not_before.pop(name, None)
        self._state.scan_wanted.set()

    # --- The reader ------------------------------------------------------------------------------

    async def read(self) -> None:
        """Take what is ready, one after another, until cancelled."""
        table, state = self._table, self._state
        while True:
            await state.resumed.wait()
            if not table.ready:
                table.filled.clear()
                await table.filled.wait()
                continue
            sighting = table.ready.pop(next(iter(table.ready)))
            state.reading = Reading(stored_name(sighting.name), now_ms())
            try:
                await self._take(sighting)
            finally:
                table.taken.add(sighting.name)
                state.reading = None
                state.scan_wanted.set()
                await state.tell()

    async def _take(self, sighting: Sighting) -> None:
        name = stored_name(sighting.name)
        earlier = await self._books.run(lambda archive: item_in_inbox(archive.connection, name))
        item = InboxItem(
            name=name,
            place=name,
            state="reading",
            stamp=encoded(sighting.stamp),
            size=sighting.stamp.size,
            seen_at=now_ms(),
            changed_at=now_ms(),
            attempts=1,
        )
        cut_short = False
        if earlier is not None and is_same(decoded(earlier), sighting.stamp):
            cut_short = earlier.state == "reading" or earlier.code == _DIED
            item = replace(
                item,
                seen_at=earlier.seen_at,
                attempts=earlier.attempts + 1,
                deaths=earlier.deaths,
            )
        await self._write(item)
        try:
            receipt = await self._ingest(sighting, apart=cut_short)
        except PolylogueError as error:
            await self._refuse(sighting, item, error)
        except Exception as error:  # a bug costs one file, not the inbox
            log.exception("inbox.item_failed", error=type(error).__name__)
            await self._refuse(sighting, item, _bug(error))
        else:
            await self._dispose(sighting, _accepted(item, receipt, cut_short=cut_short))

    async def _ingest(self, sighting: Sighting, *, apart: bool) -> dict[str, Any]:
        """Return the receipt of an arrival: read here when it is small or known, else in a child.

        `apart`: a process died over it, so that it is read in a child whatever its size.
        """
        path = self._config().paths.inbox / sighting.name
        limit = int(self._config().limits.max_import_gib * 2**30)
        arrival = Arrival(path=path, origin="inbox", uri=path.as_uri())

        def read(archive: Archive) -> dict[str, Any] | None:
            if sighting.kind == "file" and sighting.stamp.size <= _SMALL and not apart:
                receipt: Receipt | None = ingest(
                    archive, arrival, imported_at=now_ms(), max_size=limit
                )
            else:
                receipt = duplicate_of(archive, arrival)
            return receipt_json(receipt) if receipt else None

        if result := await self._desk.run(read):
            self._state.render_wanted.set()
            return result
        request = {
            "work": "ingest",
            "archive": str(self._config().archive),
            "path": str(path),
            "origin": "inbox",
            "uri": path.as_uri(),
            "imported_at": now_ms(),
            "max_size": limit,
        }
        if self._state.reading is not None:
            self._state.reading.bulk = True
            self._state.render_wanted.set()
        async with Child.start() as child:
            answer: dict[str, Any] = await child.ask(request, self._progress)
        self._state.render_wanted.set()
        return answer

    def _progress(self, numbers: list[int]) -> None:
        reading = self._state.reading
        if reading is not None:
            reading.done, reading.total, reading.conversations = numbers
        self._state.render_wanted.set()

    # --- How it ended ----------------------------------------------------------------------------

    async def _refuse(self, sighting: Sighting, item: InboxItem, error: PolylogueError) -> None:
        """Put away what can never be read; wait with what may be read later."""
        died = isinstance(error, WorkerDiedError)
        item = replace(
            item,
            deaths=item.deaths + died,
            code=error.code,
            reason=error.message,
            advice=_ADVICE.get(error.code) or error.advice,
        )
        later = isinstance(error, BusyError | ArchiveError) or (died and item.deaths < _TRIES)
        if not later:
            advice = item.advice or READS
            await self._dispose(sighting, replace(item, state="failed", advice=advice))
            return
        pause = min(_FIRST_RETRY * 2 ** min(item.attempts - 1, _DOUBLINGS), _LAST_RETRY)
        now = asyncio.get_running_loop().time()
        self._table.not_before[sighting.name] = now + pause
        if error.code in ("changed-while-reading", "vanished"):
            self._table.items.pop(sighting.name, None)
        await self._write(replace(item, state="waiting"))

    async def _dispose(self, sighting: Sighting, item: InboxItem) -> None:
        """Put away what was read, and say what came of it.

        How it ended is written down before it is moved, so that a kill in between leaves no doubt.
        """
        path = self._config().paths.inbox / sighting.name
        after = self._config().inbox.after_import if self._scanner.tidies else "leave"
        ended = replace(item, state="reading")
        await self._books.run(lambda archive: _put(archive, ended))
        try:
            async with self._table.hands:
                item = await asyncio.to_thread(put_away, path, item, after)
        except BusyError as error:
            item = await asyncio.to_thread(as_left, path, item)
            if item.in_inbox:
                self._state.warn(
                    STUCK,
                    f"{item.name} was read but cannot be moved: {error.message}",
                    error.advice or "Move it away by hand.",
                )
        self._table.not_before.pop(path.name, None)
        self._table.items.pop(path.name, None)
        await self._write(item)

    async def _write(self, item: InboxItem) -> None:
        item = replace(item, changed_at=now_ms())
        level = "warning" if item.state in ("failed", "partial", "waiting") else "info"
        fields = {"name": item.name, "size": item.size, "code": item.code, "said": item.reason}

        def write(archive: Archive) -> None:
            with archive.transaction() as connection:
                put_item(connection, item)
                add_event(connection, item.changed_at, level, f"inbox.{item.state}", fields)

        await self._books.run(write)
        log.log(_LEVELS[level], "inbox.item", state=item.state, size=item.size, code=item.code)
        if item.state in FINAL:
            self._state.last_inbox = {
                "name": item.name,
                "state": item.state,
                "sentence": item.reason,
                "at": item.changed_at,
            }
        await self._state.tell()


_LEVELS = {"info": 20, "warning": 30}


def _accepted(item: InboxItem, receipt: dict[str, Any], *, cut_short: bool) -> InboxItem:
    """Return what came of an item that was read.

    What an earlier attempt had committed before it was cut short is no duplicate.
    """
    again = receipt["status"] == "duplicate"
    status = receipt["earlier"] if again else receipt["status"]
    state = STATES.get(status, "failed")
    failed = state == "failed"
    code = next(iter(receipt["problems"]), status) if failed else ""
    return replace(
        item,
        state="duplicate" if again and state == "imported" and not cut_short else state,
        code=code,
        reason=receipt["sentence"],
        advice=_ADVICE.get(code, READS) if failed else "",
        import_id=receipt["import_id"],
    )


def _bug(error: Exception) -> BadInputError:
    return BadInputError(
        f"polylogue failed over it ({type(error).__name__}).",
        advice="Please report it. To try it again: polylogue ctl inbox retry NAME",
        code="bug",
    )


def _put(archive: Archive, item: InboxItem) -> None:
    with archive.transaction() as connection:
        put_item(connection, item)


def _forget(archive: Archive, item: InboxItem) -> None:
    with archive.transaction() as connection:
        drop_items(connection, [item])
