"""One Claude Code session as its log holds it, of any seed, grown line by line.

The structure follows logs of versions 2.1: a snapshot and a prompt, then rounds of an answer of the API
(thinking, a text, a call, one line for each, all with one `message.id` and the usage of the moment) and
the tool's result, which is told twice, to the model and to the program; at last an answer in words.
Half of the bytes are results: most are short, some have 100 kB, and those of reading and editing
bring a whole file along. A line has 1.5 to 2 kB on average.

`Session` makes lines and remembers what the next one hangs from; a file that is there already goes on
with `resumed`.
"""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import orjson

from benchmarks import prose
from benchmarks.agent_tools import called
from benchmarks.chats import identifier

Json: TypeAlias = dict[str, Any]

MODEL = "claude-opus-4-6"
THINKS = 0.35
SPEAKS = 0.5
FAILS = 0.05
ROUNDS = 5.0  # calls in a turn, on average
END = 1 << 20  # bytes of a file in which its last lines lie


class Session:
    """A session that goes on: `tip` is the uuid of its last line, `clock` its time in seconds, UTC."""

    def __init__(
        self, random: Random, name: str, cwd: str, clock: float, tip: str | None = None
    ) -> None:
        self.name = name
        self.random = random
        self._cwd = cwd
        self._clock = clock
        self._tip = tip
        self._answer = ""
        self._called = ""

    # --- Turns -----------------------------------------------------------------------------------

    def turn(self) -> Iterator[bytes]:
        """Yield the lines of a prompt and of all that follows it."""
        random = self.random
        self._clock += random.uniform(20, 900)
        yield self._snapshot()
        yield self.prompt(prose.question(random))
        for _ in range(int(random.expovariate(1 / ROUNDS))):
            yield from self._round()
        if random.random() < THINKS:
            yield self.think(prose.paragraph(random))
        yield self.say(prose.answer(random))
        yield self._line("system", subtype="turn_duration", durationMs=random.randrange(300_000))

    def title(self) -> bytes:
        """Return the line that gives the session a title."""
        said = {"type": "ai-title", "aiTitle": prose.title(self.random), "sessionId": self.name}
        return _encoded(said)

    def _round(self) -> Iterator[bytes]:
        random = self.random
        if random.random() < THINKS:
            yield self.think("\n\n".join(prose.paragraph(random) for _ in range(2)))
        if random.random() < SPEAKS:
            yield self.say(prose.sentence(random))
        tool, (given, output, beside) = called(random)
        yield self.call(tool, given)
        yield self._hook()
        yield self.result(output, beside, failed=random.random() < FAILS)

    # --- Lines -----------------------------------------------------------------------------------

    def prompt(self, words: str) -> bytes:
        """Return a line in which the person says something."""
        self._answer = ""
        said = {"role": "user", "content": words}
        thinking = {"maxThinkingTokens": 31_999}
        return self._line("user", message=said, thinkingMetadata=thinking, todos=[])

    def think(self, words: str) -> bytes:
        """Return a line in which the model thinks."""
        signature = b64encode(self.random.randbytes(300)).decode()
        return self._block({"type": "thinking", "thinking": words, "signature": signature})

    def say(self, words: str) -> bytes:
        """Return a line in which the model says something."""
        return self._block({"type": "text", "text": words})

    def call(self, tool: str, given: Json) -> bytes:
        """Return a line in which the model calls a tool; the next result is its result."""
        self._called = _token(self.random, "toolu_01")
        block = {"type": "tool_use", "id": self._called, "name": tool, "input": given}
        return self._block(block | {"caller": {"type": "direct"}})

    def result(self, output: str, beside: Json, *, failed: bool = False) -> bytes:
        """Return the line with the result of the last call: for the model, and for the program."""
        self._answer = ""
        block = {
            "tool_use_id": self._called,
            "type": "tool_result",
            "content": output,
            "is_error": failed,
        }
        said = {"role": "user", "content": [block]}
        told = f"Error: {output}" if failed else beside
        return self._line(
            "user", message=said, toolUseResult=told, sourceToolAssistantUUID=self._tip
        )

    def _block(self, block: Json) -> bytes:
        """Return the line of one block of an answer of the API."""
        self._answer = self._answer or _token(self.random, "msg_01")
        kept = self.random.randrange(150_000)
        usage = {
            "input_tokens": 3,
            "cache_creation_input_tokens": kept // 20,
            "cache_read_input_tokens": kept,
            "cache_creation": {
                "ephemeral_5m_input_tokens": 0,
                "ephemeral_1h_input_tokens": kept // 20,
            },
            "output_tokens": self.random.randrange(1, 2_000),
            "service_tier": "standard",
        }
        message = {
            "model": MODEL,
            "id": self._answer,
            "type": "message",
            "role": "assistant",
            "content": [block],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage,
        }
        request = self._answer.replace("msg_01", "req_011")
        return self._line("assistant", message=message, requestId=request)

    def _snapshot(self) -> bytes:
        names = identifier(self.random)
        kept = {"messageId": names, "trackedFileBackups": {}, "timestamp": _moment(self._clock)}
        said = {"type": "file-history-snapshot", "messageId": names, "snapshot": kept}
        return _encoded(said | {"isSnapshotUpdate": False})

    def _hook(self) -> bytes:
        data = {
            "type": "hook_progress",
            "hookEvent": "PostToolUse",
            "hookName": "PostToolUse:callback",
            "command": "callback",
        }
        ids = {"parentToolUseID": self._called, "toolUseID": self._called}
        return self._line("progress", data=data, **ids)

    def _line(self, kind: str, **fields: object) -> bytes:
        """Return a line that hangs from the last one, and let the next one hang from it."""
        parent, self._tip = self._tip, identifier(self.random)
        self._clock += self.random.uniform(0.2, 12)
        envelope = {
            "parentUuid": parent,
            "isSidechain": False,
            "userType": "external",
            "cwd": self._cwd,
            "sessionId": self.name,
            "version": "2.1.38",
            "gitBranch": "main",
            "type": kind,
        }
        told = {"uuid": self._tip, "timestamp": _moment(self._clock)}
        return _encoded(envelope | fields | told)


def resumed(path: Path, random: Random) -> Session:
    """Return the session in a file: it goes on from the last line that others can hang from."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - END))
        lines = map(orjson.loads, reversed(file.read().splitlines()))
    last = next(line for line in lines if "uuid" in line)
    clock = datetime.fromisoformat(last["timestamp"]).timestamp()
    return Session(random, last["sessionId"], last["cwd"], clock, last["uuid"])


def _encoded(line: Json) -> bytes:
    return orjson.dumps(line) + b"\n"


def _moment(clock: float) -> str:
    moment = datetime.fromtimestamp(clock, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def _token(random: Random, prefix: str) -> str:
    return prefix + b64encode(random.randbytes(17), altchars=b"Ab").decode()[:22]
