"""Watching with the real watchfiles on a real disk: whatever happens to the root, hints come."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from polylogue.sources.watch import Pace, WatchState, watch, watch_all

FAST = Pace(step_ms=20, burst_ms=100, root_seconds=0.05, poll_seconds=0.05)


class Hints:
    """Counts hints and lets a test wait for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._came = asyncio.Event()

    def __call__(self) -> None:
        """Take a hint."""
        self.count += 1
        self._came.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until `true` holds, asking after each hint."""
        async with asyncio.timeout(20):
            while not true():
                self._came.clear()
                await self._came.wait()

    async def after(self, act: Callable[[], object]) -> None:
        """Act, and wait for a hint that comes afterwards."""
        before = self.count
        act()
        await self.until(lambda: self.count > before)


@asynccontextmanager
async def watching(
    root: Path, *, recursive: bool = True
) -> AsyncIterator[tuple[Hints, WatchState]]:
    """Watch `root` while the block runs; afterwards the watching must end by itself."""
    hints, state, stop = Hints(), WatchState(), asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(watch(root, hints, state, stop=stop, recursive=recursive, pace=FAST))
        try:
            yield hints, state
        finally:
            stop.set()


async def test_start_is_a_hint(tmp_path: Path) -> None:
    """Once the watcher stands there is a hint, so that nothing before it is missed."""
    async with watching(tmp_path) as (hints, state):
        await hints.until(lambda: state.mode == "native")
        assert state.last_event is None


async def test_new_changed_renamed_and_removed_files_are_hints(tmp_path: Path) -> None:
    """Whatever is done to a file in the root gives a hint."""
    file = tmp_path / "x.json"
    async with watching(tmp_path) as (hints, state):
        await hints.until(lambda: state.mode == "native")
        await hints.after(lambda: file.write_text("1"))
        await hints.after(lambda: file.write_text("12"))
        await hints.after(lambda: file.rename(tmp_path / "y.json"))
        await hints.after((tmp_path / "y.json").unlink)
        assert state.last_event is not None


@pytest.mark.parametrize("name", [".venv", "node_modules", ".git"])
async def test_no_folder_is_passed_over(name: str, tmp_path: Path) -> None:
    """Folders that watchfiles passes over by default are watched like any other."""
    root = tmp_path / name / "inbox"
    root.mkdir(parents=True)
    async with watching(root) as (hints, state):
        await hints.until(lambda: state.mode == "native")
        await hints.after((root / ".hidden~").touch)


async def test_new_folders_are_watched(tmp_path: Path) -> None:
    """A file in a folder that came after the start gives a hint."""
    async with watching(tmp_path) as (hints, state):
        await hints.until(lambda: state.mode == "native")
        await hints.after((tmp_path / "a").mkdir)
        await hints.after((tmp_path / "a" / "b").mkdir)
        await hints.after((tmp_path / "a" / "b" / "x.jsonl").touch)


async def test_root_may_come_later(tmp_path: Path) -> None:
    """A root that is missing is waited for."""
    root = tmp_path / "inbox"
    async with watching(root) as (hints, state):
        await hints.after(root.mkdir)
        await hints.until(lambda: state.mode == "native")
        await hints.after((root / "x").touch)


async def test_root_may_be_made_anew(tmp_path: Path) -> None:
    """A root that was removed and made again, or put in another's place, is watched again."""
    root = tmp_path / "inbox"
    root.mkdir()
    async with watching(root) as (hints, state):
        await hints.until(lambda: state.mode == "native")
        root.rmdir()
        await hints.until(lambda: state.mode == "missing")
        root.mkdir()
        await hints.until(lambda: state.mode == "native")
        await hints.after((root / "x").touch)
        other = tmp_path / "other"
        other.mkdir()
        root.rename(tmp_path / "old")
        other.rename(root)
        started = hints.count
        await hints.until(lambda: hints.count >= started + 2 and state.mode == "native")
        await hints.after((root / "y").touch)


async def test_root_may_be_no_folder(tmp_path: Path) -> None:
    """A file where the root should be is said, and mended when the folder is there."""
    root = tmp_path / "inbox"
    root.touch()
    async with watching(root) as (hints, state):
        await hints.until(lambda: state.mode == "error")
        assert state.last_error == "It is not a folder."
        root.unlink()
        await hints.after(root.mkdir)
        await hints.until(lambda: state.mode == "native")
        assert not state.last_error


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
async def test_name_that_is_no_text_does_not_end_it(tmp_path: Path) -> None:
    """A name that is not UTF-8 ends the watcher inside; hints go on and a new one is made."""
    modes: set[str] = set()
    async with watching(tmp_path) as (hints, state):
        await hints.until(lambda: state.mode == "native")
        bad = os.fsencode(tmp_path) + b"/bad\xff.json"
        await hints.after(lambda: os.close(os.open(bad, os.O_CREAT | os.O_WRONLY)))
        modes.add(state.mode)
        assert "Unable to decode path" in state.last_error
        await hints.until(lambda: state.mode == "native")
        await hints.after((tmp_path / "good.json").touch)
    assert modes == {"polling"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
async def test_root_that_is_no_text_is_polled(tmp_path: Path) -> None:
    """A root that watchfiles cannot take gives hints at intervals."""
    root = tmp_path / os.fsdecode(b"bad\xff")
    os.mkdir(root)  # noqa: PTH102 - once, in a test
    async with watching(root) as (hints, state):
        await hints.until(lambda: hints.count >= 3)
        assert state.mode == "polling"


async def test_storm_of_files_is_few_hints(tmp_path: Path) -> None:
    """Many changes at once are told in a few hints."""
    async with watching(tmp_path, recursive=False) as (hints, state):
        await hints.until(lambda: state.mode == "native")

        def storm() -> None:
            for number in range(2_000):
                (tmp_path / str(number)).touch()

        before = hints.count
        await hints.after(storm)
        assert hints.count - before < 100


async def test_cancelling_ends_everything(tmp_path: Path) -> None:
    """When it is cancelled, no task of the watching is left."""
    hints, state = Hints(), WatchState()
    before = asyncio.all_tasks()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(watch(tmp_path, hints, state, stop=asyncio.Event(), pace=FAST))
        await hints.until(lambda: state.mode == "native")
        task.cancel()
    assert task.cancelled()
    assert asyncio.all_tasks() == before


@asynccontextmanager
async def watching_all(
    *roots: Path,
) -> AsyncIterator[tuple[Hints, list[set[str]], list[WatchState]]]:
    """Watch several roots while the block runs; what was hinted at piles up in the list."""
    hints, told, stop = Hints(), list[set[str]](), asyncio.Event()
    states = {root: WatchState() for root in roots}

    def hint(paths: Collection[str]) -> None:
        told.append(set(paths))
        hints()

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(watch_all(states, hint, stop=stop, pace=FAST))
        try:
            yield hints, told, list(states.values())
        finally:
            stop.set()


async def test_hints_of_several_roots_name_the_paths(tmp_path: Path) -> None:
    """One watcher tells of all roots which paths may have changed."""
    one, two = tmp_path / "one", tmp_path / "two"
    (one / "below").mkdir(parents=True)
    two.mkdir()
    async with watching_all(one, two) as (hints, told, states):
        await hints.until(lambda: all(state.mode == "native" for state in states))
        assert told[-1] == set()
        for path in (one / "below" / "x", two / "y"):
            await hints.after(lambda path=path: path.write_text("1"))  # type: ignore[misc]
            await hints.until(lambda path=path: any(str(path) in some for some in told))  # type: ignore[misc]


async def test_a_root_among_several_may_come_and_go(tmp_path: Path) -> None:
    """A root that is not there does not matter to the others; it is watched once it is there."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    async with watching_all(one, two) as (hints, told, (first, second)):
        await hints.until(lambda: first.mode == "native")
        assert second.mode == "missing"
        two.mkdir()
        await hints.until(lambda: second.mode == "native")
        assert told[-1] == set()
        await hints.after(lambda: (two / "x").write_text("1"))
        one.rename(tmp_path / "elsewhere")
        await hints.until(lambda: first.mode == "missing")
        await hints.until(lambda: second.mode == "native")
        await hints.after(lambda: (two / "x").write_text("12"))


@pytest.mark.skipif(sys.platform != "linux", reason="names are free bytes on Linux only")
async def test_a_bad_root_blinds_no_other(tmp_path: Path) -> None:
    """What ends the watching of one root leaves the others their hints."""
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.mkdir()
    bad.mkdir()
    async with watching_all(good, bad) as (hints, told, (first, second)):
        await hints.until(lambda: first.mode == second.mode == "native")
        told.clear()
        (bad / os.fsdecode(b"\xff.jsonl")).write_text("1")
        await hints.until(lambda: told.count(set()) >= 2)  # each root has a watcher of its own
        (bad / os.fsdecode(b"\xfe.jsonl")).write_text("1")
        await hints.until(lambda: second.mode == "polling")
        assert first.mode == "native"
        await hints.after(lambda: (good / "x").write_text("1"))
        await hints.until(lambda: any(str(good / "x") in some for some in told))
