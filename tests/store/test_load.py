"""Reading back: a conversation comes out of the rows as the records that went in."""

import sqlite3

import pytest
from archives import bring, memory, sha, tell
from hypothesis import given
from hypothesis import strategies as st
from records import chain, conversation, message

from polylogue.model import (
    Artifact,
    Attachment,
    Citation,
    Context,
    Conversation,
    Feedback,
    Head,
    Message,
    Notice,
    Part,
    Quote,
    Source,
    StoredConversation,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from polylogue.store.feedback import add_feedback
from polylogue.store.load import find, load

_SOURCE = Source(title="A page", url="https://example.org", ref="turn0", quote="so it is")
_PARTS: tuple[Part, ...] = (
    Text(text="**hi** 👩‍💻 \u2028 e\u0301", citations=(Citation(at=2, sources=(_SOURCE,)),)),
    Thinking(text="hm", title="Considering", seconds=1.5),
    ToolCall(name="python", input="print(1)\n", language="python", call_id="c"),
    ToolResult(name="python", output="1", call_id="c", is_error=True, exit_code=2),
    Attachment(ref="f", name="a.png", mime_type="image/png", size=3, width=1, caption="A cat"),
    Artifact(artifact_id="doc", title="Draft", language="html", version=3, text="<p>"),
    Quote(text="said elsewhere", source=_SOURCE),
    Context(title="Instructions", text="Be brief."),
    Notice(kind="error", text="It broke."),
    Unknown(kind="hologram", json='{"a": [1, null]}'),
)


def only(connection: sqlite3.Connection) -> StoredConversation:
    """Return the one conversation of the archive."""
    ((row_id,),) = connection.execute("SELECT id FROM conversations").fetchall()
    return load(connection, row_id)


@pytest.mark.parametrize("part", _PARTS, ids=lambda part: type(part).__name__)
def test_every_kind_of_part_comes_back(part: Part) -> None:
    """A part of each kind is the same after it went through the rows."""
    connection = memory()
    tell(connection, conversation(message("m", [part])))

    assert only(connection).messages[0].message.parts == (part,)


def test_a_whole_message_comes_back() -> None:
    """All fields of a message and the order of its parts are kept."""
    said = Message(
        message_id="m",
        parent_id="gone",
        role="tool",
        parts=_PARTS,
        author="browser",
        model="gpt",
        timestamp=1_700_000_000_123,
        hidden=True,
        metadata={"tokens": 3, "nested": {"b": [1.5, None], "a": "ü"}},
    )
    connection = memory()
    tell(connection, conversation(said))

    assert only(connection).messages[0].message == said


def test_a_whole_head_comes_back() -> None:
    """Everything that a version says of its conversation is kept."""
    head = Head(
        title="T",
        created_at=1,
        updated_at=2,
        account="me",
        project="p",
        model="m",
        url="u",
        current_id="c",
        metadata={"starred": True},
    )
    connection = memory()
    tell(connection, Conversation(provider="grok", conversation_id="id", head=head))

    stored = only(connection)
    assert stored == StoredConversation(provider="grok", conversation_id="id", head=head)


_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(_TEXT, max_size=4), _TEXT)
def test_all_text_comes_back(texts: list[str], title: str) -> None:
    """Any Unicode text in messages and titles is kept to the code point."""
    connection = memory()
    messages = chain(*texts)
    tell(connection, conversation(*messages, title=title))

    stored = only(connection)
    assert tuple(item.message for item in stored.messages) == messages
    assert stored.head.title == title


def test_messages_come_by_branch_and_position() -> None:
    """The path taken comes first, from top to bottom; then each other branch."""
    connection = memory()
    nodes = (
        message("old", "b", parent="root", timestamp=2),
        message("new", "c", parent="root", timestamp=3),
        message("root", "a", timestamp=1),
    )
    tell(connection, conversation(*nodes, current_id="old"))

    placed = [
        (item.message.message_id, item.branch, item.position) for item in only(connection).messages
    ]
    assert placed == [("root", 0, 0), ("old", 0, 1), ("new", 1, 1)]


def test_attachments_run_parallel_to_their_parts() -> None:
    """Each attachment part has its stored file, in the order of the parts, stored or not."""
    connection = memory()
    parts: list[Part] = [
        Attachment(ref="lost", name="lost.pdf"),
        Text(text="and"),
        Attachment(ref="kept", name="kept.png"),
        Attachment(name="nameless"),
    ]
    tell(connection, conversation(message("m", parts), message("n", "none", parent="m")))
    bring(connection, "kept", b"a picture")

    first, second = only(connection).messages

    assert [(file.status, file.name) for file in first.attachments] == [
        ("not_in_export", "lost.pdf"),
        ("stored", "kept.png"),
        ("not_in_export", "nameless"),
    ]
    kept = first.attachments[1]
    assert (kept.mime_type, kept.size, kept.sha256) == ("image/png", 9, sha(b"a picture"))
    assert second.attachments == ()


def test_feedback_comes_with_its_message() -> None:
    """A thumb is found at the message that it is about, and at no other provider's."""
    connection = memory()
    thumb = Feedback(message_id="m1", rating="up", comment="good", created_at=5)
    add_feedback(connection, "chatgpt", thumb)
    add_feedback(connection, "grok", Feedback(message_id="m0", rating="down"))
    tell(connection, conversation(*chain("hello", "hi")))

    assert [item.feedback for item in only(connection).messages] == [None, thumb]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param("abc-1", {"abc-1"}, id="a-whole-id"),
        pytest.param("abc", {"abc-1", "abc-2"}, id="the-beginning-of-ids"),
        pytest.param("how-lamps-work", {"x%y"}, id="a-slug"),
        pytest.param("how-lamps", set(), id="the-beginning-of-a-slug"),
        pytest.param("x%", {"x%y"}, id="a-percent-sign"),
        pytest.param("%", set(), id="no-pattern"),
        pytest.param("_", set(), id="no-wildcard"),
        pytest.param("a" * 100_000, set(), id="a-long-one"),
        pytest.param("abc\0", set(), id="nul"),
        pytest.param("abc\udcff", set(), id="not-unicode"),
    ],
)
def test_conversations_are_found_by_id_or_slug(wanted: str, expected: set[str]) -> None:
    """The beginning of an id or a whole slug names conversations; nothing in it is a pattern."""
    connection = memory()
    tell(connection, conversation(conversation_id="abc-1"))
    tell(connection, conversation(conversation_id="abc-2"))
    tell(connection, conversation(conversation_id="x%y", title="How lamps work"))

    found = {load(connection, row_id).conversation_id for row_id in find(connection, wanted)}
    assert found == expected


def test_the_very_id_comes_first() -> None:
    """Among ids that begin alike, the one that was asked for is the first."""
    connection = memory()
    for conversation_id in ("12", "13", "1", "10"):
        tell(connection, conversation(conversation_id=conversation_id))

    found = [load(connection, row_id).conversation_id for row_id in find(connection, "1")]
    assert found == ["1", "12", "13", "10"]
