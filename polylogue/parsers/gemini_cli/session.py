"""Gemini CLI: sessions below `~/.gemini/tmp/…/chats`, as whole JSON objects and as JSON lines.

The older file is one object, rewritten at each change. The newer one begins with a line of metadata
and goes on with messages: a line with a known id is a newer version of that message, `$set` changes
metadata or gives a snapshot of all messages, `$rewindTo` takes back a message and what followed.

Both tell the same ids, so the file that a migration leaves behind unites with its successor. Each
message answers the one that stood before it when it came; what was taken back stays, as the branch
that was left. Every version of a message is given: the store keeps the richest, and so it does not
matter where a group of lines ends.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from polylogue.errors import BadInputError
from polylogue.model import (
    TITLE_DERIVED,
    TITLE_GIVEN,
    About,
    Carry,
    Conversation,
    Document,
    Head,
    Json,
    Message,
    Parsed,
    Part,
    Problem,
    Text,
)
from polylogue.parsers.findings import Findings
from polylogue.parsers.gemini_cli import messages
from polylogue.parsers.gemini_cli.messages import ROLES
from polylogue.parsers.ids import content_id
from polylogue.parsers.lines import BadLines, numbered
from polylogue.parsers.narrow import items, keys, text, word
from polylogue.parsers.text import decode_tolerant, to_ms

_PROVIDER = "gemini-cli"
_PATH = 512  # messages: how far back a rewind finds its place
_TITLE = 80  # characters
#: What is known to stand in metadata.
METADATA: Final = frozenset(
    {
        "contextEngineState",
        "directories",
        "kind",
        "lastUpdated",
        "memoryScratchpad",
        "messages",
        "projectHash",
        "sessionId",
        "startTime",
        "summary",
    }
)
_SUB_AGENT_OF = re.compile(r"chats[/\\]([^/\\]+)[/\\][^/\\]+$")


class _State(msgspec.Struct):
    """What later lines need: whose session it is, the ids of the path, whether it has a title."""

    session_id: str = ""
    path: list[str] = []
    titled: bool = False


@dataclass(slots=True)
class _Group:
    """What is read from a group of lines, or from a whole session. `told` is its metadata.

    `line` is the number of the last line.
    """

    state: _State
    path: dict[str, None]
    findings: Findings = field(default_factory=Findings)
    told: dict[str, Json] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    title: str = ""
    line: int = 0


# --- Files ----------------------------------------------------------------------------------------


def parse_object(document: Document) -> Iterator[Parsed]:
    """Yield the session in `document`, one whole object."""
    try:
        told = keys(decode_tolerant(document.data))
    except BadInputError as error:
        yield Problem(code="unreadable-session", text=error.message, where=document.name)
        return
    group = _Group(_State(), {})
    _metadata(group, told)
    yield from _records(group, document)


def parse_lines(document: Document) -> Iterator[Parsed]:
    """Yield what a group of lines tells of a session, and a Carry for the next group."""
    try:
        state = msgspec.json.decode(document.state or b"{}", type=_State)
    except (ValueError, RecursionError):
        state = _State()
    group = _Group(state, dict.fromkeys(state.path))
    bad = BadLines(document.name)
    for group.line, line in numbered(document):
        try:
            _line(group, decode_tolerant(line))
        except BadInputError as error:
            bad.add(group.line, error.message)
    yield from bad.problems()
    yield from _records(group, document)
    state.path = list(group.path)
    yield Carry(state=msgspec.json.encode(state))


def _line(group: _Group, value: Json) -> None:
    line = keys(value)
    if isinstance(line.get("$rewindTo"), str):
        _rewind(group, text(line["$rewindTo"]))
    elif isinstance(line.get("$set"), dict):
        _metadata(group, line["$set"])
    elif "type" in line:
        _message(group, line)
    elif "sessionId" in line or "messages" in line:
        _metadata(group, line)
    else:
        group.findings.unknown("line", text(min(line, default="")), value)


def _rewind(group: _Group, message_id: str) -> None:
    """Take back a message and all that followed; everything, when it is not known."""
    ids = list(group.path)
    group.path = dict.fromkeys(ids[: ids.index(message_id)] if message_id in group.path else ())
    group.findings.folded["rewind"] += 1


def _metadata(group: _Group, told: dict[str, Json]) -> None:
    group.state.session_id = group.state.session_id or word(told.get("sessionId"))
    group.told |= told
    group.findings.ledger.update(("session", text(key)) for key in told.keys() - METADATA)
    group.findings.folded["metadata"] += 1
    if "messages" in told:
        group.path = {}
        for message in items(told["messages"]):
            _message(group, message)


def _records(group: _Group, document: Document) -> Iterator[Parsed]:
    session_id = group.state.session_id or document.conversation_id
    findings, head = group.findings, _head(group, document)
    if not session_id:
        told = "A session has no id, so what it says cannot be kept as a chat."
        yield Problem(code="session-without-id", text=told, where=document.name)
        return
    yield from findings.blobs.values()
    if group.messages or findings.ledger:
        yield Conversation(
            provider=_PROVIDER,
            conversation_id=session_id,
            head=head,
            messages=tuple(group.messages),
            unknowns=findings.unknowns,
            folds=findings.folds,
        )
    elif head != Head(line=group.line):
        yield About(conversation_id=session_id, head=head)


def _head(group: _Group, document: Document) -> Head:
    told = group.told
    directories = list(filter(None, map(word, items(told.get("directories")))))
    is_sub_agent = told.get("kind") == "subagent"
    parent = _SUB_AGENT_OF.search(document.name) if is_sub_agent else None
    summary = word(told.get("summary"))
    return Head(
        title=summary or group.title,
        title_trust=TITLE_DERIVED if group.title and not summary else TITLE_GIVEN,
        parent_id=parent[1] if parent else "",
        relation="sub-agent" if is_sub_agent else "",
        created_at=to_ms(told.get("startTime")),
        updated_at=to_ms(told.get("lastUpdated")),
        project=directories[0] if directories else "",
        model=next((said.model for said in reversed(group.messages) if said.model), ""),
        line=group.line,
        metadata={"directories": directories} if len(directories) > 1 else {},
    )


# --- Messages -------------------------------------------------------------------------------------


def _message(group: _Group, value: Json) -> None:
    told = keys(value)
    kind = word(told.get("type"))
    parts = tuple(messages.read(kind, value, group.findings))
    if not parts:
        group.findings.folded["empty"] += 1
        return
    time = to_ms(told.get("timestamp"))
    message_id = text(told.get("id")) or content_id(kind, time, told.get("content"))
    message = Message(
        message_id=message_id,
        role=ROLES.get(kind, "system"),
        parts=parts,
        parent_id=_place(group, message_id),
        model=word(told.get("model")),
        timestamp=time,
        metadata={"tokens": told["tokens"]} if keys(told.get("tokens")) else {},
    )
    group.messages.append(message)
    if kind == "user" and not group.state.titled:
        group.title = _first_words(parts)
        group.state.titled = bool(group.title)


def _first_words(parts: Sequence[Part]) -> str:
    said = next((part.text.strip() for part in parts if isinstance(part, Text)), "")
    return said.partition("\n")[0][:_TITLE].strip()


def _place(group: _Group, message_id: str) -> str | None:
    """Return the id before this one in the path; a new one becomes the path's end."""
    if message_id in group.path:
        ids = list(group.path)
        at = ids.index(message_id)
        return ids[at - 1] if at else None
    parent = next(reversed(group.path), None)
    group.path[message_id] = None
    if len(group.path) > _PATH:
        del group.path[next(iter(group.path))]
    return parent
