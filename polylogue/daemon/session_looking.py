"""Looks at session folders, and lays what is new or has changed on the table.

A hint of the watcher names paths, and only those are looked at. A scan looks at everything: at the
start, when the watcher says that it may have missed something, when a file seems to be gone, when a
person asks, and every few minutes. Only a scan can tell that a file is gone, and only of a folder that
it saw: one that is missing, closed or empty because its disk is not there has lost nothing.
"""

import asyncio
import os
import stat
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

import structlog

from polylogue.daemon.desk import Desk
from polylogue.daemon.session_table import Folder, Table, Wanted
from polylogue.daemon.state import State
from polylogue.errors import PolylogueError
from polylogue.ingest.beginnings import edition
from polylogue.sources.files import FileStamp, file_stamp, shown, stored_name
from polylogue.sources.sessions import Scan, look, scan, scan_folder
from polylogue.store.archive import Archive
from polylogue.store.followed import devices, followed_stamps, kept_only_here, mark_gone

log = structlog.get_logger()

#: A warning: folders that a person named and that are not there.
MISSING = "sessions-missing"
_FEW = 20  # new files that are read at once; more are read in a child
_AFTER_LOSS = 1.0  # seconds from a file's disappearance to the scan, as it may have moved
_GONE_AT_ONCE = 1000  # files in one transaction


class Looker:
    """Looks at the folders for one daemon."""

    def __init__(self, state: State, books: Desk, table: Table, tell: Callable[[], None]) -> None:
        self._state = state
        self._books = books
        self._table = table
        self._tell = tell
        self._woken = asyncio.Event()
        self._hinted: set[str] = set()
        self._scan_at = 0.0
        self._asked = self._answered = 0
        self._counted = False

    @property
    def busy(self) -> bool:
        """Whether something is still to be looked at, now or after a file has disappeared."""
        return bool(self._hinted) or self._answered < self._asked or not self._counted

    def hint(self, paths: Collection[str]) -> None:
        """Look at these paths soon; at everything, if there are none."""
        if not paths:
            self._scan_at = 0.0
        self._hinted.update(paths)
        self._woken.set()

    def count_anew(self) -> None:
        """Count again what is only here: a file may be back."""
        if any(folder.only_here for folder in self._table.folders):
            self._counted = False
            self._woken.set()

    def scan_after(self, seconds: float) -> None:
        """Have everything looked at in so many seconds, if not before."""
        later = asyncio.get_running_loop().time() + seconds
        self._scan_at = min(self._scan_at, later)
        self._woken.set()

    async def scanned(self) -> None:
        """Have everything looked at, and return when a scan that began after this call is done."""
        self._asked += 1
        mine = self._asked
        self.hint(())
        while self._answered < mine and not self._state.stopping.is_set():
            await self._state.news()

    async def run(self, period: Callable[[], float]) -> None:
        """Look whenever it is due, and at everything every `period` seconds, until cancelled."""
        loop, table = asyncio.get_running_loop(), self._table
        await self._remember()
        while True:
            self._woken.clear()
            now = loop.time()
            if now >= self._scan_at:
                asked, self._scan_at = self._asked, now + period()
                self._hinted.clear()
                await self._scan_all()
                self._answered = asked
            elif self._hinted:
                hinted, self._hinted = self._hinted, set()
                await self._look(hinted)
            for wanted in list(table.due(now)):
                await self._look_at(wanted.folder, [wanted.path])
            if not self._counted:
                await self._count()
            self._tell()
            await self._state.tell()
            await self._sleep(min(self._scan_at - now, table.next_due(now)))

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _remember(self) -> None:
        """Learn from the archive what the files were like when they were last read."""
        stamps = await self._books.run(
            lambda archive: followed_stamps(archive.connection, edition())
        )
        for path, stamp in stamps.items():
            folder = self._table.folder_of(path)
            if folder is not None:
                folder.known[path] = stamp

    # --- Hints -----------------------------------------------------------------------------------

    async def _look(self, paths: Collection[str]) -> None:
        named: dict[Folder, list[str]] = {}
        for path in paths:
            folder = self._table.folder_of(path)
            if folder is None:  # the system spells the folder's name in another way
                self.scan_after(_AFTER_LOSS)
            else:
                named.setdefault(folder, []).append(path)
        for folder, some in named.items():
            await self._look_at(folder, some)
            await self._look_at(folder, folder.root.files_beside())

    async def _look_at(self, folder: Folder, paths: Sequence[str]) -> None:
        def look_at_all() -> list[os.stat_result | None]:
            return [look(folder.root, path) for path in paths]

        for path, status in zip(paths, await asyncio.to_thread(look_at_all), strict=True):
            if status is None:
                self._table.troubles.pop(stored_name(path), None)
                if _lost(folder, path):
                    self.scan_after(_AFTER_LOSS)
            elif stat.S_ISDIR(status.st_mode):
                found = await asyncio.to_thread(scan_folder, folder.root, path)
                await self._offer(folder, found.files)
            else:
                await self._offer(folder, {path: file_stamp(status)}, live=True)

    async def _offer(
        self, folder: Folder, files: Mapping[str, FileStamp], *, live: bool = False
    ) -> None:
        """Lay out what has changed; what is new and one of few is as good as live."""
        now = asyncio.get_running_loop().time()

        def compare() -> list[Wanted]:
            found = (self._table.changed(folder, *file, now) for file in files.items())
            return [wanted for wanted in found if wanted is not None]

        changed = compare() if live else await asyncio.to_thread(compare)
        live = live or len(changed) <= _FEW
        for wanted in changed:
            self._table.offer(wanted, live=live or folder.known.get(wanted.key) is not None)
        times = [stamp.mtime_ns // 1_000_000 for stamp in files.values()]
        folder.last_activity = max([folder.last_activity or 0, *times]) or None

    # --- Scans -----------------------------------------------------------------------------------

    async def _scan_all(self) -> None:
        missing = []
        for folder in self._table.folders:
            try:
                found = await asyncio.to_thread(scan, folder.root)
            except PolylogueError:
                folder.away = True
                if folder.asked_for:
                    missing.append(shown(str(folder.root.path)))
            else:
                await self._scanned(folder, found)
        if missing:
            fix = "Make the folder, connect its disk, or take it out of folders under [sessions]."
            self._state.warn(MISSING, f"Not there, or closed: {', '.join(missing)}.", fix)
        else:
            self._state.settle(MISSING)

    async def _scanned(self, folder: Folder, found: Scan) -> None:
        """Lay out what has changed or grown, and put down what is gone."""
        await self._offer(folder, found.files)
        for path, stamp in found.files.items() if folder.grown else ():
            wanted = self._table.unproven(folder, path, stamp)
            if wanted is not None:
                self._table.offer(wanted, live=False)
        there = set(map(stored_name, found.files))
        watched = {*folder.known, *self._table.troubles_of(folder)}
        gone = [key for key in watched - there if found.has_seen(key)]
        folder.away = bool(gone) and not await self._is_believed(folder, found, gone)
        if folder.away or not gone:
            return
        for start in range(0, len(gone), _GONE_AT_ONCE):
            some = gone[start : start + _GONE_AT_ONCE]
            await self._books.run(partial(_mark_gone, keys=some))
        self._table.forget(folder, gone)
        self._counted = False
        log.info("sessions.files_gone", folder=folder.name, count=len(gone))

    async def _is_believed(self, folder: Folder, found: Scan, gone: Sequence[str]) -> bool:
        """Whether files are gone, and not the disk that they are on: not all of them, or it is there."""
        if folder.known.keys() - set(gone):
            return True
        disks = await self._books.run(lambda archive: devices(archive.connection, gone))
        return found.device in disks or not disks

    async def _count(self) -> None:
        """Count the conversations whose files are gone."""
        self._counted = True
        kept = await self._books.run(lambda archive: kept_only_here(archive.connection))
        for folder in self._table.folders:
            folder.only_here = sum(folder.root.place_of(p) is not None for p in kept.values())


def _lost(folder: Folder, path: str) -> bool:
    """Whether what was known at this path, a file or a folder with files, is gone."""
    key = stored_name(path)
    return key in folder.known or any(known.startswith(f"{key}/") for known in folder.known)


def _mark_gone(archive: Archive, keys: Sequence[str]) -> None:
    with archive.transaction() as connection:
        mark_gone(connection, keys)
