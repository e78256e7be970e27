"""The lane that keeps the vault current: renders what is dirty, looks at what is missing.

A few notes are rendered in this process, many in a child that stays as long as work keeps coming,
and starts with a bulk import, to be ready for its first conversations.
While the vault cannot be written the marks stay, a warning stands, and the lane tries again.
"""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from polylogue.config import Config
from polylogue.config.zones import zone
from polylogue.daemon.child import Child
from polylogue.daemon.desk import Desk
from polylogue.daemon.publish_job import report_json
from polylogue.daemon.state import State
from polylogue.daemon.supervise import first_of, pause_or_stop
from polylogue.errors import VaultError
from polylogue.publish import Target, look, publish
from polylogue.store.archive import Archive
from polylogue.store.dirty import dirty_count

log = structlog.get_logger()

_FEW = 40  # notes; so many are rendered in this process
_RETRY = 30.0  # seconds
_LINGER = 3.0  # seconds for which an idle child is kept
_FIGHT = "vault-fight"  # a warning
_LOSSES = 5  # so many looks that find files missing, within …
_WINDOW = 60.0  # … so many seconds, mean that another program removes what polylogue writes


def target(config: Config) -> Target:
    """Return where notes go and how they look."""
    return Target(config.paths.vault, config.vault.layout, zone(config.vault.timezone, os.environ))


def _dirty(archive: Archive) -> int:
    return dirty_count(archive.connection)


class RenderLane:
    """One pass after another over the outbox, and now and then a look at the vault."""

    def __init__(self, state: State, config: Callable[[], Config], desk: Desk) -> None:
        self._state = state
        self._config = config
        self._desk = desk
        self._losses: deque[float] = deque(maxlen=_LOSSES)

    async def run(self) -> None:
        """Render and look whenever it is wanted, until cancelled."""
        state = self._state
        state.render_wanted.set()
        state.look_wanted.set()
        while True:
            period = self._config().daemon.scan_seconds
            if not await first_of(state.render_wanted, state.look_wanted, seconds=period):
                state.look_wanted.set()
            if state.paused:
                await state.resumed.wait()
            try:
                await self._pass()
            except VaultError as error:
                state.warn(error.code, error.message, error.advice)
                await state.tell()
                await pause_or_stop(state, _RETRY)
                state.render_wanted.set()
                state.look_wanted.set()

    async def _pass(self) -> None:
        state = self._state
        state.rendering = True
        try:
            if state.look_wanted.is_set():
                state.look_wanted.clear()
                await self._look()
                self._settle()
            state.render_wanted.clear()
            waiting = await self._desk.run(_dirty)
            if waiting > _FEW or state.in_bulk:
                async with Child.start() as child:
                    await self._drain(lambda: child.ask(self._request(), _quietly), _LINGER)
            elif waiting:
                goal = target(self._config())
                await self._drain(
                    lambda: self._desk.run(lambda a: report_json(publish(a, goal))), 0
                )
        finally:
            state.rendering = False
            await state.tell()

    async def _drain(
        self, publish_once: Callable[[], Awaitable[dict[str, Any]]], linger: float
    ) -> None:
        """Publish until nothing is dirty and nothing new came for `linger` seconds."""
        state = self._state
        while True:
            state.render_wanted.clear()
            state.rendering = True
            report = await publish_once()
            self._settle()
            log.info("render.notes_published", **report)
            if report["blocked"]:
                state.warn(
                    "notes-blocked",
                    f"{report['blocked']} notes cannot be written: files of yours have their names.",
                    "Move those files out of the vault, then: polylogue ctl rerender",
                )
                return
            state.settle("notes-blocked")
            if not await self._desk.run(_dirty):
                state.rendering = False
                await state.tell()
                await first_of(state.render_wanted, state.look_wanted, seconds=linger)
                if not (state.render_wanted.is_set() or state.in_bulk):
                    return

    def _settle(self) -> None:
        """Take away what was said of the vault when it could not be used: it could just now."""
        for code in list(self._state.warnings):
            if code.startswith("vault-") and code != _FIGHT:
                self._state.settle(code)

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._losses) == _LOSSES and now - self._losses[0] < _WINDOW:
            self._state.warn(
                _FIGHT,
                "Another program keeps removing notes from the vault.",
                "Stop it; polylogue writes the notes again in a few minutes.",
            )
            return
        self._state.settle(_FIGHT)
        goal = target(self._config())
        survey = await self._desk.run(lambda archive: look(archive, goal))
        if survey.missing:
            self._losses.append(now)
            log.info("render.files_missing", missing=survey.missing)

    def _request(self) -> dict[str, Any]:
        config = self._config()
        return {
            "work": "publish",
            "archive": str(config.archive),
            "root": str(config.paths.vault),
            "layout": config.vault.layout,
            "timezone": config.vault.timezone,
        }


def _quietly(_numbers: list[int]) -> None:
    """Pass over progress: `ctl status` counts what is left to render."""
