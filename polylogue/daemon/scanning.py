"""The scanner: looks at the inbox and lays what is ready on the table, from which the reader takes.

It looks whenever the watcher hints, when something is due to be looked at again, and every few minutes
in any case. A look takes time, and the reader goes on meanwhile: what it has just had in hand is left
for the next look.
"""

import asyncio
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from polylogue.config import Config
from polylogue.daemon.desk import Desk
from polylogue.daemon.disposal import encoded, settle_gone
from polylogue.daemon.state import State
from polylogue.daemon.supervise import first_of
from polylogue.errors import BusyError
from polylogue.sources.complete import unfinished
from polylogue.sources.files import stored_name
from polylogue.sources.filing import put_back
from polylogue.sources.inbox import MARKER, Item, Sighting, claim, decide, is_ours, look
from polylogue.store.archive import Archive
from polylogue.store.events import get_meta, set_meta
from polylogue.store.inbox import FINAL, InboxItem

#: Warnings.
UNREADABLE, STUCK, NOT_OURS = "inbox-missing", "inbox-stuck", "inbox-not-ours"
APART = "inbox-set-apart"
#: What items wait for that is no fault of theirs: how these codes begin. A warning stands meanwhile.
_TROUBLES = ("disk-full", "archive-")
_OURS = "inbox_ours"  # in meta: the path of the inbox that may be tidied


@dataclass(slots=True)
class Table:
    """What the scanner has seen and the reader has not taken.

    `taken` names what the reader had in hand since the scanner began its look. `ours`: what was read
    may be moved away. `hands` is held by whoever moves files in the inbox.
    """

    items: dict[str, Item] = field(default_factory=dict)
    ready: dict[str, Sighting] = field(default_factory=dict)
    not_before: dict[str, float] = field(default_factory=dict)
    filled: asyncio.Event = field(default_factory=asyncio.Event)
    taken: set[str] = field(default_factory=set)
    ours: bool = False
    hands: asyncio.Lock = field(default_factory=asyncio.Lock)


class Scanner:
    """Looks at the folder for one daemon."""

    def __init__(
        self, state: State, config: Callable[[], Config], books: Desk, table: Table
    ) -> None:
        self._state = state
        self._config = config
        self._books = books
        self._table = table
        self._asked = 0
        self._answered = 0
        self._there = False

    async def scanned(self) -> None:
        """Have the folder looked at, and return when a look that began after this call is done."""
        self._asked += 1
        mine = self._asked
        self._state.scan_wanted.set()
        while self._answered < mine and not self._state.stopping.is_set():
            await self._state.news()

    async def run(self) -> None:
        """Look at the folder whenever it is due, until cancelled."""
        while True:
            self._state.scan_wanted.clear()
            asked = self._asked
            pause = await self._scan()
            self._answered = asked
            await self._state.tell()
            await first_of(self._state.scan_wanted, seconds=pause)

    async def _scan(self) -> float:
        """Look once; return the seconds until the next look is due."""
        config, table = self._config(), self._table
        now = asyncio.get_running_loop().time()
        table.taken.clear()
        if not self._there:
            await self._arrive(config.paths.inbox)
        try:
            sightings = await asyncio.to_thread(look, config.paths.inbox)
        except BusyError as error:
            self._there = False
            self._state.warn(UNREADABLE, error.message, error.advice)
            return min(5.0, config.daemon.scan_seconds)
        self._state.settle(UNREADABLE)
        await self._own(config)
        known = await self._settle_gone(config.paths.inbox, sightings)
        self._tell_troubles(known)
        due = config.daemon.scan_seconds
        for sighting in self._undone(sightings, known):
            due = min(due, await self._decide(sighting, config, now) - now)
        return max(due, 0.02)

    async def _arrive(self, root: Path) -> None:
        """Put back what a crash left set apart, when the folder is there for the first time."""
        try:
            async with self._table.hands:
                await asyncio.to_thread(put_back, root)
        except BusyError as error:
            self._state.warn(APART, error.message, error.advice)
            return
        self._state.settle(APART)
        self._there = True

    async def _settle_gone(self, root: Path, sightings: Sequence[Sighting]) -> list[InboxItem]:
        present = {sighting.name for sighting in sightings} | self._table.taken
        names = set(map(stored_name, present))
        if self._state.reading is not None:
            names.add(self._state.reading.name)
        return await self._books.run(lambda archive: settle_gone(archive, root, names))

    def _undone(self, sightings: Sequence[Sighting], known: Iterable[InboxItem]) -> list[Sighting]:
        """Return what is not done with; what was read and left is taken from the table."""
        table = self._table
        over = {item.name: item.stamp for item in known if item.in_inbox and item.state in FINAL}
        left = {s.name for s in sightings if over.get(stored_name(s.name)) == encoded(s.stamp)}
        if not left or not self.tidies:
            self._state.settle(STUCK)
        undone = {sighting.name: sighting for sighting in sightings if sighting.name not in left}
        table.items = {name: item for name, item in table.items.items() if name in undone}
        table.ready = {name: ready for name, ready in table.ready.items() if name in undone}
        return list(undone.values())

    def _in_hand(self, name: str) -> bool:
        reading = self._state.reading
        held = reading is not None and reading.name == stored_name(name)
        return held or name in self._table.taken

    # --- Whose folder it is ----------------------------------------------------------------------

    @property
    def tidies(self) -> bool:
        """Whether what was read is moved out of the inbox."""
        return self._table.ours and self._config().inbox.after_import != "leave"

    async def _own(self, config: Config) -> None:
        """Find out whether the inbox may be tidied; say so when it may not, and was to be."""
        root, table = config.paths.inbox, self._table
        if not table.ours:
            table.ours = await asyncio.to_thread(is_ours, root) or await self._was_ours(root)
            if table.ours:
                await self._books.run(lambda archive: _remember(archive, root))
        if table.ours or config.inbox.after_import == "leave":
            self._state.settle(NOT_OURS)
            return
        self._state.warn(
            NOT_OURS,
            f"{root} held files before polylogue used it: what was read is left where it is.",
            f"To have it moved into Done: touch {shlex.quote(str(root / MARKER))}"
            ' (or set after_import = "leave" under [inbox]).',
        )

    async def _was_ours(self, root: Path) -> bool:
        """Whether this was polylogue's before its marker went; it is marked again then."""
        known = await self._books.run(lambda archive: get_meta(archive.connection, _OURS))
        if known != str(root):
            return False
        try:
            await asyncio.to_thread(claim, root)
        except BusyError:
            return False
        return True

    # --- Each thing ------------------------------------------------------------------------------

    async def _decide(self, sighting: Sighting, config: Config, now: float) -> float:
        """Say what becomes of a thing; return when it must be looked at again."""
        table, name = self._table, sighting.name
        path = config.paths.inbox / name
        later = now + config.daemon.scan_seconds
        if self._in_hand(name):
            return later  # the end of the reading makes for another look
        known = table.items.get(name)
        if known is not None and known.state == "ready" and known.stamp == sighting.stamp:
            if name in table.ready:
                return later
            return self._lay_out(sighting, now)
        item = await asyncio.to_thread(
            decide,
            known,
            sighting,
            now,
            settle_seconds=config.inbox.settle_seconds,
            unfinished=lambda: unfinished(path),
        )
        if self._in_hand(name):
            return later
        table.items[name] = item
        if item.state == "ready":
            return self._lay_out(sighting, now)
        table.ready.pop(name, None)
        return item.next_look

    def _lay_out(self, sighting: Sighting, now: float) -> float:
        """Give a ready thing to the reader, or say when it may be tried again."""
        not_before = self._table.not_before.get(sighting.name, 0.0)
        if not_before > now:
            return not_before
        self._table.ready[sighting.name] = sighting
        self._table.filled.set()
        return now + self._config().daemon.scan_seconds

    def _tell_troubles(self, known: Sequence[InboxItem]) -> None:
        """Warn of what keeps items waiting as long as it does; while one is tried again, wait."""
        if self._state.reading is not None:
            return
        troubles = {
            item.code: item
            for item in known
            if item.state == "waiting" and item.code.startswith(_TROUBLES)
        }
        for code in list(self._state.warnings):
            if code.startswith(_TROUBLES) and code not in troubles:
                self._state.settle(code)
        for code, item in troubles.items():
            self._state.warn(code, item.reason, item.advice)


def _remember(archive: Archive, root: Path) -> None:
    if get_meta(archive.connection, _OURS) != str(root):
        with archive.transaction() as connection:
            set_meta(connection, _OURS, str(root))
