"""DeepSeek: fragments, nodes that are two messages, and a tree of which only parents are true."""

import pytest
from chatgpt_exports import dump
from deepseek_exports import (
    USER,
    Object,
    answer,
    chat,
    file,
    fragment,
    node,
    request,
    response,
    search,
    think,
)

from polylogue.model import (
    Attachment,
    Citation,
    Conversation,
    Document,
    Part,
    Problem,
    Source,
    Text,
    Thinking,
    ToolResult,
    Unknown,
    UnknownKind,
)
from polylogue.parsers import PARSERS
from polylogue.parsers.base import detect
from polylogue.parsers.deepseek import PARSER, parse, parse_answer
from polylogue.parsers.text import probe, to_ms


def read(*nodes: Object) -> Conversation:
    """Return the conversation in a chat of these nodes."""
    (record,) = parse(Document(data=dump(chat("c1", "Tea", *nodes))))
    assert isinstance(record, Conversation)
    return record


def parts(*fragments: object) -> tuple[Part, ...]:
    """Return the parts of one message of these fragments."""
    (message,) = read(node("1", "root", *fragments)).messages
    return message.parts


def test_a_chat() -> None:
    """Question and answer; the answer was stamped first, and stands behind all the same."""
    record = read(
        node("1", "root", request("Which tea?"), at="10:00:01.500"),
        node("2", "1", response("Green."), at="10:00:01.400"),
    )

    question, reply = record.messages
    assert (record.provider, record.conversation_id) == ("deepseek", "c1")
    assert (record.head.title, record.head.current_id) == ("Tea", "2")
    assert record.head.created_at == to_ms("2025-03-01T02:00:00Z")
    assert (question.role, question.parent_id, question.model) == ("user", None, "")
    assert (reply.role, reply.parent_id, reply.model) == ("assistant", "1", "deepseek-chat")
    assert question.timestamp == to_ms("2025-03-01T02:00:01.5Z")
    assert (question.parts, reply.parts) == ((Text(text="Which tea?"),), (Text(text="Green."),))


def test_one_node_may_be_two_messages() -> None:
    """Question and answer in one; what follows answers the answer."""
    record = read(
        node("1", "root", request("Which?"), think("Hm."), response("Green.")),
        node("2", "1", request("Why?")),
    )

    assert [(each.message_id, each.role, each.parent_id) for each in record.messages] == [
        ("1", "user", None),
        ("1/answer", "assistant", "1"),
        ("2", "user", "1/answer"),
    ]


def test_the_newest_leaf_was_shown_last() -> None:
    """The export does not say so itself."""
    record = read(
        node("1", "root", request("Which?")),
        node("2", "1", response("Green."), at="10:01:00.000"),
        node("10", "1", response("Black."), at="10:03:00.000"),
        node("3", "1", response("White."), at="10:02:00.000"),
    )

    assert [each.message_id for each in record.messages] == ["1", "2", "3", "10"]
    assert record.head.current_id == "10"


def test_what_hangs_from_an_empty_node_moves_up() -> None:
    """However many there are, and also when they go in circles."""
    empty = [node(str(at), str(at - 1)) for at in range(2, 5)]
    record = read(node("1", "root", request("?")), *empty, node("5", "4", response("!")))
    circle = read(node("1", "2"), node("2", "1"), node("3", "2", request("?")))

    assert record.messages[1].parent_id == "1"
    assert {(fold.kind, fold.count) for fold in record.folds} == {("empty", 3), ("node", 1)}
    assert circle.messages[0].parent_id is None


def test_thinking_and_files() -> None:
    """With the time it took; a file that the export names only."""
    assert parts(think("Hm.", 2.5), response("Green.")) == (
        Thinking(text="Hm.", seconds=2.5),
        Text(text="Green."),
    )
    assert parts(file("f1", "a.pdf", 7), request("Read")) == (
        Attachment(ref="f1", name="a.pdf", size=7),
        Text(text="Read"),
    )


@pytest.mark.parametrize("kind", ["SEARCH", "TOOL_SEARCH", "TOOL_OPEN"])
def test_citations_name_what_was_found(kind: str) -> None:
    """By the number of the page; a number that no page has stays in the text."""
    found, said = parts(
        search("https://a.example", "https://b.example", kind=kind),
        response("Green[citation:2] tea[citation:9]."),
    )

    links = "- [Page 1](<https://a.example>)\n- [Page 2](<https://b.example>)"
    source = Source(title="Page 2", url="https://b.example", quote="…")
    assert found == ToolResult(name=kind.lower(), output=links, language="markdown")
    assert said == Text(
        text="Green tea[citation:9].", citations=(Citation(at=5, sources=(source,)),)
    )


def test_what_nobody_knows() -> None:
    """New fragments, and contents that are no text, are shown as they came and counted."""
    record = read(
        node("1", "root", fragment("DREAM", "x"), response("a"), fragment("THINK", [1]), 7)
    )

    assert record.unknowns == (
        UnknownKind(path="fragment.content", kind="array"),
        UnknownKind(path="fragment.type", kind="DREAM"),
        UnknownKind(path="fragment.type", kind="object"),
    )
    assert record.messages[0].parts[2] == Unknown(kind="array", json="[1]")


def test_an_answer_of_the_api() -> None:
    """Fields in the stead of fragments, numbers for ids and times."""
    value = answer(
        "c1",
        {"message_id": 1, "parent_id": None, "role": "USER", "content": "Which?"},
        {
            "message_id": 2,
            "parent_id": 1,
            "role": "ASSISTANT",
            "content": "Green.",
            "thinking_content": "Hm.",
            "thinking_elapsed_secs": 3,
            "search_results": [{"url": "https://a.example", "title": "A"}],
            "status": "INCOMPLETE",
        },
    )

    (record,) = parse_answer(Document(data=dump(value)))

    assert isinstance(record, Conversation)
    question, reply = record.messages
    assert (record.conversation_id, question.role, reply.parent_id) == ("c1", "user", "1")
    assert reply.parts[1:] == (Thinking(text="Hm.", seconds=3.0), Text(text="Green."))
    assert reply.metadata == {"status": "INCOMPLETE"}


def test_a_chat_without_id_is_a_problem() -> None:
    """Nothing else tells it from others."""
    (record,) = parse(Document(data=dump(chat("", "Tea"))))

    assert isinstance(record, Problem)
    assert record.code == "conversation-without-id"


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (chat("c1", "T", node("1", "root", request("?"))), "conversation"),
        (chat("c1", "T"), "conversation"),
        (answer("c1"), "api-answer"),
        (USER, "user"),
    ],
)
def test_it_is_not_taken_for_another_provider(value: Object, shape: str) -> None:
    """ChatGPT has a mapping and Claude chat messages, too."""
    found = detect(probe(dump(value)), PARSERS)

    assert found is not None
    assert (found[0], found[1].name) == (PARSER, shape)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b'{"id": "c1", "inserted_at": "", "mapping": [{"id": "1"}]}', "mapping"),
        (
            b'{"data": {"biz_data": {"chat_session": {"id": "c1"}, "chat_messages": ["x"]}}}',
            "chat_messages",
        ),
    ],
)
def test_messages_of_another_type_are_in_the_ledger(data: bytes, path: str) -> None:
    """What the vendor puts there one day is counted, and not passed over."""
    found = detect(probe(data), (PARSER,))
    assert found is not None
    assert found[1].parse is not None
    (record,) = found[1].parse(Document(data=data))

    assert isinstance(record, Conversation)
    assert [unknown.path for unknown in record.unknowns] == [path]
