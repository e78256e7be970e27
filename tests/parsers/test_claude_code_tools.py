"""Claude Code: calls and results as a person wants to read them, and files kept beside the session."""

from typing import Any

import pytest
from claude_code_sessions import Session, call, messages, text

from polylogue.model import Attachment, Part, ToolCall, ToolResult
from polylogue.parsers.claude_code import PARSER
from polylogue.parsers.claude_code.diffs import changes


def _call(name: str, **given: object) -> ToolCall:
    chat = Session("s1")
    chat.answer(call("c1", name, **given))
    (read,) = messages(chat.data())
    (part,) = read.parts
    assert isinstance(part, ToolCall)
    return part


@pytest.mark.parametrize(
    ("name", "given", "shown", "language", "title"),
    [
        ("Bash", {"command": "ls", "description": "List"}, "ls", "bash", "List"),
        ("Read", {"file_path": "/a.py"}, "", "text", "/a.py"),
        ("Read", {"file_path": "/a", "offset": 5, "limit": 3}, "", "text", "/a (lines 5-7)"),
        ("Grep", {"pattern": "tea", "path": "/src"}, "", "text", "tea in /src"),
        ("Glob", {"pattern": "*.py"}, "", "text", "*.py"),
        ("Task", {"prompt": "Find", "description": "Tea"}, "Find", "markdown", "Tea"),
        ("ExitPlanMode", {"plan": "1. Tea"}, "1. Tea", "markdown", ""),
        ("WebSearch", {"query": "tea"}, "", "text", "tea"),
        ("Write", {"file_path": "/a", "content": "x\ny\n"}, "+x\n+y", "diff", "/a"),
        ("Mystery", {"b": 1, "a": [2]}, '{\n  "a": [\n    2\n  ],\n  "b": 1\n}', "json", ""),
        ("Bash", {"cmd": "ls"}, '{\n  "cmd": "ls"\n}', "json", ""),
        ("__proto__", {}, "", "text", ""),
    ],
)
def test_calls(name: str, given: dict[str, Any], shown: str, language: str, title: str) -> None:
    """Each tool is shown by what matters in it; an input of another shape is JSON."""
    told = _call(name, **given)

    assert (told.name, told.input, told.language, told.title) == (name, shown, language, title)
    assert told.call_id == "c1"


def test_todos_are_a_list() -> None:
    """No brackets: notes must not gain tasks."""
    todos = [
        {"content": "Boil", "status": "completed"},
        {"content": "Pour", "status": "in_progress"},
        {"content": "Drink", "status": "pending"},
    ]

    told = _call("TodoWrite", todos=todos)

    assert (told.input, told.language) == ("- ✅ Boil\n- ▶ Pour\n- ⬜ Drink", "markdown")


def test_questions() -> None:
    """A question with its options."""
    options = [{"label": "Green", "description": "Sencha"}, {"label": "Black"}]

    told = _call("AskUserQuestion", questions=[{"question": "Which?", "options": options}])

    assert told.input == "**Which?**\n\n- Green: Sencha\n- Black"


@pytest.mark.parametrize(
    ("old", "new", "diff"),
    [
        ("a\nb\nc", "a\nx\nc", " a\n-b\n+x\n c"),
        ("", "x\ny", "+x\n+y"),
        ("x", "", "-x\n+"),
        ("1\n2\n3\n4\n5\n6", "1\n2\n3\n4\n5\n7", " 3\n 4\n 5\n-6\n+7"),
        ("a\nk\nb", "c\nk\nd", "-a\n+c\n k\n-b\n+d"),
    ],
)
def test_diffs(old: str, new: str, diff: str) -> None:
    """What is equal is context, of three lines at most."""
    assert changes([(old, new)]) == diff


def test_several_edits() -> None:
    """Edits of one call are parted."""
    edits = [{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": "d"}]

    assert _call("MultiEdit", file_path="/a", edits=edits).input == "-a\n+b\n@@\n-c\n+d"


def test_the_result_knows_the_lines_around_an_edit() -> None:
    """The patch of the result replaces what the call knows, as it tells more."""
    chat = Session("s1")
    chat.answer(call("c1", "Edit", file_path="/a", old_string="b", new_string="x"))
    lines = [" a", "-b", "+x", " c"]
    hunk = {"oldStart": 7, "oldLines": 3, "newStart": 7, "newLines": 3, "lines": lines}
    chat.result("c1", "Updated", structuredPatch=[hunk], originalFile="a\nb\nc\n" * 1000)

    edit, result = messages(chat.data())

    assert [p.input for p in edit.parts if isinstance(p, ToolCall)] == [
        "@@ -7,3 +7,3 @@\n a\n-b\n+x\n c"
    ]
    assert result.parts == (ToolResult(name="Edit", output="Updated", call_id="c1"),)


def _result(content: Any, **fields: Any) -> tuple[Part, ...]:  # noqa: ANN401 (any JSON)
    chat = Session("s1")
    chat.answer(call("c1", "Bash", command="ls"))
    chat.result("c1", content, **fields)
    return messages(chat.data())[1].parts


def _told(output: str, **fields: Any) -> ToolResult:  # noqa: ANN401 (any field)
    return ToolResult(name="Bash", output=output, call_id="c1", **fields)


def test_results_of_commands() -> None:
    """An exit code is told where it is known, and not in the output."""
    failed = _result("Exit code 2\nno tea", is_error=True, told="Error: Exit code 2\nno tea")
    passed = _result("tea", is_error=False, stdout="tea", stderr="", interrupted=False)
    started = _result("Running", stdout="", stderr="", backgroundTaskId="b1")
    silent = _result("", stdout="out", stderr="err")

    assert failed == (_told("no tea", is_error=True, exit_code=2),)
    assert passed == (_told("tea", exit_code=0),)
    assert started == (_told("Running"),)
    assert silent == (_told("out\nerr", exit_code=0),)


@pytest.mark.parametrize("told", ["text", ["list"], {"agentId": 7, "structuredPatch": {}}, None])
def test_what_the_program_was_told_may_be_anything(told: object) -> None:
    """`toolUseResult` is an object, a list or a text."""
    assert _result([text("a"), text("b")], told=told) == (_told("a\nb"),)


def test_errors_of_tools() -> None:
    """The tags around an error are the program's."""
    parts = _result("<tool_use_error>No file.</tool_use_error>", is_error=True)

    assert parts == (_told("No file.", is_error=True),)


@pytest.mark.parametrize(
    "output",
    [
        "<persisted-output>\nToo large. Full output saved to: /x/-tea/s1/tool-results/toolu_9.txt\n\nP",
        "Output has been saved to C:\\Users\\me\\.claude\\projects\\x\\s1\\tool-results\\toolu_9.txt.",
    ],
)
def test_output_that_is_kept_beside_the_session(output: str) -> None:
    """The result is followed by the file that has all of it."""
    kept = Attachment(ref="s1/toolu_9", name="toolu_9.txt", mime_type="text/plain")

    assert _result(output) == (_told(output), kept)


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        ("projects/-tea/s1/tool-results/toolu_9.txt", "s1/toolu_9"),
        ("s1\\tool-results\\mcp-x.json", "s1/mcp-x"),
        ("s1/tool-results/hook-1.txt", None),
        ("s1/tool-results/a.png", None),
        ("s1/tool-results/a.txt/b", None),
        ("projects/-tea/s1.jsonl", None),
    ],
)
def test_names_of_kept_output(name: str, ref: str | None) -> None:
    """The session belongs to the id: ids are short."""
    assert PARSER.asset_ref(name) == ref
