"""Which documents are Claude's, whoever else asks first, and what side files become."""

import chatgpt_exports
import pytest
from claude_ai_exports import (
    conversation,
    design_chat,
    dump,
    flat,
    linked,
    manifest,
    memory,
    project,
    user,
)
from claude_ai_records import read, records, shape_of

from polylogue.model import Artifact, Context, Conversation, Document, Problem, Text
from polylogue.parsers.base import detect
from polylogue.parsers.claude_ai import PARSER
from polylogue.parsers.claude_ai.conversation import parse
from polylogue.parsers.text import probe

CHAT = conversation("c1", "Tea", "Which?", "Green.")


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (CHAT, "conversation"),
        (flat(CHAT), "conversation"),
        (linked(CHAT), "conversation"),
        (conversation("c2", ""), "conversation"),
        (CHAT | {"project_uuid": "p1", "current_leaf_message_uuid": "c1-2"}, "conversation"),
        (design_chat("d1", "Poster", {"content": "Draw."}), "design-chat"),
        (project("p1", "Garden"), "project"),
        (project("p1", "Garden", docs=[]), "project"),
        (memory(), "memory"),
        ({"account_uuid": "a", "memory_files": []}, "memory"),
        (user(), "user"),
        (manifest(), "export-manifest"),
        ({"login_events": []}, "login-history"),
        ({"versions": [], "owner_account": "a", "active_version": "v"}, "published-artifact"),
    ],
)
def test_own_documents(value: object, shape: str) -> None:
    """Each document goes to its shape, although ChatGPT's parser is asked first."""
    assert shape_of(value) == f"claude-ai/{shape}"


@pytest.mark.parametrize(
    "value",
    [
        chatgpt_exports.conversation("c1", "Tea", "Which?"),
        {"conversation": {"id": "g"}, "responses": []},
        {"id": "d", "title": "T", "inserted_at": "", "mapping": {"root": {"fragments": []}}},
        {"sessionId": "s", "projectHash": "h", "messages": [], "uuid": "u", "project": "p"},
        {"chunkedPrompt": {"chunks": []}, "runSettings": {}},
        {"uuid": "u", "messages": [{"role": "user", "content": "hi"}]},
        {"uuid": "u", "name": "a package", "docs": "https://d.example"},
        {"uuid": "u", "type": "user", "message": {"role": "user"}, "sessionId": "s"},
        {"chat_messages": "no list", "uuid": "u"},
        {"chat_messages": [{"sender": "human"}]},
        {"data_files": ["a.csv"]},
        {"users": []},
        [],
        {},
    ],
)
def test_other_documents(value: object) -> None:
    """What belongs to others, or to nobody, is not claimed."""
    assert detect(probe(dump(value)), (PARSER,)) is None


def test_account_data_is_known_and_not_shown() -> None:
    """Users, logins and the manifest are known; nothing in them is to be shown."""
    assert records(user()) == records(manifest()) == records({"login_events": []}) == []


def test_head() -> None:
    """An API dump tells model, project, leaf and star; an export only name, times and account."""
    told = {"model": "claude-x", "is_starred": True, "current_leaf_message_uuid": "c1-2"}
    head = read(CHAT | told | {"project": {"uuid": "p1", "name": "Garden"}, "summary": "S."}).head

    assert (head.title, head.account, head.model, head.project) == (
        "Tea", "account-1", "claude-x", "Garden",
    )  # fmt: skip
    assert head.created_at == 1_750_000_000_000
    assert head.updated_at == 1_750_000_120_000
    assert head.current_id == "c1-2"
    assert head.url == "https://claude.ai/chat/c1"
    assert head.metadata == {"summary": "S.", "starred": True}
    assert read(CHAT).head.current_id == read(CHAT).head.project == ""


def test_a_source_may_know_the_id() -> None:
    """Without any id there is no conversation, but a source may give one."""
    data = dump({"name": "T", "chat_messages": []})

    (problem,) = parse(Document(data=data, name="a.json"))
    (known,) = parse(Document(data=data, conversation_id="x"))

    assert isinstance(problem, Problem)
    assert problem.code == "conversation-without-id"
    assert not isinstance(known, Problem)


# --- Projects and memories ------------------------------------------------------------------------


def test_project() -> None:
    """A project is a note: description, instructions, documents with their text."""
    note = read(project("p1", "Garden"))

    assert (note.conversation_id, note.head.kind, note.head.title) == (
        "project:p1",
        "project",
        "Garden",
    )
    assert note.head.account == "account-1"
    (message,) = note.messages
    assert message.role == "system"
    assert message.timestamp == note.head.updated_at == 1_750_000_005_000
    assert message.parts == (
        Text(text="What grows where."),
        Context(title="Instructions", text="Answer as a gardener."),
        Artifact(artifact_id="d1", title="beds.md", language="markdown", text="# Beds"),
    )


def test_a_changed_project_is_another_message() -> None:
    """A shorter version must not lose against a longer one; the same said again is the same."""
    (before,) = read(project("p1", "Garden")).messages
    (same,) = read(project("p1", "Garden", is_private=False)).messages
    (after,) = read(project("p1", "Garden", prompt_template="Be brief.")).messages

    assert before.message_id == same.message_id != after.message_id


def test_order_of_documents_plays_no_part() -> None:
    """Re-exports shuffle the documents of a project."""
    docs = [{"uuid": name, "filename": f"{name}.md", "content": name} for name in "abc"]

    assert read(project("p1", "G", docs=docs)) == read(project("p1", "G", docs=docs[::-1]))


def test_memory() -> None:
    """The memory of an account, with those of its projects under a heading."""
    note = read(memory(memory_files=[{"path": "/tea.md", "content": "Green."}]))

    assert (note.conversation_id, note.head.kind) == ("memory:account-1", "memory")
    (message,) = note.messages
    assert message.parts == (
        Text(text="**Work** Grows tea."),
        Artifact(artifact_id="/tea.md", title="/tea.md", language="markdown", text="Green."),
        Text(text="## Memories of projects"),
        Text(text="### Project p1\n\nFirst."),
        Text(text="### Project p2\n\nSecond."),
    )


def test_memory_has_the_time_of_its_file() -> None:
    """A memory tells no time of its own."""
    (record,) = records(memory(), modified_at=1_700_000_000_000)

    assert isinstance(record, Conversation)
    assert record.messages[0].timestamp == record.head.updated_at == 1_700_000_000_000
    assert read(memory()).messages[0].timestamp is None


def test_empty_notes_have_no_message() -> None:
    """A project or memory that says nothing takes nothing away."""
    bare = read(project("p1", "G", description="", prompt_template="", docs=[]))

    assert bare.messages == ()
    assert read(memory(conversations_memory="", project_memories={})).messages == ()


# --- Design chats ---------------------------------------------------------------------------------


def test_design_chat() -> None:
    """Blocks, calls with their output, attachments and changed files of a design chat."""
    blocks = [
        {"type": "thinking", "text": "Blue."},
        {"type": "tool_call", "toolCall": {"id": "t", "name": "look", "input": {}, "output": "ok"}},
        {"type": "user_interjection", "message": {"content": "Red!"}},
        {"type": "error", "message": "Timeout."},
        {"type": "text", "text": "Done."},
    ]
    person = {"authorName": "Ada", "authorAccountUuid": "account-1"}
    files = [{"id": "f", "name": "a.txt", "type": "text", "content": "words"}]
    chat = read(
        design_chat(
            "d1",
            "Poster",
            person | {"content": "Draw.", "attachments": files},
            {"contentBlocks": blocks, "turnChanges": {"created": ["a.html"], "edited": []}},
        )
    )

    asked, answered = chat.messages
    assert (chat.head.title, chat.head.project, chat.head.account) == (
        "Poster",
        "Poster",
        "account-1",
    )
    assert (asked.role, asked.author, asked.timestamp) == ("user", "Ada", 1_750_000_000_000)
    assert [type(part).__name__ for part in asked.parts] == ["Text", "Attachment"]
    assert answered.parent_id == asked.message_id
    assert [type(part).__name__ for part in answered.parts] == [
        "Thinking", "ToolCall", "ToolResult", "Notice", "Text", "Notice", "Text", "Notice",
    ]  # fmt: skip
    assert chat.unknowns == ()
