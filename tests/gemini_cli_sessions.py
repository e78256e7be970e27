"""Gemini CLI sessions made by hand, whole and as JSON lines.

whole("s1", said("m1", "Hello"), answered("m2", "Hi."))          # an object
lines(first_line("s1"), said("m1", "Hello"), rewind("m1"))       # bytes of a file that grows
"""

import json
from typing import Any

Object = dict[str, Any]
START = "2026-04-17T18:09:18.567Z"


def said(message_id: str, *content: str | Object, at: int = 0, **fields: object) -> Object:
    """Return what a person typed; `at` is in minutes."""
    return _message("user", message_id, content, at) | fields


def answered(message_id: str, *content: str | Object, at: int = 1, **fields: object) -> Object:
    """Return an answer of the model."""
    return _message("gemini", message_id, content, at) | {"model": "gemini-3-pro"} | fields


def told(kind: str, message_id: str, content: str) -> Object:
    """Return a message of the machine: `info`, `warning` or `error`."""
    return _message(kind, message_id, (content,), 2)


def tool(name: str, args: Object, output: object, **fields: object) -> Object:
    """Return an entry of `toolCalls` with its result."""
    answer = {"id": f"{name}-1", "name": name, "response": {"output": output}}
    call: Object = {
        "id": f"{name}-1",
        "name": name,
        "args": args,
        "result": [{"functionResponse": answer}],
        "status": "success",
        "timestamp": START,
        "displayName": name.title(),
    }
    return call | fields


def first_line(session_id: str, **fields: object) -> Object:
    """Return the metadata that a file begins with."""
    told: Object = {
        "sessionId": session_id,
        "projectHash": "8f43",
        "startTime": START,
        "lastUpdated": START,
        "kind": "main",
    }
    return told | fields


def whole(session_id: str, *messages: object, **fields: object) -> Object:
    """Return a session of the older kind."""
    return first_line(session_id, messages=list(messages)) | fields


def change(**fields: object) -> Object:
    """Return a change of metadata, or with `messages` a snapshot."""
    return {"$set": fields}


def rewind(message_id: str) -> Object:
    """Return the line that takes back a message and what followed."""
    return {"$rewindTo": message_id}


def lines(*records: object) -> bytes:
    """Return the bytes of a session of the newer kind."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def _message(kind: str, message_id: str, content: tuple[str | Object, ...], at: int) -> Object:
    pieces = [{"text": piece} if isinstance(piece, str) else piece for piece in content]
    plain = len(content) == 1 and isinstance(content[0], str) and kind != "user"
    return {
        "id": message_id,
        "timestamp": f"2026-04-17T18:{10 + at}:00.000Z",
        "type": kind,
        "content": content[0] if plain else pieces,
    }
