"""A session of Codex: reasoning, a command with its output, a patch.

A rollout is a file of JSON lines: a header, then what the model was told and what the person saw.
"""

import json
from typing import Any, TypeAlias

from polylogue.cli.samples.pack import json_lines

_Json: TypeAlias = dict[str, Any]

_SESSION = "019e5d0c-4a00-7000-8000-000000000001"
_PATCH = """\
*** Begin Patch
*** Update File: knots.toml
@@
-bowline = 3
+bowline = 4
*** End Patch
"""

#: Where the session lies in the agent's folder.
PLACE = f"2026/06/14/rollout-2026-06-14T10-00-00-{_SESSION}.jsonl"


def lines() -> list[bytes]:
    """Return the lines of the session; the last one is an answer."""
    header = {
        "id": _SESSION,
        "timestamp": _moment(0),
        "cwd": "/home/ann/knots",
        "originator": "codex_cli_rs",
        "cli_version": "0.120.0",
        "source": "cli",
        "model_provider": "openai",
        "git": {"branch": "main"},
    }
    summary = [{"type": "summary_text", "text": "**Counting** The bowline is listed twice."}]
    told = [
        ("session_meta", header),
        ("turn_context", {"cwd": "/home/ann/knots", "model": "gpt-5-codex"}),
        _item(
            "message", role="user", content=[_block("input_text", "How many bowlines do we list?")]
        ),
        _item("reasoning", summary=summary),
        _call("count", "shell", {"command": ["bash", "-lc", "grep -c bowline *.md"]}),
        _item("function_call_output", call_id="count", output=_output("4\n")),
        _item("custom_tool_call", name="apply_patch", input=_PATCH, call_id="patch"),
        _item("custom_tool_call_output", call_id="patch", output=_output("Done.\n")),
        _item(
            "message",
            role="assistant",
            content=[_block("output_text", "Four; `knots.toml` said three, and now it agrees.")],
        ),
    ]
    return json_lines(
        {"timestamp": _moment(number), "type": kind, "payload": payload}
        for number, (kind, payload) in enumerate(told)
    )


def _item(kind: str, **fields: object) -> tuple[str, _Json]:
    return "response_item", {"type": kind, **fields}


def _block(kind: str, text: str) -> _Json:
    return {"type": kind, "text": text}


def _call(call_id: str, name: str, arguments: _Json) -> tuple[str, _Json]:
    return _item("function_call", name=name, arguments=json.dumps(arguments), call_id=call_id)


def _output(text: str) -> str:
    return json.dumps({"output": text, "metadata": {"exit_code": 0, "duration_seconds": 0.1}})


def _moment(minutes: int) -> str:
    return f"2026-06-14T10:{minutes:02}:00.000Z"
