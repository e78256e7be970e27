"""One message of a session → its parts: thoughts, what was said, the calls of tools."""

from collections.abc import Iterator
from typing import Final

import msgspec

from polylogue.model import Context, Json, Notice, Part, Role, Text, Thinking, ToolResult
from polylogue.parsers.findings import Findings
from polylogue.parsers.gemini_cli import content
from polylogue.parsers.narrow import items, keys, objects, text, word

ROLES: Final[dict[str, Role]] = {"user": "user", "gemini": "assistant"}
_NOTICES = ("error", "info", "warning")


def read(kind: str, value: Json, findings: Findings) -> Iterator[Part]:
    """Yield the parts of the message `value`, which is of this kind."""
    told = keys(value)
    if kind not in ROLES and kind not in _NOTICES:
        yield findings.unknown("message.type", kind, value)
        return
    for thought in objects(told.get("thoughts")):
        yield Thinking(title=word(thought.get("subject")), text=text(thought.get("description")))
    typed = content.plain(told.get("displayContent"))
    if typed == content.plain(told.get("content")):
        typed = ""
    if typed:
        yield Text(text=typed)
    for part in content.read(told.get("content"), findings):
        if not isinstance(part, Text):
            yield part
        elif kind in _NOTICES:
            yield Notice(kind=kind, text=part.text)
        else:  # files that were read into what was typed stand in what was sent
            yield Context(title="As sent", text=part.text) if typed else part
    for call in items(told.get("toolCalls")):
        yield from _tool(call, findings)


def _tool(value: Json, findings: Findings) -> Iterator[Part]:
    told = keys(value)
    if not word(told.get("name")):
        yield findings.unknown("toolCalls", "", value)
        return
    call = content.call(told)
    yield call
    status = word(told.get("status"))
    shown = told.get("resultDisplay")
    results = list(content.read(told.get("result"), findings))
    if not results and isinstance(shown, str):
        results = list(content.read(shown, findings))
    for part in results:
        yield _result(part, call.name, call.call_id, failed=status == "error")
    diff = text(keys(shown).get("fileDiff"))
    if diff:
        yield ToolResult(name=call.name, output=diff, language="diff", call_id=call.call_id)
    if status == "cancelled":
        yield Notice(kind="cancelled", text=f"The call of {call.name} was cancelled.")


def _result(part: Part, name: str, call_id: str, *, failed: bool) -> Part:
    if isinstance(part, Text):
        return ToolResult(name=name, output=part.text, call_id=call_id, is_error=failed)
    if isinstance(part, ToolResult):
        return msgspec.structs.replace(
            part,
            name=part.name or name,
            call_id=part.call_id or call_id,
            is_error=part.is_error or failed,
        )
    return part
