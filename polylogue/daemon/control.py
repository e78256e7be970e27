"""The control server: HTTP with JSON over a Unix socket, for `polylogue ctl` and for curl.

The socket is 0600 in a folder of 0700, and a peer of another user is cut off (`SO_PEERCRED` where the
system has it). It is bound only after the data folder is locked, so a socket that lies there is
nobody's. Handlers translate between HTTP and `answers`, and nothing else.
"""

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from polylogue.daemon.answers import Answers, Rerender, Retry
from polylogue.errors import BusyError, PolylogueError, UsageError
from polylogue.sources.watch import WatchState

_LARGEST_REQUEST = 64 << 10  # bytes
_LONGEST_WAIT = 86_400.0  # seconds

Handler: TypeAlias = Callable[[Request], Awaitable[dict[str, Any]]]
Reload: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
T = TypeVar("T")


def application(answers: Answers, watch: WatchState, reload: Reload) -> Starlette:
    """Return the application that answers the control API."""

    async def rerender(request: Request) -> dict[str, Any]:
        return await answers.rerender(await _body(request, Rerender))

    async def retry(request: Request) -> dict[str, Any]:
        return await answers.retry(await _body(request, Retry))

    async def log(request: Request) -> dict[str, Any]:
        limit = int(_number(request, "limit", 100, 10_000))
        after = int(_number(request, "after", 0, 2**62))
        return await answers.log(
            after=after, limit=limit, seconds=_number(request, "wait", 0, _LONGEST_WAIT)
        )

    routes: dict[tuple[str, str], Handler] = {
        ("GET", "status"): lambda _: answers.status(watch),
        ("GET", "wait"): lambda r: answers.wait(_number(r, "timeout", 60, _LONGEST_WAIT)),
        ("GET", "inbox"): lambda _: answers.inbox(),
        ("GET", "log"): log,
        ("POST", "scan"): lambda _: answers.scan(),
        ("POST", "rerender"): rerender,
        ("POST", "pause"): lambda _: answers.pause(paused=True),
        ("POST", "resume"): lambda _: answers.pause(paused=False),
        ("POST", "reload"): lambda _: reload(),
        ("POST", "stop"): lambda _: answers.stop(),
        ("POST", "inbox/retry"): retry,
    }
    return Starlette(
        routes=[
            Route(f"/v1/{name}", _endpoint(handler), methods=[method])
            for (method, name), handler in routes.items()
        ],
        exception_handlers={HTTPException: _http_error},
    )


async def serve(app: Starlette, listener: socket.socket, stopping: asyncio.Event) -> None:
    """Serve until `stopping`; requests that still wait are then cut off."""
    config = uvicorn.Config(
        app,
        http=_OwnUserOnly,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        limit_concurrency=32,
    )
    await _Server(config, stopping).serve(sockets=[listener])


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """Bind the control socket at `path`; it is removed at the end. Raises BusyError."""
    with suppress(FileExistsError):
        path.parent.mkdir(mode=0o700, parents=True)
    folder = path.parent.stat()
    if folder.st_uid != os.getuid() or folder.st_mode & 0o077:
        raise BusyError(
            f"The folder of the control socket, {path.parent}, is open to other users.",
            advice=f"Run: chmod 700 {path.parent}",
            code="socket-folder-open",
        )
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise BusyError(
            f"The control socket {path} cannot be made: {error.strerror}.",
            code="socket-unreachable",
        ) from error
    finally:
        os.umask(before)
    try:
        yield listener
    finally:
        listener.close()
        path.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """A server that leaves signals to the daemon, and sleeps until it is asked or stopped."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def main_loop(self) -> None:
        """Wait for the end; uvicorn's own loop wakes ten times a second to look for it."""
        await self._stopping.wait()

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]
        """Capture none."""
        return nullcontext()


class _OwnUserOnly(H11Protocol):
    """HTTP/1.1 that hangs up on other users."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection, or end it."""
        peer = transport.get_extra_info("socket")
        if hasattr(socket, "SO_PEERCRED"):
            packed = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            if struct.unpack("3i", packed)[1] not in (os.getuid(), 0):
                transport.abort()
                return
        super().connection_made(transport)


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def endpoint(request: Request) -> JSONResponse:
        try:
            return JSONResponse({"schema": 1, **await handler(request)})
        except PolylogueError as error:
            said = {
                "code": error.code,
                "message": error.message,
                "advice": error.advice,
                "exit_code": error.exit_code,
            }
            status = 404 if error.code.startswith("no-such-") else 400
            return JSONResponse({"schema": 1, "error": said}, status_code=status)

    return endpoint


def _http_error(_request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = {
        "code": "http",
        "message": f"The daemon knows no such request ({status}).",
        "advice": "",
    }
    return JSONResponse({"schema": 1, "error": said}, status_code=status)


async def _body(request: Request, kind: type[T]) -> T:
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > _LARGEST_REQUEST:
            raise UsageError("The request is too large.")
    try:
        return msgspec.json.decode(bytes(data) or b"{}", type=kind)
    except msgspec.DecodeError as error:
        raise UsageError(f"The request cannot be read: {error}.") from error


def _number(request: Request, name: str, default: float, largest: float) -> float:
    try:
        return min(largest, max(0.0, float(request.query_params.get(name, default))))
    except ValueError:
        raise UsageError(f"{name} must be a number.") from None
