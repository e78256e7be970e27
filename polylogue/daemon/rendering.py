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

import msgspec
import structlog

from polylogue.config import Config
from polylogue.config.zones import zone
from polylogue.daemon.child import Child
from polylogue.daemon.desk import Desk
from polylogue.daemon.publish_job import report_json
from polylogue.daemon.state import State, now_ms
from polylogue.daemon.supervise import first_of
from polylogue.errors import TemplateError, VaultError
from polylogue.publish import Target, look, publish
from polylogue.publish.overrides import read_overrides
from polylogue.publish.wishes import look_of
from polylogue.store.archive import Archive
from polylogue.store.dirty import dirty_count
from polylogue.store.events import add_event
from polylogue.vault.aside import EDITED

log = structlog.get_logger()

_FEW = 40  # notes; so many are rendered in this process
_RETRY = 30.0  # seconds
_BULK_LOOKS = 20.0  # seconds between looks at the vault while a worker reads
_LINGER = 3.0  # seconds for which an idle child is kept
#: Why notes are not written, as reports name it; what is said of so many of them, and what to do.
_LEFT_OVER = {
    "blocked": (
        "Notes that cannot be written, since files of yours have their names: {}.",
        "Move those files out of the vault, then: polylogue ctl rerender --all",
    ),
    "broken": ("Chats that cannot be rendered: {}.", "polylogue verify"),
}
_FIGHT = "vault-fight"  # a warning
_LOSSES = 5  # so many looks that find files missing, within …
_WINDOW = 60.0  # … so many seconds, mean that another program removes what polylogue writes


def target(config: Config) -> Target:
    """Return where notes go and how they look. Reads the person's templates; TemplateError."""
    return Target(
        config.paths.vault,
        config.vault.layout,
        zone(config.vault.timezone, os.environ),
        formats=config.vault.formats,
        pages=config.vault.index,
        look=look_of(config),
        overrides=read_overrides(config.paths.templates),
    )


def _dirty(archive: Archive) -> int:
    return dirty_count(archive.connection)


def _note_saved(archive: Archive, count: int, folder: str) -> None:
    notes = "1 note that was" if count == 1 else f"{count:,} notes that were"
    said = f"{notes} edited by hand went to {folder} before being written again."
    fields = {"count": count, "folder": folder, "said": said}
    with archive.transaction() as connection:
        add_event(connection, now_ms(), "info", "vault.edits_kept", fields)


class RenderLane:
    """One pass after another over the outbox, and now and then a look at the vault."""

    def __init__(self, state: State, config: Callable[[], Config], desk: Desk) -> None:
        self._state = state
        self._config = config
        self._desk = desk
        self._losses: deque[float] = deque(maxlen=_LOSSES)
        self._looked = 0.0

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
                state.retry_wanted.clear()
                await self._failed()
                await first_of(state.retry_wanted, state.stopping, seconds=_RETRY)
                state.render_wanted.set()
                state.look_wanted.set()

    async def _pass(self) -> None:
        state = self._state
        state.rendering = True
        try:
            await self._look_if_wanted()
            state.render_wanted.clear()
            waiting = await self._desk.run(_dirty)
            if waiting > _FEW or state.in_bulk:
                async with Child.start() as child:
                    await self._drain(lambda: child.ask(self._request(), _quietly), _LINGER)
            elif waiting:
                config = self._config()
                await self._drain(
                    lambda: self._desk.run(lambda a: report_json(publish(a, target(config)))), 0
                )
            else:
                state.settle(TemplateError.default_code)
        finally:
            state.rendering = False
            await state.tell()

    async def _drain(
        self, publish_once: Callable[[], Awaitable[dict[str, Any]]], linger: float
    ) -> None:
        """Publish until nothing is dirty and nothing new came for `linger` seconds.

        The vault is looked at in between, now and then: a bulk import may last for hours, and its
        own notes make the watcher hint all the time.
        The first call makes a worker ready, also when nothing is dirty yet.
        """
        state = self._state
        first = True
        while True:
            state.render_wanted.clear()
            if not state.in_bulk or self._look_is_due():
                await self._look_if_wanted()
            if first or await self._desk.run(_dirty) > 0:
                first = False
                state.rendering = True
                report = await publish_once()
                state.settle(TemplateError.default_code)
                self._settle()
                await self._tell(report)
                if self._left_over(report):
                    await self._failed()
                    if not state.in_bulk:
                        return
                elif await self._desk.run(_dirty):
                    continue
            state.rendering = False
            await state.tell()
            wanted = (
                (state.render_wanted,)
                if state.in_bulk
                else (state.render_wanted, state.look_wanted)
            )
            await first_of(*wanted, seconds=linger)
            if not (state.render_wanted.is_set() or state.in_bulk):
                return

    def _look_is_due(self) -> bool:
        return asyncio.get_running_loop().time() - self._looked >= _BULK_LOOKS

    async def _look_if_wanted(self) -> None:
        if self._state.look_wanted.is_set():
            self._state.look_wanted.clear()
            self._looked = asyncio.get_running_loop().time()
            await self._look()
            self._settle()

    async def _failed(self) -> None:
        """Let those who wait know that not everything could be written."""
        self._state.rendering = False
        self._state.render_failures += 1
        await self._state.tell()

    async def _tell(self, report: dict[str, Any]) -> None:
        """Log what was published; what a person must know for good is written down."""
        log.info("render.notes_published", **report)
        if count := report["saved"]:
            folder = str(self._config().paths.vault / EDITED)
            await self._desk.run(lambda archive: _note_saved(archive, count, folder))

    def _left_over(self, report: dict[str, Any]) -> bool:
        """Warn of notes that stay to be rendered because they cannot be; return whether there are."""
        for kind, (text, fix) in _LEFT_OVER.items():
            if report[kind]:
                self._state.warn(f"notes-{kind}", text.format(report[kind]), fix)
            else:
                self._state.settle(f"notes-{kind}")
        return any(report[kind] for kind in _LEFT_OVER)

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
        config = self._config()
        survey = await self._desk.run(lambda archive: look(archive, target(config)))
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
            "formats": config.vault.formats,
            "index": config.vault.index,
            "look": msgspec.to_builtins(look_of(config)),
            "templates": str(config.paths.templates),
        }


def _quietly(_numbers: list[int]) -> None:
    """Pass over progress: `ctl status` counts what is left to render."""
