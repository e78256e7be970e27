"""Design chats → Conversations.

The chats of Claude Design are told in order, without parents: each message hangs from the one
before it. What a message says is an object of its own, in one `content` or in `contentBlocks`, whose
blocks have other names than those of a chat; calls carry their output with them.
"""

from collections.abc import Iterable, Iterator

from polylogue.model import (
    Attachment,
    Conversation,
    Document,
    Head,
    Json,
    Message,
    Notice,
    Parsed,
    Part,
    Problem,
)
from polylogue.parsers.claude_ai import blocks, files
from polylogue.parsers.claude_ai.conversation import opened, unreadable
from polylogue.parsers.claude_ai.reading import PROVIDER, Reading
from polylogue.parsers.claude_ai.tree import Node, once, walk
from polylogue.parsers.narrow import as_json, items, json_type, keys, text, word
from polylogue.parsers.text import to_ms

_TURN = ("created", "edited", "deleted", "moved")


def parse(document: Document) -> Iterator[Parsed]:
    """Yield the design chat in `document`, or why there is none."""
    told = opened(document)
    if isinstance(told, Problem):
        yield told
        return
    conversation_id = word(told.get("uuid")) or document.conversation_id
    if not conversation_id:
        yield unreadable(document, "conversation-without-id", "A design chat has no id.")
        return
    reading = Reading()
    chosen = once(reading, told.get("messages"), "messages")
    read = tuple(_message(reading, node) for node in walk(chosen))
    yield Conversation(
        provider=PROVIDER,
        conversation_id=conversation_id,
        head=_head(told, chosen.values()),
        messages=read,
        unknowns=reading.unknowns,
        folds=reading.folds,
    )
    yield from reading.blobs.values()


def _head(told: dict[str, Json], messages: Iterable[dict[str, Json]]) -> Head:
    project = keys(told.get("project"))
    authors = (word(keys(message.get("content")).get("authorAccountUuid")) for message in messages)
    return Head(
        title=word(told.get("title")) or word(told.get("name")),
        created_at=to_ms(told.get("created_at")),
        updated_at=to_ms(told.get("updated_at")),
        account=next(filter(None, authors), ""),
        project=word(project.get("name")) or word(project.get("uuid")),
        metadata={"design": True},
    )


def _message(reading: Reading, node: Node) -> Message:
    inner = node.raw.get("content")
    told = inner if isinstance(inner, dict) else {"content": inner}
    role = word(node.raw.get("role")) or word(told.get("role"))
    is_user = role in {"user", "human"}
    reading.message_id, reading.typed = node.message_id, is_user
    time = to_ms(node.raw.get("created_at"))
    return Message(
        message_id=node.message_id,
        role="user" if is_user else "assistant" if role == "assistant" else "system",
        parts=tuple(_parts(reading, told)),
        parent_id=node.parent_id,
        author=word(told.get("authorName")) if is_user else "",
        timestamp=to_ms(told.get("timestamp")) if time is None else time,
    )


def _parts(reading: Reading, told: dict[str, Json]) -> Iterator[Part]:
    listed = told.get("contentBlocks")
    content = listed if isinstance(listed, list) and listed else told.get("content")
    if isinstance(content, list):
        content = [piece for block in content for piece in _as_blocks(block)]
    yield from blocks.read(reading, {"content": content})
    for entry in items(told.get("attachments")):
        yield from _attachment(reading, entry)
    changed = keys(told.get("turnChanges"))
    facts = [
        f"{name} {', '.join(_path(entry) for entry in items(changed.get(name)))}"
        for name in _TURN
        if items(changed.get(name))
    ]
    if facts:
        yield Notice(kind="files", text="; ".join(facts))


def _as_blocks(block: Json) -> Iterator[Json]:
    """Yield a block of a design chat as the blocks of a chat that say the same."""
    kind = word(keys(block).get("type"))
    if kind == "tool_call":
        told = keys(block.get("toolCall")) or block
        call_id, name = word(told.get("id")), word(told.get("name"))
        yield {"type": "tool_use", "id": call_id, "name": name, "input": told.get("input")}
        if (output := told.get("output")) is not None:
            content = output if isinstance(output, str | list) else as_json(output)
            yield {"type": "tool_result", "tool_use_id": call_id, "name": name, "content": content}
    else:
        yield block


def _attachment(reading: Reading, entry: Json) -> Iterator[Part]:
    if not isinstance(entry, dict):
        yield reading.unknown("messages.attachments", json_type(entry), entry)
    elif word(entry.get("type")) == "image" and isinstance(entry.get("content"), str):
        picture = {"data": entry["content"].rpartition(",")[2], "file_uuid": entry.get("id")}
        name = word(entry.get("name")) or word(entry.get("path"))
        for part in files.picture(reading, picture):
            yield Attachment(ref=part.ref, name=name) if isinstance(part, Attachment) else part
    else:
        yield from files.listed_objects([entry])


def _path(entry: Json) -> str:
    told = keys(entry)
    return text(entry) or word(told.get("path")) or word(told.get("name")) or as_json(entry)
