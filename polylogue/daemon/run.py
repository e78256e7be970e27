"""The running daemon: everything it uses is opened here, every service started and stopped here.

    lock → archive → socket → watchers → services → READY
    a signal → STOPPING → services cancelled, work in hand finished → all closed in reverse

Services are supervised one by one. The configuration is one value, replaced by a reload.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from msgspec import structs

from polylogue import __version__, log
from polylogue.config import Config, describe, load
from polylogue.daemon.answers import Answers
from polylogue.daemon.control import application, listening, serve
from polylogue.daemon.desk import Desk
from polylogue.daemon.folders import make_folders
from polylogue.daemon.inbox import Inbox
from polylogue.daemon.notify import Notifier
from polylogue.daemon.rendering import RenderLane
from polylogue.daemon.sessions import Sessions
from polylogue.daemon.state import State, now_ms
from polylogue.daemon.supervise import pause_or_stop, supervise
from polylogue.errors import ConfigError
from polylogue.publish.wishes import check_view
from polylogue.sources.watch import Pace, WatchState, watch
from polylogue.store.archive import Archive
from polylogue.store.events import add_event, get_meta
from polylogue.store.reader import Reader

logger = structlog.get_logger()

_NEEDS_RESTART = ("paths.", "sessions.")
_RERENDERS = "vault."
_VAULT_PACE = Pace(step_ms=500, burst_ms=1000)
_AFTER_HINT = 1.0  # seconds in which further changes of the vault count as the same


@dataclass(slots=True)
class Settings:
    """The configuration that holds now, and the file that it came from."""

    config: Config
    file: Path | None

    def now(self) -> Config:
        """Return the configuration."""
        return self.config


def start_log(config: Config) -> None:
    """Send the log to stderr: text for a terminal, JSON lines for everything else."""
    log.configure(
        config.daemon.log_level,
        stream=sys.stderr,
        json=sys.stderr is None or not sys.stderr.isatty(),
        priority=log.on_journal(os.environ),
    )


async def run(state: State, config: Config, file: Path | None, notifier: Notifier) -> None:
    """Run the daemon until a signal or `ctl stop`."""
    check_view(config)
    settings = Settings(config, file)
    async with AsyncExitStack() as stack:
        ingest_desk = await stack.enter_async_context(Desk.open(config.archive, "ingest"))
        session_desk = await stack.enter_async_context(Desk.open(config.archive, "sessions"))
        render_desk = await stack.enter_async_context(Desk.open(config.archive, "render"))
        books = await stack.enter_async_context(Desk.open(config.archive, "books"))
        reader = await stack.enter_async_context(Reader.open(config.archive))
        listener = stack.enter_context(listening(config.socket))
        paused = await books.run(_begin)
        if not paused:
            state.resumed.set()
        await books.run(lambda archive: make_folders(archive, config))
        inbox = Inbox(state, settings.now, ingest_desk, books)
        sessions = Sessions(state, settings.now, session_desk, books)
        lane = RenderLane(state, settings.now, render_desk)
        inbox_watch, vault_watch, templates_watch = WatchState(), WatchState(), WatchState()
        answers = Answers(state, settings.now, reader, books, inbox, sessions)

        async def reload() -> dict[str, Any]:
            said = _reload(state, settings)
            sessions.try_again()
            await state.tell()
            return said

        def scan() -> None:
            state.scan_wanted.set()
            sessions.hint(())

        app = application(answers, inbox_watch, reload)
        services: dict[str, Callable[[], Awaitable[None]]] = {
            "control": lambda: serve(app, listener, state.stopping),
            "inbox-watch": lambda: watch(
                config.paths.inbox,
                state.scan_wanted.set,
                inbox_watch,
                stop=state.stopping,
            ),
            "vault-watch": lambda: _watch_vault(state, config.paths.vault, vault_watch),
            "templates-watch": lambda: watch(
                config.paths.templates,
                lambda: _look_at_once(state),
                templates_watch,
                stop=state.stopping,
                recursive=False,
            ),
            "inbox-scan": inbox.scan,
            "inbox-read": inbox.read,
            "sessions-watch": sessions.watch,
            "sessions-look": sessions.look,
            "sessions-read": sessions.read,
            "sessions-fill": sessions.fill,
            "render": lane.run,
            "watchdog": lambda: _watchdog(state, books, notifier),
        }
        folders = {"inbox": str(config.paths.inbox), "vault": str(config.paths.vault)}
        await _serve(state, services, notifier, reload, folders, scan)
        await books.run(lambda archive: _note(archive, "daemon.stopped"))


async def _serve(
    state: State,
    services: dict[str, Callable[[], Awaitable[None]]],
    notifier: Notifier,
    reload: Callable[[], Awaitable[dict[str, Any]]],
    folders: dict[str, str],
    scan: Callable[[], None],
) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, state.stopping.set)
    loop.add_signal_handler(signal.SIGHUP, state.reload_wanted.set)
    loop.add_signal_handler(signal.SIGUSR1, scan)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(supervise(name, state, service), name=name)
            for name, service in services.items()
        ]
        tasks.append(group.create_task(_reloader(state, reload)))
        logger.info("daemon.ready", version=__version__, pid=os.getpid(), **folders)
        notifier.send(READY="1", STATUS="running")
        await state.stopping.wait()
        logger.info("daemon.stopping")
        notifier.send(STOPPING="1")
        await state.tell()
        for task in tasks:
            if task.get_name() != "control":  # ends by itself, after its last answers
                task.cancel()


def _begin(archive: Archive) -> bool:
    """Note the start; return whether a person had paused the daemon."""
    _note(archive, "daemon.started")
    return get_meta(archive.connection, "paused") == "1"


def _note(archive: Archive, event: str) -> None:
    with archive.transaction() as connection:
        add_event(connection, now_ms(), "info", event, {"version": __version__, "pid": os.getpid()})


async def _watch_vault(state: State, root: Path, watched: WatchState) -> None:
    """Have the vault looked at soon after something changed in it."""
    changed = asyncio.Event()

    async def settle() -> None:
        while True:
            await changed.wait()
            await pause_or_stop(state, _AFTER_HINT)
            changed.clear()
            state.look_wanted.set()

    async with asyncio.TaskGroup() as group:
        settling = group.create_task(settle())
        await watch(root, changed.set, watched, stop=state.stopping, pace=_VAULT_PACE)
        settling.cancel()


async def _reloader(state: State, reload: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    while True:
        await state.reload_wanted.wait()
        state.reload_wanted.clear()
        try:
            await reload()
        except ConfigError as error:
            state.warn("config", f"The old configuration stays: {error.message}", error.advice)


def _reload(state: State, settings: Settings) -> dict[str, Any]:
    """Read the configuration again; return what changed and what needs a restart. ConfigError."""
    fresh = load(settings.file, os.environ)
    check_view(fresh)
    state.settle("config")
    before = {key: value for key, value, _ in describe(settings.config)}
    changed = [key for key, value, _ in describe(fresh) if before[key] != value]
    restart = [key for key in changed if key.startswith(_NEEDS_RESTART)]
    kept = settings.config
    settings.config = structs.replace(
        fresh, paths=kept.paths, sessions=kept.sessions, runtime=kept.runtime
    )
    start_log(fresh)
    if any(key.startswith(_RERENDERS) for key in changed):
        _look_at_once(state)  # it marks what was rendered otherwise
    state.scan_wanted.set()
    applied = [key for key in changed if key not in restart]
    logger.info("daemon.config_reloaded", applied=applied, needs_restart=restart)
    return {"applied": applied, "needs_restart": restart}


def _look_at_once(state: State) -> None:
    """Have the vault looked at, also when it is waited for."""
    state.look_wanted.set()
    state.retry_wanted.set()


async def _watchdog(state: State, books: Desk, notifier: Notifier) -> None:
    """Tell systemd that the loop runs and that a writer answers, as often as it wants to know."""
    while notifier.watchdog_seconds and not state.stopping.is_set():
        await books.run(lambda archive: archive.connection.execute("SELECT 1").fetchone())
        notifier.send(WATCHDOG="1")
        await pause_or_stop(state, notifier.watchdog_seconds / 3)
