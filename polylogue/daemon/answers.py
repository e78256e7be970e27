"""What the daemon answers to each request of `polylogue ctl`: plain values, no HTTP."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from polylogue import __version__
from polylogue.config import Config
from polylogue.daemon.desk import Desk
from polylogue.daemon.inbox import Inbox
from polylogue.daemon.sessions import Sessions
from polylogue.daemon.state import State, now_ms
from polylogue.errors import UsageError
from polylogue.sources.watch import WatchState
from polylogue.store.archive import Archive, Connection
from polylogue.store.dirty import mark_all_dirty, mark_dirty
from polylogue.store.events import set_meta
from polylogue.store.load import find
from polylogue.store.reader import Reader

_NONE = "no-such-conversation"
#: How the codes of warnings begin that keep notes from being written.
_OF_THE_VAULT = ("vault-", "notes-")


def _size(archive: Path) -> int:
    """Return the bytes of the archive and of the log that SQLite keeps beside it."""
    files = (archive, archive.with_name(archive.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


class Rerender(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which notes are to be rendered again.

    All; or those of a provider, changed `since` (ms); or those of conversations whose ids begin so.
    """

    all: bool = False
    provider: str | None = None
    since: int | None = None
    ids: list[str] = []


class Retry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which failed thing is to be tried again."""

    name: str


class Answers:
    """Answers from the archive and the daemon's memory."""

    def __init__(
        self,
        state: State,
        config: Callable[[], Config],
        reader: Reader,
        books: Desk,
        inbox: Inbox,
        sessions: Sessions,
    ) -> None:
        self._state = state
        self._config = config
        self._reader = reader
        self._books = books
        self._inbox = inbox
        self._sessions = sessions

    async def status(self, watch: WatchState) -> dict[str, Any]:
        """Return how everything is."""
        state, config = self._state, self._config()
        there = await self._reader.overview()
        return {
            "version": __version__,
            "pid": os.getpid(),
            "started_at": state.started_at,
            "now": now_ms(),
            "paused": state.paused,
            "archive": {
                "path": str(config.archive),
                "conversations": there.conversations,
                "messages": there.messages,
                "attachments": there.attachments,
                "bytes": _size(config.archive),
                "last_import_at": there.last_import_at,
            },
            "inbox": {
                "path": str(config.paths.inbox),
                "watch": watch.mode,
                "waiting": self._inbox.waiting,
                "failed": there.failed,
                "reading": asdict(state.reading) if state.reading else None,
                "last": state.last_inbox,
            },
            "sessions": self._sessions.status(),
            "vault": {
                "path": str(config.paths.vault),
                "notes": there.notes,
                "dirty": there.dirty,
                "rendering": state.rendering,
                "state": self._vault_state(),
            },
            "unknowns": there.unknowns,
            "warnings": [asdict(warning) for warning in state.warnings.values()],
        }

    def _vault_state(self) -> str:
        codes = [code for code in self._state.warnings if code.startswith(_OF_THE_VAULT)]
        return "error" if codes else "ok"

    async def wait(self, seconds: float) -> dict[str, Any]:
        """Return when nothing waits, is read, or is to be rendered; or when the time has passed.

        Also when nothing goes on without a person: `blocked` says by what, as codes of warnings, or
        `paused`. What could not be rendered before is tried once more first.
        """
        state = self._state
        failures = state.render_failures
        quiet, blocked = False, list[str]()
        try:
            async with asyncio.timeout(seconds):
                state.render_wanted.set()
                state.retry_wanted.set()
                await self._scanned()
                while not (quiet := await self._is_quiet()):
                    if blocked := self._blocked(failures):
                        break
                    await state.news()
        except TimeoutError:
            pass
        there = await self._reader.overview()
        return {
            "quiet": quiet,
            "blocked": blocked,
            "waiting": self._waiting,
            "dirty": there.dirty,
            "failed": there.failed,
        }

    @property
    def _waiting(self) -> int:
        """How many files wait to be read."""
        return self._inbox.waiting + self._sessions.waiting

    async def _scanned(self) -> None:
        """Have the inbox and the session folders looked at."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._inbox.scanned())
            group.create_task(self._sessions.scanned())

    async def _is_quiet(self) -> bool:
        state = self._state
        wanted = state.render_wanted.is_set() or state.look_wanted.is_set()
        busy = self._waiting or state.rendering or (wanted and not state.paused)
        return not busy and not await self._reader.dirty()

    def _blocked(self, failures: int) -> list[str]:
        """Return what only a person can end, if that is all that is left.

        A warning counts when rendering failed again, after it had failed `failures` times.
        """
        state = self._state
        if state.reading is not None or state.rendering:
            return []
        if state.paused:
            return ["paused"]
        if self._waiting or state.render_failures == failures:
            return []
        return sorted(code for code in state.warnings if code.startswith(_OF_THE_VAULT))

    async def scan(self) -> dict[str, Any]:
        """Look at everything now; return when the inbox and the session folders were looked at."""
        self._state.render_wanted.set()
        self._state.look_wanted.set()
        self._state.retry_wanted.set()
        await self._scanned()
        return {"scanned": True}

    async def rerender(self, wanted: Rerender) -> dict[str, Any]:
        """Mark notes to be rendered again; return how many. Raises UsageError when none is meant."""

        def mark(archive: Archive) -> int:
            with archive.transaction() as connection:
                return _mark(connection, wanted)

        marked = await self._books.run(mark)
        self._state.render_wanted.set()
        await self._state.tell()
        return {"marked": marked}

    async def pause(self, *, paused: bool) -> dict[str, Any]:
        """Begin no new work, also after a restart; or go on."""

        def remember(archive: Archive) -> None:
            with archive.transaction() as connection:
                set_meta(connection, "paused", "1" if paused else "0")

        await self._books.run(remember)
        if paused:
            self._state.resumed.clear()
        else:
            self._state.resumed.set()
        await self._state.tell()
        return {"paused": paused}

    async def stop(self) -> dict[str, Any]:
        """Leave, after the work in hand."""
        self._state.stopping.set()
        await self._state.tell()
        return {"stopping": True}

    async def inbox(self) -> dict[str, Any]:
        """Return everything that was dropped, as it is now."""
        stored = [
            {
                "name": item.name,
                "place": item.place,
                "state": item.state,
                "size": item.size,
                "seen_at": item.seen_at,
                "changed_at": item.changed_at,
                "code": item.code,
                "reason": item.reason,
                "advice": item.advice,
                "attempts": item.attempts,
            }
            for item in await self._reader.inbox_items()
        ]
        names = {item["name"] for item in stored if item["state"] in ("reading", "waiting")}
        seen = [item for item in self._inbox.settling() if item["name"] not in names]
        return {"items": [*seen, *stored]}

    async def retry(self, wanted: Retry) -> dict[str, Any]:
        """Take something that failed up again."""
        await self._inbox.try_again(wanted.name)
        return {"retried": wanted.name}

    async def log(self, *, after: int, limit: int, seconds: float) -> dict[str, Any]:
        """Return events; wait up to so many seconds for the first."""
        found = await self._reader.events(after=after, limit=limit)
        try:
            async with asyncio.timeout(seconds):
                while not found:
                    await self._state.news()
                    found = await self._reader.events(after=after, limit=limit)
        except TimeoutError:
            pass
        return {
            "events": [
                {
                    "id": e.event_id,
                    "at": e.at,
                    "level": e.level,
                    "event": e.event,
                    "fields": e.fields,
                }
                for e in found
            ]
        }


def _mark(connection: Connection, wanted: Rerender) -> int:
    """Mark what is wanted; return how many conversations that are."""
    if wanted.ids:
        rows = {row for prefix in wanted.ids for row in _found(connection, prefix)}
        mark_dirty(connection, rows)
        return len(rows)
    if not (wanted.all or wanted.provider or wanted.since is not None):
        raise UsageError(
            "Which notes shall be written again?",
            advice="Give ids of conversations, a provider, a time, or say: all.",
            code="nothing-chosen",
        )
    marked = mark_all_dirty(connection, provider=wanted.provider, since=wanted.since)
    if not marked and wanted.provider:
        raise UsageError(
            f"No such conversation of {wanted.provider} is in the archive.",
            advice="`polylogue ctl status` tells what is there.",
            code=_NONE,
        )
    return marked


def _found(connection: Connection, prefix: str) -> list[int]:
    """Return the rows of the conversations whose id begins so. Raises UsageError for none."""
    rows = find(connection, prefix) if prefix else []
    if not rows:
        raise UsageError(
            f"No conversation's id begins with {prefix!r}.",
            advice="`polylogue search WORDS` prints ids.",
            code=_NONE,
        )
    return rows
