"""Hints that something may have changed below a folder. The caller scans; a hint says when.

watchfiles (1.3) makes hints fast and is not to be trusted further (measured): it loses events in an
overflow and at each expiry of `rust_timeout` (so that is 0); after its root was deleted, renamed or
unmounted it is silent for ever; one file name that is not UTF-8 ends it; and without watches left
it does not start. Therefore:

- the root itself is compared with what is watched, every few seconds, and watched anew;
- whatever ends the watcher is followed by hints at intervals, and by new attempts, ever rarer;
- each (re)start gives a hint, after the watcher is in place: what came before is found by the scan;
- a hint carries no path and no kind of change.

What even this cannot see is for the caller's regular scan.
"""

import asyncio
import os
import stat
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import watchfiles
from watchfiles._rust_notify import WatchfilesRustInternalError  # documented, exported nowhere else

Mode: TypeAlias = Literal["missing", "native", "polling", "error"]

_Identity: TypeAlias = tuple[int, int]

_MAX_ROUNDS = 120


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast hints come: one to two `step_ms` after the last change of a burst.

    A burst that does not end gives a hint every `burst_ms`. The root is looked at every
    `root_seconds`; without a watcher there is a hint every `poll_seconds`. Steps of 100 ms cost
    0.08 % of a core for each root (measured), steps of 50 ms twice that.
    """

    step_ms: int = 100
    burst_ms: int = 400
    root_seconds: float = 2.0
    poll_seconds: float = 5.0


DEFAULT_PACE = Pace()


@dataclass(slots=True)
class WatchState:
    """How the watching of one root goes, for people to see.

    `missing`: the root is not there; `native`: the system tells of changes; `polling`: it does not,
    and hints come at intervals; `error`: the root is no folder or cannot be looked at.
    `last_event` is in milliseconds since the epoch.
    """

    mode: Mode = "missing"
    last_event: int | None = None
    last_error: str = ""


async def watch(
    root: Path,
    hint: Callable[[], None],
    state: WatchState,
    *,
    stop: asyncio.Event,
    recursive: bool = True,
    pace: Pace = DEFAULT_PACE,
) -> None:
    """Call `hint` whenever something may have changed below `root`, until `stop` is set.

    `root` need not exist, now or always. `hint` is called in the loop, often, and must not raise.
    Returns within a step after `stop`, and can be cancelled at any point.
    """
    watcher = _Watcher(root, hint, state, stop, recursive, pace)
    failures = 0
    while not stop.is_set():
        identity = await watcher.identify()
        if identity is None:
            await _pause(stop, pace.root_seconds)
            continue
        started = time.monotonic()
        try:
            await watcher.listen(identity)
        except* (OSError, UnicodeError, WatchfilesRustInternalError) as errors:
            state.last_error = _words(errors)
            lasted = time.monotonic() - started
            failures = 1 if lasted > _MAX_ROUNDS * pace.poll_seconds else failures + 1
            await watcher.poll(identity, rounds=min(2 ** (failures - 1), _MAX_ROUNDS))


@dataclass(frozen=True, slots=True)
class _Watcher:
    root: Path
    hint: Callable[[], None]
    state: WatchState
    stop: asyncio.Event
    recursive: bool
    pace: Pace

    async def identify(self) -> _Identity | None:
        """Return which folder the root is now; None, with the state saying why, when it is none."""
        try:
            status = await asyncio.to_thread(os.stat, self.root)
        except FileNotFoundError:
            self._lost("missing", "")
        except (OSError, ValueError) as error:
            self._lost("error", str(getattr(error, "strerror", None) or error))
        else:
            if stat.S_ISDIR(status.st_mode):
                return status.st_dev, status.st_ino
            self._lost("error", "It is not a folder.")
        return None

    def _lost(self, mode: Mode, error: str) -> None:
        if self.state.mode != mode:
            self.state.mode, self.state.last_error = mode, error
            self.hint()

    async def listen(self, identity: _Identity) -> None:
        """Pass on what watchfiles says, until `stop`, or until the root is not `identity`."""
        ended = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            relay = tasks.create_task(self._relay(ended))
            await asyncio.sleep(0)  # in its first step it makes the watcher, or fails
            if not relay.done():
                await self._guard(identity, ended)

    async def poll(self, identity: _Identity, rounds: int) -> None:
        """Give `rounds` hints at intervals, fewer when the root is not `identity` any more."""
        for _ in range(rounds):
            self.state.mode = "polling"
            self.hint()
            await _pause(self.stop, self.pace.poll_seconds)
            if self.stop.is_set() or await self.identify() != identity:
                return

    async def _relay(self, ended: asyncio.Event) -> None:
        changes = watchfiles.awatch(
            self.root,
            watch_filter=None,
            debounce=self.pace.burst_ms,
            step=self.pace.step_ms,
            stop_event=ended,
            rust_timeout=0,
            recursive=self.recursive,
            ignore_permission_denied=False,  # it would also hide that there are no watches left
        )
        async with aclosing(changes):
            async for _ in changes:
                self.state.last_event = time.time_ns() // 1_000_000
                self.hint()

    async def _guard(self, identity: _Identity, ended: asyncio.Event) -> None:
        self.state.mode, self.state.last_error = "native", ""
        self.hint()
        try:
            while not self.stop.is_set():
                await _pause(self.stop, self.pace.root_seconds)
                if await self.identify() != identity:
                    self.hint()
                    return
        finally:
            ended.set()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait for `seconds`, or until `stop` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _words(errors: BaseExceptionGroup[Exception]) -> str:
    """Return what the first error of a group says."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)
