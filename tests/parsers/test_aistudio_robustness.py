"""AI Studio prompts that are broken, shuffled or somebody else's: nothing is raised, nothing lost."""

import copy
import json
import random
from typing import Any

import pytest
from aistudio_prompts import dump, read, rich
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polylogue.model import Blob, Conversation, Document, Problem
from polylogue.parsers.aistudio import PARSER
from polylogue.parsers.aistudio.prompt import parse
from polylogue.parsers.base import detect
from polylogue.parsers.text import probe

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud83d", "\0", "model", "prompts/", "x" * 50, "QUJD"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def _shuffled(value: Any, order: random.Random) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, dict):
        pairs = list(value.items())
        order.shuffle(pairs)
        return {key: _shuffled(item, order) for key, item in pairs}
    return [_shuffled(item, order) for item in value] if isinstance(value, list) else value


def _places(value: object) -> list[tuple[Any, Any]]:
    """Return each (container, key) in `value`."""
    if isinstance(value, dict):
        inner: list[tuple[Any, object]] = list(value.items())
    else:
        inner = list(enumerate(value)) if isinstance(value, list) else []
    return [place for key, item in inner for place in [(value, key), *_places(item)]]


@settings(max_examples=50)
@given(st.randoms(use_true_random=False))
def test_order_of_keys_plays_no_part(order: random.Random) -> None:
    """The same prompt with its keys in another order gives equal records."""
    assert read(_shuffled(rich(), order)) == read(rich())


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_value_anywhere(data: st.DataObject) -> None:
    """Whatever stands where it should not: records come, and can be written as JSON."""
    told = copy.deepcopy(rich())
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(_places(told)))
        container[key] = data.draw(JSON)
    chunks = told.get("chunkedPrompt")
    count = (
        len(chunks["chunks"])
        if isinstance(chunks, dict) and isinstance(chunks.get("chunks"), list)
        else None
    )
    for record in parse(Document(data=dump(told), conversation_id="d")):
        assert isinstance(record, Conversation | Blob | Problem)
        if isinstance(record, Conversation):
            ids = [message.message_id for message in record.messages]
            own = [one for one in ids if one not in {"system-instruction", "draft"}]
            folds = sum(fold.count for fold in record.folds)
            json.dumps([str(record)]).encode()
            str(record).encode()
            assert len(set(ids)) == len(ids)
            assert count is None or len(own) + folds == count


@settings(max_examples=100)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.binary(max_size=4))
def test_damaged_bytes_never_raise(start: int, size: int, junk: bytes) -> None:
    """Cut off or overwritten anywhere, a prompt is read or reported."""
    data = dump(rich())
    start %= len(data)
    damaged = data[:start] + junk + (data[start + size :] if size % 2 else b"")
    for record in parse(Document(data=damaged, conversation_id="d")):
        assert isinstance(record, Conversation | Blob | Problem)


@pytest.mark.parametrize(
    "value",
    [
        {"mapping": {}, "id": "x", "title": "x", "create_time": 1},
        {"chat_messages": [], "uuid": "x"},
        {"sessionId": "x", "projectHash": "y", "messages": []},
        {"header": "Gemini Apps", "title": "Prompted x", "time": "t", "products": ["Gemini Apps"]},
        {"messages": [{"role": "model", "parts": []}]},
        {"runSettings": {}},
        {},
    ],
    ids=str,
)
def test_other_documents_are_left_alone(value: object) -> None:
    """No document of another provider is claimed."""
    assert detect(probe(dump(value)), (PARSER,)) is None
