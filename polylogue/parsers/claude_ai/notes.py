"""Projects and memories → notes of their own: a Conversation with one message and no speakers.

Both change in place, also to something shorter, and an export has only how they are now. So the
message is named by what it says: two versions are two messages, of which the newest is shown, and
none takes another's place.
"""

import hashlib
from collections.abc import Iterator

import msgspec

from polylogue.model import (
    Artifact,
    Context,
    Conversation,
    Document,
    Head,
    HeadKind,
    Json,
    Message,
    Parsed,
    Part,
    Problem,
    Text,
)
from polylogue.parsers.claude_ai.conversation import opened, unreadable
from polylogue.parsers.claude_ai.documents import extension_language
from polylogue.parsers.claude_ai.reading import PROVIDER, Reading
from polylogue.parsers.narrow import items, json_type, keys, objects, text, word
from polylogue.parsers.text import to_ms

_encode = msgspec.json.Encoder(order="deterministic").encode


def project(document: Document) -> Iterator[Parsed]:
    """Yield the project in `document`: its description, instructions and documents."""
    told = opened(document)
    if isinstance(told, Problem):
        yield told
        return
    owner = word(told.get("uuid"))
    if not owner:
        yield unreadable(document, "project-without-id", "A project has no id.")
        return
    reading = Reading()
    private = told.get("is_private")
    metadata: dict[str, Json] = {"private": private} if isinstance(private, bool) else {}
    head = Head(
        kind="project",
        title=word(told.get("name")),
        created_at=to_ms(told.get("created_at")),
        updated_at=to_ms(told.get("updated_at")),
        account=word(keys(told.get("creator")).get("uuid")),
        url=f"https://claude.ai/project/{owner}",
        metadata=metadata,
    )
    parts = tuple(_project_parts(reading, told))
    yield _note(reading, "project", owner, head, parts)


def _project_parts(reading: Reading, told: dict[str, Json]) -> Iterator[Part]:
    if description := text(told.get("description")).strip():
        yield Text(text=description)
    if instructions := text(told.get("prompt_template")).strip():
        yield Context(title="Instructions", text=instructions)
    yield from _documents(reading, told.get("docs"), "docs")


def _documents(reading: Reading, listed: Json, path: str) -> Iterator[Part]:
    """Yield the texts of a project, or the files of a memory, by name: their order says nothing."""
    for entry in items(listed):
        if not isinstance(entry, dict):
            reading.ledger[path, json_type(entry)] += 1
    for entry in sorted(objects(listed), key=_by_name):
        name = _name(entry)
        yield Artifact(
            artifact_id=word(entry.get("uuid")) or name,
            title=name,
            language=extension_language(name),
            text=text(entry.get("content")),
        )


def _name(entry: dict[str, Json]) -> str:
    told = (word(entry.get(key)) for key in ("filename", "file_name", "path"))
    return next(filter(None, told), "")


def _by_name(entry: dict[str, Json]) -> tuple[str, str, str]:
    return _name(entry), word(entry.get("uuid")), text(entry.get("content"))


def memory(document: Document) -> Iterator[Parsed]:
    """Yield the memory in `document`: of all conversations, then of each project."""
    told = opened(document)
    if isinstance(told, Problem):
        yield told
        return
    owner = word(told.get("account_uuid"))
    times = [to_ms(keys(entry).get("updated_at")) for entry in items(told.get("memory_files"))]
    updated = to_ms(told.get("updated_at")) or max(filter(None, times), default=None)
    head = Head(
        kind="memory",
        title="Memory",
        account=owner,
        updated_at=updated or document.modified_at,
    )
    reading = Reading()
    parts = tuple(_memory_parts(reading, told))
    yield _note(reading, "memory", owner, head, parts)


def _memory_parts(reading: Reading, told: dict[str, Json]) -> Iterator[Part]:
    if general := text(told.get("conversations_memory")).strip():
        yield Text(text=general)
    yield from _documents(reading, told.get("memory_files"), "memory_files")
    of_projects = told.get("project_memories")
    if isinstance(of_projects, dict):
        said = {text(key): text(value).strip() for key, value in of_projects.items()}
        if any(said.values()):
            yield Text(text="## Memories of projects")
        for uuid, remembered in sorted(said.items()):
            if remembered:
                yield Text(text=f"### Project {uuid}\n\n{remembered}")
    elif of_projects is not None:
        yield reading.unknown("project_memories", json_type(of_projects), of_projects)


def _note(
    reading: Reading, kind: HeadKind, owner: str, head: Head, parts: tuple[Part, ...]
) -> Conversation:
    said = hashlib.sha256(_encode(parts)).hexdigest()[:16]
    message = Message(
        message_id=f"{owner or kind}:{said}",
        role="system",
        parts=parts,
        timestamp=head.updated_at or head.created_at,
    )
    if not parts:
        reading.folded["blank-message"] += 1
    return Conversation(
        provider=PROVIDER,
        conversation_id=f"{kind}:{owner}",
        head=head,
        messages=(message,) if parts else (),
        unknowns=reading.unknowns,
        folds=reading.folds,
    )
