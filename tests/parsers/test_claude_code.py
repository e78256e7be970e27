"""Claude Code: whose a line is, what it comes to, and what the session is called."""

import pytest
from claude_code_sessions import (
    Session,
    call,
    conversations,
    image,
    messages,
    read,
    text,
    thinking,
)

from polylogue.model import (
    TITLE_CHOSEN,
    TITLE_DERIVED,
    TITLE_GIVEN,
    About,
    Attachment,
    Blob,
    Context,
    Conversation,
    Head,
    Notice,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)


def _head(chat: Session) -> Head:
    return conversations(read(chat.data()))[chat.session_id].head


def _parts(chat: Session) -> list[Part]:
    return [part for read_ in messages(chat.data()) for part in read_.parts]


# --- Answers --------------------------------------------------------------------------------------


def test_an_answer_over_several_lines_is_one_message() -> None:
    """Results may stand between its lines; usage is the largest told, not a sum."""
    chat = Session("s1")
    chat.prompt("Fix it")
    chat.fragment("msg_1", thinking("Hm."), 10)
    chat.fragment("msg_1", call("c1", "Bash", command="ls"), 10)
    chat.result("c1", "a.py")
    chat.fragment("msg_1", call("c2", "Bash", command="pwd"), 441)
    chat.result("c2", "/")
    chat.answer(text("Done."))

    prompt, answer, one, two, end = messages(chat.data())

    assert [type(part) for part in answer.parts] == [Thinking, ToolCall, ToolCall]
    assert answer.message_id == "s1-2"
    assert answer.parent_id == prompt.message_id
    assert answer.model == "claude-opus-4-6"
    assert answer.metadata["usage"]["output_tokens"] == 441
    assert [m.line for m in (prompt, answer, one, two, end)] == [1, 2, 4, 6, 7]
    assert one.parent_id == answer.message_id  # its line is the second one of the answer
    assert two.role == "tool"


def test_an_id_that_comes_again_after_a_prompt_is_another_answer() -> None:
    """Some endpoints give all answers one id."""
    chat = Session("s1")
    for word in ("one", "two"):
        chat.prompt(f"{word}?")
        chat.fragment("constant", text(word))

    assert [m.parts for m in messages(chat.data())][1::2] == [
        (Text(text="one"),),
        (Text(text="two"),),
    ]


def test_cost_and_errors() -> None:
    """An error of the API is a notice; old versions told what an answer cost."""
    chat = Session("s1")
    chat.prompt("Hi")
    chat.answer(text("Hello"), costUSD=0.25)
    chat.answer(text("API Error: 529"), isApiErrorMessage=True)
    chat.answer(text("No response requested."))

    _, answer, error = messages(chat.data())

    assert answer.metadata["costUSD"] == 0.25
    assert error.parts == (Notice(kind="error", text="API Error: 529"),)


# --- What the person typed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("Fix <b>it</b>", (Text(text="Fix <b>it</b>"),)),
        (
            "<command-name>/compact</command-name><command-args>now</command-args>",
            (Text(text="/compact now"),),
        ),
        (
            "<local-command-stdout>\x1b[1mBold\x1b[22m</local-command-stdout>",
            (ToolResult(name="Command", output="Bold"),),
        ),
        ("<bash-input>ls</bash-input>", (Text(text="! ls"),)),
        (
            "<bash-stdout>a</bash-stdout><bash-stderr>b</bash-stderr>",
            (ToolResult(name="Bash", output="a\nb"),),
        ),
        (
            "<system-reminder>\nBe brief\n</system-reminder>\nGo on",
            (Context(title="Reminder", text="Be brief"), Text(text="Go on")),
        ),
        (
            "[Request interrupted by user for tool use]",
            (Notice(kind="interrupted", text="Request interrupted by user for tool use"),),
        ),
        (
            "<task-notification><task-id>b1</task-id><summary>Build done</summary></task-notification>",
            (Notice(kind="task", text="Build done"),),
        ),
        (
            '<teammate-message teammate_id="ann">Look</teammate-message>',
            (Context(title="Teammate message from ann", text="Look"),),
        ),
    ],
)
def test_what_was_typed_is_told_apart(said: str, parts: tuple[Part, ...]) -> None:
    """Wrappers of the program are no words of the person."""
    chat = Session("s1")
    chat.prompt(said)
    chat.prompt([text(said)])

    one, two = messages(chat.data())

    assert one.parts == two.parts == parts
    assert (one.role == "user") == any(isinstance(part, Text) for part in parts)


def test_what_was_put_in_is_hidden() -> None:
    """Meta records and summaries of compactions are context, whatever they look like."""
    chat = Session("s1")
    chat.prompt("Expanded skill", isMeta=True)
    chat.prompt("The story so far", isCompactSummary=True)

    skill, story = messages(chat.data())

    assert (skill.role, skill.hidden) == ("system", True)
    assert skill.parts == (Context(title="Put in by Claude Code", text="Expanded skill"),)
    assert story.hidden
    assert _head(chat).title == ""


def test_a_queued_prompt_is_shown_once() -> None:
    """The queue may be the only trace of a prompt, or an attachment tells it again."""
    chat = Session("s1")
    chat.prompt("Go")
    for operation in ("enqueue", "remove"):
        chat.bare(
            "queue-operation",
            operation=operation,
            timestamp="2026-02-03T04:10:00Z",
            **({"content": "Wait"} if operation == "enqueue" else {}),
        )
    chat.add("attachment", attachment={"type": "queued_command", "prompt": "Wait"})
    chat.add("attachment", attachment={"type": "queued_command", "prompt": [text("And stop")]})
    chat.bare("queue-operation", operation="enqueue", content="Later")
    chat.bare("queue-operation", operation="dequeue")
    chat.prompt("Later")
    chat.bare("queue-operation", operation="enqueue", content="/mcp")
    chat.bare("queue-operation", operation="remove")

    said = [part.text for part in _parts(chat) if isinstance(part, Text)]

    assert said == ["Go", "Wait", "And stop", "Later"]


def test_the_same_prompt_may_be_queued_twice() -> None:
    """A person may say the same thing again."""
    chat = Session("s1")
    chat.prompt("Go")
    for minute in (1, 2):
        at = f"2026-02-03T05:0{minute}:00Z"
        chat.bare("queue-operation", operation="remove", content="continue", timestamp=at)

    assert len(messages(chat.data())) == 3


def test_a_notification_in_the_queue_and_in_a_turn_is_one() -> None:
    """The queue tells that a task has ended; a later version tells it as a turn, too."""
    told = "<task-notification><summary>Done</summary></task-notification>"
    chat = Session("s1")
    chat.prompt("Go")
    chat.bare("queue-operation", operation="enqueue", content=told)
    chat.prompt(told)

    assert _parts(chat) == [Text(text="Go"), Notice(kind="task", text="Done")]


def test_images_are_kept_once() -> None:
    """Bytes in the session become a file; the message shows it by the hash."""
    chat = Session("s1")
    chat.prompt([text("Look"), image(b"png")])
    chat.result("c1", [text("seen"), image(b"png")])

    blobs = [record for record in read(chat.data()) if isinstance(record, Blob)]
    shown = [part for part in _parts(chat) if isinstance(part, Attachment)]

    assert [blob.data for blob in blobs] == [b"png"]
    assert [part.ref for part in shown] == [blobs[0].ref] * 2
    assert [m.role for m in messages(chat.data())] == ["user", "tool"]


# --- The tree -------------------------------------------------------------------------------------


def test_parents_lead_past_what_is_folded() -> None:
    """Progress is part of the chain of parents and is no message."""
    chat = Session("s1")
    chat.progress("hook_progress")
    chat.prompt("Go")
    chat.progress("hook_progress")
    chat.progress("hook_progress")
    chat.answer(text("Yes"))

    prompt, answer = messages(chat.data())

    assert prompt.parent_id is None
    assert answer.parent_id == prompt.message_id


def test_a_compaction_joins_what_it_parts() -> None:
    """Its boundary has no parent but a logical one."""
    chat = Session("s1")
    chat.prompt("Go")
    about = {"trigger": "auto", "preTokens": 150000}
    chat.system(
        "compact_boundary",
        "Conversation compacted",
        parentUuid=None,
        logicalParentUuid="s1-1",
        compactMetadata=about,
    )

    _, boundary = messages(chat.data())

    assert boundary.parent_id == "s1-1"
    assert boundary.parts == (
        Notice(kind="compaction", text="Conversation compacted (auto, 150,000 tokens)"),
    )


def test_api_errors_keep_their_headers_to_themselves() -> None:
    """Headers hold cookies: only the number is shown."""
    chat = Session("s1")
    chat.prompt("Go")
    error = {"status": 529, "headers": {"set-cookie": "secret"}}
    chat.system("api_error", error=error, retryAttempt=1, maxRetries=10)

    assert _parts(chat)[1] == Notice(kind="error", text="API error 529; retry 1 of 10")


# --- Conversations --------------------------------------------------------------------------------


def test_a_sub_agent_in_a_file_of_its_own() -> None:
    """Its session id is the parent's: it is a conversation of its own, and says whose it is."""
    agent = Session("s1", {"isSidechain": True, "agentId": "a1"})
    agent.prompt("Find tea")
    agent.answer(text("Found"))

    found = conversations(read(agent.data()))

    assert list(found) == ["s1:agent-a1"]
    head = found["s1:agent-a1"].head
    assert (head.parent_id, head.relation) == ("s1", "sub-agent")
    assert found["s1:agent-a1"].messages[0].author == "Claude Code"


@pytest.mark.parametrize("by_progress", [False, True])
def test_a_call_names_its_sub_agent(by_progress: bool) -> None:
    """The result names the agent, and so does its progress; the agent gets the call's title."""
    chat = Session("s1")
    chat.prompt("Go")
    chat.answer(call("c1", "Task", description="Find tea", prompt="Where is tea?"))
    if by_progress:
        chat.add("progress", data={"type": "agent_progress", "agentId": "a1"}, parentToolUseID="c1")
    else:
        chat.result("c1", "Found", agentId="a1", status="completed")

    task = _parts(chat)[1]
    abouts = [record for record in read(chat.data()) if isinstance(record, About)]

    assert task == ToolCall(
        name="Task",
        input="Where is tea?",
        language="markdown",
        call_id="c1",
        title="Find tea",
        conversation_id="s1:agent-a1",
    )
    head = Head(title="Find tea", parent_id="s1", relation="sub-agent")
    assert abouts == [About(conversation_id="s1:agent-a1", head=head)]


def test_sub_agents_among_the_lines_of_the_session() -> None:
    """Old versions name no agent: chains are told apart by their roots, and found by their prompt."""
    chat = Session("s1")
    chat.prompt("Go")
    chat.answer(
        call("c1", "Task", description="One", prompt="First?"),
        call("c2", "Task", description="Two", prompt="Second?"),
    )
    side = {"isSidechain": True}
    chat.prompt("First?", parentUuid=None, **side)
    chat.prompt("Second?", parentUuid=None, **side)
    chat.fragment("m1", text("1"), parentUuid="s1-4", **side)
    chat.fragment("m2", text("2"), parentUuid="s1-5", **side)
    chat.result("c1", "1")

    found = conversations(read(chat.data()))
    tasks = [part for m in found["s1"].messages for part in m.parts if isinstance(part, ToolCall)]

    assert set(found) == {"s1", "s1:agent-s1-4", "s1:agent-s1-5"}
    assert [m.parts for m in found["s1:agent-s1-5"].messages] == [
        (Text(text="Second?"),),
        (Text(text="2"),),
    ]
    assert [task.conversation_id for task in tasks] == ["s1:agent-s1-4", "s1:agent-s1-5"]
    assert len(found["s1"].messages) == 3


def test_lines_of_another_session_are_its_own() -> None:
    """A session that goes on with another in the same file says so."""
    chat = Session("s1")
    chat.prompt("Go")
    chat.prompt("On", sessionId="s2")

    found = conversations(read(chat.data()))

    assert [m.message_id for m in found["s1"].messages] == ["s1-1"]
    assert [m.message_id for m in found["s2"].messages] == ["s1-2"]
    assert (found["s2"].head.parent_id, found["s2"].head.relation) == ("s1", "continuation")


def test_a_fork_does_not_double_its_history() -> None:
    """A copied line is the message that it was, in the session that it came from."""
    fork = Session("s2")
    for number in (1, 2):
        source = {"sessionId": "s1", "messageUuid": f"s1-{number}"}
        fork.prompt(f"Old {number}", forkedFrom=source)
    fork.prompt("New")

    found = conversations(read(fork.data()))

    assert [m.message_id for m in found["s1"].messages] == ["s1-1", "s1-2"]
    assert found["s1"].messages[1].parent_id == "s1-1"
    assert [m.parts for m in found["s2"].messages] == [(Text(text="New"),)]
    assert (found["s2"].head.parent_id, found["s2"].head.relation) == ("s1", "fork")


def test_a_record_that_is_copied_keeps_its_id() -> None:
    """A second compaction may write the whole history again."""
    chat = Session("s1")
    chat.prompt("Go")
    chat.answer(thinking("Hm"), text("Yes"))
    chat.lines += chat.lines

    assert {m.message_id for m in messages(chat.data())} == {"s1-1", "s1-2"}


def test_a_file_without_a_session_is_called_after_its_first_record() -> None:
    """Unless the source knows better."""
    chat = Session("s1")
    chat.bare("custom-title", customTitle="Tea", sessionId=None)
    chat.prompt("Go", sessionId=None)

    found = conversations(read(chat.data()))

    assert list(found) == ["s1-2"]
    assert found["s1-2"].head.title == "Tea"
    assert list(conversations(read(chat.data(), conversation_id="x"))) == ["x"]


def test_bookkeeping_alone_is_no_conversation() -> None:
    """It may still say how one is called."""
    chat = Session("s1")
    chat.bare("mode", mode="normal")
    chat.bare("ai-title", aiTitle="Tea")

    (about,) = read(chat.data())

    assert isinstance(about, About)
    assert (about.conversation_id, about.head.title) == ("s1", "Tea")


# --- Titles and the rest of the head --------------------------------------------------------------


def test_titles_in_their_order_of_trust() -> None:
    """Whatever comes last: the person's title, the model's, the agent's, the first words."""
    chat = Session("s1")
    chat.prompt("/clear")
    chat.prompt("Fix the tea machine")
    assert (_head(chat).title, _head(chat).title_trust) == ("Fix the tea machine", TITLE_DERIVED)
    chat.bare("custom-title", customTitle="Mine")
    assert (_head(chat).title, _head(chat).title_trust) == ("Mine", TITLE_CHOSEN)
    chat.lines.pop()
    for kind, name, title in (
        ("summary", "summary", "Summary"),
        ("agent-name", "agentName", "Agent"),
        ("ai-title", "aiTitle", "Model"),
    ):
        chat.bare(kind, **{name: title}, leafUuid="s1-2")
        assert (_head(chat).title, _head(chat).title_trust) == (title, TITLE_GIVEN)


@pytest.mark.parametrize(("leaf", "title"), [("s1-2", "Tea"), ("other", "Go")])
def test_a_summary_belongs_to_its_leaf(leaf: str, title: str) -> None:
    """It often stands at the head of another session's file."""
    chat = Session("s1")
    chat.bare("summary", summary="Tea", leafUuid=leaf)
    chat.prompt("Go")

    assert _head(chat).title == title


def test_the_head_tells_of_the_folder() -> None:
    """The folder is that of the beginning; version and branch are the last ones."""
    chat = Session("s1")
    chat.prompt("Go")
    chat.answer(text("Yes"))
    chat.prompt("On", cwd="/elsewhere", version="2.2.0", gitBranch="plum")

    head = _head(chat)

    assert head.project == "tea"
    assert head.metadata == {"cwd": "/home/me/tea", "version": "2.2.0", "git_branch": "plum"}
    assert head.model == "claude-opus-4-6"
    assert head.current_id == "s1-3"
    assert (head.created_at, head.updated_at) == (1770091201000, 1770091203000)


def test_what_nobody_knows_is_told() -> None:
    """Unknown records go to the ledger, and are shown when they say something."""
    chat = Session("s1")
    chat.prompt("Go")
    chat.add("dance", content="La la")
    chat.add("tick")
    chat.prompt([{"type": "smell", "of": "tea"}])

    found = conversations(read(chat.data()))["s1"]

    assert [(u.path, u.kind) for u in found.unknowns] == [
        ("message.content[]", "smell"),
        ("record", "dance"),
        ("record", "tick"),
    ]
    assert [type(p) for m in found.messages for p in m.parts] == [Text, Unknown, Unknown]


def test_files_given_to_the_model_are_hidden() -> None:
    """A file that was mentioned is context; hooks are bookkeeping."""
    chat = Session("s1")
    chat.prompt("Go")
    inner = {"type": "text", "file": {"filePath": "/a.py", "content": "x = 1"}}
    told = {"type": "file", "filename": "/a.py", "content": inner}
    chat.add("attachment", attachment=told)
    chat.add("attachment", attachment={"type": "hook_success", "content": "ok"})

    found = conversations(read(chat.data()))["s1"]

    assert found.messages[1].parts == (Context(title="File: /a.py", text="x = 1"),)
    assert found.messages[1].hidden
    assert [fold.kind for fold in found.folds] == ["attachment:hook_success"]


def test_only_conversations_and_the_carry() -> None:
    """A plain session gives one conversation for each group."""
    chat = Session("s1")
    for number in range(4):
        chat.prompt(f"Number {number}")

    records = read(chat.data(), cuts=[2])

    assert [type(record) for record in records] == [Conversation, Conversation]
