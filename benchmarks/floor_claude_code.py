"""What the floor reads in a folder of Claude Code sessions: files of JSON lines.

A message is a line that says something. The lines of one answer of the API are one message in the
archive; here each has a row of its own, which is less to think about and no less to write.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import orjson

Json: TypeAlias = dict[str, Any]
Session: TypeAlias = list[Json]
Row: TypeAlias = tuple[Any, ...]


def read(export: Path) -> list[bytes]:
    """Return the bytes of every session in the folder."""
    return [path.read_bytes() for path in sorted(export.rglob("*.jsonl"))]


def parse(files: list[bytes]) -> list[Session]:
    """Return the sessions, each a list of its lines."""
    return [[orjson.loads(line) for line in data.splitlines()] for data in files]


def conversation_row(number: int, session: Session) -> Row:
    """Return the row of one session."""
    said = [line for line in session if "message" in line]
    title = next((line["aiTitle"] for line in session if "aiTitle" in line), "")
    return (number, session[0]["sessionId"], title, _milliseconds(said[0]), _milliseconds(said[-1]))


def message_rows(number: int, session: Session) -> Iterator[Row]:
    """Yield the rows of one session's messages, in the order of the file."""
    for position, line in enumerate(session):
        message = line.get("message")
        if message is not None:
            content = message["content"]
            yield (
                number,
                line["uuid"],
                line["parentUuid"],
                position,
                message["role"],
                _text(content),
                orjson.dumps(content).decode(),
                message.get("model"),
                _milliseconds(line),
                orjson.dumps(message.get("usage", {})).decode(),
            )


def _text(content: Any) -> str:  # noqa: ANN401  # as it is in JSON
    """Return what a person reads in a message's content."""
    if isinstance(content, str):
        return content
    return "\n\n".join(map(_block, content))


def _block(block: Json) -> str:
    given = block.get("input")
    if given is not None:
        return f"{block['name']}\n{orjson.dumps(given).decode()}"
    return str(block.get("text") or block.get("thinking") or block.get("content") or "")


def _milliseconds(line: Json) -> int:
    return round(datetime.fromisoformat(line["timestamp"]).timestamp() * 1000)
