"""A group of lines → records. Pure: what must be known of the lines before comes in as state.

Every line becomes a message, a part of one, a fold, an entry in the ledger or a Problem.
"""

from collections.abc import Callable, Iterator
from typing import Final

from polylogue.errors import BadInputError
from polylogue.model import Carry, Document, Parsed
from polylogue.parsers.claude_code import events, titles
from polylogue.parsers.claude_code.assistant import assistant
from polylogue.parsers.claude_code.group import Group, start
from polylogue.parsers.claude_code.growth import name_agent_by_prompt
from polylogue.parsers.claude_code.queue import queue_operation
from polylogue.parsers.claude_code.routing import thread_of
from polylogue.parsers.claude_code.state import Thread, dump
from polylogue.parsers.claude_code.users import user
from polylogue.parsers.claude_code.wire import WireRecord, decode
from polylogue.parsers.lines import numbered
from polylogue.parsers.narrow import text, word
from polylogue.parsers.text import to_ms

_LONGEST: Final = 4096  # characters of a path


def parse(document: Document) -> Iterator[Parsed]:
    """Yield the records of a group of lines, and the Carry."""
    group = start(document)
    for group.line, line in numbered(document):
        read_line(group, line)
    yield from group.records()
    yield Carry(state=dump(group.state))


def read_line(group: Group, line: bytes) -> None:
    """Read one line, which may be anything."""
    group.raw = line
    try:
        record = decode(line)
    except BadInputError as error:
        group.bad.add(group.line, error.message)
        return
    if record is None:
        group.bad.add(group.line, "A line is no JSON object.")
        return
    thread = thread_of(group, record)
    thread.line = group.line
    _note(thread, record)
    kind = word(record.type)
    handler = _HANDLERS.get(kind)
    if handler is not None:
        handler(group, thread, record)
    else:
        events.unknown(group, thread, record, "record", kind)


def _note(thread: Thread, record: WireRecord) -> None:
    """Keep what any line may say of the conversation as a whole."""
    moment = to_ms(record.timestamp) if record.timestamp is not None else None
    if moment is not None:
        thread.first = moment if thread.first is None else min(moment, thread.first)
        thread.last = moment if thread.last is None else max(moment, thread.last)
    metadata = thread.metadata
    if record.cwd is not None and "cwd" not in metadata and (cwd := word(record.cwd)[:_LONGEST]):
        metadata["cwd"] = cwd
        thread.project = cwd.replace("\\", "/").rstrip("/").rpartition("/")[2]
    if record.version is not None and (version := word(record.version)[:_LONGEST]):
        metadata["version"] = version
    if record.git_branch is not None and (branch := word(record.git_branch)[:_LONGEST]) not in {
        "",
        "HEAD",
    }:
        metadata["git_branch"] = branch


def _pull_request(group: Group, thread: Thread, record: WireRecord) -> None:
    if address := word(record.pr_url)[:_LONGEST]:
        thread.metadata["pr_url"] = address
    events.fold(group, thread, record)


def _tag(group: Group, thread: Thread, record: WireRecord) -> None:
    if tag := word(record.tag)[:_LONGEST]:
        thread.metadata["tag"] = tag
    events.fold(group, thread, record)


def _user(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read a `user` record; the first of a sub-agent is what it was told to do."""
    begins = thread.relation == "sub-agent" and not thread.told
    user(group, thread, record)
    if begins and record.message is not None and isinstance(record.message.content, str):
        prompt = text(record.message.content)
        name_agent_by_prompt(group, thread.parent_id, thread.conversation_id, prompt)


_Handler = Callable[[Group, Thread, WireRecord], None]

_READERS: Final[dict[str, _Handler]] = {
    "agent-name": titles.agent_name,
    "ai-title": titles.ai_title,
    "assistant": assistant,
    "attachment": events.attachment,
    "custom-title": titles.custom_title,
    "pr-link": _pull_request,
    "progress": events.progress,
    "queue-operation": queue_operation,
    "summary": titles.summary,
    "system": events.system,
    "tag": _tag,
    "user": _user,
}
_BOOKKEEPING: Final = (
    "agent-color",
    "agent-setting",
    "bridge-session",
    "file-history-delta",
    "file-history-snapshot",
    "frame-link",
    "init",
    "last-prompt",
    "mode",
    "permission-mode",
    "result",
    "worktree-state",
)
_HANDLERS: Final = _READERS | dict.fromkeys(_BOOKKEEPING, events.fold)

#: The types of the lines that are known.
KINDS: Final = frozenset(_HANDLERS)
