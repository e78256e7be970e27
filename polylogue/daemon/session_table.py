"""What the daemon knows of session folders: files as they were last read, those to be read, troubles.

    looking ──offer──► live ──take──► in hand ──done──► known
                 └───► bulk ──take──►    └────────────► trouble, tried again later or never

Live are the files that a person is writing to just now: each is read at once, in this process. What is
large, or one of very many, is read in a child process. Everything is a value in memory; what a file
was like when it was read is in the archive, too.
"""

import asyncio
import heapq
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from polylogue.daemon.follow_job import Outcome
from polylogue.sources.files import FileStamp, stored_name
from polylogue.sources.sessions import Root
from polylogue.sources.watch import WatchState

_SMALL = 512 << 10  # bytes; what grew by more is read in a child
_PACKED = 8  # times as much is in a packed file
_BATCH, _BATCH_FILES = 16 << 20, 64  # bytes and files that a child gets at a time
_FIRST_RETRY, _LAST_RETRY = 2.0, 600.0  # seconds
_DOUBLINGS = 10
_DEATHS = 2  # of workers over one file

#: Inode, size and mtime: what stays the same while a file does, also over a restart of the machine.
Lasting: TypeAlias = tuple[int, int, int]


@dataclass(slots=True, eq=False)
class Folder:
    """A session folder: its name in the status, its files as they were last read, how it is watched.

    `asked_for`: a person named it, so that it should be there. `only_here` conversations were in files
    that are gone. `away`: nothing in it can be seen, which is no deletion. Of `known` is None what must
    be read again as parsers have learnt. `grown` are files that were only believed to be longer than
    before, and what they were like in the last scan.
    """

    name: str
    root: Root
    asked_for: bool = False
    watch: WatchState = field(default_factory=WatchState)
    known: dict[str, Lasting | None] = field(default_factory=dict)
    grown: dict[str, Lasting | None] = field(default_factory=dict)
    last_activity: int | None = None
    only_here: int = 0
    away: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is to be read, and what it was like when it was seen.

    `prove`: all that is known of it is to be compared.
    """

    folder: Folder
    path: str
    stamp: FileStamp
    growth: int
    alone: bool = False
    prove: bool = False

    @property
    def key(self) -> str:
        """The name under which it is known, here and in the archive."""
        return stored_name(self.path)

    @property
    def is_small(self) -> bool:
        """Whether it takes only a moment to read."""
        factor = _PACKED if self.path.endswith(".zst") else 1
        return self.growth * factor <= _SMALL and not self.alone


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file that could not be read: why, how often that was tried, and when it is tried again."""

    wanted: Wanted
    outcome: Outcome
    tries: int
    not_before: float


class Table:
    """The files of all folders; see the head of this module. Times are seconds of the loop's clock."""

    def __init__(self, folders: Iterable[Folder]) -> None:
        self.folders = tuple(folders)
        self.troubles: dict[str, Trouble] = {}
        self.live_filled, self.bulk_filled = asyncio.Event(), asyncio.Event()
        self.read_in_bulk = 0  # files, since there was nothing in bulk last
        self._live: dict[str, Wanted] = {}
        self._bulk: dict[str, Wanted] = {}
        self._in_hand: dict[str, FileStamp] = {}
        self._in_child: set[str] = set()

    @property
    def waiting(self) -> int:
        """How many files are to be read, or are being read."""
        return len({*self._live, *self._bulk, *self._in_hand})

    @property
    def in_bulk(self) -> int:
        """How many files a child reads or is to read."""
        return len(self._bulk) + len(self._in_child)

    def folder_of(self, path: str) -> Folder | None:
        """Return the folder to which a path belongs."""
        return next((f for f in self.folders if f.root.place_of(path)), None)

    def troubles_of(self, folder: Folder) -> dict[str, Trouble]:
        """Return the troubles in a folder."""
        return {k: t for k, t in self.troubles.items() if t.wanted.folder is folder}

    # --- What is to be read ----------------------------------------------------------------------

    def changed(self, folder: Folder, path: str, stamp: FileStamp, now: float) -> Wanted | None:
        """Return the file as one to be read, None when nothing is new or it must not be tried yet."""
        known = folder.known.get(stored_name(path))
        if known == lasting(stamp) or self._in_hand.get(stored_name(path)) == stamp:
            return None
        trouble = self.troubles.get(stored_name(path))
        alone = False
        if trouble is not None:
            alone = trouble.wanted.alone
            if trouble.wanted.stamp == stamp and now < trouble.not_before:
                return None
        went_on = known is not None and known[0] == stamp.ino and known[1] <= stamp.size
        growth = stamp.size - known[1] if known and went_on else stamp.size
        return Wanted(folder, path, stamp, growth, alone)

    def offer(self, wanted: Wanted, *, live: bool) -> None:
        """Lay out a file to be read; a small one comes before all others if it is `live`."""
        self._bulk.pop(wanted.key, None)
        if wanted.is_small and (live or wanted.key in self._live):
            self._live[wanted.key] = wanted
            self.live_filled.set()
        else:
            self._live.pop(wanted.key, None)
            self._bulk[wanted.key] = wanted
            self.bulk_filled.set()

    def unproven(self, folder: Folder, path: str, stamp: FileStamp) -> Wanted | None:
        """Return a file that has grown, as one to be proven, when it is as it was in the last scan."""
        key, seen = stored_name(path), lasting(stamp)
        if key not in folder.grown or folder.known.get(key) != seen:
            return None
        before, folder.grown[key] = folder.grown[key], seen
        return Wanted(folder, path, stamp, stamp.size, prove=True) if before == seen else None

    def take_live(self) -> Wanted | None:
        """Take the file that has waited longest."""
        key = next((key for key in self._live if key not in self._in_hand), None)
        if key is None:
            self.live_filled.clear()
            return None
        wanted = self._live.pop(key)
        self._in_hand[key] = wanted.stamp
        return wanted

    def take_bulk(self) -> list[Wanted]:
        """Take the newest files, as many as a child gets at a time."""
        free = [wanted for key, wanted in self._bulk.items() if key not in self._in_hand]
        newest = heapq.nlargest(_BATCH_FILES, free, key=lambda wanted: wanted.stamp.mtime_ns)
        batch = list(_up_to(_BATCH, newest))
        for wanted in batch:
            self._in_hand[wanted.key] = wanted.stamp
            self._in_child.add(wanted.key)
            del self._bulk[wanted.key]
        if not batch:
            self.bulk_filled.clear()
            self.read_in_bulk = 0
        return batch

    # --- What became of it -----------------------------------------------------------------------

    def done(self, wanted: Wanted, outcome: Outcome, now: float) -> None:
        """Put down what became of a file that was taken."""
        self._let_go(wanted)
        if outcome.became not in ("failed", "waiting"):
            wanted.folder.known[wanted.key] = lasting(wanted.stamp)
            wanted.folder.grown.pop(wanted.key, None)
        if outcome.became == "grown":
            wanted.folder.grown[wanted.key] = None
        if outcome.became in ("failed", "waiting", "refused"):
            self._trouble(wanted, outcome, now)
        else:
            self.troubles.pop(wanted.key, None)
        if outcome.code == "vanished":
            self.troubles.pop(wanted.key, None)

    def give_back(self, batch: Iterable[Wanted]) -> None:
        """Lay out again what was taken and not read."""
        for wanted in batch:
            self._let_go(wanted)
            if wanted.key not in self._live and wanted.key not in self._bulk:
                self.offer(wanted, live=False)

    def died(self, batch: list[Wanted], died: Outcome, now: float) -> None:
        """Put down that a worker died over these files: each is read alone then, but not for ever."""
        for wanted in batch:
            alone = replace(wanted, alone=True)
            known = self.troubles.get(wanted.key)
            deaths = known.tries if known and wanted.alone else 0
            if wanted.alone and deaths + 1 >= _DEATHS:
                self.done(alone, died, now)
                continue
            self._let_go(wanted)
            if wanted.alone:
                self.troubles[wanted.key] = Trouble(alone, died, deaths + 1, now)
            self.offer(alone, live=False)

    def forget(self, folder: Folder, keys: Iterable[str]) -> None:
        """Forget files that are gone."""
        for key in keys:
            for table in (folder.known, folder.grown, self.troubles, self._live, self._bulk):
                table.pop(key, None)

    def due(self, now: float) -> Iterator[Wanted]:
        """Yield what is to be tried again."""
        for key, trouble in self.troubles.items():
            waits = key in self._live or key in self._bulk or key in self._in_hand
            if trouble.not_before <= now and not waits:
                yield trouble.wanted

    def next_due(self, now: float) -> float:
        """Return in how many seconds something is to be tried again."""
        times = (trouble.not_before for trouble in self.troubles.values())
        return max(min(times, default=math.inf) - now, 0.1)

    def _let_go(self, wanted: Wanted) -> None:
        self._in_hand.pop(wanted.key, None)
        if wanted.key in self._in_child:
            self._in_child.discard(wanted.key)
            self.read_in_bulk += 1
        if wanted.key in self._live:
            self.live_filled.set()
        if wanted.key in self._bulk:
            self.bulk_filled.set()

    def _trouble(self, wanted: Wanted, outcome: Outcome, now: float) -> None:
        known = self.troubles.get(wanted.key)
        tries = known.tries + 1 if known and known.wanted.stamp == wanted.stamp else 1
        pause = min(_FIRST_RETRY * 2 ** min(tries - 1, _DOUBLINGS), _LAST_RETRY)
        not_before = now + pause if outcome.later else math.inf
        self.troubles[wanted.key] = Trouble(wanted, outcome, tries, not_before)


def lasting(stamp: FileStamp) -> Lasting:
    """Return of a stamp what stays the same while the file does."""
    return stamp.ino, stamp.size, stamp.mtime_ns


def _up_to(size: int, files: Iterable[Wanted]) -> Iterator[Wanted]:
    """Yield files that come to so many bytes; the first in any case, one to be read alone as such."""
    for number, wanted in enumerate(files):
        if number and (wanted.growth > size or wanted.alone):
            return
        size -= wanted.growth
        yield wanted
        if wanted.alone:
            return
