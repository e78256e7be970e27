"""A thread that owns a writing connection to the archive.

A transaction is one function, run from start to end in one thread. Cancelling the task that waits
for it cancels nothing: the function runs on, and either all of it is committed or none.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self, TypeVar

from polylogue.store.archive import Archive, open_archive

T = TypeVar("T")


class Desk:
    """Runs functions of the archive one after another, off the loop."""

    def __init__(self, archive: Archive, thread: ThreadPoolExecutor) -> None:
        self._archive = archive
        self._thread = thread

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, name: str) -> AsyncIterator[Self]:
        """Open the archive in a new thread; close both at the end, after what was begun."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix=name) as thread:
            archive = await loop.run_in_executor(thread, open_archive, path)
            try:
                yield cls(archive, thread)
            finally:
                await asyncio.shield(loop.run_in_executor(thread, archive.close))

    async def run(self, work: Callable[[Archive], T]) -> T:
        """Return `work(archive)`, run in the desk's thread."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, work, self._archive))
