"""Grok: chats of an export, in all the spellings that were seen."""

import pytest
from chatgpt_exports import dump
from grok_exports import Object, card, chat, project, render, response

from polylogue.model import (
    Artifact,
    Attachment,
    Citation,
    Context,
    Conversation,
    Document,
    Message,
    Notice,
    Part,
    Problem,
    Source,
    Text,
    Thinking,
    ToolResult,
    Unknown,
    UnknownKind,
)
from polylogue.parsers.base import detect
from polylogue.parsers.grok import PARSER
from polylogue.parsers.grok.chat import parse
from polylogue.parsers.text import probe, to_ms

UUID = "0a1b2c3d-1111-2222-3333-444455556666"


def read(value: Object) -> Conversation:
    """Return the conversation in an element of the export."""
    (record,) = parse(Document(data=dump(value)))
    assert isinstance(record, Conversation)
    return record


def only(message: object, **fields: object) -> Message:
    """Return what becomes of one answer."""
    (record,) = read(chat("c1", "T", response("r1", "ASSISTANT", message, None, **fields))).messages
    return record


def parts(message: object, **fields: object) -> tuple[Part, ...]:
    """Return the parts of one answer."""
    return only(message, **fields).parts


def test_a_chat() -> None:
    """Question and answer, with what the chat says of itself; the question names the model."""
    details = {"requestModelDetails": {"modelId": "grok-3"}}
    record = read(
        chat(
            "c1",
            "Tea",
            response("r1", "human", "Which tea?", metadata=details),
            response("r2", "ASSISTANT", "Green.", "r1"),
            starred=True,
            leaf_response_id="r2",
        )
    )

    question, answer = record.messages
    assert (record.conversation_id, record.head.title) == ("c1", "Tea")
    assert record.head.updated_at == to_ms("2025-06-21T19:30:01.846938Z")
    assert (record.head.account, record.head.current_id) == ("user-1", "r2")
    assert record.head.url == "https://grok.com/chat/c1"
    assert record.head.metadata == {"starred": True}
    assert (question.role, question.model, question.parent_id) == ("user", "", None)
    assert (answer.role, answer.model, answer.parent_id) == ("assistant", "grok-3", "r1")
    assert answer.parts == (Text(text="Green."),)


def test_other_spellings() -> None:
    """Ids under other names, times as MongoDB writes them, no wrapper, senders in small letters."""
    moment = {"$date": {"$numberLong": "1750534101194"}}
    bare = {"_id": "r1", "sender": "Human", "message": "Hi", "create_time": moment}
    named = {"id": "r2", "sender": "grok-3", "message": "Hello", "model": "grok-4"}

    record = read({"conversation": {"id": "c1"}, "responses": [bare, named]})

    assert record.conversation_id == "c1"
    assert [(said.message_id, said.role, said.parent_id) for said in record.messages] == [
        ("r1", "user", None),
        ("r2", "assistant", "r1"),
    ]
    assert record.messages[0].timestamp == 1_750_534_101_194
    assert record.head.model == "grok-4"


def test_branches() -> None:
    """An answer that was asked for again stands beside the first."""
    record = read(
        chat(
            "c1",
            "T",
            response("q", "human", "?"),
            response("a", "ASSISTANT", "1", "q"),
            response("b", "ASSISTANT", "2", "q"),
        )
    )

    assert [said.parent_id for said in record.messages] == [None, "q", "q"]


def test_ids_are_made_of_what_was_said() -> None:
    """A chat that tells none has the same ids in each export, whatever was added behind."""
    hello = {"sender": "human", "message": "Hi", "create_time": "2026-08-01T10:00:01Z"}
    more = {"sender": "assistant", "message": "Hello"}
    told = {"create_time": "2026-08-01T10:00:00Z"}

    short = read({"conversation": told, "responses": [hello]})
    long = read({"conversation": told | {"title": "T"}, "responses": [hello, more]})

    assert short.conversation_id == long.conversation_id != ""
    assert short.messages == long.messages[:1]
    assert long.messages[1].parent_id == long.messages[0].message_id


def test_thinking() -> None:
    """The trace with its time, the steps with their headers, and what was found on the way."""
    page = {"url": "https://t.example", "title": "Tea [1]", "preview": "All about tea"}

    shown = parts(
        "Green.",
        thinking_trace="Hm.",
        thinking_start_time="2025-06-21T19:28:21Z",
        thinking_end_time="2025-06-21T19:28:24Z",
        steps=[{"tagged_text": {"header": "Search", "summary": "Teas"}}, {"text": ["More"]}],
        web_search_results=[page],
        xpost_ids=["17"],
        webpage_urls=["https://w.example"],
    )

    assert shown == (
        Thinking(text="Hm.", seconds=3.0),
        Thinking(title="Search", text="Teas"),
        Thinking(text="More"),
        _found("web_search", "- [Tea (1)](<https://t.example>)"),
        _found("x_search", "- [X post 17](<https://x.com/i/status/17>)"),
        _found("web_pages", "- [https://w.example](<https://w.example>)"),
        Text(text="Green."),
    )


def _found(name: str, output: str) -> ToolResult:
    return ToolResult(name=name, output=output, language="markdown")


def test_cards_become_citations() -> None:
    """Where the tag stood; what is cited nowhere in particular stands at the end."""
    source = Source(title="Tea", url="https://t.example")
    other = {"url": "https://o.example", "title": "Other"}

    (said,) = parts(
        f"Green{render('k1')} tea.{render('unknown')}",
        card_attachments_json=[card("k1", url=source.url, title="Tea")],
        cited_web_search_results=[{"url": source.url}, other],
    )

    assert said == Text(
        text="Green tea.",
        citations=(
            Citation(at=5, sources=(source,)),
            Citation(at=10, sources=(Source(title="Other", url="https://o.example"),)),
        ),
    )


def test_artifacts() -> None:
    """A document stands between the texts around it."""
    tag = '<xaiArtifact artifact_id="a1" title="Plan" contentType="text/python">'

    assert parts(f"Here:{tag}\nx = 1\n</xaiArtifact>Done.") == (
        Text(text="Here:"),
        Artifact(artifact_id="a1", title="Plan", language="python", text="x = 1"),
        Text(text="Done."),
    )


@pytest.mark.parametrize(
    "said", ["<xaiArtifact a>open", "<grok:render x>open", "a < b </xaiArtifact>"]
)
def test_tags_without_end_are_text(said: str) -> None:
    """Nothing is lost."""
    assert parts(said) == (Text(text=said),)


@pytest.mark.parametrize(
    "tag", ["<grok:render a>", "<xaiArtifact a>", "<xaiArtifact ", "<grok:render "]
)
def test_many_tags_without_end_are_read_in_time(tag: str) -> None:
    """The work is in proportion to the text."""
    assert parts(tag * 20_000) == (Text(text=tag * 20_000),)


def test_files() -> None:
    """Uploads and pictures, each once, under the id of the file in the export."""
    url = f"users/u/generated/{UUID}/image.jpg"
    picture = card("p", image_chunk={"imageUuid": UUID, "imagePrompt": {"prompt": "A cup"}})

    assert parts(
        "See.",
        file_attachments=["f1", {"file_id": "f2", "file_name": "a.pdf"}],
        generated_image_urls=[url, "https://i.example/x.png"],
        card_attachments_json=[picture],
    )[1:] == (
        Attachment(ref="f1"),
        Attachment(ref="f2", name="a.pdf"),
        Attachment(ref=UUID),
        Attachment(ref="https://i.example/x.png"),
    )


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        (f"ttl/30d/export_data/u/prod-mc-asset-server/{UUID}/content", UUID),
        (f"prod-mc-asset-server/{UUID}", UUID),
        ("prod-mc-asset-server/readme", None),
        (f"other/{UUID}/content", None),
    ],
)
def test_which_members_are_files(name: str, ref: str | None) -> None:
    """Told by the folder they lie in."""
    assert PARSER.asset_ref(name) == ref


def test_an_answer_that_never_came() -> None:
    """An error is said; an empty answer is kept, hidden, for what stands below it."""
    assert parts("", error="Overloaded") == (Notice(kind="error", text="Overloaded"),)
    assert only("").hidden


def test_what_nobody_knows() -> None:
    """A message that is no text is shown as it came."""
    record = read(chat("c1", "T", response("r1", "human", {"x": 1})))

    assert record.messages[0].parts == (Unknown(kind="object", json='{"x":1}'),)
    assert record.unknowns == (UnknownKind(path="response.message", kind="object"),)


def test_a_project_is_a_note_of_its_own() -> None:
    """With its instructions."""
    value = project("w1", "Work", "Be brief.")
    found = detect(probe(dump(value)), (PARSER,))
    assert found is not None
    assert found[1].parse is not None

    (record,) = found[1].parse(Document(data=dump(value)))

    assert isinstance(record, Conversation)
    assert (record.head.kind, record.head.title) == ("project", "Work")
    assert record.messages[0].parts == (Context(title="Instructions", text="Be brief."),)


def test_nothing_at_all_is_a_problem() -> None:
    """No id, no messages."""
    (record,) = parse(Document(data=b'{"conversation":{},"responses":[]}'))

    assert isinstance(record, Problem)
    assert record.code == "conversation-without-id"


def test_responses_that_are_no_list_are_in_the_ledger() -> None:
    """What the vendor puts there one day is counted, and not passed over."""
    (record,) = parse(Document(data=b'{"conversation":{"id":"c1"},"responses":{"a":1}}'))

    assert isinstance(record, Conversation)
    assert record.unknowns == (UnknownKind(path="responses", kind="object"),)
