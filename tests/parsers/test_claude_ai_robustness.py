"""Whatever the JSON holds: nothing is raised, nothing is lost, and the order of keys plays no part."""

import contextlib
import copy
import random
from typing import Any

import pytest
from claude_ai_exports import (
    Object,
    answer,
    artifact,
    call,
    citation,
    conversation,
    design_chat,
    dump,
    linked,
    memory,
    message,
    page,
    project,
    said,
    thought,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polylogue.model import Conversation, Document, Parsed, Part, Problem, Unknown
from polylogue.parsers.base import detect
from polylogue.parsers.claude_ai import PARSER
from polylogue.parsers.text import decode_tolerant, probe

_HURRY = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=100)


def rich() -> Object:
    """Return a conversation in which most of the format occurs."""
    found = answer("web_search", page("Tea", "https://t.example", "Hot."))
    pasted = {"file_name": "a.txt", "file_size": 3, "file_type": "txt", "extracted_content": "abc"}
    return linked(
        conversation(
            "c1",
            "Tea",
            message("q", "human", "Which?", attachments=[pasted], files=[{"file_name": "a.png"}]),
            message(
                "a",
                "assistant",
                thought("Hm.", "Pondering"),
                call("web_search", {"query": "tea"}),
                found,
                said("Tea is hot.", citation("https://t.example", 0, 11)),
                artifact("create", "plan", title="Plan", type="text/markdown", content="one two"),
                answer("artifacts", "OK"),
                artifact("update", "plan", old_str="two", new_str="2"),
                answer("artifacts", "OK"),
                call("create_file", {"path": "/a.py", "file_text": "x"}, "t1"),
                answer("create_file", "done", call_id="t1"),
                call("bash_tool", {"command": "ls", "description": "List"}, "t2"),
                answer("bash_tool", '{"returncode":1,"stdout":"a"}', call_id="t2", is_error=True),
                {"type": "voice_note", "title": "V", "text": "words"},
                {"type": "token_budget", "remaining": None},
                {"type": "hologram", "x": {"b": 1, "a": 2}},
            ),
            message("b", "assistant", "Or this.", parent_message_uuid="q"),
            message(
                "old", "assistant", text='<antArtifact identifier="p">x</antArtifact>', content=[]
            ),
        )
    )


def design() -> Object:
    """Return a design chat."""
    tool = {"type": "tool_call", "toolCall": {"id": "t", "name": "n", "input": {}, "output": "o"}}
    blocks = [{"type": "text", "text": "Hi."}, tool, {"type": "user_interjection", "message": "No"}]
    answered = {"contentBlocks": blocks, "turnChanges": {"created": ["a"]}}
    return design_chat(
        "d1", "Poster", {"content": "Draw.", "attachments": [{"name": "a"}]}, answered
    )


DOCUMENTS = [rich(), design(), project("p1", "Garden"), memory(memory_files=[{"path": "/a.md"}])]


def _parse(data: bytes) -> list[Parsed]:
    """Parse the document as the engine does; what nobody claims has no records."""
    found = detect(probe(data), (PARSER,))
    if found is None or found[1].parse is None:
        return []
    return list(found[1].parse(Document(data=data, name="a.json")))


# --- The order of keys ----------------------------------------------------------------------------


def _shuffled(value: Any, order: random.Random) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, dict):
        pairs = list(value.items())
        order.shuffle(pairs)
        return {key: _shuffled(item, order) for key, item in pairs}
    return [_shuffled(item, order) for item in value] if isinstance(value, list) else value


@_HURRY
@given(st.randoms(use_true_random=False), st.sampled_from(DOCUMENTS))
def test_order_of_keys_plays_no_part(order: random.Random, value: Object) -> None:
    """A re-export with other orders of keys gives equal records."""
    assert _parse(dump(_shuffled(value, order))) == _parse(dump(value)) != []


# --- Any JSON anywhere ----------------------------------------------------------------------------

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["\ud83d", "\0", "text", "tool_use", "tool_result", "q", "a", "<antThinking>"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "content", "name", "uuid", "input", "path", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        inner: list[tuple[str | int, object]] = list(value.items())
    else:
        inner = list(enumerate(value)) if isinstance(value, list) else []
    return [(*path, key) for key, _ in inner] + [
        deeper for key, item in inner for deeper in _paths(item, (*path, key))
    ]


def _mutate(chat: Object, path: tuple[str | int, ...], value: object) -> None:
    """Put `value` at `path`, unless an earlier change took away what stood there."""
    at: Any = chat
    with contextlib.suppress(LookupError, TypeError):
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value


@_HURRY
@given(st.lists(st.tuples(st.sampled_from(_paths(rich())), JSON), min_size=1, max_size=6))
def test_any_value_anywhere(changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    """Nothing is raised, and every message is a record, a fold or in the ledger."""
    chat = copy.deepcopy(rich())
    for path, value in changes:
        _mutate(chat, path, copy.deepcopy(value))

    for record in _parse(dump(chat)):
        if isinstance(record, Conversation):
            _everything_is_told(record, decode_tolerant(dump(chat)))


def _everything_is_told(record: Conversation, chat: Object) -> None:
    ids = [one.message_id for one in record.messages]
    folds = {fold.kind: fold.count for fold in record.folds}
    strange = sum(one.count for one in record.unknowns if one.path == "chat_messages")
    folded = folds.get("blank-message", 0) + folds.get("repeated-message", 0)
    assert len(ids) + folded + strange == len(chat["chat_messages"])
    assert len(set(ids)) == len(ids)
    assert _unknown(record) == sum(one.count for one in record.unknowns) - strange


def _unknown(record: Conversation) -> int:
    return sum(isinstance(part, Unknown) for one in record.messages for part in one.parts)


@_HURRY
@given(st.sampled_from(DOCUMENTS[1:]), st.data())
def test_any_value_anywhere_in_other_documents(value: Object, data: st.DataObject) -> None:
    """Design chats, projects and memories never raise, either."""
    broken = copy.deepcopy(value)
    for path in data.draw(st.lists(st.sampled_from(_paths(value)), min_size=1, max_size=4)):
        _mutate(broken, path, data.draw(JSON))

    assert all(isinstance(one, Parsed) for one in _parse(dump(broken)))


@_HURRY
@given(st.sampled_from(DOCUMENTS), st.floats(0, 1), st.binary(max_size=3))
def test_torn_and_overwritten_bytes(value: Object, where: float, junk: bytes) -> None:
    """Broken bytes are a conversation or a problem, never an exception and never nothing."""
    data = dump(value)
    at = int(where * len(data))
    found = detect(probe(data), (PARSER,))
    assert found is not None
    assert found[1].parse is not None

    for broken in (data[:at], data[:at] + junk + data[at + len(junk) :]):
        (record, *_) = found[1].parse(Document(data=broken, name="a.json"))
        assert isinstance(record, Conversation | Problem)


@_HURRY
@given(JSON)
def test_no_reader_raises(value: object) -> None:
    """Every shape's reader takes whatever it is given."""
    for shape in PARSER.shapes:
        if shape.parse is not None:
            list(shape.parse(Document(data=dump(value))))


@pytest.mark.parametrize("depth", [500, 100_000])
def test_depth(depth: int) -> None:
    """Nesting is bounded by words: the conversation, or a problem that says why not."""
    bomb = b"[" * depth + b"]" * depth
    for bombed in (call("x", {"y": "BOMB"}), {"type": "new", "x": "BOMB"}, answer("x", "BOMB")):
        chat = conversation("c1", "T", message("m", "assistant", bombed))
        (record, *_) = _parse(dump(chat).replace(b'"BOMB"', bomb)) or [Problem(code="", text="")]
        assert isinstance(record, Conversation | Problem)


# --- Each block is told ---------------------------------------------------------------------------


def test_each_block_is_a_part_or_a_fold() -> None:
    """Of the rich answer's fifteen blocks none is without a trace."""
    (record,) = _parse(dump(rich()))
    assert isinstance(record, Conversation)
    parts: tuple[Part, ...] = next(one for one in record.messages if one.message_id == "a").parts
    folds = {fold.kind: fold.count for fold in record.folds}

    assert [type(part).__name__ for part in parts] == [
        "Thinking", "ToolCall", "ToolResult", "Text", "Artifact", "Artifact", "Artifact",
        "ToolCall", "ToolResult", "Notice", "Text", "Unknown",
    ]  # fmt: skip
    assert folds == {"result-of-a-change": 3, "token_budget": 1}


def test_work_is_linear_in_hostile_answers() -> None:
    """Thousands of open tags, calls without answers, and updates that match nothing end soon."""
    tags = "<antThinking>" * 20_000 + "<antArtifact identifier=" * 20_000
    calls = [call("a", {"n": 1}) for _ in range(5_000)]
    wrong = [artifact("update", "d", old_str="zz", new_str="") for _ in range(500)]
    create = artifact("create", "d", content="z " * 500_000)

    for blocks in ([tags], [*calls, *([answer("a", "x")] * 5_000)], [create, *wrong]):
        (record,) = _parse(dump(conversation("c1", "T", message("m", "assistant", *blocks))))
        assert isinstance(record, Conversation)
        assert record.messages[0].parts
