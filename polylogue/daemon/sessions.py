"""Live sessions: the folders of coding agents are watched, and files that grow are followed.

    watch   one watcher for all folders, says which paths may have changed
    look    asks the disk what they are now; scans everything now and then   (session_looking)
    read    what a person's agent writes just now, a file at a time, in a thread of this process
    fill    what is large, and the many files of a first start: newest first, in a child process

Between them is a table (session_table). Nothing is ever written to these folders.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
import structlog

from polylogue.config import Config
from polylogue.daemon.child import Child, WorkerDiedError
from polylogue.daemon.desk import Desk
from polylogue.daemon.follow_job import Outcome, follow
from polylogue.daemon.session_looking import Looker
from polylogue.daemon.session_table import Folder, Table, Wanted
from polylogue.daemon.state import State, now_ms
from polylogue.ingest.follow import Follower
from polylogue.sources.sessions import Root
from polylogue.sources.watch import watch_all
from polylogue.store.archive import Archive

log = structlog.get_logger()

#: Warnings: files that are tried again, files that are not.
UNREADABLE, REFUSED = "sessions-unreadable", "sessions-refused"
#: How the codes begin of what passes without a person.
_PASSING = ("busy", "vanished", "changed-while-reading")
_CHANGED = frozenset({"new", "grown", "imported"})
_BACK = frozenset({"new", "unchanged", "imported"})  # what a file that was gone may be
#: What lies beside the folder of an agent and belongs to it.
_BESIDE = {
    "claude_code": ("history.jsonl",),
    "codex": ("archived_sessions", "session_index.jsonl", "history.jsonl"),
}


def folders_of(config: Config) -> list[Folder]:
    """Return the folders that are to be followed."""
    agents = {"sessions.claude_code.path": "claude_code", "sessions.codex.path": "codex"}
    places = ((agents.get(key, "folder"), path) for key, path in config.sessions.places())
    return [
        Folder(name, Root(path, _BESIDE.get(name, ())), asked_for=name == "folder")
        for name, path in places
    ]


class Sessions:
    """The session folders of one daemon: four services, and what may be asked of them."""

    def __init__(self, state: State, config: Callable[[], Config], desk: Desk, books: Desk) -> None:
        self._state = state
        self._config = config
        self._desk = desk
        self._table = Table(folders_of(config()))
        self._looker = Looker(state, books, self._table, self._tell_troubles)
        self._follower: Follower | None = None
        self.hint = self._looker.hint
        self.scanned = self._looker.scanned

    @property
    def waiting(self) -> int:
        """How many files are to be read or looked at."""
        return self._table.waiting + self._looker.busy

    def status(self) -> dict[str, Any]:
        """Return how each folder is, and how far a large piece of work is."""
        table = self._table
        left, done = table.in_bulk, table.read_in_bulk
        return {
            "folders": [
                {
                    "name": folder.name,
                    "path": str(folder.root.path),
                    "watch": "missing" if folder.away else folder.watch.mode,
                    "files": len(folder.known),
                    "last_activity": folder.last_activity,
                    "problems": len(table.troubles_of(folder)),
                    "only_here": folder.only_here,
                }
                for folder in table.folders
            ],
            "waiting": table.waiting,
            "filling": {"done": done, "total": done + left} if left else None,
        }

    def try_again(self) -> None:
        """Try everything again that could not be read: what kept it may have changed."""
        self._table.troubles.clear()
        self._follower = None
        self._tell_troubles()
        self.hint(())

    # --- Services --------------------------------------------------------------------------------

    async def watch(self) -> None:
        """Pass on hints, until the daemon stops."""
        roots = {folder.root.path: folder.watch for folder in self._table.folders}
        if not roots:
            return
        await watch_all(roots, self.hint, stop=self._state.stopping)

    async def look(self) -> None:
        """Look at what may have changed, until cancelled."""
        await self._looker.run(lambda: self._config().daemon.scan_seconds)

    async def read(self) -> None:
        """Follow what is written just now, one file after another, until cancelled."""
        table = self._table
        while True:
            await self._state.resumed.wait()
            wanted = table.take_live()
            if wanted is None:
                await table.live_filled.wait()
                continue
            outcome = await self._desk.run(partial(self._follow, wanted=wanted))
            self._done([wanted], [outcome])
            await self._state.tell()

    async def fill(self) -> None:
        """Follow what is much, in a child, until cancelled."""
        table, state = self._table, self._state
        while True:
            await table.bulk_filled.wait()
            await state.resumed.wait()
            async with Child.start() as child:
                while not state.paused and (batch := table.take_bulk()):
                    if not await self._ask(child, batch):
                        break
                    await state.tell()

    async def _ask(self, child: Child, batch: list[Wanted]) -> bool:
        """Have a child follow some files; return whether it lives."""
        request = {
            "work": "follow",
            "archive": str(self._config().archive),
            "files": [_request(wanted) for wanted in batch],
            "now": now_ms(),
            "max_size": self._max_size(),
        }
        try:
            answer = await child.ask(request, _quietly)
        except WorkerDiedError as error:
            died = Outcome("failed", code=error.code, reason=error.message, advice=error.advice)
            self._table.died(batch, died, asyncio.get_running_loop().time())
            self._tell_troubles()
            return False
        except BaseException:
            self._table.give_back(batch)
            raise
        self._done(batch, [msgspec.convert(outcome, Outcome) for outcome in answer["outcomes"]])
        return True

    # --- What came of it -------------------------------------------------------------------------

    def _follow(self, archive: Archive, wanted: Wanted) -> Outcome:
        """Follow one file, in the desk's thread."""
        if self._follower is None:
            self._follower = Follower(archive, max_size=self._max_size())
        (outcome,) = follow(self._follower, [_request(wanted)], now_ms())
        return outcome

    def _done(self, batch: Sequence[Wanted], outcomes: Sequence[Outcome]) -> None:
        """Put down what came of some files, and have the notes written."""
        now = asyncio.get_running_loop().time()
        for wanted, outcome in zip(batch, outcomes, strict=True):
            if outcome.became == "failed":
                log.warning("sessions.file_failed", folder=wanted.folder.name, code=outcome.code)
            self._table.done(wanted, outcome, now)
        if any(outcome.became in _BACK for outcome in outcomes):
            self._looker.count_anew()
        if any(outcome.became in _CHANGED for outcome in outcomes):
            self._state.render_wanted.set()
        self._tell_troubles()

    def _tell_troubles(self) -> None:
        """Warn of what cannot be read as long as it cannot."""
        found: dict[str, list[Outcome]] = {UNREADABLE: [], REFUSED: []}
        for trouble in self._table.troubles.values():
            outcome = trouble.outcome
            if not outcome.later:
                found[REFUSED].append(outcome)
            elif outcome.became == "failed" and not outcome.code.startswith(_PASSING):
                found[UNREADABLE].append(outcome)
        for code, outcomes in found.items():
            if not outcomes:
                self._state.settle(code)
                continue
            first, *others = outcomes
            more = f" So it is with {len(others):,} more." if others else ""
            self._state.warn(code, f"A session file: {first.reason}{more}", first.advice)

    def _max_size(self) -> int:
        return int(self._config().limits.max_import_gib * 2**30)


def _request(wanted: Wanted) -> tuple[str, str, bool]:
    return wanted.path, wanted.folder.root.name_of(wanted.path), wanted.prove


def _quietly(_numbers: list[int]) -> None:
    """Pass over progress: a batch takes moments."""
