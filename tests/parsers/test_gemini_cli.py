"""Gemini CLI: whole sessions, sessions as lines, what updates and rewinds come to."""

import base64
import hashlib

import pytest
from chatgpt_exports import dump
from gemini_cli_sessions import (
    START,
    Object,
    answered,
    change,
    first_line,
    lines,
    rewind,
    said,
    told,
    tool,
    whole,
)
from msgspec.structs import replace

from polylogue.model import (
    TITLE_DERIVED,
    TITLE_GIVEN,
    About,
    Attachment,
    Blob,
    Carry,
    Context,
    Conversation,
    Document,
    Fold,
    Message,
    Notice,
    Parsed,
    Problem,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from polylogue.parsers.base import detect, detect_session
from polylogue.parsers.gemini_cli import PARSER
from polylogue.parsers.gemini_cli.session import parse_lines, parse_object
from polylogue.parsers.text import probe, to_ms


def read(*messages: object, **fields: object) -> Conversation:
    """Return the conversation in a whole session of these messages."""
    (record,) = parse_object(Document(data=dump(whole("s1", *messages, **fields))))
    assert isinstance(record, Conversation)
    return record


def only(message: Object) -> Message:
    """Return what becomes of one message."""
    (record,) = read(message).messages
    return record


def grown(*records: object, name: str = "") -> list[Parsed]:
    """Return the records of a session as lines, without the Carry."""
    *records_, carry = parse_lines(Document(data=lines(*records), name=name))
    assert isinstance(carry, Carry)
    return records_


def tree(*records: object) -> dict[str, str | None]:
    """Return message → parent in a session as lines."""
    (record,) = grown(first_line("s1"), *records)
    assert isinstance(record, Conversation)
    return {message.message_id: message.parent_id for message in record.messages}


# --- Whole sessions -------------------------------------------------------------------------------


def test_a_whole_session() -> None:
    """Question and answer, with what the session says of itself."""
    record = read(
        said("m1", "List the files\nplease"),
        answered("m2", "Two files.", tokens={"input": 5, "output": 3}),
        directories=["/home/me/tea", "/srv"],
    )

    question, answer = record.messages
    assert (record.provider, record.conversation_id) == ("gemini-cli", "s1")
    assert (record.head.title, record.head.title_trust) == ("List the files", TITLE_DERIVED)
    assert record.head.created_at == record.head.updated_at == to_ms(START)
    assert record.head.project == "/home/me/tea"
    assert record.head.model == answer.model == "gemini-3-pro"
    assert (question.role, answer.role) == ("user", "assistant")
    assert question.parts == (Text(text="List the files\nplease"),)
    assert (question.parent_id, answer.parent_id) == (None, "m1")
    assert answer.metadata == {"tokens": {"input": 5, "output": 3}}


def test_the_summary_is_a_better_title() -> None:
    """What the tool calls the session goes before the first words."""
    head = read(said("m1", "List the files"), summary="Listing files").head

    assert (head.title, head.title_trust) == ("Listing files", TITLE_GIVEN)


def test_thoughts_stand_before_the_answer() -> None:
    """Subject and description are title and text."""
    thought = {"subject": "Plan", "description": "First look.", "timestamp": START}

    message = only(answered("m1", "Done.", thoughts=[thought]))

    assert message.parts == (Thinking(title="Plan", text="First look."), Text(text="Done."))


def test_a_command_and_its_output() -> None:
    """A shell command is shown as it was run."""
    args = {"command": "ls", "description": "List"}

    _, call, result = only(answered("m1", "Ok.", toolCalls=[tool("run", args, "a b")])).parts

    assert call == ToolCall(name="run", input="ls", language="bash", call_id="run-1", title="List")
    assert result == ToolResult(name="run", output="a b", call_id="run-1")


def test_an_edit_shows_its_diff() -> None:
    """The diff that the tool displayed follows what the model was told."""
    call = tool(
        "replace", {"file_path": "a.py", "x": 1}, "Changed.", resultDisplay={"fileDiff": "-a\n+b"}
    )

    parts = only(answered("m1", toolCalls=[call])).parts

    assert parts[0] == ToolCall(
        name="replace",
        input='{"file_path":"a.py","x":1}',
        language="json",
        call_id="replace-1",
        title="a.py",
    )
    assert parts[1:] == (
        ToolResult(name="replace", output="Changed.", call_id="replace-1"),
        ToolResult(name="replace", output="-a\n+b", language="diff", call_id="replace-1"),
    )


@pytest.mark.parametrize(
    ("status", "response"), [("error", {"output": "No."}), ("success", {"error": "No."})]
)
def test_a_call_that_failed(status: str, response: Object) -> None:
    """Either the status or the answer says so."""
    result = [{"functionResponse": {"response": response}}]

    parts = only(answered("m1", toolCalls=[tool("f", {}, "", status=status, result=result)])).parts

    assert parts[1] == ToolResult(name="f", output="No.", call_id="f-1", is_error=True)


def test_a_call_that_was_cancelled_or_only_displayed() -> None:
    """What was displayed serves when no answer was kept."""
    call = tool("f", {}, "", status="cancelled", result=None, resultDisplay="Half done")

    parts = only(answered("m1", toolCalls=[call])).parts

    assert parts[1] == ToolResult(name="f", output="Half done", call_id="f-1")
    assert parts[2] == Notice(kind="cancelled", text="The call of f was cancelled.")


def test_a_picture_in_the_prompt_is_kept_once() -> None:
    """Its bytes are a Blob, named by their hash; the message shows it."""
    data = b"\x89PNG picture"
    piece = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(data).decode()}}
    ref = f"sha256:{hashlib.sha256(data).hexdigest()}"

    blob, record = parse_object(
        Document(data=dump(whole("s1", said("m1", "See", piece), said("m2", piece))))
    )

    assert blob == Blob(ref=ref, data=data, mime_type="image/png")
    assert isinstance(record, Conversation)
    shown = Attachment(ref=ref, mime_type="image/png", size=len(data))
    assert [message.parts for message in record.messages] == [(Text(text="See"), shown), (shown,)]


def test_what_was_typed_and_what_was_sent() -> None:
    """A prompt with files read into it shows the prompt, and the rest as context."""
    message = only(said("m1", "Read @a.md\n", "--- a.md ---\nTea", displayContent="Read @a.md"))

    assert message.parts == (
        Text(text="Read @a.md"),
        Context(title="As sent", text="Read @a.md\n--- a.md ---\nTea"),
    )


def test_notices_of_the_machine() -> None:
    """Errors and the like are neither the person's nor the model's."""
    message = only(told("error", "m1", "Quota exceeded"))

    assert (message.role, message.parts) == ("system", (Notice("error", "Quota exceeded"),))


def test_a_message_without_id_has_the_same_id_always() -> None:
    """It is made from what it says, not from where it stands."""
    stranger = said("", "Hello")
    first = only(stranger).message_id

    assert first.startswith("sha256:")
    assert read(said("m0", "Earlier"), stranger).messages[1].message_id == first


def test_what_nobody_knows_is_shown_and_counted() -> None:
    """New kinds of messages, pieces and metadata are in the ledger."""
    record = read(
        _new("dream", "m1"), said("m2", {"hologram": 1}), answered("m3", toolCalls=[7]), mood="x"
    )

    assert {(unknown.path, unknown.kind) for unknown in record.unknowns} == {
        ("content", "hologram"),
        ("message.type", "dream"),
        ("session", "mood"),
        ("toolCalls", "number"),
    }
    assert record.messages[1].parts == (Unknown(kind="hologram", json='{"hologram":1}'),)


def _new(kind: str, message_id: str) -> Object:
    return said(message_id, "x") | {"type": kind}


def test_a_session_without_messages_makes_no_note() -> None:
    """It says something about a conversation that may come."""
    (record,) = parse_object(Document(data=dump(whole("s1"))))

    assert isinstance(record, About)


# --- Lines ----------------------------------------------------------------------------------------


def test_the_same_session_as_lines() -> None:
    """Both kinds of files come to the same messages: one may stay behind after a migration."""
    messages = (said("m1", "Hello"), answered("m2", "Hi."))

    (record,) = grown(first_line("s1"), *messages)

    assert isinstance(record, Conversation)
    assert record.messages == read(*messages).messages
    assert record.head == replace(read(*messages).head, line=3)
    assert record.folds == (Fold(kind="metadata"),)


def test_a_known_id_is_a_newer_version() -> None:
    """Both versions are told, at one place in the path."""
    updated = answered("m2", "Hi.", toolCalls=[tool("f", {}, "out")])

    (record,) = grown(
        first_line("s1"), said("m1", "Hello"), answered("m2", "Hi."), said("m3", "!"), updated
    )

    assert isinstance(record, Conversation)
    assert [(each.message_id, each.parent_id) for each in record.messages] == [
        ("m1", None),
        ("m2", "m1"),
        ("m3", "m2"),
        ("m2", "m1"),
    ]


def test_what_was_taken_back_stays_as_a_branch() -> None:
    """After a rewind the next message answers what stood before the one taken back."""
    assert tree(
        said("m1", "a"), answered("m2", "b"), said("m3", "c"), rewind("m3"), said("m4", "d")
    ) == {"m1": None, "m2": "m1", "m3": "m2", "m4": "m2"}


def test_a_rewind_to_the_unknown_begins_anew() -> None:
    """So does the tool itself."""
    assert tree(said("m1", "a"), rewind("nobody"), said("m2", "b")) == {"m1": None, "m2": None}


def test_a_snapshot_is_the_whole_path() -> None:
    """What it leaves out is left behind; what comes next follows its last message."""
    assert tree(
        said("m1", "a"), said("m2", "b"), change(messages=[said("m2", "b")]), said("m3", "c")
    ) == {"m1": None, "m2": None, "m3": "m2"}


def test_metadata_changes() -> None:
    """Later lines win."""
    (record,) = grown(
        first_line("s1"),
        said("m1", "a"),
        change(summary="Tea", lastUpdated="2026-04-18T00:00:00Z"),
    )

    assert isinstance(record, Conversation)
    assert record.head.title == "Tea"
    assert record.head.updated_at == to_ms("2026-04-18T00:00:00Z")


def test_a_bad_line_costs_itself() -> None:
    """It is told by its number."""
    data = lines(first_line("s1")) + b"{oops\n" + lines(said("m1", "a"))

    problem, record, _ = parse_lines(Document(data=data, name="s.jsonl"))

    assert isinstance(problem, Problem)
    assert (problem.code, problem.where) == ("unreadable-line", "s.jsonl: line 2")
    assert isinstance(record, Conversation)
    assert len(record.messages) == 1


def test_a_session_of_a_sub_agent_names_its_parent() -> None:
    """It lies in a folder of its parent's id."""
    (record,) = grown(
        first_line("s2", kind="subagent"), said("m1", "a"), name="tmp/8f/chats/s1/s2.jsonl"
    )

    assert isinstance(record, Conversation)
    assert (record.head.parent_id, record.head.relation) == ("s1", "sub-agent")


def test_lines_without_a_session_are_a_problem() -> None:
    """A chat needs an id, which a file's name does not give."""
    (problem,) = grown(said("m1", "a"))

    assert isinstance(problem, Problem)
    assert problem.code == "session-without-id"


# --- Which files ----------------------------------------------------------------------------------


def test_which_objects_are_known() -> None:
    """Sessions, empty ones, and the log of prompts."""
    log = {"sessionId": "s", "messageId": 0, "type": "user", "message": "x", "timestamp": START}
    names = [
        found[1].name if (found := detect(probe(dump(value)), (PARSER,))) else None
        for value in (whole("s1"), first_line("s1"), log, said("m1", "x"), {"sessionId": "s1"})
    ]

    assert names == ["session", "empty-session", "prompt-log", None, None]


@pytest.mark.parametrize(
    "record", [first_line("s1"), answered("m2", "Hi."), change(summary="x"), rewind("m1")]
)
def test_one_line_tells_a_session(record: Object) -> None:
    """Whichever of its own lines stands among the first."""
    assert detect_session([{}, probe(dump(record))], (PARSER,)) is not None


def test_lines_of_others_are_left_alone() -> None:
    """A session id alone is everybody's."""
    theirs = {"sessionId": "s1", "type": "user", "uuid": "u", "message": {}, "timestamp": START}

    assert detect_session([probe(dump(theirs))], (PARSER,)) is None
