"""Calls of tools, their results, plumbing, memory and the canvas."""

import json
from typing import Any

import pytest
from chatgpt_exports import branch, code, conversation, image, message
from chatgpt_records import ledger, parts, read, said
from hypothesis import example, given, settings
from hypothesis import strategies as st

from polylogue.model import Artifact, Attachment, Message, Notice, Text, ToolCall, ToolResult
from polylogue.parsers.chatgpt.canvas import work_bound

FILE = "file-" + "Ab3" * 8
OTHER = "file-" + "Zz9" * 8


# --- Calls and results ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipient", "content", "call"),
    [
        ("python", code("print(1)", "python"), ("print(1)", "python")),
        ("python", code("print(1)"), ("print(1)", "python")),
        ("web", code('search("tea")'), ('search("tea")', "text")),
        ("web.run", code('{"search_query":[{"q":"tea"}]}'), (None, "json")),
        ("browser.search", {"content_type": "text", "parts": ['{"query":"tea"}']}, (None, "json")),
        ("container.exec", {"content_type": "text", "parts": ["ls", "pwd"]}, ("ls\npwd", "text")),
    ],
    ids=["python", "python without language", "search", "json code", "json text", "lines"],
)
def test_calls(recipient: str, content: dict[str, Any], call: tuple[str | None, str]) -> None:
    """A message of the model to a tool is a call with its text as input."""
    body, language = call
    expected = body if body is not None else content.get("text") or content["parts"][0]

    (read_call,) = said(message("m", "assistant", content=content, recipient=recipient)).values()

    assert not read_call.hidden
    assert read_call.parts == (
        ToolCall(name=recipient, input=expected, language=language, call_id="m"),
    )


def test_result_names_its_call() -> None:
    """A result belongs to the call above it, and is shown as tool activity, not as chat."""
    made = said(
        message("c", "assistant", content=code("1/0", "python"), recipient="python"),
        message(
            "r", "tool", content={"content_type": "execution_output", "text": "boom"}, name="python"
        ),
        message("a", "assistant", "It failed."),
    )

    assert made["r"].author == "python"
    assert made["r"].parts == (ToolResult(name="python", output="boom", call_id="c"),)
    assert made["a"].parts == (Text(text="It failed."),)


def test_a_turn_ends_what_a_tool_may_answer() -> None:
    """After a person spoke, nothing answers a call from before."""
    made = said(
        message("c", "assistant", content=code("1", "python"), recipient="python"),
        message("u", "user", "Stop"),
        message("r", "tool", "late", name="python"),
    )

    assert made["r"].parts == (ToolResult(name="python", output="late"),)


def test_failed_tool() -> None:
    """A tool that only partly finished has failed."""
    made = message("m", "tool", "half", name="python", status="finished_partial_completion")

    assert parts(made) == (ToolResult(name="python", output="half", is_error=True),)


def test_author_of_a_nameless_tool() -> None:
    """A tool without a name has the name of its real author."""
    made = message("m", "tool", "found")
    made["author"]["metadata"] = {"real_author": "tool:web.run"}

    assert said(made)["m"].author == "web.run"


def test_code_interpreter() -> None:
    """Pictures that code drew, and the exception that it raised, are in the kernel's report."""
    report = {
        "messages": [{"message_type": "image", "image_url": f"file-service://{FILE}"}],
        "jupyter_messages": [
            {"content": {"data": {"image/vnd.openai.fileservice.png": f"file-service://{FILE}"}}},
            {"content": {"data": {"image/vnd.openai.fileservice.png": f"file-service://{OTHER}"}}},
            {"content": "no object"},
        ],
        "in_kernel_exception": {
            "name": "ZeroDivisionError",
            "traceback": ["\x1b[0;31mZeroDivisionError\x1b[0m: division by zero"],
        },
    }
    content = {"content_type": "execution_output", "text": "before"}
    made = message(
        "m", "tool", content=content, name="python", metadata={"aggregate_result": report}
    )

    assert parts(made) == (
        ToolResult(
            name="python",
            output="before\nZeroDivisionError: division by zero",
            is_error=True,
        ),
        Attachment(ref=FILE),
        Attachment(ref=OTHER),
    )


def test_exception_is_told_once() -> None:
    """An exception that the output shows already is not repeated."""
    report = {"in_kernel_exception": {"name": "KeyError", "args": ["'a'"]}}
    content = {"content_type": "execution_output", "text": "KeyError: 'a'"}
    made = message("m", "tool", content=content, metadata={"aggregate_result": report})

    assert parts(made) == (ToolResult(output="KeyError: 'a'", is_error=True),)


def test_model_captions_are_hidden() -> None:
    """A caption that one model wrote for another is not shown."""
    assert said(message("m", "tool", "Model caption: a fox"))["m"].hidden


def test_private_markers_leave_outputs() -> None:
    """Outputs of tools lose private markers too, and nothing else."""
    made = message("m", "tool", "see \ue200cite\ue202turn0search0\ue201 and 【1†a】")

    assert parts(made) == (ToolResult(output="see and 【1†a】"),)
    assert ledger(made) == {}


def test_memory() -> None:
    """What the model wants to remember is a notice."""
    made = message("m", "assistant", "Likes tea.", recipient="bio")

    assert parts(made) == (Notice(kind="memory", text="Likes tea."),)


# --- Pictures that are asked for ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipient", "body"),
    [
        ("dalle.text2im", {"prompts": ["a fox"], "size": "1x1"}),
        ("dalle.text2im", {"prompt": "a fox"}),
        ("t2uay3k.sj1i4kz", {"prompt": "a fox", "size": "1x1", "n": 1}),
        ("renamed.tool", {"prompt": "a fox", "size": "1x1", "n": 1}),
    ],
    ids=["oldest", "old", "new", "by its arguments"],
)
def test_prompt_becomes_the_caption(recipient: str, body: dict[str, Any]) -> None:
    """A picture without a prompt of its own has that of the call."""
    made = said(
        message("c", "assistant", content=code(json.dumps(body)), recipient=recipient),
        message("r", "tool", image(FILE, dalle=None), "Done.", name=recipient),
    )

    assert made["c"].parts == (
        ToolCall(name=recipient, input=json.dumps(body), language="json", call_id="c"),
    )
    assert made["r"].parts[0] == Attachment(ref=FILE, size=69, width=1, height=1, caption="a fox")


def test_deep_research_asks_for_no_picture() -> None:
    """Deep research has a prompt, too, and it is no caption."""
    kickoff = "research_kickoff_tool.start_research_task"
    made = said(
        message("c", "assistant", content=code('{"prompt":"tea"}'), recipient=kickoff),
        message("r", "tool", image(FILE), name=kickoff),
    )

    assert made["c"].parts == (
        ToolCall(name=kickoff, input='{"prompt":"tea"}', language="json", call_id="c"),
    )
    assert made["r"].parts == (Attachment(ref=FILE, size=69, width=1, height=1),)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('{"skipped_mainline":true}', "mainline"),
        ('{"prompt":"a fox","size":"1x1","n":1}', "image"),
        ('{"system1_search_query":[{"q":"tea"}]}', "search"),
        ('{"queries":["tea"]}', "search"),
    ],
)
def test_plumbing_is_hidden(body: str, name: str) -> None:
    """JSON for machines that is addressed to all is kept, and not shown as an answer."""
    (plumbing,) = said(message("m", "assistant", body)).values()

    assert plumbing.hidden
    assert plumbing.parts == (ToolCall(name=name, input=body, language="json", call_id="m"),)


@pytest.mark.parametrize(
    ("role", "body"),
    [
        ("user", '{"skipped_mainline":true}'),
        ("assistant", '{"size":1,"colour":"red"}'),
        ("assistant", '{"prompt":"a fox"}'),
        ("assistant", "{not json}"),
        ("assistant", "{}"),
    ],
)
def test_json_of_people_is_text(role: str, body: str) -> None:
    """Somebody's own JSON, and an answer that is JSON, stay what they are."""
    (read_message,) = said(message("m", role, body)).values()

    assert not read_message.hidden
    assert read_message.parts == (Text(text=body),)


def test_words_of_the_model_to_itself_are_hidden() -> None:
    """A message to `assistant` is internal."""
    assert said(message("m", "assistant", "note", recipient="assistant"))["m"].hidden


# --- Canvas ---------------------------------------------------------------------------------------


def _canvas(key: str, tool: str, body: object, canvas: object = None) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    metadata = {"canvas": canvas} if canvas else {}
    recipient = f"canmore.{tool}_textdoc"
    return message(
        key, "assistant", content=code(text, "json"), recipient=recipient, metadata=metadata
    )


def _create(content: str = "one two", kind: str = "document") -> dict[str, Any]:
    body = {"name": "plan", "type": kind, "content": content}
    return _canvas(
        "create", "create", body, {"textdoc_id": "doc1", "title": "The Plan", "version": 1}
    )


def _update(key: str, *updates: tuple[str, str] | tuple[str, str, bool]) -> dict[str, Any]:
    return _canvas(
        key,
        "update",
        {
            "updates": [
                {"pattern": update[0], "replacement": update[1], "multiple": len(update) == 3}
                for update in updates
            ]
        },
    )


def _texts(made: dict[str, Message]) -> dict[str, str]:
    return {
        key: part.text
        for key, message in made.items()
        for part in message.parts
        if isinstance(part, Artifact)
    }


def test_canvas_is_created() -> None:
    """A document that is created is an artifact, named by its id."""
    assert parts(_create()) == (
        Artifact(
            artifact_id="doc1", title="The Plan", language="markdown", version=1, text="one two"
        ),
    )


def test_canvas_is_named_by_the_answer() -> None:
    """Where the call does not know the document's id, the tool's answer does."""
    call = _canvas("c", "create", {"name": "plan", "type": "code/python", "content": "x = 1"})
    canvas = {"textdoc_id": "doc1", "textdoc_type": "code/python", "version": 1}
    answer = message("r", "tool", "Created.", metadata={"canvas": canvas})

    assert said(call, answer)["c"].parts == (
        Artifact(artifact_id="doc1", title="plan", language="python", version=1, text="x = 1"),
    )


@pytest.mark.parametrize(
    ("updates", "text"),
    [
        ([(".*", "all new\\n")], "all new\\n"),
        ([("two", "three")], "one three"),
        ([("o", "0")], "0ne two"),
        ([("o", "0", True)], "0ne tw0"),
        ([(r"(\w+) (\w+)", r"\2 \1")], "two one"),
        ([("one", "1"), ("two", "2")], "1 2"),
        ([(r"o.*?e", r"\d")], "\\d two"),
        ([("^one", "1")], "1 two"),
    ],
    ids=["rewrite", "word", "first", "every", "groups", "in order", "no template", "anchor"],
)
def test_canvas_is_updated(updates: list[tuple[str, str]], text: str) -> None:
    """Updates are replayed: patterns and templates as in Python, `.*` rewrites all."""
    assert _texts(said(_create(), _update("u", *updates)))["u"] == text


def test_canvas_along_branches() -> None:
    """Each branch continues the document that it forked from."""
    made = conversation("c1", "T", "Write", _create("A"), _update("u1", ("A", "B")))
    branch(
        made,
        "u1",
        _update("u2", ("A", "C")),
        message("q", "user", "More"),
        _update("u3", ("C", "D")),
    )

    chat = {message.message_id: message for message in read(made).messages}

    assert _texts(chat) == {"create": "A", "u1": "B", "u2": "C", "u3": "D"}


@pytest.mark.parametrize(
    "made",
    [
        pytest.param([_canvas("u", "create", '{"name":"plan","conte')], id="torn JSON"),
        pytest.param([_canvas("u", "create", {"name": "plan"})], id="no content"),
        pytest.param([_update("u", ("a", "b"))], id="no document"),
        pytest.param([_create(), _update("u", ("four", "4"))], id="no match"),
        pytest.param([_create(), _update("u", ("(", "4"))], id="no pattern"),
        pytest.param([_create(), _update("u", ("[[a]", "4"))], id="nested set"),
        pytest.param([_create(), _canvas("u", "update", {"updates": "x"})], id="no updates"),
        pytest.param(
            [_create(), _canvas("u", "update", {"updates": [{"pattern": 1}]})], id="types"
        ),
    ],
)
def test_canvas_that_cannot_be_replayed(made: list[dict[str, Any]]) -> None:
    """A call that cannot be replayed stays as it came, and says so."""
    call, notice = parts(*made)

    assert isinstance(call, ToolCall)
    assert call.input == made[-1]["content"]["text"]
    assert notice == Notice(kind="canvas", text="This change of the canvas could not be replayed.")


def test_canvas_comments_are_calls() -> None:
    """A comment on a document is the call that it is."""
    (call,) = parts(_create(), _canvas("u", "comment", {"comments": []}))

    assert isinstance(call, ToolCall)


@pytest.mark.parametrize(
    ("pattern", "subject"),
    [
        ("(a+)+$", "a" * 40),
        ("(a|aa)+$", "a" * 40),
        ("(?:a*)*b", "a" * 40),
        ("(a{1,9}){9}", "a" * 40),
        ("a?" * 30 + "a" * 30, "a" * 30),
        ("(?x)(a+) +$", "a" * 40),
        ("(a)*\\1*", "a" * 40),
        ("[ab]*[ab]*[ab]*[ab]*c", "ab" * 500),
        (".*x", "a" * 100_000),
    ],
    ids=range(9),
)
def test_dangerous_patterns_are_not_run(pattern: str, subject: str) -> None:
    """A pattern that could take for ever is refused before it runs."""
    call, notice = parts(_create(subject), _update("u", (pattern, "b")))

    assert isinstance(call, ToolCall)
    assert isinstance(notice, Notice)


@pytest.mark.parametrize(
    "pattern",
    [
        "## Costs.*?## Dates",
        "word",
        r"\bword\b",
        "## Costs.*## Dates.*",
        "(first|second) line",
        "^# .*",
    ],
)
def test_ordinary_patterns_are_run(pattern: str) -> None:
    """Patterns as the model writes them are well within the budget for a document of some pages."""
    subject = (
        "# Plan\n" + "first line about tea\nsecond line, a word\n" * 100 + "## Costs\n## Dates\n"
    )
    bound = work_bound(pattern, subject)

    assert bound is not None
    assert bound < 200_000_000


@settings(max_examples=500)
@given(st.text(st.sampled_from(r"ab.*+?|()[]{}^$\-&~1:=!<P,"), max_size=24))
@example("[]||")  # a class that begins with a bracket and never ends
def test_any_pattern(pattern: str) -> None:
    """What is allowed to run ends soon, and neither fails nor warns in any foreign way."""
    made = parts(_create("ab" * 60), _update("u", (pattern, "c", True)))

    assert isinstance(made[0], Artifact | ToolCall)


@pytest.mark.parametrize(
    "update", [("(.*)", r"\1\1"), ("x", "x" * 1000, True), ("(.*)", r"\1" * 9999)]
)
def test_growth_is_bounded(update: tuple[str, str]) -> None:
    """A document cannot be made to grow without end."""
    chat = read(
        conversation("c1", "T", _create("x" * 1000), *(_update(f"u{n}", update) for n in range(60)))
    )

    texts = (
        part.text
        for message in chat.messages
        for part in message.parts
        if isinstance(part, Artifact)
    )
    assert sum(map(len, texts)) <= 32 * 2**20
    assert len(chat.messages) == 61
