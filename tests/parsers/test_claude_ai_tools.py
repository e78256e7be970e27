"""Tools and the documents that they make: calls, results, artifacts with every version."""

import json
from typing import Any

import pytest
from claude_ai_exports import (
    Object,
    answer,
    artifact,
    call,
    conversation,
    flat,
    linked,
    message,
    page,
)
from claude_ai_records import ledger, parts, read

from polylogue.model import (
    Artifact,
    Attachment,
    Conversation,
    Fold,
    Notice,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

# --- Calls ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "language", "title", "body"),
    [
        ("bash_tool", {"command": "ls -l", "description": "List"}, "bash", "List", "ls -l"),
        ("repl", {"code": "1 + 1"}, "javascript", "", "1 + 1"),
        ("web_search", {"query": "tea", "max": 3}, "text", "max=3", "tea"),
        ("web_fetch", {"url": "https://t.example"}, "text", "", "https://t.example"),
        ("present_files", {"filepaths": ["/a", "/b"]}, "text", "", "/a\n/b"),
        ("show_widget", {"title": "W", "widget_code": "<b>"}, "html", "W", "<b>"),
        ("view", {"path": "/a.py", "view_range": [1, 2]}, "json", "/a.py", {"view_range": [1, 2]}),
        ("mail", {"to": {"a": 1}, "cc": []}, "json", "", {"cc": [], "to": {"a": 1}}),
        ("odd", "just words", "text", "", "just words"),
    ],
)
def test_calls(name: str, arguments: object, language: str, title: str, body: object) -> None:
    """A call is told by its one telling argument, or as JSON."""
    (part,) = parts(call(name, arguments, "t1", message=None))

    assert isinstance(part, ToolCall)
    assert (part.name, part.language, part.title, part.call_id) == (name, language, title, "t1")
    assert (json.loads(part.input) if language == "json" else part.input) == body


def test_message_of_a_call_is_its_title_where_nothing_else_is() -> None:
    """`message` is what the client shows while the tool runs."""
    (part,) = parts(call("search", {}, message="Looking around"))

    assert part == ToolCall(name="search", title="Looking around")


# --- Results --------------------------------------------------------------------------------------


def _result(*blocks: Object) -> Any:  # noqa: ANN401 (any part)
    return parts(*blocks)[-1]


def test_shell_result() -> None:
    """The shell's JSON is output and exit code."""
    ran = json.dumps({"returncode": 2, "stdout": "a\n", "stderr": "no"})

    result = _result(
        call("bash_tool", {"command": "x"}, "t"), answer("bash_tool", ran, call_id="t")
    )

    assert result == ToolResult(name="bash_tool", output="a\n\nno", exit_code=2, call_id="t")


def test_search_results_are_links_with_what_was_read() -> None:
    """Pages become a list of links; their texts stand below it."""
    found = [page("Tea [1]", "https://t.example", "Hot."), page("Example", "https://u.example", "")]

    result = _result(answer("web_search", *found))

    assert result.language == "markdown"
    assert result.output == (
        "- [Tea (1) · Example](<https://t.example>)\n- [Example](<https://u.example>)\n\n"
        "**Tea [1] · Example**\n\nHot."
    )


def test_documents_of_connectors_are_pages_by_their_shape() -> None:
    """A type that nobody knows, with title and address, is a page."""
    doc = {"type": "drive_doc", "title": "Plan", "uri": "https://d.example", "text": "Soon."}

    assert _result(answer("drive", doc)).output.startswith("- [Plan](<https://d.example>)")
    assert ledger(answer("drive", {"type": "hologram"})) == {
        ("chat_messages.content.tool_result.content.type", "hologram"): 1
    }


def test_files_and_pictures_of_results() -> None:
    """Files and pictures that a tool names are attachments behind its result."""
    resource = {"type": "local_resource", "file_path": "/out/a.pdf", "mime_type": "application/pdf"}
    image = {"type": "image", "file_uuid": "f1"}

    made = parts(answer("present_files", "Done", resource, image))

    assert made[1:] == (
        Attachment(ref="/out/a.pdf", name="a.pdf", mime_type="application/pdf"),
        Attachment(ref="f1"),
    )


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({"structured_content": {"b": 1, "a": 2}}, '{"a":2,"b":1}'),
        ({"display_content": {"type": "text", "text": "shown"}}, "shown"),
        ({"display_content": {"type": "table", "table": [["x"]]}}, '{"table":[["x"]]}'),
        ({"message": "nothing found"}, "nothing found"),
        ({}, ""),
        ({"content": "a string"}, "a string"),
    ],
)
def test_results_without_content(fields: Object, output: str) -> None:
    """What stands elsewhere speaks when the content is empty."""
    assert _result(answer("x", **fields)).output == output


# --- Who answers whom -----------------------------------------------------------------------------


def _joins(*blocks: Object) -> list[tuple[str, int | None]]:
    """Return for each result its output and the place of its call among the parts."""
    made = parts(*blocks)
    calls = {part.call_id: at for at, part in enumerate(made) if isinstance(part, ToolCall)}
    return [
        (part.output, calls.get(part.call_id) if part.call_id else None)
        for part in made
        if isinstance(part, ToolResult)
    ]


def test_results_without_ids_are_joined_by_place() -> None:
    """Parallel calls are answered in their order; one without an answer does not take another's."""
    a, b = call("a", {"n": 1}), call("a", {"n": 2})

    assert _joins(a, b, answer("a", "1"), answer("a", "2")) == [("1", 0), ("2", 1)]
    assert _joins(a, answer("a", "1"), b, answer("a", "2")) == [("1", 0), ("2", 2)]
    assert _joins(a, call("b", {"n": 3}), answer("b", "3"), answer("a", "1")) == [
        ("3", 1),
        ("1", 0),
    ]
    assert _joins(a, b, answer("a", "1"), call("a", {"n": 4}), answer("a", "4")) == [
        ("1", 0),
        ("4", 3),
    ]
    assert _joins(answer("a", "lost")) == [("lost", None)]


def test_results_with_ids_are_joined_by_id() -> None:
    """Ids count more than the order."""
    a, b = call("a", {"n": 1}, "x"), call("a", {"n": 2}, "y")

    assert _joins(a, b, answer("a", "2", call_id="y"), answer("a", "1", call_id="x")) == [
        ("2", 1),
        ("1", 0),
    ]


# --- Artifacts ------------------------------------------------------------------------------------


def _artifacts(record: Conversation) -> list[tuple[str, int | None, str]]:
    return [
        (one.message_id, part.version, part.text)
        for one in record.messages
        for part in one.parts
        if isinstance(part, Artifact)
    ]


CREATE = artifact("create", "a", type="text/markdown", title="Plan", content="one two two")


def test_every_version_of_an_artifact() -> None:
    """Create, update (the first occurrence) and rewrite, each whole after the step."""
    ok = answer("artifacts", "OK")
    record = read(
        conversation(
            "c1",
            "T",
            message("m1", "assistant", CREATE, ok),
            message("m2", "assistant", artifact("update", "a", old_str="two", new_str="2"), ok),
            message("m3", "assistant", artifact("rewrite", "a", title="New", content="three"), ok),
        )
    )

    assert _artifacts(record) == [
        ("m1", 1, "one two two"),
        ("m2", 2, "one 2 two"),
        ("m3", 3, "three"),
    ]
    last = record.messages[-1].parts
    assert last == (
        Artifact(artifact_id="a", title="New", language="markdown", version=3, text="three"),
    )
    assert record.folds == (Fold(kind="result-of-a-change", count=3),)


@pytest.mark.parametrize(
    ("kind", "language", "shown"),
    [
        ("application/vnd.ant.code", "python", "python"),
        ("application/vnd.ant.react", None, "jsx"),
        ("application/vnd.ant.mermaid", None, "mermaid"),
        ("text/html", None, "html"),
        ("image/svg+xml", None, "svg"),
        ("application/vnd.ant.new", None, "text"),
    ],
)
def test_languages_of_artifacts(kind: str, language: str | None, shown: str) -> None:
    """The media type says the language."""
    (part,) = parts(artifact("create", "a", type=kind, language=language, content="x"))

    assert isinstance(part, Artifact)
    assert part.language == shown


def test_branches_do_not_mix() -> None:
    """An update counts along its own path."""
    two = artifact("update", "a", old_str="one", new_str="1")
    other = artifact("update", "a", old_str="one", new_str="uno")
    record = read(
        linked(
            conversation(
                "c1",
                "T",
                message("m1", "assistant", CREATE),
                message("m2", "assistant", two, parent_message_uuid="m1"),
                message("m3", "assistant", other, parent_message_uuid="m1"),
            )
        )
    )

    assert _artifacts(record) == [
        ("m1", 1, "one two two"),
        ("m2", 2, "1 two two"),
        ("m3", 2, "uno two two"),
    ]


def test_an_update_that_matches_nothing_is_a_diff_and_a_notice() -> None:
    """What cannot be replayed is shown as it was asked for, and later steps go on from before."""
    wrong = artifact("update", "a", old_str="a\nb\nc", new_str="a\nB\nc")
    right = artifact("update", "a", old_str="one", new_str="1")

    made = parts(CREATE, wrong, right)

    assert made[1:3] == (
        ToolCall(name="artifacts", title="a", input=" a\n-b\n+B\n c", language="diff"),
        Notice(kind="artifact", text="This change could not be applied."),
    )
    assert isinstance(made[3], Artifact)
    assert (made[3].version, made[3].text) == (2, "1 two two")


def test_an_update_that_failed_changes_nothing() -> None:
    """The tool's own error is shown, and the document stays as it was."""
    update = artifact("update", "a", old_str="one", new_str="1")
    failed = answer("artifacts", "Error: no match", is_error=True)
    again = artifact("update", "a", old_str="one", new_str="uno")

    made = parts(CREATE, answer("artifacts", "OK"), update, failed, again)

    assert [type(part) for part in made] == [Artifact, ToolCall, ToolResult, Artifact]
    assert isinstance(made[3], Artifact)
    assert made[3].text == "uno two two"


def test_sources_of_an_artifact() -> None:
    """A report names its pages below it."""
    cites = [{"title": "Tea", "url": "https://t.example", "start_index": 0, "end_index": 2}] * 2

    made = parts(artifact("create", "a", content="x", md_citations=cites))

    assert made[1] == Text(text="Sources:\n\n- [Tea](<https://t.example>)")


def test_versions_that_grow_without_end_are_not_replayed() -> None:
    """An update costs what it makes: a conversation cannot blow up memory."""
    grow = artifact("update", "a", old_str="x", new_str="xx")
    create = artifact("create", "a", content="x" * 2**20)

    made = parts(create, *([grow] * 40))

    assert sum(isinstance(part, Artifact) for part in made) < 40
    assert isinstance(made[-1], Notice)


# --- Files ----------------------------------------------------------------------------------------


def test_file_tools() -> None:
    """Files are created and changed like artifacts; a file that is not known shows the diff."""
    create = call("create_file", {"path": "/w/a.py", "file_text": "x = 1\n", "description": "New"})
    edit = call("str_replace", {"path": "/w/a.py", "old_str": "1", "new_str": "2"})
    other = call("str_replace", {"path": "/w/b.py", "old_str": "1", "new_str": "2"})

    made = parts(create, answer("create_file", "File created"), edit, other)

    assert made == (
        Artifact(artifact_id="/w/a.py", title="a.py", language="python", version=1, text="x = 1\n"),
        Artifact(artifact_id="/w/a.py", title="a.py", language="python", version=2, text="x = 2\n"),
        ToolCall(name="str_replace", title="/w/b.py", input="-1\n+2", language="diff"),
    )


# --- Tags of 2024 ---------------------------------------------------------------------------------


def _tagged(text: str) -> tuple[Part, ...]:
    return read(flat(conversation("c1", "T", "Make it.", text))).messages[1].parts


def test_artifacts_as_tags() -> None:
    """In exports of 2024 artifacts and thoughts stand in the text."""
    tag = '<antArtifact identifier="a" type="text/html" title="R &amp; D">'
    made = _tagged(
        f"Sure.\n<antThinking>New.</antThinking>\n{tag}\n<p>x</p>\n</antArtifact>\nDone."
    )

    assert made == (
        Text(text="Sure."),
        Thinking(text="New."),
        Artifact(artifact_id="a", title="R & D", language="html", version=1, text="<p>x</p>"),
        Text(text="Done."),
    )


def test_tags_that_are_cut_off_or_talked_about() -> None:
    """An open artifact goes to the end; a tag in backticks and one a person wrote are text."""
    assert isinstance(_tagged('<antArtifact identifier="a">\nhalf')[0], Artifact)
    assert _tagged("Use `<antThinking>` here.") == (Text(text="Use `<antThinking>` here."),)
    assert _tagged("Open <antThinking> tag.") == (Text(text="Open <antThinking> tag."),)
    quoted = "<antThinking>x</antThinking>"
    assert read(conversation("c1", "T", quoted)).messages[0].parts == (Text(text=quoted),)
