"""What a tool gave back → parts, and what it tells of the call that it answers.

A result is told twice: in the words that the model saw (`tool_result`), and as an object for the
program (`toolUseResult`), of which only the few fields that say more are decoded.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from polylogue.model import Attachment, Json, Part, ToolResult
from polylogue.parsers.claude_code import files
from polylogue.parsers.claude_code.injected import plain
from polylogue.parsers.claude_code.persisted import saved
from polylogue.parsers.claude_code.wire import Wire
from polylogue.parsers.findings import Findings
from polylogue.parsers.narrow import items, keys, text, word

_EXIT = re.compile(r"(?:Error: )?Exit code (\d{1,5})(?:\n|$)")
_NOTIFIED = re.compile(r"</?tool_use_error>")


class Told(Wire, rename="camel"):
    """What the object for the program may say beyond the words."""

    agent_id: Any = None
    structured_patch: Any = None
    stdout: Any = None
    stderr: Any = None
    interrupted: Any = None
    background_task_id: Any = None
    return_code_interpretation: Any = None
    persisted_output_path: Any = None


_NOTHING = Told()
_decode = msgspec.json.Decoder(Told).decode


def told(raw: msgspec.Raw) -> Told:
    """Return what `toolUseResult` says; nothing when it is a text or a list, as it may be."""
    try:
        return _decode(raw) if bytes(memoryview(raw)[:1]) == b"{" else _NOTHING
    except (ValueError, RecursionError):
        return _NOTHING


def read(block: dict[str, Json], name: str, beside: Told, findings: Findings) -> Iterator[Part]:
    """Yield the result in a `tool_result` block of the tool `name`, and the files in it."""
    words: list[str] = []
    shown: list[Part] = []
    _content(block.get("content"), words, shown, findings)
    output = plain("\n".join(filter(None, words)))
    if not output and not shown:
        output = plain("\n".join(filter(None, (text(beside.stdout), text(beside.stderr)))))
    failed = block.get("is_error") is True
    code, output = _exit(output, beside, failed=failed)
    yield ToolResult(
        name=name,
        output=_NOTIFIED.sub("", output) if output.startswith("<tool_use_error>") else output,
        call_id=word(block.get("tool_use_id")),
        is_error=failed,
        exit_code=code,
    )
    yield from shown
    yield from _kept(output, beside)


def _content(content: Json, words: list[str], shown: list[Part], findings: Findings) -> None:
    if isinstance(content, str):
        words.append(text(content))
    elif content is not None and not isinstance(content, list):
        shown.append(findings.unknown("tool_result.content", "", content))
    for block in items(content):
        kind = word(keys(block).get("type"))
        if kind == "text":
            words.append(text(block.get("text")))
        elif kind == "tool_reference":
            words.append(word(block.get("tool_name")))
        elif kind in files.KINDS:
            shown.extend(files.read(block, findings))
        elif isinstance(block, str):
            words.append(text(block))
        else:
            shown.append(findings.unknown("tool_result.content[]", kind, block))


def _exit(output: str, beside: Told, *, failed: bool) -> tuple[int | None, str]:
    """Return the exit code of a command, and its output without the line that tells it."""
    if failed and (found := _EXIT.match(output)):
        return int(found[1]), output[found.end() :]
    ran = isinstance(beside.stdout, str) and not beside.interrupted
    if ran and not failed and not beside.background_task_id:
        return (None if beside.return_code_interpretation else 0), output
    return None, output


def _kept(output: str, beside: Told) -> Iterator[Attachment]:
    path = word(beside.persisted_output_path)
    yield from saved(f"saved to: {path}" if path else output)
