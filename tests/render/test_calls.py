"""Tool calls are told so that a person wants to read them."""

import re

import pytest
from hostile_markdown import HOSTILE
from obsidian_reader import Note
from stored_chats import conversation, message

from polylogue.model import Head, Notice, Part, StoredConversation, ToolCall, ToolResult
from polylogue.render.cut import LONGEST, MOST_LINES
from polylogue.render.note import Renderer

RENDERER = Renderer()
HOOKS = ToolCall(name="Task", title="Look at [hooks]", input="Look.", conversation_id="s1:agent-1")


def _body(*parts: Part, chat: StoredConversation | None = None) -> str:
    """Return the note of a message of these parts, without its properties and block ids."""
    told = chat or conversation(message("a", "assistant", *parts))
    return re.sub(r"\n\^m-\w+\n", "", Note(RENDERER.note(told)).body).strip()


# --- Labels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "result", "label"),
    [
        (ToolCall(name="Bash", title="Run the tests"), ToolResult(exit_code=1), "Bash · Run the tests · exit 1"),
        (ToolCall(name="Bash", title="Run the tests"), ToolResult(exit_code=0), "Bash · Run the tests"),
        (ToolCall(name="Edit", title="src/app.py"), ToolResult(), "Edit · src/app.py"),
        (ToolCall(name="Read", title="x.py"), ToolResult(is_error=True), "Read · x.py · error"),
        (ToolCall(name="exec", input="git status\nls", language="bash"), ToolResult(), "exec · git status"),
        (ToolCall(name="find", title="FIND", input="a #b"), ToolResult(), r"find · a \#b"),
        (ToolCall(name="find", input="a\nb"), ToolResult(), "find"),
        (ToolCall(name="x", title="a\n#b"), ToolResult(), "x · a"),
        (ToolCall(name="x", title="[[y]]"), ToolResult(), r"x · \[\[y\]\]"),
        (ToolCall(name="x", title="w " * 400), ToolResult(), "x · " + "w " * 60 + "…"),
    ],
    ids=["exit", "exit-0", "path", "error", "command", "query", "lines", "one-line", "inert", "long"],
)  # fmt: skip
def test_the_label_says_what_was_done(call: ToolCall, result: ToolResult, label: str) -> None:
    """The tool, what it did in a few words, and how it ended when that was not well."""
    found = re.search(r"\[!tool\]-? (.*)", _body(call, result))

    assert found
    assert found[1].replace(" …", "…") == label.replace(" …", "…")


def test_what_happened_is_not_folded() -> None:
    """A compaction or an interruption stands as one line, not in a callout of the system."""
    chat = conversation(message("a", "system", Notice(kind="interrupted", text="by the user")))

    assert _body(chat=chat) == "> [!notice] Interrupted: by the user"


# --- Prose and lists ------------------------------------------------------------------------------


def test_a_list_is_a_list_and_inert() -> None:
    """What is Markdown stands as Markdown in the callout, and does nothing."""
    plan = ToolCall(name="TodoWrite", input="- ✅ sail\n- [ ] row #boat [[x]]", language="markdown")
    body = _body(plan)

    assert body.endswith("> - ✅ sail\n> - \\[ ] row \\#boat \\[\\[x]]")
    assert "```" not in body


# --- Long output ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "output",
    ["".join(f"line {n}\n" for n in range(5000)), "x" * 300_000, "é\n" * (MOST_LINES + 1)],
    ids=["lines", "characters", "one-too-many"],
)
@pytest.mark.parametrize("language", ["text", "markdown"])
def test_long_output_is_cut_in_its_middle(output: str, language: str) -> None:
    """Its beginning and end are there, its size is named, and the note stays small and whole."""
    output = "FIRST " + output + "LAST"
    body = _body(ToolResult(name="x", output=output, language=language))

    assert "FIRST" in body
    assert "LAST" in body
    assert len(body) < LONGEST * 1.2
    assert f"{output.count(chr(10)) + 1:,} lines, {len(output):,} characters in all" in body
    assert (
        Note(RENDERER.note(conversation(message("a", "tool", ToolResult(output=output))))).problems
        == []
    )


def test_output_at_the_limit_is_whole() -> None:
    """Nothing is cut before the limit."""
    output = "\n".join(f"line {n}" for n in range(MOST_LINES))

    assert "not shown" not in _body(ToolResult(name="x", output=output))


# --- Sub-agents -----------------------------------------------------------------------------------


def test_a_sub_agent_is_linked_when_it_has_a_note() -> None:
    """The label is a link to the note, under the words of the call; without a note only the words."""
    chat = conversation(message("a", "assistant", HOOKS))
    linked = Note(RENDERER.note(chat, {"s1:agent-1": "claude-code/2026 Look.md"}.get))
    alone = Note(RENDERER.note(chat))

    assert "> [!tool]- Task · [[claude-code/2026 Look|Look at hooks]]\n" in linked.body
    assert r"> [!tool]- Task · Look at \[hooks\]" in alone.body


def test_the_parent_is_a_property() -> None:
    """A session that came out of another one says so: with a link, or with the other's id."""
    head = Head(parent_id="s1", relation="sub-agent")
    chat = conversation(message("a", "assistant", "x"), head=head)
    linked = Note(RENDERER.note(chat, {"s1": "claude-code/2026-01-02 It's “x”.md"}.get))

    assert linked.properties["parent"] == "[[claude-code/2026-01-02 It's “x”|2026-01-02 It's “x”]]"
    assert linked.properties["relation"] == "sub-agent"
    assert Note(RENDERER.note(chat)).properties["parent"] == "s1"


def test_a_prompt_of_the_assistant_is_no_answer() -> None:
    """Where the assistant itself asks, as it asks a sub-agent, it is not You who did."""
    chat = conversation(
        message("a", "user", "Look."),
        message("b", "assistant", "I looked.", position=1),
        provider="claude-code",
        head=Head(relation="sub-agent"),
    )

    assert Note(RENDERER.note(chat)).headings == ["## Claude Code (prompt)", "## Claude Code"]


def test_paths_begin_at_the_folder_of_the_session() -> None:
    """A path in that folder is short; the folder itself says nothing; others are told whole."""
    titles = ("/home/me/tea/src/a.py", "x in /home/me/tea/src", "/home/me/tea", "/home/me/team")
    calls = [ToolCall(name="Read", title=title) for title in titles]
    head = Head(metadata={"cwd": "/home/me/tea"})
    body = _body(chat=conversation(message("a", "assistant", *calls), head=head))
    labels = re.findall(r"\[!tool\] (.*)", body)

    assert labels == ["Read · src/a.py", "Read · x in src", "Read", "Read · /home/me/team"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_link_holds_whatever_it_is_called(text: str) -> None:
    """Hostile words in the title of a linked call stay within the link, and do nothing."""
    call = ToolCall(name="Task", title=text, input=text, language="markdown", conversation_id="x")
    chat = conversation(message("a", "assistant", call))
    note = Note(RENDERER.note(chat, {"x": "codex/It.md"}.get))

    assert note.problems == []
    assert note.callouts == ["tool"]
    assert [link.partition("|")[0] for link in note.links] == ["codex/It"]
