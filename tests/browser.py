"""Chromium without a window, spoken to over a pipe, behind a proxy that writes down who is asked for."""

import json
import os
import select
import shutil
import subprocess
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

_PATIENCE = 60  # seconds for one answer


class Browser:
    """A running browser with one page."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = read, write
        self._buffer = b""
        self._number = 0
        self._events: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session: str = attached["sessionId"]
        self.ask("Page.enable")

    def open(self, page: Path, fragment: str = "") -> None:
        """Show a file, from the disk, and wait until it is loaded."""
        self.ask("Page.navigate", url="about:blank")
        self._await("Page.loadEventFired")
        self._events.clear()
        self.ask("Page.navigate", url=page.as_uri() + fragment)
        self._await("Page.loadEventFired")

    def value(self, expression: str) -> Any:  # noqa: ANN401 - what the page says
        """Return what an expression is worth on the page; the page's policy does not bind it."""
        answer = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def prefer(self, scheme: str) -> None:
        """Prefer `light` or `dark` colours."""
        self.ask(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def print(self) -> None:
        """Show the page as it is printed."""
        self.ask("Emulation.setEmulatedMedia", media="print")

    def shoot(self, file: Path, *, width: int = 900, height: int = 1400) -> None:
        """Write a picture of the page."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        file.write_bytes(b64decode(self.ask("Page.captureScreenshot")["data"]))

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Send a command to the page, and return its answer."""
        return self._ask(method, session=self._session, **params)

    def _ask(self, method: str, session: str = "", **params: object) -> dict[str, Any]:
        self._number += 1
        command = {"id": self._number, "method": method, "params": params}
        if session:
            command["sessionId"] = session
        os.write(self._write, json.dumps(command).encode() + b"\0")
        while (told := self._told()).get("id") != self._number:
            self._events.append(told.get("method", ""))
        assert "error" not in told, told
        result: dict[str, Any] = told["result"]
        return result

    def _await(self, event: str) -> None:
        while event not in self._events:
            self._events.append(self._told().get("method", ""))
        self._events.clear()

    def _told(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], until - time.monotonic())
            assert ready, "the browser says nothing"
            more = os.read(self._read, 1 << 20)
            assert more, "the browser is gone"
            self._buffer += more
        told, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(told)
        return message


@contextmanager
def browsing(folder: Path, proxy: str) -> Iterator[Browser]:
    """Run a browser that keeps its things in `folder` and reaches the world through `proxy` only."""
    assert CHROMIUM
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    options = (
        "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run"
        " --disable-background-networking --disable-component-update --disable-sync"
        " --disable-default-apps --hide-scrollbars --remote-debugging-pipe"
    )
    command = [CHROMIUM, *options.split(), f"--user-data-dir={folder}"]
    command += [f"--proxy-server={proxy}", "--proxy-bypass-list=<-loopback>", "about:blank"]
    # It reads commands from its descriptor 3 and answers on 4.
    shell = ["bash", "-c", f'exec "$@" 3<&{to_read} 4>&{from_write}', "browser", *command]
    process = subprocess.Popen(
        shell, pass_fds=(to_read, from_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(to_read)
    os.close(from_write)
    try:
        browser = Browser(from_read, to_write)
        yield browser
    finally:
        os.close(to_write)  # then it leaves
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(from_read)


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """Run a proxy that answers nothing; give its address and the first lines of what it is asked."""
    asked: list[str] = []

    class Deaf(StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline(4096).decode("latin-1").strip())
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    class Server(ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Deaf) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()
