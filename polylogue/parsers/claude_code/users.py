"""A user's turn → a Message: prompts, results of tools, and what the machine put in.

Who speaks is told by what is said: a text or a file is the person's, results are the tools', and
what is neither was put in by the program and is not shown.
"""

from collections.abc import Sequence
from typing import Final

from polylogue.model import (
    Attachment,
    Context,
    Json,
    Message,
    Notice,
    Part,
    Role,
    Text,
    ToolResult,
)
from polylogue.parsers.claude_code import files, growth, injected, results
from polylogue.parsers.claude_code.group import Group
from polylogue.parsers.claude_code.routing import record_id
from polylogue.parsers.claude_code.state import Thread, shown_before
from polylogue.parsers.claude_code.titles import prompted
from polylogue.parsers.claude_code.wire import WireRecord
from polylogue.parsers.findings import Findings
from polylogue.parsers.narrow import items, keys, text, word
from polylogue.parsers.text import to_ms

#: Who speaks the prompts of a sub-agent.
AGENT: Final = "Claude Code"


def user(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read a `user` record."""
    message = record.message
    content = message.content if message is not None else None
    if _is_told_task(group, content):
        fold_as(group, thread, record, "repeated prompt")
        return
    parts = _said(group, thread, record, content)
    if record.is_compact_summary is True:
        parts = [_as_context(part, "Summary of what was before") for part in parts]
    elif record.is_meta is True:
        parts = [_as_context(part, "Put in by Claude Code") for part in parts]
    say(group, thread, record, parts)


def _is_told_task(group: Group, content: Json) -> bool:
    """Tell whether this is the notification of a task that the queue has shown before."""
    is_task = isinstance(content, str) and content.startswith(injected.TASK)
    return is_task and shown_before(group.state, text(content), "user")


def say(group: Group, thread: Thread, record: WireRecord, parts: Sequence[Part]) -> None:
    """Give out a message of these parts; a record without any is folded."""
    uuid, parent = word(record.uuid), group.parent(word(record.parent_uuid))
    if not parts:
        fold_as(group, thread, record, "empty")
        return
    role = _role(parts)
    message_id = record_id(record)
    message = Message(
        message_id=message_id,
        role=role,
        parts=tuple(parts),
        parent_id=parent,
        author=AGENT if role == "user" and thread.relation == "sub-agent" else "",
        timestamp=to_ms(record.timestamp),
        hidden=all(isinstance(part, Context) for part in parts),
        line=group.place,
    )
    if role == "user":
        thread.answers = []
        prompted(thread, parts)
    thread.current_id = message_id
    group.put(thread, message)
    group.link(thread, uuid, message_id)


def fold_as(group: Group, thread: Thread, record: WireRecord, kind: str) -> None:
    """Count a record under this name, and let what stands below it move up."""
    group.fold(thread, kind)
    group.link(thread, word(record.uuid), group.parent(word(record.parent_uuid)))


def _role(parts: Sequence[Part]) -> Role:
    kinds = {type(part) for part in parts}
    if Text in kinds:
        return "user"
    if ToolResult in kinds:
        return "tool"
    return "user" if Attachment in kinds else "system"


def _as_context(part: Part, title: str) -> Part:
    """Return what the program put in as such: never the person's words, whatever it looks like."""
    return Context(title=title, text=part.text) if isinstance(part, Text) else part


def _said(group: Group, thread: Thread, record: WireRecord, content: Json) -> list[Part]:
    findings = group.of(thread).findings
    if isinstance(content, str):
        return list(injected.read(text(content)))
    parts: list[Part] = []
    if content is not None and not isinstance(content, list):
        parts.append(findings.unknown("message.content", "", content))
    for block in items(content):
        kind = word(keys(block).get("type"))
        if kind == "text":
            parts += injected.read(text(block.get("text")))
        elif kind == "tool_result":
            parts += _result(group, thread, record, block)
        elif isinstance(block, str):
            parts += injected.read(text(block))
        else:
            parts += _file_or_unknown(block, findings)
    return parts


def _file_or_unknown(block: Json, findings: Findings) -> list[Part]:
    kind = word(keys(block).get("type"))
    if kind in files.KINDS:
        return list(files.read(block, findings))
    return [] if kind == "text" else [findings.unknown("message.content[]", kind, block)]


def _result(group: Group, thread: Thread, record: WireRecord, block: dict[str, Json]) -> list[Part]:
    """Return the result, and complete the call that it answers with what only the result knows."""
    call_id = word(block.get("tool_use_id"))
    beside = results.told(record.tool_use_result)
    growth.complete(group, thread, call_id, beside)
    name = thread.calls.get(call_id, "")
    return list(results.read(block, name, beside, group.of(thread).findings))


def notice(group: Group, thread: Thread, record: WireRecord, kind: str, words: str) -> None:
    """Give out one line that says what happened."""
    said = injected.plain(words).strip()
    say(group, thread, record, [Notice(kind=kind, text=said)] if said else [])
