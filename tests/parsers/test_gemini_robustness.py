"""Records of activity that are broken, shuffled or of another product: nothing is raised."""

import random
from typing import Any

import pytest
from gemini_takeout import CHAT, FILE, OTHER_CHAT, Object, cell, dump, found, page, parsed, record
from hypothesis import given, settings
from hypothesis import strategies as st

from polylogue.model import Conversation, Document, Problem
from polylogue.parsers.base import detect
from polylogue.parsers.gemini import PARSER
from polylogue.parsers.gemini import page as page_module
from polylogue.parsers.gemini import record as record_module
from polylogue.parsers.text import probe

ANSWER = "<p>a <b>b</b></p><ul><li>c</li></ul><pre><code>d</code></pre>"

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud83d", "\0", "Prompted x", CHAT, ANSWER]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def rich() -> Object:
    """Return a record in which most of the format occurs."""
    return record(
        "Which tea?",
        ANSWER,
        "<p>e</p>",
        chats=(CHAT, OTHER_CHAT),
        subtitles=[{"name": "Attached 1 file."}, {"name": "-  tea.png", "url": f"{FILE}.png"}],
        attachedFiles=[f"{FILE}.png", "b.pdf"],
        imageFile=f"{FILE}.png",
        audioFiles=["c.m4a"],
        titleUrl="https://gemini.google.com/",
    )


@settings(max_examples=50)
@given(st.randoms(use_true_random=False))
def test_order_of_keys_plays_no_part(order: random.Random) -> None:
    """The same record with its keys in another order gives equal records."""
    pairs = list(rich().items())
    order.shuffle(pairs)

    assert parsed(dict(pairs)) == parsed(rich())


@settings(max_examples=100)
@given(st.sampled_from(sorted(rich())), JSON)
def test_any_value_anywhere(key: str, value: object) -> None:
    """Whatever stands where it should not, something comes that can be written."""
    told = rich() | {key: value}
    records = list(record_module.parse(Document(data=dump(told))))

    assert records
    for one in records:
        assert isinstance(one, Conversation | Problem)
        str(one).encode()


@settings(max_examples=100)
@given(st.integers(0, 10_000), st.integers(0, 400), st.binary(max_size=4))
def test_damaged_bytes_never_raise(start: int, size: int, junk: bytes) -> None:
    """Cut off or overwritten anywhere, a record is read or reported, in either form."""
    readers = (
        (record_module.parse, dump(rich())),
        (page_module.parse, cell("x", ANSWER, chats=(CHAT,)).encode()),
    )
    for parse, data in readers:
        at = start % len(data)
        damaged = data[:at] + junk + (data[at + size :] if size else b"")
        for one in parse(Document(data=damaged)):
            assert isinstance(one, Conversation | Problem)
            str(one).encode()


@settings(max_examples=50)
@given(st.integers(0, 10_000))
def test_a_page_cut_off_anywhere(size: int) -> None:
    """Of half a page the whole records are read as ever, and the last as far as it goes."""
    whole = page(*(cell(f"prompt {n}", ANSWER) for n in range(4)))
    cut = whole[: size % len(whole)]
    if not cut.startswith(b"<html"):
        return
    expected = parsed(whole)
    got = parsed(cut)
    count = max(len(found(cut)) - 1, 0)

    assert got[:count] == expected[:count]


def test_counts_add_up() -> None:
    """Each record is messages, or nothing to show by its kind."""
    told = page(
        cell("a", ANSWER), cell("b"), cell("c", product="Maps"), cell("", verb="Used Gemini")
    )
    kinds = [claim.name if claim else "" for claim, _ in found(told)]
    messages = [len(one.messages) for one in parsed(told) if isinstance(one, Conversation)]

    assert kinds == ["activity", "activity", "other-activity", "activity-without-chat"]
    assert messages == [2, 1]


@pytest.mark.parametrize(
    "value",
    [
        {"mapping": {}, "id": "x", "title": "x", "create_time": 1},
        {"chunkedPrompt": {"chunks": []}},
        {"sessionId": "x", "projectHash": "y", "messages": []},
        {"title": "Prompted x", "time": "t"},
        {},
    ],
    ids=str,
)
def test_other_documents_are_left_alone(value: object) -> None:
    """No document of another provider is claimed."""
    assert detect(probe(dump(value)), (PARSER,)) is None
