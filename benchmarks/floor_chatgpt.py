"""What the floor reads in a ChatGPT export: one array of conversations, bare or in a ZIP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import ZipFile, is_zipfile

import orjson

Json: TypeAlias = dict[str, Any]
Row: TypeAlias = tuple[Any, ...]


def read(export: Path) -> list[bytes]:
    """Return the bytes of `conversations.json`, bare or in a ZIP."""
    if not is_zipfile(export):
        return [export.read_bytes()]
    with ZipFile(export) as archive:
        return [archive.read("conversations.json")]


def parse(files: list[bytes]) -> list[Json]:
    """Return the conversations."""
    return [chat for data in files for chat in orjson.loads(data)]


def conversation_row(number: int, chat: Json) -> Row:
    """Return the row of one conversation."""
    times = _milliseconds(chat["create_time"]), _milliseconds(chat["update_time"])
    return (number, chat["id"], chat["title"], *times)


def message_rows(number: int, chat: Json) -> Iterator[Row]:
    """Yield the rows of one conversation's messages, in the order of the file."""
    for position, node in enumerate(chat["mapping"].values()):
        message = node["message"]
        if message is not None:
            content, metadata = message["content"], message["metadata"]
            yield (
                number,
                message["id"],
                node["parent"],
                position,
                message["author"]["role"],
                _text(content),
                orjson.dumps(content).decode(),
                metadata.get("model_slug"),
                _milliseconds(message["create_time"]),
                orjson.dumps(metadata).decode(),
            )


def _text(content: Json) -> str:
    """Return what a person reads in a message's content."""
    parts = content.get("parts")
    if parts is not None:
        return "\n\n".join(part for part in parts if isinstance(part, str))
    thoughts = content.get("thoughts")
    if thoughts is not None:
        return "\n\n".join(f"{thought['summary']}\n{thought['content']}" for thought in thoughts)
    return str(content.get("text") or content.get("content") or "")


def _milliseconds(seconds: float | None) -> int | None:
    """Return a time of the export as the archive keeps it."""
    return None if seconds is None else round(seconds * 1000)
