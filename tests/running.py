"""A real polylogued on a throw-away folder, and a client of its socket, for end-to-end tests."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from polylogue.config import Config, load

#: How Python is told to run the daemon.
PROGRAM = ("-m", "polylogue.daemon")

_CONFIG = """
[paths]
data = "{root}/data"
inbox = "{root}/Inbox"
vault = "{root}/Vault"
templates = "{root}/Templates"
[inbox]
settle_seconds = {settle}
[sessions]
folders = {folders}
[sessions.claude_code]
path = "{root}/claude/projects"
[sessions.codex]
path = "{root}/codex/sessions"
[vault]
timezone = "UTC"
[daemon]
scan_seconds = {scan}
"""


@dataclass
class Daemon:
    """A running daemon: its process, its configuration, its socket."""

    process: "subprocess.Popen[bytes]"
    config: Config
    client: httpx.Client

    @property
    def inbox(self) -> Path:
        """Where exports are dropped."""
        return self.config.paths.inbox

    @property
    def vault(self) -> Path:
        """Where notes appear."""
        return self.config.paths.vault

    def get(self, path: str, **params: float) -> dict[str, Any]:
        """Return the answer to a GET."""
        answer: dict[str, Any] = self.client.get(f"http://d/v1/{path}", params=params).json()
        return answer

    def post(self, path: str, **body: object) -> dict[str, Any]:
        """Return the answer to a POST."""
        answer: dict[str, Any] = self.client.post(f"http://d/v1/{path}", json=body).json()
        return answer

    def quiet(self, seconds: float = 60) -> dict[str, Any]:
        """Wait until nothing is left to do."""
        answer = self.get("wait", timeout=seconds)
        assert answer["quiet"], (answer, self.get("status"), self.get("inbox"))
        return answer

    def notes(self) -> dict[str, str]:
        """Return the notes in the vault by their path."""
        return {
            path.relative_to(self.vault).as_posix(): path.read_text("utf-8")
            for path in sorted(self.vault.rglob("*.md"))
            if not path.relative_to(self.vault).parts[0].startswith(("_", "."))
        }

    def kill_workers(self) -> None:
        """Kill every child of the daemon, as a system without memory does."""
        if sys.platform != "linux":
            pytest.skip("children are found in /proc")
        for thread in Path(f"/proc/{self.process.pid}/task").iterdir():
            with suppress(OSError):
                for worker in map(int, (thread / "children").read_text().split()):
                    os.kill(worker, signal.SIGKILL)

    def items(self) -> dict[str, dict[str, Any]]:
        """Return what became of dropped things, by name: the newest of each."""
        return {item["name"]: item for item in reversed(self.get("inbox")["items"])}


def write_config(
    root: Path, *, settle: float = 0.05, scan: float = 300, folders: Sequence[str] = ()
) -> Path:
    """Write a configuration whose folders are all below `root`; return its path.

    `folders` are further folders of sessions.
    """
    root.mkdir(parents=True, exist_ok=True)
    file = root / "config.toml"
    file.write_text(
        _CONFIG.format(root=root, settle=settle, scan=scan, folders=json.dumps(folders))
    )
    return file


def start(config_file: Path, *, program: Sequence[str] = PROGRAM) -> "subprocess.Popen[bytes]":
    """Start polylogued in a process of its own, and return when it says that it is ready."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind("")  # an abstract address of the kernel's choice
        notified.settimeout(0.2)
        process = subprocess.Popen(
            [sys.executable, *program, "--config", str(config_file)],
            stderr=subprocess.PIPE,
            env={**os.environ, "NOTIFY_SOCKET": notified.getsockname().decode().replace("\0", "@")},
        )
        while process.poll() is None:
            with suppress(TimeoutError):
                if b"READY=1" in notified.recv(4096):
                    return process
        _, said = process.communicate()
        raise AssertionError(f"polylogued did not start: {said.decode()}")


def client_of(config: Config) -> httpx.Client:
    """Return a client of the daemon's socket."""
    return httpx.Client(transport=httpx.HTTPTransport(uds=str(config.socket)), timeout=120)


@contextmanager
def daemon(
    root: Path,
    *,
    settle: float = 0.05,
    scan: float = 300,
    program: Sequence[str] = PROGRAM,
) -> Iterator[Daemon]:
    """Run a daemon on folders below `root`; it is asked to leave at the end, and must."""
    file = root / "config.toml"
    if not file.exists():
        write_config(root, settle=settle, scan=scan)
    config = load(file, {})
    process = start(file, program=program)
    try:
        with client_of(config) as client:
            yield Daemon(process, config, client)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            _, said = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
            raise AssertionError(f"polylogued did not leave: {said.decode()}") from None
    assert process.returncode in (0, -signal.SIGKILL), said.decode()
