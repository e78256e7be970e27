"""AI Studio prompts: what each chunk becomes, how it is named, and what the head says."""

import pytest
from aistudio_prompts import (
    PIXEL,
    PIXEL_REF,
    Object,
    dump,
    inline,
    model,
    prompt,
    read,
    rich,
    thought,
    user,
)

from polylogue.model import (
    TITLE_DERIVED,
    TITLE_GIVEN,
    Attachment,
    Blob,
    Citation,
    Context,
    Document,
    Fold,
    Message,
    Notice,
    Part,
    Problem,
    Quote,
    Source,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
    UnknownKind,
)
from polylogue.parsers.aistudio import PARSER
from polylogue.parsers.aistudio.prompt import parse
from polylogue.parsers.base import detect
from polylogue.parsers.text import probe

TEA = Source(title="Tea", url="https://t.example")
CAKE = Source(title="Cake", url="https://c.example")


def parts(chunk: object) -> tuple[Part, ...]:
    """Return the parts of the message that one chunk becomes."""
    conversation, _ = read(prompt(chunk))
    (message,) = conversation.messages
    return message.parts


def ids(value: object) -> list[str]:
    """Return the ids of the messages in a prompt."""
    return [message.message_id for message in read(value)[0].messages]


# --- Chunks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        (user("Hi."), [Text(text="Hi.")]),
        (thought("I think."), [Thinking(text="I think.")]),
        (model(parts=[{"text": "a"}, {"text": "b"}]), [Text(text="ab")]),
        (model("a b", parts=[{"text": "a"}, {"text": "b"}]), [Text(text="ab")]),
        (
            model("b", parts=[{"text": "a", "thought": True}, {"text": "b"}]),
            [Thinking(text="a"), Text(text="b")],
        ),
        (model("whole", parts=[{"text": "who"}]), [Text(text="whole")]),
        (model("new", isEdited=True, parts=[{"text": "old"}]), [Text(text="new")]),
        (
            model("one", parts=[{"text": "other"}]),
            [Unknown(kind="parts.text", json='"other"'), Text(text="one")],
        ),
        (user(driveImage={"id": "d1"}), [Attachment(ref="d1")]),
        (user("x", driveDocument={"id": "d1"}), [Attachment(ref="d1"), Text(text="x")]),
        (
            model(fileData={"fileUri": "https://f.example/1", "mimeType": "video/mp4"}),
            [Attachment(ref="https://f.example/1", mime_type="video/mp4")],
        ),
        (
            user(inlineImage=inline()),
            [Attachment(ref=PIXEL_REF, mime_type="image/png", size=len(PIXEL))],
        ),
        (
            user(inlineData={"data": "!"}),
            [Unknown(kind="inlineData", json='{"data":"!"}')],
        ),
        (
            user(youtubeVideo={"id": "f"}),
            [
                Quote(
                    text="",
                    source=Source(title="YouTube video", url="https://www.youtube.com/watch?v=f"),
                )
            ],
        ),
        (
            model(executableCode={"language": "PYTHON", "code": "1"}),
            [ToolCall(name="code_execution", input="1", language="python")],
        ),
        (
            model(codeExecutionResult={"outcome": "OUTCOME_OK", "output": "1"}),
            [ToolResult(name="code_execution", output="1")],
        ),
        (
            model(codeExecutionResult={"outcome": "OUTCOME_FAILED"}),
            [ToolResult(name="code_execution", output="OUTCOME_FAILED", is_error=True)],
        ),
        (
            model(functionCall={"name": "f", "args": {"b": 1, "a": 2}, "id": "c"}),
            [ToolCall(name="f", input='{"a":2,"b":1}', language="json", call_id="c")],
        ),
        (
            user(functionResponse={"name": "f", "response": "ok", "id": "c"}),
            [ToolResult(name="f", output="ok", language="json", call_id="c")],
        ),
        (
            model("cut", finishReason="MAX_TOKENS"),
            [Text(text="cut"), Notice(kind="stopped", text="MAX_TOKENS")],
        ),
        (model(errorMessage="bad"), [Notice(kind="error", text="bad")]),
        (user("x", novelty=[1]), [Text(text="x"), Unknown(kind="novelty", json="[1]")]),
        ("words", [Unknown(kind="string", json='"words"')]),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_a_chunk_becomes(chunk: object, expected: list[Part]) -> None:
    """Each kind of content is a part of its own kind, once."""
    assert list(parts(chunk)) == expected


def test_words_and_code_keep_their_order() -> None:
    """Where text and parts say the same, the parts know where the code stood."""
    answer = read(rich())[0].messages[5]

    assert [type(part) for part in answer.parts] == [Text, ToolCall, ToolResult, Text]
    assert answer.parts[0] == Text(text="Run this:")


def test_a_picture_is_told_once() -> None:
    """A picture in the chunk and again among its parts is one picture, with one Blob."""
    chunk = model("See.", inlineImage=inline(), parts=[{"text": "See."}, {"inlineImage": inline()}])
    conversation, blobs = read(prompt(chunk, user(inlineFile=inline())))

    assert [type(part) for part in conversation.messages[0].parts] == [Text, Attachment]
    assert blobs == [Blob(ref=PIXEL_REF, data=PIXEL, mime_type="image/png")]


def test_grounding() -> None:
    """What was searched is a call, a cited page stands behind the word, the rest at the end."""
    call, text = read(rich())[0].messages[6].parts

    assert call == ToolCall(name="google_search", input="tea\ngreen tea")
    assert text == Text(
        text="Tea is hot.",
        citations=(Citation(at=3, sources=(TEA,)), Citation(at=11, sources=(CAKE,))),
    )


def test_a_citation_in_the_middle_of_a_word_moves_to_its_end() -> None:
    """Nobody knows for certain what the offsets count; a word is never cut."""
    pages = {"corroborationSegments": [{"index": 5, "uri": "u"}, {"index": 99, "uri": "v"}]}
    (text,) = parts(model("Tea is hot.", grounding=pages))

    assert isinstance(text, Text)
    assert [citation.at for citation in text.citations] == [6, 11]


def test_empty_chunks_are_folded() -> None:
    """A chunk with nothing in it is counted and is no link of the chain."""
    conversation, _ = read(prompt(user("a"), model(""), {}, None, model("b")))

    assert conversation.folds == (Fold(kind="empty", count=3),)
    assert ids(prompt(user("a"), model("b"))) == [one.message_id for one in conversation.messages]


def test_counts_add_up() -> None:
    """Each chunk is a message or a fold; what nobody understands is in the ledger."""
    told = rich()
    conversation, _ = read(told)
    chunks = told["chunkedPrompt"]["chunks"]
    around = {"system-instruction", "draft"}
    messages = [one for one in conversation.messages if one.message_id not in around]

    assert len(messages) + sum(fold.count for fold in conversation.folds) == len(chunks)
    assert conversation.unknowns == (UnknownKind(path="chunk", kind="novelty"),)


def test_roles() -> None:
    """Unknown roles keep their name."""
    conversation, _ = read(prompt({"role": "critic", "text": "x"}, {"role": "system", "text": "y"}))

    assert [(one.role, one.author) for one in conversation.messages] == [
        ("tool", "critic"),
        ("system", ""),
    ]


# --- Names ----------------------------------------------------------------------------------------


def test_a_prompt_that_grows_keeps_its_ids() -> None:
    """What is appended changes no id, and neither does what versions add to chunks."""
    before = prompt(user("a"), model("b"), user("c"))
    after = prompt(
        user("a", tokenCount=9, branchChildren=[{"promptId": "prompts/x"}]),
        model("b", parts=[{"text": "b"}], createTime="2026-01-01T00:00:00Z", grounding={"x": 1}),
        user("c"),
        model("d"),
    )

    assert ids(after)[:3] == ids(before)
    assert read(after)[0].conversation_id == read(before)[0].conversation_id


def test_an_edit_branches() -> None:
    """From the place of an edit on all messages are others; what is above it is shared."""
    before, after = (prompt(user("a"), model(x), user("c"), model("d")) for x in ("b", "B"))

    assert [one == other for one, other in zip(ids(before), ids(after), strict=True)] == [
        True,
        False,
        False,
        False,
    ]


def test_the_same_words_have_two_ids() -> None:
    """A chunk is its path, not its words."""
    conversation, _ = read(prompt(user("go"), model("ok"), user("go"), model("ok")))
    chain = [one.message_id for one in conversation.messages]

    assert len(set(chain)) == 4
    assert [one.parent_id for one in conversation.messages] == ["system-instruction", *chain[:3]]
    assert conversation.head.current_id == chain[-1]


def test_prompts_without_an_id() -> None:
    """Two chats that begin alike are two, and a branch is not the prompt that it comes from."""
    parent = {"promptId": "prompts/p"}
    told = [
        prompt(user("Hi"), model("Hello.")),
        prompt(user("Hi"), model("Hello!")),
        prompt(user("Hi", branchParent=parent), model("Hello.")),
    ]
    names = {read(one, name="same name")[0].conversation_id for one in told}

    assert len(names) == 3
    assert all(name.startswith("sha256:") for name in names)


def test_the_system_instruction_and_the_draft() -> None:
    """Both are hidden, and do not change what the chunks are called."""
    told = prompt(user("a"), model("b"), systemInstruction={"text": "Be brief."})
    told["chunkedPrompt"]["pendingInputs"] = [{"text": "And th", "role": "user"}]
    system, first, last, draft = read(told)[0].messages

    assert system == Message(
        message_id="system-instruction",
        role="system",
        parts=(Context(title="System instruction", text="Be brief."),),
        hidden=True,
    )
    assert [first.message_id, last.message_id] == ids(prompt(user("a"), model("b")))
    assert draft == Message(
        message_id="draft",
        role="user",
        parts=(Text(text="And th"),),
        parent_id=last.message_id,
        hidden=True,
    )


# --- The head -------------------------------------------------------------------------------------


def test_what_drive_tells() -> None:
    """Id, title and times come from whoever fetched the file."""
    about = {"conversation_id": "d1", "title": "Tea", "created_at": 5, "modified_at": 9}
    conversation, _ = read(rich(), name="d1", **about)
    head = conversation.head

    assert conversation.conversation_id == "d1"
    assert (head.title, head.title_trust, head.created_at, head.updated_at) == ("Tea", 0, 5, 9)
    assert head.url == "https://aistudio.google.com/prompts/d1"
    assert (head.parent_id, head.relation) == ("elsewhere", "fork")
    assert head.model == "gemini-3-pro"
    assert head.metadata == {
        "run_settings": {"temperature": 1.0},
        "citations": ["https://copied.example"],
    }


@pytest.mark.parametrize(
    ("name", "title", "trust"),
    [
        ("Takeout/Drive/Google AI Studio/Tea and v1.2", "Tea and v1.2", TITLE_GIVEN),
        ("Tea.json", "Tea", TITLE_DERIVED),
    ],
)
def test_a_dropped_file_is_named_by_its_name(name: str, title: str, trust: int) -> None:
    """AI Studio names its files by their titles; a file with an extension was named by others."""
    conversation, _ = read(rich(), name=name)
    head = conversation.head

    assert (head.title, head.title_trust, head.url) == (title, trust, "")
    assert (head.created_at, head.updated_at) == (1769947200123, 1769947260000)


# --- What is claimed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (rich(), "prompt"),
        ({"chunkedPrompt": {"chunks": []}}, "prompt"),
        ({"runSettings": {}, "chunks": [user("a")]}, "prompt"),
        ({"runSettings": {}, "systemInstruction": {}}, "prompt"),
        ({"runSettings": {}, "systemInstruction": {}, "textPrompt": {}}, "other-prompt"),
        ({"applets": [{"name": "a"}]}, "applet-history"),
        ({"chunkedPrompt": 1}, None),
        ({"chunks": []}, None),
        ({"properties": {"chunkedPrompt": {}}}, None),
    ],
    ids=str,
)
def test_shapes(value: Object, shape: str | None) -> None:
    """The keys decide."""
    found = detect(probe(dump(value)), (PARSER,))

    assert (found[1].name if found else None) == shape


def test_an_empty_prompt_says_nothing() -> None:
    """A prompt in which nothing was ever said is no conversation."""
    data = dump(prompt())

    assert list(parse(Document(data=data))) == []


def test_a_prompt_that_nobody_can_name() -> None:
    """What was typed and never sent is reported when nothing tells which prompt it is."""
    data = dump(prompt(systemInstruction={"text": "Be brief."}))
    (record,) = parse(Document(data=data, name="x"))

    assert isinstance(record, Problem)
    assert record.code == "prompt-without-id"
    assert read(prompt(systemInstruction="Be."), conversation_id="d")[0].messages
