"""A session of Claude Code: a command with its output, an edit with its diff, a to-do list.

The log is a file of JSON lines; each answer comes in as many lines as it has blocks, and a result
is told twice, for the model and for the screen.
"""

from typing import Any, TypeAlias

from polylogue.cli.samples.pack import json_lines

_Json: TypeAlias = dict[str, Any]

_SESSION = "5b1c6a52-7d0e-4f6a-9c39-0d2f4a7be001"
_FILE = "/home/ann/tides/tides.py"

#: Where the session lies in the agent's folder.
PLACE = f"-home-ann-tides/{_SESSION}.jsonl"


def lines() -> list[bytes]:
    """Return the lines of the session; with the last one the answer is complete."""
    return json_lines(_record(number, *told) for number, told in enumerate(_told(), start=1))


def _told() -> list[tuple[str, _Json, _Json]]:
    """Return what the records say: their type, their message, and what else stands in them."""
    failed = "tides.py:2: NameError: name 'moon' is not defined"
    hunk = {
        "oldStart": 1,
        "oldLines": 2,
        "newStart": 1,
        "newLines": 2,
        "lines": [
            " def high_water(day):",
            "-    return moon(day) + 50",
            "+    return phase(day) + 50",
        ],
    }
    todos = [
        {"content": "Find the fault", "status": "completed", "activeForm": "Finding the fault"},
        {"content": "Run the tests", "status": "in_progress", "activeForm": "Running the tests"},
    ]
    return [
        _prompt("The tests for the tide table fail. Can you see why?"),
        _answer(1, {"type": "thinking", "thinking": "Run them first.", "signature": "ZGVtbw=="}),
        _answer(1, {"type": "text", "text": "I will run the tests."}),
        _answer(1, _call("run", "Bash", command="pytest -q", description="Run the tests")),
        _result("run", f"Exit code 1\n{failed}", {"stdout": failed, "stderr": ""}, is_error=True),
        _answer(
            2,
            _call("edit", "Edit", file_path=_FILE, old_string="moon(day)", new_string="phase(day)"),
        ),
        _result(
            "edit", "The file has been updated.", {"filePath": _FILE, "structuredPatch": [hunk]}
        ),
        _answer(3, _call("todo", "TodoWrite", todos=todos)),
        _result("todo", "Todos have been modified.", {"oldTodos": [], "newTodos": todos}),
        _answer(
            4,
            {
                "type": "text",
                "text": "`moon` had been renamed to `phase`; the table is right again.",
            },
        ),
    ]


def _record(number: int, kind: str, message: _Json, more: _Json) -> _Json:
    return {
        "parentUuid": f"tides-{number - 1}" if number > 1 else None,
        "isSidechain": False,
        "userType": "external",
        "cwd": "/home/ann/tides",
        "sessionId": _SESSION,
        "version": "2.1.39",
        "gitBranch": "main",
        "type": kind,
        "message": message,
        "uuid": f"tides-{number}",
        "timestamp": f"2026-06-11T19:{number:02}:00.000Z",
        **more,
    }


def _prompt(text: str) -> tuple[str, _Json, _Json]:
    return "user", {"role": "user", "content": text}, {}


def _answer(number: int, block: _Json) -> tuple[str, _Json, _Json]:
    message = {
        "id": f"msg_demo_{number}",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-4-6",
        "content": [block],
        "stop_reason": None,
        "usage": {"input_tokens": 900, "output_tokens": 60},
    }
    return "assistant", message, {"requestId": f"req_demo_{number}"}


def _call(call_id: str, name: str, **arguments: object) -> _Json:
    return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}


def _result(
    call_id: str, text: str, told: _Json, *, is_error: bool = False
) -> tuple[str, _Json, _Json]:
    block = {"type": "tool_result", "tool_use_id": call_id, "content": text, "is_error": is_error}
    return "user", {"role": "user", "content": [block]}, {"toolUseResult": told}
