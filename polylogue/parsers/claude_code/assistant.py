"""A line of the model's answer → parts of a Message."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from polylogue.model import Json, Notice, Part, Text, Thinking, ToolResult
from polylogue.parsers.claude_code import files, growth, tools
from polylogue.parsers.claude_code.group import Group
from polylogue.parsers.claude_code.state import CALLS, Thread, remember
from polylogue.parsers.claude_code.wire import WireRecord
from polylogue.parsers.findings import Findings
from polylogue.parsers.narrow import items, keys, objects, text, word

_Block: TypeAlias = dict[str, Json]

#: What stands for an answer where there is none.
_NOTHING = frozenset({"", "(no content)", "No response requested."})


def assistant(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read an `assistant` record."""
    content = record.message.content if record.message is not None else None
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else items(content)
    findings = group.of(thread).findings
    parts: list[Part] = []
    if content is not None and not isinstance(content, str | list):
        parts.append(findings.unknown("message.content", "", content))
    for block in blocks:
        parts += _read(thread, block, findings)
    if record.is_api_error_message is True:
        parts = [_error(part) for part in parts]
    growth.add(group, thread, record, parts)


def _read(thread: Thread, block: Json, findings: Findings) -> Iterator[Part]:
    kind = word(keys(block).get("type"))
    if kind in tools.CALLS:
        call = tools.call(block)
        if call.call_id:
            remember(thread.calls, call.call_id, call.name, CALLS)
        yield call
    elif kind in files.KINDS:
        yield from files.read(block, findings)
    elif kind in _BLOCKS:
        yield from _BLOCKS[kind](block)
    else:
        yield findings.unknown("message.content[]", kind, block)


def _error(part: Part) -> Part:
    return Notice(kind="error", text=part.text) if isinstance(part, Text) else part


def _text(block: _Block) -> Iterator[Part]:
    words = text(block.get("text"))
    if words.strip() not in _NOTHING:
        yield Text(text=words.strip("\n"))


def _thinking(block: _Block) -> Iterator[Part]:
    yield Thinking(text=text(block.get("thinking")).strip())


def _redacted(_block: _Block) -> Iterator[Part]:
    yield Thinking(title="Redacted thinking")


def _found(block: _Block) -> Iterator[Part]:
    content = block.get("content")
    pages = [f"{word(page.get('title'))}\n{word(page.get('url'))}" for page in objects(content)]
    output = "\n\n".join(pages) or (tools.indented(content) if content else "")
    yield ToolResult(name="web_search", output=output, call_id=word(block.get("tool_use_id")))


_BLOCKS: dict[str, Callable[[_Block], Iterator[Part]]] = {
    "redacted_thinking": _redacted,
    "text": _text,
    "thinking": _thinking,
    "web_search_tool_result": _found,
}
