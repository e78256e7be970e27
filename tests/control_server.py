"""A control server for tests: real HTTP over a real Unix socket, with answers laid out beforehand."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

Json: TypeAlias = dict[str, Any]


@dataclass
class Control:
    """What is answered, and what was asked.

    `answers` maps "GET /v1/status" to the answers given one after another; the last one stays. An
    answer is an object (status 200), a pair of status and object, or bytes as they are. Where
    there is none, the answer is 404.
    """

    answers: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[tuple[str, Json]] = field(default_factory=list)

    def answer(self, request: str, asked: Json) -> tuple[int, bytes]:
        """Note a request and return status and body of its answer."""
        self.asked.append((request, asked))
        left = self.answers.get(request) or [(404, refusal("unknown", "There is no such path."))]
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, bytes):
            return 200, answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return status, json.dumps({"schema": 1, **body}).encode()


def refusal(code: str, message: str, advice: str = "", exit_code: int = 1) -> Json:
    """Return the body of an answer that refuses."""
    said = {"code": code, "message": message, "advice": advice, "exit_code": exit_code}
    return {"error": said}


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


@contextmanager
def serving(socket: Path, control: Control) -> Iterator[Control]:
    """Answer on `socket` during the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _reply(self) -> None:
            place = urlsplit(self.path)
            asked: Json = {name: values[-1] for name, values in parse_qs(place.query).items()}
            length = int(self.headers.get("Content-Length") or 0)
            if length:
                asked |= json.loads(self.rfile.read(length))
            status, body = control.answer(f"{self.command} {place.path}", asked)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _reply  # noqa: N815 - http.server's names

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _Server(str(socket), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield control
        finally:
            server.shutdown()
            thread.join()
            socket.unlink(missing_ok=True)
