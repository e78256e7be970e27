"""The daemon's end of a worker process (see worker.py)."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

from polylogue.errors import (
    ArchiveError,
    BadInputError,
    BusyError,
    PolylogueError,
    TemplateError,
    VaultError,
)

_LONGEST_LINE = 1 << 20  # bytes
_GRACE = 10.0  # seconds that a child may take to finish its transaction


class WorkerDiedError(PolylogueError):
    """The worker process ended in the middle of its work."""

    default_code = "worker-died"


_KINDS: dict[str, type[PolylogueError]] = {
    "busy": BusyError,
    "ArchiveError": ArchiveError,
    "TemplateError": TemplateError,
    "VaultError": VaultError,
}


class Child:
    """A worker process that waits for requests."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def start(cls) -> AsyncIterator[Self]:
        """Start a worker; at the end of the block it is asked to leave, then made to."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # modules come from where polylogue is, never from the working directory
            "-m",
            "polylogue.daemon.worker",
            stdin=PIPE,
            stdout=PIPE,
            limit=_LONGEST_LINE,
        )
        try:
            yield cls(process)
        finally:
            await asyncio.shield(_end(process))

    async def ask(
        self, request: dict[str, Any], progress: Callable[[list[int]], None]
    ) -> dict[str, Any]:
        """Return the answer to a request. Raises what the work raised, or WorkerDiedError."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise WorkerDiedError("A worker has no pipes.")
        with suppress(ConnectionError):
            stdin.write(json.dumps(request).encode() + b"\n")
            await stdin.drain()
        while line := await stdout.readline():
            answer = json.loads(line)
            if "progress" in answer:
                progress(answer["progress"])
            elif "error" in answer:
                raise _error(**answer["error"])
            else:
                result: dict[str, Any] = answer["result"]
                return result
        code = await self._process.wait()
        raise WorkerDiedError(
            f"A worker process ended with status {code}.",
            advice="The work is tried again; if it fails again, see the log.",
        )


def _error(kind: str, message: str, advice: str, code: str) -> PolylogueError:
    return _KINDS.get(kind, BadInputError)(message, advice=advice, code=code)


async def _end(process: Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
