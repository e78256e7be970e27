"""Rollouts: what is said, what doubles, what was injected, what is known of the session."""

import base64
import hashlib
import json

import pytest
from chatgpt_exports import png
from codex_sessions import (
    SESSION,
    Record,
    assistant,
    item,
    jsonl,
    lines,
    meta,
    parts,
    read,
    records,
    rollout,
    said,
    shown,
    stamp,
    tokens,
    turn,
    user,
)

from polylogue.model import (
    TITLE_DERIVED,
    TITLE_GIVEN,
    Attachment,
    Blob,
    Context,
    Conversation,
    Document,
    Notice,
    Text,
    Thinking,
    ToolCall,
    Unknown,
)
from polylogue.parsers.codex.rollout import legacy

PICTURE = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
REF = f"sha256:{hashlib.sha256(png()).hexdigest()}"


# --- The session ----------------------------------------------------------------------------------


def test_head() -> None:
    """The header tells id, folder, branch and version; the turn tells the model."""
    told = read(rollout(meta(), turn(), user("Which tea?\nGreen?"), assistant("Green.")))

    assert told.provider == "codex"
    assert told.conversation_id == SESSION
    assert told.head.title == "Which tea?"
    assert told.head.title_trust == TITLE_DERIVED
    assert told.head.project == "tea"
    assert told.head.model == "gpt-5-codex"
    assert told.head.created_at == 1_777_593_600_000
    assert told.head.updated_at == 1_777_593_603_000
    assert told.head.metadata == {
        "cwd": "/home/ann/tea",
        "git_branch": "main",
        "cli_version": "0.120.0",
        "originator": "codex_cli_rs",
    }


@pytest.mark.parametrize(
    ("cwd", "project"),
    [("/home/ann/tea/", "tea"), ("C:\\work\\tea", "tea"), ("/", "/"), ("tea", "tea")],
    ids=["slash", "windows", "root", "bare"],
)
def test_project(cwd: str, project: str) -> None:
    """The project is the last folder of the working folder, on any system."""
    assert read(rollout(meta(cwd=cwd), user("Tea?"))).head.project == project


def test_name_beats_prompt() -> None:
    """A name that the session was given is its title, whatever was asked first."""
    told = read(rollout(meta(), shown("thread_name_updated", thread_name="Tea"), user("Which?")))

    assert (told.head.title, told.head.title_trust) == ("Tea", TITLE_GIVEN)


def test_messages_in_file_order() -> None:
    """Messages follow one another in file order, with line, time, model and phase."""
    first, second = said(user("Which tea?"), assistant("Green.", phase="final_answer"))

    assert (first.role, first.line, first.parent_id, first.model) == ("user", 3, None, "")
    assert first.parts == (Text(text="Which tea?"),)
    assert (second.role, second.line, second.parent_id) == ("assistant", 4, first.message_id)
    assert (second.model, second.timestamp) == ("gpt-5-codex", 1_777_593_603_000)
    assert second.metadata == {"phase": "final_answer"}


def test_ids_do_not_depend_on_place() -> None:
    """The same line has the same id behind other lines; equal lines of one time have two ids."""
    alone = read(rollout(meta(), (*user("yes"), 9.0)))
    later = read(rollout(meta(), turn(), turn(), (*user("yes"), 9.0)))
    twice = read(rollout(meta(), (*user("yes"), 9.0), (*user("yes"), 9.0)))

    assert alone.messages[0].message_id == later.messages[0].message_id
    assert len({message.message_id for message in twice.messages}) == 2
    assert alone.messages[0].message_id == twice.messages[0].message_id


def test_ids_under_reordered_keys() -> None:
    """The order of keys plays no part in identity."""
    plain = lines(meta(), user("yes"))
    turned = [json.dumps(json.loads(line), sort_keys=True).encode() + b"\n" for line in plain]

    assert read(b"".join(plain)).messages == read(b"".join(turned)).messages


# --- What doubles ---------------------------------------------------------------------------------


@pytest.mark.parametrize("event_first", [True, False])
def test_event_and_item_are_one(event_first: bool) -> None:
    """An event that repeats an item is no message; it does not matter which comes first."""
    pair = [
        shown("agent_message", message="Green  tea."),
        assistant("Green tea.", phase="final_answer"),
    ]
    (only,) = said(*(pair if event_first else pair[::-1]))

    assert isinstance(only.parts[0], Text)
    assert only.parts[0].text.split() == ["Green", "tea."]
    assert only.line == 3
    assert only.metadata == {"phase": "final_answer"}


def test_each_repetition_counts() -> None:
    """What is said twice and shown twice is two messages."""
    pair = (user("go on"), shown("user_message", message="go on"))

    assert len(said(*pair, *pair)) == 2


def test_events_alone() -> None:
    """Files with events only are read from these, the last answer from the end of the turn."""
    told = parts(
        shown("user_message", message="Which tea?", images=[]),
        shown("agent_reasoning", text="**Choosing**\n\nGreen or black."),
        shown("task_complete", last_agent_message="Green."),
    )

    assert told == [
        Text(text="Which tea?"),
        Thinking(title="Choosing", text="Green or black."),
        Text(text="Green."),
    ]


def test_end_of_turn_repeats() -> None:
    """The last answer at the end of a turn is not told again."""
    assert (
        len(
            said(
                user("Tea?"),
                assistant("Green."),
                shown("task_complete", last_agent_message="Green."),
            )
        )
        == 2
    )


def test_reasoning() -> None:
    """Summaries are shown once, whether events told them or not; encrypted ones are folded."""
    summary = [{"type": "summary_text", "text": "One."}, {"type": "summary_text", "text": "Two."}]

    told = parts(
        shown("agent_reasoning", text="One."),
        item("reasoning", summary=summary, content=None, encrypted_content="gAAA"),
        shown("agent_reasoning", text="Two."),
        item("reasoning", summary=[], encrypted_content="gAAA"),
    )

    assert told == [Thinking(text="One."), Thinking(text="Two.")]


# --- What was injected ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("<environment_context>\n<cwd>/x</cwd>\n</environment_context>", "Environment context"),
        (
            "# AGENTS.md instructions for /x\n\n<INSTRUCTIONS>\nBe kind.\n</INSTRUCTIONS>",
            "AGENTS.md",
        ),
        ("<user_instructions>\nBe kind.\n</user_instructions>", "User instructions"),
        (
            "<permissions instructions>\nAsk.\n</permissions instructions>",
            "Permissions instructions",
        ),
        ("<turn_aborted>\nstopped", "Turn aborted"),
        ("<skill>\n<name>tea</name>\n</skill>", "Skill"),
        ("<subagent_notification>{}</subagent_notification>", "Subagent notification"),
    ],
    ids=lambda value: value.split(">")[0][:24],
)
def test_injected_context(text: str, title: str) -> None:
    """Context that Codex injects as the user is hidden, and gives no title."""
    context, prompt = said(user(text), user("Which tea?"))

    assert context.hidden
    assert context.parts == (Context(title=title, text=text),)
    assert not prompt.hidden
    assert read(rollout(meta(), user(text), user("Which tea?"))).head.title == "Which tea?"


def test_prompt_behind_context() -> None:
    """Words behind injected blocks of one message are the person's, and their event is no second."""
    ide = (
        "# Context from my IDE setup:\n\n## Open tabs:\n- a.py\n\n## My request for Codex:\nFix it."
    )
    block = "<environment_context></environment_context>"

    first, second = said(
        user(ide),
        shown("user_message", message=ide),
        user(block, "And this."),
        shown("user_message", message="And this."),
    )

    assert [type(part) for part in first.parts] == [Context, Text]
    assert first.parts[1] == Text(text="Fix it.")
    assert second.parts == (
        Context(title="Environment context", text=block),
        Text(text="And this."),
    )
    assert not first.hidden
    assert not second.hidden


def test_plumbing_is_hidden() -> None:
    """Messages of developer and system are context of the machine."""
    (message,) = said(
        item("message", role="developer", content=[{"type": "input_text", "text": "Be brief."}])
    )

    assert (message.role, message.hidden) == ("system", True)
    assert message.parts == (Context(title="Developer message", text="Be brief."),)


def test_what_people_type_is_theirs() -> None:
    """Tags and headings of other kinds are words of the person."""
    typed = "# AGENTS.md should say\n<div>tea</div>"

    assert parts(user(typed)) == [Text(text=typed)]


# --- What happened --------------------------------------------------------------------------------


@pytest.mark.parametrize("event_first", [True, False])
def test_compaction(event_first: bool) -> None:
    """A compaction is told once, with its summary, and its copy of the history is not told again."""
    line: Record = (
        "compacted",
        {"message": "We spoke of tea.", "replacement_history": [user("Tea?")[1]]},
    )
    pair = [shown("context_compacted"), line]

    assert parts(user("Tea?"), *(pair if event_first else pair[::-1]))[1:] == [
        Notice(kind="compaction", text="The conversation so far was summed up to make room."),
        Context(title="Summary", text="We spoke of tea."),
    ]


def test_rollback() -> None:
    """Behind a rollback the chat goes on where the abandoned turn began; nothing is removed."""
    told = said(
        user("Tea?"), assistant("Green."), user("Cake?"), assistant("No."),
        shown("thread_rolled_back", num_turns=1), user("Biscuits?"),
    )  # fmt: skip

    kept, abandoned, back, after = told[1], told[2], told[4], told[5]
    assert abandoned.parent_id == kept.message_id
    assert back.parent_id == kept.message_id
    assert after.parent_id == back.message_id
    assert back.parts == (Notice(kind="rollback", text="The last turn was taken back."),)


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (shown("error", message="The stream broke."), "error"),
        (shown("turn_aborted", reason="interrupted"), "interrupted"),
        (shown("entered_review_mode", user_facing_hint="changes"), "review"),
        (shown("thread_goal_updated", goal={"objective": "Tea", "status": "active"}), "goal"),
        (shown("undo_completed", message="Undone."), "undo"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_notices(record: Record, kind: str) -> None:
    """What happens besides talk is one line."""
    (notice,) = parts(record)

    assert isinstance(notice, Notice)
    assert notice.kind == kind
    assert notice.text


def test_usage() -> None:
    """What an answer cost is told with it, once: the same count comes again and again."""
    first, second = said(
        assistant("One."), tokens(10, 10), tokens(10, 10), assistant("Two."), tokens(10, 10), tokens(25, 15)
    )  # fmt: skip

    assert first.metadata == {"usage": {"output_tokens": 10}}
    assert second.metadata == {"usage": {"output_tokens": 15}}


def test_usage_across_groups() -> None:
    """The cost of an answer comes to it also when the answer was in the group before."""
    data = rollout(meta(), assistant("One."), tokens(10, 10))

    assert read(data, cuts=[2]).messages == read(data).messages
    assert read(data, cuts=[2]).messages[0].metadata == {"usage": {"output_tokens": 10}}


# --- Pictures -------------------------------------------------------------------------------------


def test_picture_in_prompt() -> None:
    """A data URL becomes the bytes and an attachment that names them by hash."""
    image = {"type": "input_image", "image_url": PICTURE}
    tags = (
        {"type": "input_text", "text": "<image name=[Image #1]>"},
        image,
        {"type": "input_text", "text": "</image>"},
    )
    data = rollout(
        meta(),
        user(*tags, "What is it?"),
        shown("user_message", message="What is it?", images=[PICTURE]),
    )

    (message,) = read(data).messages
    blobs = [one for one in records(data) if isinstance(one, Blob)]

    assert message.parts == (
        Attachment(ref=REF, mime_type="image/png", size=len(png())),
        Text(text="What is it?"),
    )
    assert blobs == [Blob(ref=REF, data=png(), mime_type="image/png")]


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,@@@", "data:", "data:image/png;base64", "data:,"]
)
def test_unreadable_picture(url: str) -> None:
    """A picture whose bytes cannot be read is seen to be missing."""
    (part,) = parts(user({"type": "input_image", "image_url": url}))

    assert isinstance(part, Attachment)
    assert part.caption == "This image cannot be read."


# --- What nobody knows ----------------------------------------------------------------------------


def test_unknown_kinds() -> None:
    """What nobody knows is in the ledger, and shown where it says something."""
    data = rollout(
        meta(), item("dream", text="tea"), shown("pulse", beat=1), shown("rumour", message="Tea!"),
        ("horoscope", {"text": "Tea."}), user({"type": "input_smell", "smell": "tea"}),
    )  # fmt: skip
    (told,) = (one for one in records(data) if isinstance(one, Conversation))

    assert {(one.path, one.kind) for one in told.unknowns} == {
        ("response_item", "dream"), ("event_msg", "pulse"), ("event_msg", "rumour"),
        ("line", "horoscope"), ("message.content", "input_smell"),
    }  # fmt: skip
    assert [part.kind for one in told.messages for part in one.parts if isinstance(part, Unknown)] == [
        "dream", "rumour", "horoscope", "input_smell",
    ]  # fmt: skip


# --- Older generations ----------------------------------------------------------------------------


BARE = (
    {
        "type": "message",
        "id": None,
        "role": "user",
        "content": [{"type": "input_text", "text": "Tea?"}],
    },
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]},
    {"type": "function_call", "name": "shell", "arguments": '{"command":["ls"]}', "call_id": "c1"},
    {"type": "function_call_output", "call_id": "c1", "output": "a"},
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Tea?"}]},
)


def test_bare_lines() -> None:
    """Lines without envelope or time are dated by the header only, and equal ones are kept apart."""
    head = {"id": "old-1", "timestamp": stamp(0), "instructions": None, "git": {"branch": "old"}}
    told = read(jsonl(head, {"record_type": "state"}, *BARE, {"record_type": "state"}))

    assert told.conversation_id == "old-1"
    assert told.head.created_at == 1_777_593_600_000
    assert told.head.metadata == {"git_branch": "old"}
    assert [message.timestamp for message in told.messages] == [None] * 5
    assert [message.line for message in told.messages] == [3, 4, 5, 6, 7]
    assert isinstance(told.messages[2].parts[0], ToolCall)
    assert told.messages[2].parts[0].input == "ls"


def test_object_with_items() -> None:
    """The oldest rollouts are one object; its items are read as bare lines are."""
    session = {"id": "older", "timestamp": stamp(0), "instructions": ""}
    data = json.dumps({"session": session, "items": list(BARE)}).encode()
    grown = json.dumps({"session": session, "items": [*BARE, BARE[0]]}).encode()
    (told,) = legacy(Document(data=data))
    (later,) = legacy(Document(data=grown))
    assert isinstance(told, Conversation)
    assert isinstance(later, Conversation)

    assert told.conversation_id == "older"
    assert len(told.messages) == 5
    assert later.messages[:5] == told.messages
    assert len({message.message_id for message in later.messages}) == 6


@pytest.mark.parametrize("extension", ["jsonl", "jsonl.zst"])
def test_id_from_the_name_of_the_file(extension: str) -> None:
    """Without a header the session has the id that Codex wrote into the file's name."""
    name = f"sessions/2026/05/01/rollout-2026-05-01T02-00-00-{SESSION}.{extension}"

    assert read(rollout(turn(), user("Tea?")), name=name).conversation_id == SESSION


# --- Plans and other agents -----------------------------------------------------------------------


@pytest.mark.parametrize("alone", [True, False])
def test_plan(alone: bool) -> None:
    """A plan that stands in an answer is not told again; one that does not is told."""
    plan = shown("item_completed", item={"type": "Plan", "id": "p", "text": "1. Boil.\n2. Pour."})
    answer = assistant("So:\n<proposed_plan>\n1. Boil.\n2. Pour.\n</proposed_plan>")

    texts = [
        part.text for part in parts(*([] if alone else [answer]), plan) if isinstance(part, Text)
    ]

    assert len(texts) == 1
    assert "2. Pour." in texts[0]


def test_other_agents() -> None:
    """What another agent says is told once, under its name, and is no prompt of the person's."""
    words = [{"type": "input_text", "text": "Look."}]
    line: Record = ("inter_agent_communication", {"author": "/root", "content": "Look."})
    data = rollout(meta(), item("agent_message", author="/root", content=words), line)
    (message,) = read(data).messages

    assert (message.role, message.author) == ("user", "/root")
    assert read(data).head.title == ""


def test_review() -> None:
    """What a review found is text that can be read."""
    found = {
        "title": "Too hot",
        "body": "Wait.",
        "code_location": {"absolute_file_path": "/a.py", "line_range": {"start": 3}},
    }
    review = {"overall_explanation": "Nearly.", "findings": [found]}

    assert parts(shown("exited_review_mode", review_output=review)) == [
        Notice(kind="review", text="The review ended."),
        Text(text="Nearly.\n\n**Too hot** `/a.py:3`\n\nWait."),
    ]
