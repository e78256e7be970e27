"""Session files of Claude Code made by hand, line by line, for all tests.

    chat = Session("s1")
    chat.prompt("Fix main.py")
    chat.answer(text("I will look."), call("c1", "Bash", command="ls"))    # two lines, one answer
    chat.result("c1", "main.py", stdout="main.py", stderr="")
    chat.data()

The n-th record of the session `s1` has the uuid `s1-n`, and answers the one before it. Times are made
from a fixed day, so that the same calls give the same bytes.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from polylogue.model import Carry, Conversation, Document, Message, Parsed
from polylogue.parsers.claude_code import PARSER

Object = dict[str, Any]

CWD = "/home/me/tea"


# --- Blocks ---------------------------------------------------------------------------------------


def text(words: str) -> Object:
    """Return a block of text."""
    return {"type": "text", "text": words}


def thinking(words: str) -> Object:
    """Return a block of thinking."""
    return {"type": "thinking", "thinking": words, "signature": "c2lnbmF0dXJl"}


def call(call_id: str, name: str, **given: object) -> Object:
    """Return the call of a tool."""
    return {"type": "tool_use", "id": call_id, "name": name, "input": given}


def image(data: bytes, mime_type: str = "image/png") -> Object:
    """Return an image that stands in the session."""
    source = {"type": "base64", "media_type": mime_type, "data": base64.b64encode(data).decode()}
    return {"type": "image", "source": source}


# --- Sessions -------------------------------------------------------------------------------------


@dataclass
class Session:
    """The lines of a file. `fields` are put into every record, over the usual ones."""

    session_id: str
    fields: Object = field(default_factory=dict)
    lines: list[Object | bytes] = field(default_factory=list)
    answers: int = 0

    @property
    def last(self) -> str | None:
        """The uuid of the last record that has one."""
        known = [line["uuid"] for line in self.lines if isinstance(line, dict) and "uuid" in line]
        return known[-1] if known else None

    def add(self, kind: str, **fields: object) -> Object:
        """Append a record with all that records usually have."""
        number = len(self.lines) + 1
        record: Object = {
            "parentUuid": self.last,
            "isSidechain": False,
            "userType": "external",
            "cwd": CWD,
            "sessionId": self.session_id,
            "version": "2.1.39",
            "gitBranch": "main",
            "type": kind,
            "uuid": f"{self.session_id}-{number}",
            "timestamp": f"2026-02-03T04:{number // 60 % 60:02}:{number % 60:02}.000Z",
        }
        self.lines.append(record | self.fields | fields)
        return record

    def bare(self, kind: str, **fields: object) -> None:
        """Append a record of bookkeeping: it has neither uuid nor time."""
        self.lines.append({"type": kind, "sessionId": self.session_id} | fields)

    def prompt(self, said: str | Sequence[Object], **fields: object) -> None:
        """Append a turn of the user."""
        self.add("user", message={"role": "user", "content": said}, **fields)

    def answer(self, *blocks: Object, usage: Sequence[int] = (), **fields: object) -> None:
        """Append an answer, one line for each block; `usage` are the tokens each of them tells."""
        self.answers += 1
        api_id = f"msg_{self.session_id}_{self.answers}"
        tokens = list(usage) or [10] * len(blocks)
        for block, told in zip(blocks, tokens, strict=True):
            self.fragment(api_id, block, told, **fields)

    def fragment(self, api_id: str, block: Object, tokens: int = 10, **fields: object) -> None:
        """Append one line of the answer `api_id`."""
        message = {
            "id": api_id,
            "type": "message",
            "role": "assistant",
            "model": "claude-opus-4-6",
            "content": [block],
            "stop_reason": None,
            "usage": {"input_tokens": 3, "output_tokens": tokens, "service_tier": "standard"},
        }
        self.add("assistant", message=message, requestId=f"req_{api_id}", **fields)

    def result(
        self,
        call_id: str,
        content: str | Sequence[Object],
        *,
        is_error: bool | None = None,
        told: object = None,
        **told_fields: object,
    ) -> None:
        """Append the result of a call; `told` or `told_fields` are what the program was told."""
        block: Object = {"type": "tool_result", "tool_use_id": call_id, "content": content}
        if is_error is not None:
            block["is_error"] = is_error
        message = {"role": "user", "content": [block]}
        self.add("user", message=message, toolUseResult=told or told_fields)

    def system(self, subtype: str, content: str = "", **fields: object) -> None:
        """Append a system record."""
        self.add("system", subtype=subtype, content=content, **fields)

    def progress(self, kind: str, **data: object) -> None:
        """Append a record of progress, which is part of the chain of parents."""
        self.add("progress", data={"type": kind, **data})

    def raw(self, line: bytes) -> None:
        """Append a line that no program should have written."""
        self.lines.append(line)

    def data(self) -> bytes:
        """Return the bytes of the file."""
        return b"".join(dump(line) + b"\n" for line in self.lines)


def dump(line: Object | bytes) -> bytes:
    """Return a line as the program writes it: compact, not ASCII only."""
    if isinstance(line, bytes):
        return line
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )


# --- Reading --------------------------------------------------------------------------------------


def read(data: bytes, cuts: Iterable[int] = (), conversation_id: str = "") -> list[Parsed]:
    """Return the records of a file whose lines are cut into groups before the lines `cuts`."""
    parse = PARSER.sessions[0].parse
    assert parse is not None
    lines = list(_lines(data))
    starts = sorted({0, *(cut for cut in cuts if 0 < cut < len(lines))})
    records: list[Parsed] = []
    state = b""
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        document = Document(
            data=b"".join(lines[start:end]),
            line=start + 1,
            state=state,
            conversation_id=conversation_id,
        )
        *some, carry = parse(document)
        assert isinstance(carry, Carry)
        records += some
        state = carry.state
    return records


def _lines(data: bytes) -> Iterable[bytes]:
    *whole, rest = data.split(b"\n")
    yield from (line + b"\n" for line in whole)
    if rest:
        yield rest


def conversations(records: Iterable[Parsed]) -> dict[str, Conversation]:
    """Return the last word on each conversation, by id."""
    return {r.conversation_id: r for r in records if isinstance(r, Conversation)}


def messages(data: bytes, conversation_id: str = "s1") -> list[Message]:
    """Return the messages of one conversation in a file."""
    found = conversations(read(data)).get(conversation_id)
    return list(found.messages) if found is not None else []
