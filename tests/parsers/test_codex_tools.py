"""Tool calls as a person reads them, and the results that answer them."""

import base64
import hashlib
import json

import pytest
from chatgpt_exports import png
from codex_sessions import Object, Record, call, item, output, parts, read, rollout, said, shown
from codex_sessions import meta as header

from polylogue.model import Attachment, ToolCall, ToolResult
from polylogue.parsers.codex import calls

CALL = "call_AbCdEfGhIjKl"
C = "call_0123456789"
PATCH = "*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n*** Add File: b.py\n+z\n*** End Patch"
REF = f"sha256:{hashlib.sha256(png()).hexdigest()}"
PNG = base64.b64encode(png()).decode()


# --- Calls ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "shown_as"),
    [
        ("shell", {"command": ["bash", "-lc", "ls | wc"], "workdir": "/x"}, ("ls | wc", "bash", "/x")),
        ("shell", {"command": ["rg", "a b"]}, ("rg 'a b'", "bash", "")),
        ("exec_command", {"cmd": "ls", "justification": "Look?"}, ("ls", "bash", "Look?")),
        ("shell_command", {"command": "dir"}, ("dir", "bash", "")),
        ("shell", {"command": ["apply_patch", PATCH]}, (PATCH, "diff", "a.py, b.py")),
        ("apply_patch", {"patch": PATCH}, (PATCH, "diff", "a.py, b.py")),
        (
            "update_plan",
            {"explanation": "So:", "plan": [
                {"step": "Look", "status": "completed"},
                {"step": "Do", "status": "in_progress"},
                {"step": "Rest", "status": "pending"},
            ]},
            ("So:\n\n- ✅ Look\n- ▶ Do\n- ⬜ Rest", "markdown", ""),
        ),
        ("write_stdin", {"session_id": 7, "chars": "y\n"}, ("y\n", "text", "session 7")),
        ("view_image", {"path": "/x/a.png"}, ("", "text", "/x/a.png")),
        ("functions.exec", {"source": "text(1)"}, ("text(1)", "javascript", "")),
        ("container.exec", {"cmd": ["ls"]}, ("ls", "bash", "")),
        ("spawn_agent", {"message": "Look.", "agent_type": "scout"}, ("Look.", "markdown", "scout")),
        ("mcp__docs__find", {"q": "tea", "n": 1}, ('{\n  "q": "tea",\n  "n": 1\n}', "json", "")),
        ("shell", {"script": "ls"}, ('{\n  "script": "ls"\n}', "json", "")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_calls(name: str, arguments: Object, shown_as: tuple[str, str, str]) -> None:
    """A call is shown as a person would type or say it; what is not known, as JSON."""
    (made,) = parts(call(name, arguments))
    text, language, title = shown_as

    assert made == ToolCall(name=name, input=text, language=language, title=title, call_id=CALL)


@pytest.mark.parametrize(
    ("arguments", "text"), [("not JSON", "not JSON"), (["a"], '["a"]'), (None, ""), ("{", "{")]
)
def test_odd_arguments(arguments: object, text: str) -> None:
    """Arguments of any type are shown."""
    assert calls.call("tool", arguments).input == text


def test_custom_tools() -> None:
    """A custom tool takes its input as it is."""
    made, answer = parts(
        item("custom_tool_call", name="apply_patch", input=PATCH, call_id=C, status="completed"),
        item("custom_tool_call_output", call_id=C, output="Done."),
    )

    assert isinstance(made, ToolCall)
    assert (made.input, made.language, made.title) == (PATCH, "diff", "a.py, b.py")
    assert answer == ToolResult(name="apply_patch", output="Done.", call_id=C)


def test_local_shell() -> None:
    """The shell call of the older interface has its command in an action."""
    action = {"type": "exec", "command": ["bash", "-lc", "ls"], "working_directory": "/x"}

    assert parts(item("local_shell_call", call_id=C, status="completed", action=action)) == [
        ToolCall(name="local_shell", input="ls", language="bash", call_id=C, title="/x")
    ]


@pytest.mark.parametrize("event_first", [True, False])
def test_web_search(event_first: bool) -> None:
    """A search is told by item and event, and the item may have no id."""
    action = {"type": "search", "query": "tea"}
    pair = [
        item("web_search_call", status="completed", action=action),
        shown("web_search_end", call_id="ws_1", query="tea", action=action),
    ]
    (made,) = parts(*(pair[::-1] if event_first else pair))

    assert isinstance(made, ToolCall)
    assert (made.name, made.input, made.title) == ("web_search", "tea", "search")


def test_web_pages() -> None:
    """Pages that were opened, and searches in them, name the page."""
    told = parts(
        item("web_search_call", action={"type": "open_page", "url": "https://a.example"}),
        item("web_search_call", action={"type": "find_in_page", "url": "https://a.example", "pattern": "tea"}),
        item("web_search_call", status="completed"),
    )  # fmt: skip

    assert [part.input for part in told if isinstance(part, ToolCall)] == [
        "https://a.example", "“tea” in https://a.example", "",
    ]  # fmt: skip


# --- Results --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "text", "code"),
    [
        ("clean", "clean", None),
        ("Chunk ID: a1\nWall time: 0.1 seconds\nProcess exited with code 2\nOutput:\nno", "no", 2),
        ("Exit code: 0\nWall time: 0.1 seconds\nTotal output lines: 1\nOutput:\nyes", "yes", 0),
        ('{"output":"x","metadata":{"exit_code":1,"duration_seconds":0.1}}', "x", 1),
        ("It says\nProcess exited with code 3\nOutput:\n", None, None),
        ("Wall time: 1.0 seconds\nProcess running with session ID 7\nOutput:\nx", None, None),
        ({"content": "fine", "success": True}, "fine", None),
        ([{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}], "a\nb", None),
        ([{"type": "input_text", "text": "Script completed\nWall time 0.3 seconds\nOutput:\n"},
          {"type": "input_text", "text": "b"}], "b", None),
    ],
    ids=["plain", "header", "older header", "json", "prose", "running", "object", "list", "script"],
)  # fmt: skip
def test_outputs(told: object, text: str | None, code: int | None) -> None:
    """An exit code comes from metadata or from the lines before the output, never from prose."""
    _, answer = parts(call("shell", {"command": "x"}), output(told))

    assert answer == ToolResult(
        name="shell",
        output=text if text is not None else str(told),
        call_id=CALL,
        is_error=bool(code),
        exit_code=code,
    )


def test_failure_without_code() -> None:
    """A tool may say that it failed."""
    _, answer = parts(call("x", {}), output({"content": "no", "success": False}))

    assert isinstance(answer, ToolResult)
    assert answer.is_error


def test_result_is_the_tools() -> None:
    """A result is a message of role tool, and names its call."""
    made, answer = said(call("shell", {"command": "ls"}, C), output("a", C))

    assert (made.role, made.message_id) == ("assistant", C)
    assert (answer.role, answer.parent_id) == ("tool", C)


def test_result_without_call() -> None:
    """A result whose call is not in the file is kept."""
    assert parts(output("a", "lost")) == [ToolResult(output="a", call_id="lost")]


@pytest.mark.parametrize("name", ["shell", "other"])
@pytest.mark.parametrize("call_id", ["0", C], ids=["short", "long"])
def test_ids_that_come_again(name: str, call_id: str) -> None:
    """A call id that was answered and comes again is another call, with its own result."""
    told = said(
        call("shell", {"command": "ls"}, call_id), output("a", call_id),
        call(name, {"command": "ls"}, call_id), output("b", call_id),
    )  # fmt: skip
    made = [part for message in told for part in message.parts if isinstance(part, ToolCall)]
    answers = [part for message in told for part in message.parts if isinstance(part, ToolResult)]

    assert len({message.message_id for message in told}) == 4
    assert [part.output for part in answers] == ["a", "b"]
    assert [part.call_id for part in answers] == [part.call_id for part in made]
    assert made[0].call_id != made[1].call_id


def test_short_ids_are_none() -> None:
    """A call whose id is a mere number is known by what it says; it may be hundreds of calls away."""
    told = [
        record
        for n in range(300)
        for record in (call("x", {"n": n}, f"{n}"), output(f"{n}", f"{n}"))
    ]
    data = rollout(header(), *told, call("x", {"n": "again"}, "0"), output("again", "0"))

    assert len(read(data).messages) == 602


def test_pictures_in_results() -> None:
    """Pictures come out of results, also out of the middle of a text."""
    block = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}
    told = parts(
        call("view_image", {"path": "a.png"}, "a"), output([block], "a"),
        call("x", {}, "b"), output(f'{{"image":"data:image/png;base64,{PNG}"}}', "b"),
    )  # fmt: skip

    shown_pictures = [part for part in told if isinstance(part, Attachment)]
    assert [picture.ref for picture in shown_pictures] == [REF, REF]
    assert not any(PNG in part.output for part in told if isinstance(part, ToolResult))


def test_picture_that_was_made() -> None:
    """A generated picture is its bytes, and its base64 is nowhere."""
    made = item(
        "image_generation_call", id="ig_1", status="completed", revised_prompt="A cup.", result=PNG
    )
    event = shown("image_generation_end", call_id="ig_1", revised_prompt="A cup.", result=PNG)
    prompt, answer, picture = parts(made, event)

    assert isinstance(prompt, ToolCall)
    assert (prompt.name, prompt.input) == ("image_generation", "A cup.")
    assert answer == ToolResult(name="image_generation", call_id=prompt.call_id)
    assert isinstance(picture, Attachment)
    assert picture.ref == REF


# --- Events about tools ---------------------------------------------------------------------------


def test_end_of_command_doubles_output() -> None:
    """An event about a command that an item calls adds what the output does not say."""
    event = shown("exec_command_end", call_id=C, aggregated_output="a", exit_code=3)
    made, answer = parts(call("shell", {"command": "ls"}, C), event, output("a", C))

    assert isinstance(made, ToolCall)
    assert answer == ToolResult(name="shell", output="a", call_id=C, is_error=True, exit_code=3)


MCP = {"invocation": {"server": "docs", "tool": "find", "arguments": {"q": "tea"}}}


@pytest.mark.parametrize(
    ("event", "name", "text", "failed"),
    [
        (shown("exec_command_end", call_id=C, command=["bash", "-lc", "ls"], stdout="a", exit_code=0), "shell", "a", False),
        (shown("patch_apply_end", call_id=C, success=False, stderr="no", changes={}), "apply_patch", "no", True),
        (shown("mcp_tool_call_end", call_id=C, **MCP, result={"Ok": {"content": [{"type": "text", "text": "a"}]}}), "docs.find", "a", False),
        (shown("mcp_tool_call_end", call_id=C, **MCP, result={"Err": "no"}), "docs.find", "no", True),
    ],
    ids=["command", "patch", "mcp", "mcp error"],
)  # fmt: skip
def test_events_without_items(event: Record, name: str, text: str, failed: bool) -> None:
    """What only an event tells is a call and its result, and an item that follows is no second."""
    (message,) = said(event, output("late", C))
    made, answer = message.parts

    assert isinstance(made, ToolCall)
    assert isinstance(answer, ToolResult)
    assert made.name == answer.name == name
    assert (answer.output, answer.is_error, answer.call_id) == (text, failed, made.call_id)


def test_changes_of_a_patch() -> None:
    """A patch that only an event tells is put together from its changes."""
    changes = {
        "a.py": {"type": "update", "unified_diff": "@@\n-x\n+y\n", "move_path": "c.py"},
        "b.py": {"type": "add", "content": "z\n"},
        "d.py": {"delete": {"content": "w\n"}},
    }
    made = parts(shown("patch_apply_end", call_id=C, success=True, changes=changes))[0]

    assert isinstance(made, ToolCall)
    assert made.title == "a.py, b.py, d.py"
    assert made.input.splitlines() == [
        "*** Update File: a.py", "*** Move to: c.py", "@@", "-x", "+y",
        "*** Add File: b.py", "+z", "*** Delete File: d.py", "-w",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        output(json.dumps({"agent_id": "child", "nickname": "Tea"}), C),
        shown("collab_agent_spawn_end", call_id=C, new_thread_id="child"),
    ],
    ids=["output", "event"],
)
@pytest.mark.parametrize("cuts", [[], [2]], ids=["one group", "two groups"])
def test_sub_agent_is_named(answer: Record, cuts: list[int]) -> None:
    """The call of a sub-agent names the session that it has."""
    data = rollout(header(), call("spawn_agent", {"message": "Look."}, C), answer)
    made = read(data, cuts=cuts).messages[0].parts[0]

    assert isinstance(made, ToolCall)
    assert made.conversation_id == "child"
