"""Asks the daemon: HTTP with JSON over its Unix socket.

The socket is where the configuration says, unless the daemon was started in another environment
(another `$XDG_RUNTIME_DIR`): then the lock that it holds on the data folder tells where.

Nobody there is a DaemonNotRunningError (exit 3); what the daemon refuses comes back as the error
that it names, with its message and advice.

The standard library's HTTP client serves. httpx would bring rich along and cost `ctl status` 0.13 s of
processor time more than the 0.19 s that it takes as a whole process (measured on two busy cores).
"""

import socket
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from polylogue.cli.answers import Answer, Holder, Refused
from polylogue.config import Config
from polylogue.errors import (
    BadInputError,
    BusyError,
    ConfigError,
    DaemonNotRunningError,
    PolylogueError,
    UsageError,
    VaultError,
)

_A = TypeVar("_A", bound=Answer)

_LOCK = "polylogued.lock"  # in the data folder; the daemon writes there who holds it
_TIMEOUT = 15.0  # seconds; the daemon's loop is never busy that long
_ERRORS: Mapping[int, type[PolylogueError]] = {
    kind.exit_code: kind for kind in (BadInputError, BusyError, ConfigError, UsageError, VaultError)
}


class Daemon:
    """A daemon that may be running. Methods raise DaemonNotRunningError when it is not."""

    def __init__(self, config: Config) -> None:
        self._path = config.socket
        self._lock = config.paths.data / _LOCK

    def get(self, path: str, *, patience: float = 0, **query: object) -> bytes:
        """Return the body of the answer; `patience` is for how many seconds it may be held back."""
        where = f"{path}?{urlencode(query)}" if query else path
        return self._ask("GET", where, None, _TIMEOUT + patience)

    def post(self, path: str, body: Mapping[str, object] | None = None) -> bytes:
        """Send `body` as JSON and return the body of the answer.

        Without one nothing is sent: who hangs up on bytes that he has not read, loses his answer.
        """
        return self._ask("POST", path, msgspec.json.encode(body) if body else None, _TIMEOUT)

    def _ask(self, method: str, where: str, body: bytes | None, timeout: float) -> bytes:
        connection = _UnixConnection(self._path, self._lock, timeout)
        try:
            connection.request(method, where, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
        except TimeoutError as error:
            raise BusyError(
                "polylogued is there and does not answer.",
                advice="Try again; if that goes on, look at its log and restart it.",
                code="daemon-silent",
            ) from error
        except (OSError, HTTPException) as error:
            raise DaemonNotRunningError(
                f"polylogued is not running (nobody answers at {self._path}).",
                advice="Start it with `polylogued`.",
            ) from error
        finally:
            connection.close()
        if response.status == HTTPStatus.OK:
            return answer
        raise _refusal(answer)


class _UnixConnection(HTTPConnection):
    """HTTP over the Unix socket at `path`; where nobody answers, over the one that `lock` names."""

    def __init__(self, path: Path, lock: Path, timeout: float) -> None:
        super().__init__("polylogued", timeout=timeout)
        self._path = path
        self._lock = lock

    def connect(self) -> None:
        try:
            self.sock = _connected(str(self._path), self.timeout)
        except (FileNotFoundError, ConnectionRefusedError, PermissionError):
            other = _socket_in(self._lock)
            if not other:
                raise
            self.sock = _connected(other, self.timeout)


def _connected(path: str, timeout: float | None) -> socket.socket:
    """Return a connection to the socket at `path`. Raises OSError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def _socket_in(lock: Path) -> str:
    """Return the socket of the daemon that wrote `lock`, '' when it does not say."""
    try:
        return msgspec.json.decode(lock.read_bytes(), type=Holder).socket
    except (OSError, msgspec.DecodeError):
        return ""


def read(answer: bytes, kind: type[_A]) -> _A:
    """Decode an answer. Raises PolylogueError when the daemon is of another version."""
    try:
        return msgspec.json.decode(answer, type=kind)
    except msgspec.DecodeError as error:
        raise PolylogueError(
            "polylogued answered in a way that this polylogue does not know.",
            advice="Restart polylogued, so that both are of the same version.",
            code="other-version",
        ) from error


def _refusal(answer: bytes) -> PolylogueError:
    refused = read(answer, Refused).error
    kind = _ERRORS.get(refused.exit_code, PolylogueError)
    return kind(refused.message, advice=refused.advice, code=refused.code)
