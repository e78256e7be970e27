"""Codex rollouts made by hand, and what the parser makes of them.

    data = rollout(meta("s1"), user("Which tea?"), shown("user_message", message="Which tea?"))
    read(data).messages

A record is (type, payload); `rollout` stamps each line a second after the one before, unless the
record brings its own time as (type, payload, time).
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from polylogue.model import (
    About,
    Blob,
    Carry,
    Conversation,
    Document,
    Message,
    Parsed,
    Part,
    Problem,
)
from polylogue.parsers.base import Session, detect, detect_session
from polylogue.parsers.codex import PARSER
from polylogue.parsers.text import probe

Object = dict[str, Any]
Record = tuple[str, Object] | tuple[str, Object, float]

#: 2026-05-01T00:00:00Z in seconds: when every session of these tests begins.
START = 1_777_593_600.0
SESSION = "019de0a1-7c00-7000-8000-000000000001"


def uuid7(second: float, last: int = 1) -> str:
    """Return a UUID of version 7 that tells the time so many seconds after `START`."""
    digits = f"{int((START + second) * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-{last:012x}"


def stamp(second: float) -> str:
    """Return the time so many seconds after `START` as Codex writes it."""
    whole, rest = divmod(round(second * 1000), 1000)
    minutes, seconds = divmod(whole, 60)
    return f"2026-05-01T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{rest:03}Z"


# --- Records --------------------------------------------------------------------------------------


def meta(session: str = SESSION, **fields: object) -> Record:
    """Return the header of a session."""
    usual: Object = {
        "id": session,
        "timestamp": stamp(0),
        "cwd": "/home/ann/tea",
        "originator": "codex_cli_rs",
        "cli_version": "0.120.0",
        "source": "cli",
        "model_provider": "openai",
        "base_instructions": {"text": "You are a coding agent."},
        "git": {"branch": "main", "commit_hash": "0" * 40},
    }
    return "session_meta", usual | fields


def turn(model: str = "gpt-5-codex", **fields: object) -> Record:
    """Return the context of a turn."""
    return "turn_context", {"cwd": "/home/ann/tea", "model": model, **fields}


def item(kind: str, **fields: object) -> Record:
    """Return an item for the model."""
    return "response_item", {"type": kind, **fields}


def shown(kind: str, **fields: object) -> Record:
    """Return an event for the screen."""
    return "event_msg", {"type": kind, **fields}


def user(*texts: str | Object) -> Record:
    """Return a message of the user, one block for each text."""
    blocks = [{"type": "input_text", "text": t} if isinstance(t, str) else t for t in texts]
    return item("message", role="user", content=blocks)


def assistant(text: str, **fields: object) -> Record:
    """Return a message of the assistant."""
    blocks = [{"type": "output_text", "text": text}]
    return item("message", role="assistant", content=blocks, **fields)


def call(name: str, arguments: object, call_id: str = "call_AbCdEfGhIjKl") -> Record:
    """Return a function call; its arguments are JSON in a string."""
    return item("function_call", name=name, arguments=json.dumps(arguments), call_id=call_id)


def output(told: object, call_id: str = "call_AbCdEfGhIjKl") -> Record:
    """Return the output of a function."""
    return item("function_call_output", call_id=call_id, output=told)


def tokens(total: int, last: int) -> Record:
    """Return a count of tokens."""
    info = {
        "total_token_usage": {"total_tokens": total},
        "last_token_usage": {"output_tokens": last},
    }
    return shown("token_count", info=info, rate_limits=None)


# --- Files ----------------------------------------------------------------------------------------


def lines(*records: Record) -> list[bytes]:
    """Return each record as a line of the file, with its line end."""
    return [
        json.dumps(
            {
                "timestamp": stamp(record[2] if len(record) > 2 else number),
                "type": record[0],
                "payload": record[1],
            }
        ).encode()
        + b"\n"
        for number, record in enumerate(records)
    ]


def rollout(*records: Record) -> bytes:
    """Return a rollout with these records."""
    return b"".join(lines(*records))


def jsonl(*objects: object) -> bytes:
    """Return JSON lines."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


# --- What becomes of them -------------------------------------------------------------------------


def claimed(data: bytes) -> str | None:
    """Return the name of the session or shape that claims a file, None when none does."""
    session = detect_session(_probes(data), (PARSER,))
    if session is not None:
        return session[1].name
    shape = detect(probe(data), (PARSER,))
    return shape[1].name if shape else None


def records(data: bytes, name: str = "", cuts: Iterable[int] = ()) -> list[Parsed]:
    """Return all records of a file of lines, read in groups that begin at these line numbers."""
    session = _session(data)
    assert session.parse is not None
    told: list[Parsed] = []
    state = b""
    whole = data.splitlines(keepends=True) if b"\r" not in data else [data]
    starts = sorted({0, *(cut for cut in cuts if 0 < cut < len(whole))})
    for start, end in zip(starts, [*starts[1:], len(whole)], strict=True):
        group = Document(data=b"".join(whole[start:end]), name=name, line=start + 1, state=state)
        told += session.parse(group)
        last = told[-1]
        assert isinstance(last, Carry)
        state = last.state
    return told


def read(data: bytes, name: str = "", cuts: Iterable[int] = ()) -> Conversation:
    """Return the conversation in a rollout, its groups united, and prove that it can be stored."""
    found = [one for one in records(data, name, cuts) if isinstance(one, Conversation)]
    assert len({one.conversation_id for one in found}) == 1
    united = msgspec.structs.replace(
        found[-1], messages=united_messages(found), folds=(), unknowns=()
    )
    assert msgspec.json.decode(msgspec.json.encode(united), type=Conversation) == united
    return united


def united_messages(found: Sequence[Conversation]) -> tuple[Message, ...]:
    """Return the messages of several tellings: of two versions of one, the richer."""
    best: dict[str, Message] = {}
    for message in (one for conversation in found for one in conversation.messages):
        there = best.get(message.message_id)
        if there is None or _rank(message) > _rank(there):
            best[message.message_id] = message
    return tuple(sorted(best.values(), key=lambda one: one.line or 0))


def said(*told: Record) -> list[Message]:
    """Return the messages of a session with these records behind its header."""
    return list(read(rollout(meta(), turn(), *told)).messages)


def parts(*told: Record) -> list[Part]:
    """Return the parts of all messages of a session with these records behind its header."""
    return [part for message in said(*told) for part in message.parts]


def tally(found: Sequence[Parsed]) -> int:
    """Return for how many lines the records of a file account."""
    ids: set[str] = set()
    lines_told = 0
    for one in found:
        if isinstance(one, Conversation):
            ids |= {message.message_id for message in one.messages}
            lines_told += sum(fold.count for fold in one.folds)
        elif isinstance(one, Problem) and one.code == "unreadable-line":
            lines_told += 1
        else:
            assert isinstance(one, About | Blob | Carry | Problem)
    return lines_told + len(ids)


def _rank(message: Message) -> tuple[int, bytes]:
    said = msgspec.json.encode(message.parts) + msgspec.json.encode(message.metadata)
    return len(said), msgspec.json.encode(message)


def _probes(data: bytes) -> list[dict[str, msgspec.Raw]]:
    return list(filter(None, map(probe, data.split(b"\n")[:32])))


def _session(data: bytes) -> Session:
    found = detect_session(_probes(data), (PARSER,))
    assert found is not None, "no session claims the file"
    return found[1]
