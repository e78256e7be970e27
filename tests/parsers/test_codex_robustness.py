"""Whatever the lines hold: nothing is raised, nothing is lost, and groups play no part."""

import json
from typing import Any

import pytest
from codex_sessions import (
    Record,
    assistant,
    call,
    item,
    lines,
    meta,
    output,
    read,
    records,
    rollout,
    shown,
    tally,
    tokens,
    turn,
    user,
    uuid7,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from polylogue.model import Carry, Conversation, Document, Problem
from polylogue.parsers.codex.index import prompts
from polylogue.parsers.codex.rollout import legacy, parse
from polylogue.parsers.codex.state import decode

#: Everything that lines can be to one another: copies in both orders, results, repeated ids.
RICH: tuple[Record, ...] = (
    meta(uuid7(0), forked_from_id=uuid7(-5)),
    meta(uuid7(-5), id=uuid7(-5)),
    (*user("Old."), 1.1),
    (*assistant("Old."), 1.2),
    (*user("New?"), 1.3),
    turn(),
    user("<environment_context></environment_context>"),
    shown("user_message", message="Tea?"),
    user("Tea?"),
    shown("agent_reasoning", text="Hm."),
    item("reasoning", summary=[{"type": "summary_text", "text": "Hm."}], encrypted_content="x"),
    call("shell", {"command": ["ls"]}, "0"),
    shown("exec_command_end", call_id="0", aggregated_output="a\nb", exit_code=1),
    output("a", "0"),
    tokens(10, 10),
    tokens(10, 10),
    call("spawn_agent", {"message": "Look."}, "0"),
    output('{"agent_id":"child"}', "0"),
    shown("agent_message", message="Green."),
    tokens(20, 10),
    assistant("Green."),
    user("Cake?"),
    shown("thread_rolled_back", num_turns=1),
    ("compacted", {"message": "Tea.", "replacement_history": []}),
    shown("context_compacted"),
    shown("pulse"),
    user("yes"),
    user("yes"),
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=5,
)
types = st.sampled_from(sorted({one[1]["type"] for one in RICH if "type" in one[1]} | {
    "mcp_tool_call_end", "patch_apply_end", "web_search_call", "web_search_end", "image_generation_call",
    "exited_review_mode", "item_completed", "local_shell_call", "agent_message", "custom_tool_call",
}))  # fmt: skip
fields = st.sampled_from(
    [
        "action",
        "arguments",
        "call_id",
        "changes",
        "content",
        "id",
        "info",
        "input",
        "invocation",
        "item",
        "message",
        "name",
        "num_turns",
        "output",
        "plan",
        "result",
        "review_output",
        "role",
        "summary",
        "text",
    ]
)
payloads = st.builds(
    lambda kind, told: {"type": kind, **told},
    types,
    st.dictionaries(fields, json_values, max_size=5),
)
envelopes = st.sampled_from(
    ["response_item", "event_msg", "session_meta", "turn_context", "compacted"]
)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(1, len(RICH) - 1)))
def test_groups_play_no_part(cuts: set[int]) -> None:
    """However the lines are grouped, the records unite to the same conversation."""
    data = rollout(*RICH)

    assert read(data, cuts=cuts) == read(data)
    assert tally(records(data, cuts=cuts)) == len(RICH)


def test_again_is_the_same() -> None:
    """Reading the same lines twice gives the same records."""
    data = rollout(*RICH)

    assert records(data) == records(data)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(envelopes, payloads), max_size=6), st.integers(0, 6))
def test_any_values(told: list[tuple[str, dict[str, Any]]], cut: int) -> None:
    """Lines of any values account for themselves, in any groups, and raise nothing."""
    data = rollout(meta(), *told)
    found = records(data, cuts=[cut])

    assert tally(found) == len(told) + 1
    assert read(data, cuts=[cut]) == read(data)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_mutated_bytes(data: st.DataObject) -> None:
    """Bytes that are cut, changed or put in anywhere are a matter of their lines only."""
    whole = rollout(*RICH)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    broken = whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:]

    found = list(parse(Document(data=broken, name="a.jsonl")))

    assert isinstance(found[-1], Carry)
    if any(isinstance(one, Conversation) for one in found):
        told = sum(1 for line in broken.split(b"\n") if line.strip())
        copied = decode(found[-1].state).copied
        assert tally(found) == told - (len(copied.held) if copied else 0)


@settings(max_examples=50, deadline=None)
@given(st.lists(json_values | payloads, max_size=5), json_values)
def test_any_object_with_items(told: list[Any], session: object) -> None:
    """The oldest shape is read, or reported, whatever its items are."""
    data = json.dumps({"session": {"id": "s", "timestamp": session}, "items": told}).encode()
    (one,) = (found for found in legacy(Document(data=data)) if isinstance(found, Conversation))

    assert tally([one]) == len(told) + 1


def test_bad_lines() -> None:
    """Each bad line is a problem; beyond twenty in a group the rest are counted."""
    good = lines(meta(), user("Tea?"))
    data = good[0] + b"{oops\n[1]\n" + b"\0\0\0\n" * 30 + good[1]
    found = records(data)

    problems = [one for one in found if isinstance(one, Problem)]
    assert [one.code for one in problems] == ["unreadable-line"] * 20 + ["unreadable-lines"]
    assert problems[0].where.endswith("line 2")
    assert problems[-1].text == "12 more lines cannot be read."
    assert len(read(data).messages) == 1


def test_without_id() -> None:
    """A session without an id is reported, and its lines are not put anywhere."""
    found = records(rollout(turn(), user("Tea?")), cuts=[1])

    assert [one.code for one in found if isinstance(one, Problem)] == ["session-without-id"]
    assert not any(isinstance(one, Conversation) for one in found)


def test_hostile_depth_and_size() -> None:
    """Deep nesting and floods of tags cost no more than their length."""
    deep = "[" * 50_000 + "]" * 50_000
    flood = "<skill></skill>" * 20_000
    line = json.dumps({"type": "response_item", "payload": {"type": "dream", "text": 1}})
    data = rollout(meta(), user(flood)) + line.replace("1", deep).encode() + b"\n"
    found = records(data)

    assert tally(found) == 3


def test_carry_is_bounded() -> None:
    """What is carried does not grow with the session."""
    told: list[Record] = []
    for number in range(600):
        told += (user(f"{number}?"), call("shell", {"command": f"{number}"}, f"c{number}"))
    sizes = [
        len(one.state)
        for one in records(rollout(meta(), *told), cuts=range(0, 1200, 300))
        if isinstance(one, Carry)
    ]

    assert sizes[-1] < 64 << 10
    assert sizes[-1] < sizes[-2] * 1.1


@pytest.mark.parametrize("state", [b"\0", b"\xff", b"{}"])
def test_carry_that_cannot_be_read(state: bytes) -> None:
    """A carry that is none costs what it would have told, and raises nothing."""
    document = Document(data=rollout(meta(), user("Tea?")), line=9, state=state)
    history = Document(data=b'{"session_id":"s","ts":1,"text":"Tea?"}', state=state)

    assert isinstance(list(parse(document))[-2], Conversation)
    assert isinstance(list(prompts(history))[-1], Carry)
