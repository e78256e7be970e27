"""Hints that something may have changed below folders. The caller scans; a hint says when, and where.

watchfiles (1.3) makes hints fast and is not to be trusted further (measured): it loses events in an
overflow and at each expiry of `rust_timeout` (so that is 0); after its root was deleted, renamed or
unmounted it is silent for ever; one file name that is not UTF-8 ends it; and without watches left
it does not start. Therefore:

- each root itself is compared with what is watched, every few seconds, and watched anew;
- whatever ends the watcher is followed by hints at intervals, and by new attempts, ever rarer;
- each (re)start gives a hint, after the watcher is in place: what came before is found by the scan;
- a hint says nothing of what changed; its paths, where it has any, only say where to look first.

Several roots share one watcher, since each costs by being there; once it fails, each has its own, so
that a bad one blinds no other. What even this cannot see is for the caller's regular scan.
"""

import asyncio
import stat
import time
from collections.abc import Callable, Collection, Iterable, Mapping
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
    `last_event`, of any root of the watcher, is in milliseconds since the epoch.
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
    await _Watcher({root: state}, lambda _: hint(), stop, recursive, pace).run()


async def watch_all(
    roots: Mapping[Path, WatchState],
    hint: Callable[[Collection[str]], None],
    *,
    stop: asyncio.Event,
    pace: Pace = DEFAULT_PACE,
) -> None:
    """Do the same for several roots. `hint` gets the paths that may have changed; none: any may."""
    await _Watcher(roots, hint, stop, recursive=True, pace=pace).run()


@dataclass(frozen=True, slots=True)
class _Watcher:
    roots: Mapping[Path, WatchState]
    hint: Callable[[Collection[str]], None]
    stop: asyncio.Event
    recursive: bool
    pace: Pace

    async def run(self) -> None:
        """Watch the roots that are there, until `stop`."""
        failures = 0
        while not self.stop.is_set():
            there = await self.identify()
            if not there:
                await _pause(self.stop, self.pace.root_seconds)
                continue
            started = time.monotonic()
            error = ""
            try:
                await self.listen(there)
            except* (OSError, UnicodeError, WatchfilesRustInternalError) as errors:
                error = _words(errors)
            if error and len(self.roots) > 1:
                await self._each()
            elif error:
                lasted = time.monotonic() - started
                failures = 1 if lasted > _MAX_ROUNDS * self.pace.poll_seconds else failures + 1
                await self.poll(there, error, rounds=min(2 ** (failures - 1), _MAX_ROUNDS))

    async def _each(self) -> None:
        """Watch each root by itself from now on."""
        async with asyncio.TaskGroup() as tasks:
            for root in self.roots.items():
                alone = _Watcher(dict([root]), self.hint, self.stop, self.recursive, self.pace)
                tasks.create_task(alone.run())

    async def identify(self) -> dict[Path, _Identity]:
        """Return which folders the roots are now; of one that is none, the state says why."""
        found = await asyncio.to_thread(lambda: {root: _identity(root) for root in self.roots})
        for root, identity in found.items():
            if identity is None:
                self._lost(self.roots[root], "missing", "")
            elif isinstance(identity, str):
                self._lost(self.roots[root], "error", identity)
        return {root: found for root, found in found.items() if isinstance(found, tuple)}

    def _lost(self, state: WatchState, mode: Mode, error: str) -> None:
        if state.mode != mode:
            state.mode, state.last_error = mode, error
            self.hint(())

    async def listen(self, there: Mapping[Path, _Identity]) -> None:
        """Pass on what watchfiles says, until `stop`, or until the roots are not `there`."""
        ended = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            relay = tasks.create_task(self._relay(there, ended))
            await asyncio.sleep(0)  # in its first step it makes the watcher, or fails
            if not relay.done():
                await self._guard(there, ended)

    async def poll(self, there: Mapping[Path, _Identity], error: str, rounds: int) -> None:
        """Give `rounds` hints at intervals, fewer when the roots are not `there` any more."""
        for root in there:
            self.roots[root].last_error = error
        for _ in range(rounds):
            for root in there:
                self.roots[root].mode = "polling"
            self.hint(())
            await _pause(self.stop, self.pace.poll_seconds)
            if self.stop.is_set() or await self.identify() != there:
                return

    async def _relay(self, there: Iterable[Path], ended: asyncio.Event) -> None:
        changes = watchfiles.awatch(
            *there,
            watch_filter=None,
            debounce=self.pace.burst_ms,
            step=self.pace.step_ms,
            stop_event=ended,
            rust_timeout=0,
            recursive=self.recursive,
            ignore_permission_denied=False,  # it would also hide that there are no watches left
        )
        async with aclosing(changes):
            async for some in changes:
                for root in there:
                    self.roots[root].last_event = time.time_ns() // 1_000_000
                self.hint({path for _, path in some})

    async def _guard(self, there: Mapping[Path, _Identity], ended: asyncio.Event) -> None:
        for root in there:
            self.roots[root].mode, self.roots[root].last_error = "native", ""
        self.hint(())
        try:
            while not self.stop.is_set():
                await _pause(self.stop, self.pace.root_seconds)
                if await self.identify() != there:
                    self.hint(())
                    return
        finally:
            ended.set()


def _identity(root: Path) -> _Identity | str | None:
    """Return which folder `root` is, None when it is not there, or what is wrong with it."""
    try:
        status = root.stat()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
    is_folder = stat.S_ISDIR(status.st_mode)
    return (status.st_dev, status.st_ino) if is_folder else "It is not a folder."


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
