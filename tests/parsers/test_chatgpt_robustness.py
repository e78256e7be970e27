"""Whatever the JSON holds: nothing is raised, nothing is lost, and the order of keys plays no part."""

import contextlib
import copy
import random
from typing import Any

import pytest
from chatgpt_exports import Object, branch, code, conversation, dump, image, message, slim
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polylogue.model import Conversation, Document, Problem
from polylogue.parsers.chatgpt import PARSER
from polylogue.parsers.chatgpt.conversation import assemble, parse
from polylogue.parsers.chatgpt.wire import decode

FILE = "file-" + "Ab3" * 8


def rich() -> Object:
    """Return a conversation in which most of the format occurs."""
    cite = "\ue200cite\ue202turn0search3\ue201"
    text = f"Tea {cite} is hot."
    reference = {
        "type": "grouped_webpages",
        "matched_text": cite,
        "start_idx": 4,
        "end_idx": 4 + len(cite),
        "items": [{"title": "Tea", "url": "https://t.example", "pub_date": None}],
    }
    thought = {"summary": "Plan", "content": "First.", "chunks": [], "finished": True}
    report = {
        "messages": [{"image_url": f"file-service://{FILE}"}],
        "in_kernel_exception": {"name": "E", "args": ["a"]},
    }
    create = '{"name":"plan","type":"document","content":"one two"}'
    update = '{"updates":[{"pattern":"two","replacement":"2","multiple":false}]}'
    chat = conversation(
        "c1",
        "Tea",
        message("s", "system", ""),
        message(
            "ctx",
            "user",
            content={"content_type": "user_editable_context", "user_profile": "P"},
            metadata={"is_visually_hidden_from_conversation": True},
        ),
        message(
            "q",
            "user",
            image(FILE),
            "Which?",
            at=1,
            metadata={"attachments": [{"id": FILE, "name": "a.png", "mime_type": "image/png"}]},
        ),
        message("th", "assistant", content={"content_type": "thoughts", "thoughts": [thought]}),
        message(
            "rc",
            "assistant",
            content={"content_type": "reasoning_recap", "content": "Thought for 3s"},
            metadata={"finished_duration_sec": 3},
        ),
        message("py", "assistant", content=code("1/0", "python"), recipient="python"),
        message(
            "out",
            "tool",
            content={"content_type": "execution_output", "text": "boom"},
            name="python",
            metadata={"aggregate_result": report},
        ),
        message("cv", "assistant", content=code(create), recipient="canmore.create_textdoc"),
        message("cu", "assistant", content=code(update), recipient="canmore.update_textdoc"),
        message("a", "assistant", text, at=2, metadata={"content_references": [reference]}),
        message("w", "assistant", content={"content_type": "super_widget", "x": {"b": 1, "a": 2}}),
        gizmo_id="g-p-1",
        is_archived=True,
    )
    branch(chat, "a", "Another answer", "Why?")
    return chat


# --- The order of keys ----------------------------------------------------------------------------


def _shuffled(value: Any, order: random.Random) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, dict):
        pairs = list(value.items())
        order.shuffle(pairs)
        return {key: _shuffled(item, order) for key, item in pairs}
    return [_shuffled(item, order) for item in value] if isinstance(value, list) else value


@given(st.randoms(use_true_random=False), st.booleans())
def test_order_of_keys_plays_no_part(order: random.Random, thin: bool) -> None:
    """A re-export with other orders of keys and nodes gives equal records."""
    chat = slim(rich()) if thin else rich()

    assert _parse(_shuffled(chat, order)) == _parse(chat)


def test_parsing_twice_gives_the_same() -> None:
    """A parser has no memory."""
    assert _parse(rich()) == _parse(rich())


# --- Any JSON anywhere ----------------------------------------------------------------------------

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud83d", "\0", "text", "all", "root", "q", "\ue200cite\ue201", "{"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        inner: list[tuple[str | int, object]] = list(value.items())
    else:
        inner = list(enumerate(value)) if isinstance(value, list) else []
    return [(*path, key) for key, _ in inner] + [
        deeper for key, item in inner for deeper in _paths(item, (*path, key))
    ]


PATHS = _paths(rich())


def _mutate(chat: Object, path: tuple[str | int, ...], value: object) -> None:
    """Put `value` at `path`, unless an earlier change took away what stood there."""
    at: Any = chat
    with contextlib.suppress(LookupError, TypeError):
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=400)
@given(st.lists(st.tuples(st.sampled_from(PATHS), JSON), min_size=1, max_size=6))
def test_any_value_anywhere(changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    """Nothing is raised, and each message of the tree becomes a record or a named fold."""
    chat = copy.deepcopy(rich())
    for path, value in changes:
        _mutate(chat, path, copy.deepcopy(value))
    data = dump(chat)

    records = list(parse(Document(data=data)))

    assert len(records) == 1
    wire = decode(data)
    if isinstance(records[0], Conversation) and wire is not None:
        record, folds = assemble(wire)
        nodes = [node for node in (wire.mapping or {}).values() if node is not None]
        told = sum(node.message is not None for node in nodes)
        ids = [read.message_id for read in record.messages]
        assert record == records[0]
        assert len(ids) + folds.total() == told
        assert len(set(ids)) == len(ids)
        _parents_come_first(record)


def _parents_come_first(record: Conversation) -> None:
    seen: set[str | None] = {None}
    for read in record.messages:
        assert read.parent_id in seen
        seen.add(read.message_id)


@given(st.integers(0, len(dump(rich()))), st.binary(max_size=3))
def test_torn_and_overwritten_bytes(at: int, junk: bytes) -> None:
    """Broken bytes are a conversation or a problem, never an exception and never nothing."""
    data = dump(rich())

    for broken in (data[:at], data[:at] + junk + data[at + len(junk) :]):
        (record,) = parse(Document(data=broken, name="a.json"))
        assert isinstance(record, Conversation | Problem)


@given(JSON)
def test_side_files_never_raise(value: object) -> None:
    """Every shape's reader takes whatever it is given."""
    for shape in PARSER.shapes:
        if shape.parse is not None:
            list(shape.parse(Document(data=dump(value))))


@pytest.mark.parametrize("depth", [500, 100_000])
def test_depth(depth: int) -> None:
    """Nesting is bounded by words: the conversation, or a problem that says why not."""
    bomb = b"[" * depth + b"]" * depth
    data = dump(conversation("c1", "T", "One", x="BOMB")).replace(b'"BOMB"', bomb)

    (record,) = parse(Document(data=data))

    assert isinstance(record, Conversation | Problem)


def _parse(chat: Object) -> list[Any]:
    return list(parse(Document(data=dump(chat))))
