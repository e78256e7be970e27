"""The tree of a conversation: parents, order, the current path, folds, and the head."""

import copy

import pytest
from chatgpt_exports import ROOT, START, branch, conversation, dump, message, slim
from chatgpt_records import read, records

from polylogue.model import Conversation, Head, Problem, Text, Unknown
from polylogue.parsers.chatgpt.conversation import assemble
from polylogue.parsers.chatgpt.wire import decode


def _tree(chat: Conversation) -> list[tuple[str, str | None]]:
    return [(message.message_id, message.parent_id) for message in chat.messages]


def test_a_path() -> None:
    """Messages come in order, each below the one it answers; the empty root is no message."""
    chat = read(conversation("c1", "Tea", "Which?", "Green.", "Sure?"))

    assert _tree(chat) == [("c1-1", None), ("c1-2", "c1-1"), ("c1-3", "c1-2")]
    assert [message.role for message in chat.messages] == ["user", "assistant", "user"]
    assert [message.parts for message in chat.messages][1] == (Text(text="Green."),)
    assert [message.model for message in chat.messages] == ["", "gpt-4o", ""]
    assert chat.messages[0].timestamp == round((START + 60) * 1000)
    assert chat.head.current_id == "c1-3"


def test_branches_stay_apart() -> None:
    """Regenerated answers and edited prompts are siblings; the current leaf is told."""
    made = conversation("c1", "Tea", "Which?", "Green.", "Sure?", "Yes.")
    branch(made, "c1-2", "Black.")
    branch(made, "c1-3", "Really?", "No.")

    chat = read(made)

    assert _tree(chat) == [
        ("c1-1", None),
        ("c1-2", "c1-1"),
        ("c1-3", "c1-2"),
        ("c1-4", "c1-3"),
        ("c1-6", "c1-2"),
        ("c1-7", "c1-6"),
        ("c1-5", "c1-1"),
    ]
    assert chat.head.current_id == "c1-7"


def test_slim_tree_is_the_same() -> None:
    """Without `children`, `recipient`, `status` and metadata the tree is the same."""
    made = conversation("c1", "Tea", "Which?", "Green.", "Sure?", "Yes.")
    branch(made, "c1-3", "Really?", "No.")

    whole, thin = read(made), read(slim(made))

    assert _tree(thin) == _tree(whole)
    assert thin.head == whole.head
    assert [message.parts for message in thin.messages] == [m.parts for m in whole.messages]


def test_siblings_without_children_stand_by_time() -> None:
    """Where `children` does not order siblings, time does, and those without a time come last."""
    made = conversation("c1", "T", message("q", "user", "?", at=0))
    for key, at in (("b", None), ("d", 2.0), ("c", 1.0), ("a", None)):
        made["mapping"][key] = {
            "id": key,
            "parent": "q",
            "message": message(key, "assistant", key, at=at),
        }
    del made["mapping"]["q"]["children"]

    assert [message_id for message_id, _ in _tree(read(made))] == ["q", "c", "d", "a", "b"]


def test_current_node_is_lifted_to_a_message() -> None:
    """A current node without a message means the nearest message above it."""
    made = conversation("c1", "T", "One", message("empty", "assistant", ""))

    assert read(made).head.current_id == "c1-1"


@pytest.mark.parametrize("current", [None, "nowhere", 7, ROOT], ids=str)
def test_current_node_that_leads_nowhere(current: object) -> None:
    """Without a usable current node the leaf is left open."""
    chat = read(conversation("c1", "T", "One", "Two", current_node=current))

    assert chat.head.current_id == ""
    assert len(chat.messages) == 2


def test_messages_that_come_to_nothing_are_folded() -> None:
    """An empty message goes by name, and its children move up to the nearest ancestor."""
    made = conversation(
        "c1",
        "T",
        message("s", "system", ""),
        "Hello",
        message("memory", "assistant", content={"content_type": "model_editable_context"}),
        message("t", "tool", "", name="web.run"),
        message("a", "assistant", "Hi"),
    )

    wire = decode(dump(made))
    assert wire is not None
    chat, folds = assemble(wire)

    assert _tree(chat) == [("c1-2", None), ("a", "c1-2")]
    assert folds == {"empty": 3}


def test_several_roots_and_missing_parents() -> None:
    """A node whose parent does not exist is a root; so is one that is its own parent."""
    made = conversation("c1", "T", "One")
    for key, parent in (("x", "gone"), ("y", "y"), ("z", None)):
        made["mapping"][key] = {"id": key, "parent": parent, "message": message(key, "user", key)}

    assert sorted(_tree(read(made)), key=str) == [
        ("c1-1", None),
        ("x", None),
        ("y", None),
        ("z", None),
    ]


def test_a_cycle_is_cut() -> None:
    """Nodes that are their own ancestors are cut at the least of them, and all are kept."""
    made = conversation("c1", "T", "One")
    for key, parent in (("b", "d"), ("c", "b"), ("d", "c"), ("a", "c")):
        made["mapping"][key] = {"id": key, "parent": parent, "message": message(key, "user", key)}

    assert _tree(read(made)) == [
        ("c1-1", None),
        ("b", None),
        ("c", "b"),
        ("a", "c"),
        ("d", "c"),
    ]


def test_ids_that_repeat_are_told_apart() -> None:
    """A second message with the id of another is named by its node."""
    made = conversation("c1", "T", message("m", "user", "One"))
    made["mapping"]["n2"] = {"id": "n2", "parent": "m", "message": message("m", "user", "Two")}

    assert _tree(read(made)) == [("m", None), ("n2", "m")]


def test_node_id_stands_in_for_a_missing_message_id() -> None:
    """A message without an id has its node's."""
    made = conversation("c1", "T", "One")
    del made["mapping"]["c1-1"]["message"]["id"]

    assert _tree(read(made)) == [("c1-1", None)]


def test_long_chats_are_walked() -> None:
    """Depth costs no recursion: ten thousand turns are a path."""
    chat = read(conversation("c1", "T", *["word"] * 10_000))

    assert len(chat.messages) == 10_000
    assert chat.messages[-1].parent_id == chat.messages[-2].message_id


@pytest.mark.parametrize("mapping", [None, {}], ids=["null", "empty"])
def test_shells_are_conversations_without_messages(mapping: object) -> None:
    """A shell keeps its head and claims no messages."""
    made = conversation("c1", "T") | {"mapping": mapping}

    chat = read(made)

    assert chat.messages == ()
    assert chat.head.title == "T"


def test_metadata_may_be_absent() -> None:
    """A message without metadata is a message, and models stay with who has them."""
    made = slim(conversation("c1", "T", "One", "Two"))
    for node in made["mapping"].values():
        if node["message"]:
            node["message"].pop("metadata", None)

    chat = read(made)

    assert [message.model for message in chat.messages] == ["", ""]
    assert chat.head.model == "gpt-4o"


def test_times_may_be_null() -> None:
    """A message without a time has none, and keeps its place."""
    chat = read(conversation("c1", "T", message("a", "user", "One"), "Two"))

    assert [message.timestamp is None for message in chat.messages] == [True, False]


@pytest.mark.parametrize(
    ("fields", "head"),
    [
        ({"title": None}, {"title": ""}),
        ({"title": "  "}, {"title": ""}),
        ({"title": "New chat"}, {"title": "New chat"}),
        ({"title": 7}, {"title": ""}),
        ({"create_time": None}, {"created_at": None}),
        ({"create_time": "2025-06-15T12:00:00Z"}, {"created_at": 1749988800000}),
        ({"update_time": 1749988800.1239}, {"updated_at": 1749988800124}),
        ({"gizmo_id": "g-p-0a1b"}, {"project": "g-p-0a1b", "metadata": {}}),
        ({"gizmo_id": "g-abc"}, {"project": "", "metadata": {"custom_gpt": "g-abc"}}),
        (
            {"gizmo_id": "g-abc", "conversation_template_id": "g-p-0a1b"},
            {"project": "g-p-0a1b", "metadata": {"custom_gpt": "g-abc"}},
        ),
        (
            {"is_archived": True, "is_starred": True, "pinned_time": 1749988800.0},
            {"metadata": {"archived": True, "starred": True, "pinned": True}},
        ),
        (
            {"voice": "cove", "conversation_origin": "apple"},
            {"metadata": {"voice": "cove", "origin": "apple"}},
        ),
        ({"workspace_id": "w-1"}, {"account": "w-1"}),
        ({"owner": {"user_id": "u-1"}, "workspace_id": "w-1"}, {"account": "u-1"}),
        ({"default_model_slug": None}, {"model": ""}),
        ({"conversation_id": "a b/c"}, {"url": "https://chatgpt.com/c/a%20b%2Fc"}),
    ],
    ids=str,
)
def test_head(fields: dict[str, object], head: dict[str, object]) -> None:
    """The head says what this version knows, and nothing that it does not."""
    told = read(conversation("c1", "T", "One") | fields).head

    assert {key: getattr(told, key) for key in head} == head


def test_usual_head() -> None:
    """An ordinary conversation has no metadata at all."""
    assert read(conversation("c1", "Tea", "One")).head == Head(
        title="Tea",
        created_at=round(START * 1000),
        updated_at=round((START + 60) * 1000),
        model="gpt-4o",
        url="https://chatgpt.com/c/c1",
        current_id="c1-1",
    )


def test_one_bad_message_does_not_lose_the_rest() -> None:
    """A message that is no object is shown as such, counted, and the others are read."""
    made = conversation("c1", "T", "One", "Two", "Three")
    made["mapping"]["c1-2"]["message"] = ["not", "a", "message"]
    made["mapping"]["c1-3"]["message"]["author"] = "nobody"

    chat = read(made)

    assert _tree(chat) == [("c1-1", None), ("c1-2", "c1-1"), ("c1-3", "c1-2")]
    assert chat.messages[1].parts == (Unknown(kind="array", json='["not","a","message"]'),)
    assert chat.messages[2].role == "tool"
    assert [(u.path, u.kind) for u in chat.unknowns] == [("message.content", "array")]


def test_loose_reading_equals_strict_reading() -> None:
    """Where one node breaks the skeleton, the others come out as they would have without it."""
    made = conversation("c1", "T", "One", "Two", message("x", "assistant", "Three"))
    strict = read(made)
    broken = copy.deepcopy(made)
    broken["mapping"]["odd"] = {"id": "odd", "parent": "x", "message": {"metadata": 7}}

    assert read(broken).messages == strict.messages


@pytest.mark.parametrize(
    ("chat", "code"),
    [
        ({"id": "", "current_node": "n", "mapping": {}}, "conversation-without-id"),
        ({"id": None, "title": "T", "create_time": 1, "mapping": {}}, "conversation-without-id"),
    ],
    ids=["blank", "null"],
)
def test_without_an_id_there_is_no_conversation(chat: object, code: str) -> None:
    """An id is never invented: a conversation without one is a problem."""
    (problem,) = records(chat)

    assert isinstance(problem, Problem)
    assert problem.code == code
