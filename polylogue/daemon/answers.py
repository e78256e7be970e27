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
from polylogue.daemon.state import State, now_ms
from polylogue.sources.watch import WatchState
from polylogue.store.archive import Archive
from polylogue.store.dirty import mark_all_dirty
from polylogue.store.events import set_meta
from polylogue.store.reader import Reader


def _size(archive: Path) -> int:
    """Return the bytes of the archive and of the log that SQLite keeps beside it."""
    files = (archive, archive.with_name(archive.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


class Rerender(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which notes are to be rendered again; `since` in ms."""

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
    ) -> None:
        self._state = state
        self._config = config
        self._reader = reader
        self._books = books
        self._inbox = inbox

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
        codes = [code for code in self._state.warnings if code.startswith(("vault-", "notes-"))]
        return "error" if codes else "ok"

    async def wait(self, seconds: float) -> dict[str, Any]:
        """Return when nothing waits, is read, or is to be rendered; or when the time has passed."""
        quiet = False
        await self._inbox.scanned()
        try:
            async with asyncio.timeout(seconds):
                while not (quiet := await self._is_quiet()):
                    await self._state.news()
        except TimeoutError:
            pass
        there = await self._reader.overview()
        return {
            "quiet": quiet,
            "waiting": self._inbox.waiting,
            "dirty": there.dirty,
            "failed": there.failed,
        }

    async def _is_quiet(self) -> bool:
        state = self._state
        wanted = state.render_wanted.is_set() or state.look_wanted.is_set()
        busy = self._inbox.waiting or state.rendering or wanted
        return not busy and not await self._reader.dirty()

    async def scan(self) -> dict[str, Any]:
        """Look at the inbox and the vault now; return when the inbox was looked at."""
        self._state.render_wanted.set()
        self._state.look_wanted.set()
        await self._inbox.scanned()
        return {"scanned": True}

    async def rerender(self, wanted: Rerender) -> dict[str, Any]:
        """Mark notes to be rendered again; return how many."""

        def mark(archive: Archive) -> int:
            with archive.transaction() as connection:
                return mark_all_dirty(
                    connection,
                    provider=wanted.provider,
                    since=wanted.since,
                    conversation_ids=wanted.ids,
                )

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
                "state": item.state,
                "size": item.size,
                "seen_at": item.seen_at,
                "changed_at": item.changed_at,
                "code": item.code,
                "reason": item.reason,
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
