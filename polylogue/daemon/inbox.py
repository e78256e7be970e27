"""The inbox: two services and what they share.

The scanner looks at the folder whenever the watcher hints, when something is due to be looked at
again, and every few minutes in any case; what is ready it lays on the table. The reader takes one
thing at a time from the table through the ingest (a large one in a child process), and disposes of
it: to `Done/`, or to `Failed/` with a sentence beside it. The original moves only after everything of
it is committed, so a crash between the two ends in a duplicate that is then put away.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import structlog

from polylogue.config import Config
from polylogue.daemon.child import Child, WorkerDiedError
from polylogue.daemon.desk import Desk
from polylogue.daemon.gone import settle_gone
from polylogue.daemon.ingest_job import receipt_json
from polylogue.daemon.state import Reading, State, now_ms
from polylogue.daemon.supervise import first_of
from polylogue.errors import BadInputError, BusyError, PolylogueError
from polylogue.ingest import Receipt, duplicate_of, ingest
from polylogue.model import Arrival
from polylogue.sources.complete import unfinished
from polylogue.sources.files import stored_name
from polylogue.sources.filing import file_away, retry, write_reason
from polylogue.sources.inbox import DONE, FAILED, Item, Sighting, decide, look
from polylogue.store.archive import Archive
from polylogue.store.events import add_event
from polylogue.store.inbox import FINAL, InboxItem, inbox_items, put_item

log = structlog.get_logger()

_SMALL = 2 << 20  # bytes; what is smaller is read in this process
_TRIES = 2  # times that a worker may die over the same file
_FIRST_RETRY, _LAST_RETRY = 5.0, 600.0  # seconds
_UNREADABLE, _STUCK = "inbox-missing", "inbox-stuck"  # warnings


def stored_stamp(sighting: Sighting) -> str:
    """Return what a file looked like, as the archive keeps it."""
    return msgspec.json.encode(sighting.stamp).decode()


@dataclass(slots=True)
class Table:
    """What the scanner has seen and the reader has not taken."""

    items: dict[str, Item] = field(default_factory=dict)
    ready: dict[str, Sighting] = field(default_factory=dict)
    not_before: dict[str, float] = field(default_factory=dict)
    filled: asyncio.Event = field(default_factory=asyncio.Event)


class Inbox:
    """The inbox of one daemon."""

    def __init__(self, state: State, config: Callable[[], Config], desk: Desk, books: Desk) -> None:
        self._state = state
        self._config = config
        self._desk = desk
        self._books = books
        self._table = Table()
        self._asked = 0
        self._answered = 0

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
            {"name": stored_name(name), "state": item.state, "reason": item.reason}
            for name, item in self._table.items.items()
            if item.state != "ready" or name in self._table.ready
        ]

    async def scanned(self) -> None:
        """Have the folder looked at, and return when a look that began after this call is done."""
        self._asked += 1
        mine = self._asked
        self._state.scan_wanted.set()
        while self._answered < mine and not self._state.stopping.is_set():
            await self._state.news()

    async def try_again(self, name: str) -> None:
        """Take something out of `Failed/` back into the inbox. Raises UsageError, BusyError."""
        await asyncio.to_thread(retry, self._config().paths.inbox, name)
        self._table.not_before.pop(name, None)
        self._state.scan_wanted.set()

    # --- The scanner -----------------------------------------------------------------------------

    async def scan(self) -> None:
        """Look at the folder whenever it is due, until cancelled."""
        while True:
            self._state.scan_wanted.clear()
            asked = self._asked
            pause = await self._scan_once()
            self._answered = asked
            await self._state.tell()
            await first_of(self._state.scan_wanted, seconds=pause)

    async def _scan_once(self) -> float:
        """Look once; return the seconds until the next look is due."""
        config = self._config()
        now = asyncio.get_running_loop().time()
        try:
            sightings = await asyncio.to_thread(look, config.paths.inbox)
        except BusyError as error:
            self._state.warn(_UNREADABLE, error.message, error.advice)
            return min(5.0, config.daemon.scan_seconds)
        self._state.settle(_UNREADABLE)
        await self._settle_gone(sightings)
        over = await self._books.run(_finals)
        table = self._table
        names = {sighting.name for sighting in sightings}
        table.items = {name: item for name, item in table.items.items() if name in names}
        due = config.daemon.scan_seconds
        left = 0
        for sighting in sightings:
            if over.get(stored_name(sighting.name)) == stored_stamp(sighting):
                left += 1  # where it is, and nothing new
                continue
            due = min(due, await self._decide(sighting, config, now) - now)
        if not left:
            self._state.settle(_STUCK)
        return max(due, 0.02)

    async def _settle_gone(self, sightings: Sequence[Sighting]) -> None:
        present = {stored_name(sighting.name) for sighting in sightings}
        if self._state.reading is not None:
            present.add(self._state.reading.name)
        root = self._config().paths.inbox
        await self._books.run(lambda archive: settle_gone(archive, root, present))

    async def _decide(self, sighting: Sighting, config: Config, now: float) -> float:
        """Say what becomes of a thing; return when it must be looked at again."""
        table, name = self._table, sighting.name
        path = config.paths.inbox / name
        known = table.items.get(name)
        if known is not None and known.state == "ready" and known.stamp == sighting.stamp:
            if name in table.ready or self._is_read(name):
                return now + config.daemon.scan_seconds
            return self._lay_out(sighting, now)
        item = await asyncio.to_thread(
            decide,
            known,
            sighting,
            now,
            settle_seconds=config.inbox.settle_seconds,
            unfinished=lambda: unfinished(path),
        )
        table.items[name] = item
        if item.state == "ready":
            return self._lay_out(sighting, now)
        table.ready.pop(name, None)
        return item.next_look

    def _is_read(self, name: str) -> bool:
        return self._state.reading is not None and self._state.reading.name == stored_name(name)

    def _lay_out(self, sighting: Sighting, now: float) -> float:
        """Give a ready thing to the reader, or say when it may be tried again."""
        not_before = self._table.not_before.get(sighting.name, 0.0)
        if not_before > now:
            return not_before
        self._table.ready[sighting.name] = sighting
        self._table.filled.set()
        return now + self._config().daemon.scan_seconds

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
                state.reading = None
                state.scan_wanted.set()
                await state.tell()

    async def _take(self, sighting: Sighting) -> None:
        path = self._config().paths.inbox / sighting.name
        earlier = await self._books.run(lambda a: _item(a, stored_name(sighting.name)))
        item = InboxItem(
            name=stored_name(sighting.name),
            state="reading",
            stamp=stored_stamp(sighting),
            size=sighting.stamp.size,
            seen_at=now_ms(),
            changed_at=now_ms(),
        )
        if earlier is not None and earlier.stamp == item.stamp:
            item = replace(item, seen_at=earlier.seen_at, attempts=earlier.attempts)
        item = replace(item, attempts=item.attempts + 1)
        await self._write(item)
        try:
            receipt = await self._ingest(path, sighting)
        except PolylogueError as error:
            await self._refuse(sighting, item, error)
            return
        except Exception as error:  # a bug costs one file, not the inbox
            log.exception("inbox.item_failed", error=type(error).__name__)
            await self._refuse(sighting, item, _bug(error))
            return
        await self._accept(path, item, receipt)

    async def _ingest(self, path: Path, sighting: Sighting) -> dict[str, Any]:
        """Return the receipt of an arrival: read here when it is small or known, else in a child."""
        limit = int(self._config().limits.max_import_gib * 2**30)
        arrival = Arrival(path=path, origin="inbox", uri=path.as_uri())

        def read(archive: Archive) -> dict[str, Any] | None:
            if sighting.kind == "file" and sighting.stamp.size <= _SMALL:
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

    # --- Disposal --------------------------------------------------------------------------------

    async def _accept(self, path: Path, item: InboxItem, receipt: dict[str, Any]) -> None:
        """Put away what was read, and say what came of it."""
        status = receipt["status"]
        state = {"ok": "imported", "partial": "partial", "duplicate": "duplicate"}.get(
            status, "failed"
        )
        if state == "duplicate" and item.attempts > 1:
            state = "imported"  # the attempt before was cut short after its commit
        done = replace(
            item,
            state=state,
            code="" if state != "failed" else status,
            reason=receipt["sentence"],
            import_id=receipt["import_id"],
        )
        advice = "Check that it is an export of a provider that polylogue knows."
        await self._dispose(path, done, advice if state == "failed" else "")

    async def _refuse(self, sighting: Sighting, item: InboxItem, error: PolylogueError) -> None:
        """Put away what can never be read; wait with what may be read later."""
        path = self._config().paths.inbox / sighting.name
        later = isinstance(error, BusyError) or (
            isinstance(error, WorkerDiedError) and item.attempts < _TRIES
        )
        refused = replace(item, code=error.code, reason=error.message)
        if not later:
            await self._dispose(path, replace(refused, state="failed"), error.advice)
            return
        pause = min(_FIRST_RETRY * 2 ** (item.attempts - 1), _LAST_RETRY)
        now = asyncio.get_running_loop().time()
        self._table.not_before[sighting.name] = now + pause
        if error.code in ("changed-while-reading", "vanished"):
            self._table.items.pop(sighting.name, None)
        await self._write(replace(refused, state="waiting", reason=str(error)))

    async def _dispose(self, path: Path, item: InboxItem, advice: str) -> None:
        after = self._config().inbox.after_import
        try:
            await asyncio.to_thread(_put_away, path, item, advice, after)
        except BusyError as error:
            self._state.warn(
                _STUCK,
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


def _bug(error: Exception) -> BadInputError:
    return BadInputError(
        f"polylogue failed over it ({type(error).__name__}).",
        advice="Please report it. To try it again: polylogue ctl inbox retry NAME",
        code="bug",
    )


def _finals(archive: Archive) -> dict[str, str]:
    """Return the stamps of the things that are done with, by name."""
    return {
        item.name: item.stamp for item in inbox_items(archive.connection) if item.state in FINAL
    }


def _item(archive: Archive, name: str) -> InboxItem | None:
    return next((item for item in inbox_items(archive.connection) if item.name == name), None)


def _put_away(path: Path, item: InboxItem, advice: str, after: str) -> None:
    """Move what was read out of the inbox, as the configuration says. Raises BusyError."""
    if after == "leave":
        return
    if after == "delete" and item.state in ("imported", "duplicate") and path.is_file():
        path.unlink(missing_ok=True)
        return
    into = path.parent / (FAILED if item.state == "failed" else DONE)
    moved = file_away(path, into)
    if item.state in ("failed", "partial"):
        write_reason(moved, item.reason, advice=advice, code=item.code)
