"""Which files are Codex's, and what its index files say."""

import json

import pytest
from codex_sessions import claimed, jsonl, lines, meta, records, rollout, shown, stamp, turn, user

from polylogue.model import TITLE_DERIVED, About, Carry, Head, Problem

HEADER = {"id": "s", "timestamp": stamp(0), "instructions": None}
ITEM = {"type": "message", "role": "user", "content": []}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (rollout(meta(), user("Tea?")), "rollout"),
        (rollout(turn(), user("Tea?")), "rollout"),
        (rollout(shown("user_message", message="Tea?")), "rollout"),
        (b"{oops\n" + rollout(user("Tea?")), "rollout"),
        (jsonl(HEADER, ITEM), "rollout"),
        (jsonl(HEADER), "rollout"),
        (jsonl(HEADER, {"record_type": "state"}), "rollout"),
        (json.dumps({"session": {"id": "s"}, "items": []}).encode(), "legacy-rollout"),
        (jsonl({"id": "s", "thread_name": "Tea", "updated_at": stamp(0)}), "session-index"),
        (jsonl({"session_id": "s", "ts": 1_777_593_600, "text": "Tea?"}), "prompt-history"),
    ],
)
def test_own_files(data: bytes, name: str) -> None:
    """Rollouts of all generations and the index files are claimed."""
    assert claimed(data) == name


@pytest.mark.parametrize(
    "data",
    [
        jsonl({"type": "thread.started", "thread_id": "s"}, {"type": "item.completed", "item": {"id": "i", "type": "agent_message", "text": "Tea."}}),
        jsonl({"type": "user", "sessionId": "s", "uuid": "u", "message": {"role": "user", "content": "Tea?"}}),
        jsonl({"type": "summary", "summary": "Tea", "leafUuid": "u"}),
        jsonl({"sessionId": "s", "projectHash": "p", "messages": []}),
        jsonl({"display": "Tea?", "timestamp": 1, "project": "/x", "sessionId": "s"}),
        jsonl({"type": "system", "subtype": "init", "session_id": "s"}),
        jsonl({"id": "1", "timestamp": stamp(0), "type": "message", "role": "user", "content": "Tea?"}),
        jsonl({"type": "event_msg", "payload": "Tea?"}),
        jsonl({"timestamp": stamp(0), "level": "info", "payload": {}}),
        jsonl({"id": "1", "timestamp": stamp(0)}),
        jsonl({"id": "1", "timestamp": stamp(0), "model": "m", "role": "user", "content": "Tea?"}),
        jsonl({"id": "1", "timestamp": stamp(0), "model": "m"}, {"id": "2", "timestamp": stamp(1), "model": "m"}),
        json.dumps({"session": "s", "items": []}).encode(),
        b"[1]\n",
        b"",
    ],
    ids=["exec", "claude", "summary", "gemini", "history", "sdk", "message", "text", "log", "bare", "chat", "rows", "json", "list", "empty"],
)  # fmt: skip
def test_files_of_others(data: bytes) -> None:
    """JSON lines of other tools, and what `codex exec --json` prints, are not."""
    assert claimed(data) is None


def test_names_of_sessions() -> None:
    """Each line of the index names a session; which name is the newest, its time tells."""
    told = records(jsonl(
        {"id": "a", "thread_name": "Tea", "updated_at": stamp(1)},
        {"id": "a", "thread_name": "Cake", "updated_at": stamp(2)},
        {"id": "b", "thread_name": None},
    ) + b"{oops\n")  # fmt: skip

    assert told[:2] == [
        About("a", Head(title="Tea", updated_at=1_777_593_601_000)),
        About("a", Head(title="Cake", updated_at=1_777_593_602_000)),
    ]
    assert [type(one) for one in told[2:]] == [Problem, Carry]


@pytest.mark.parametrize("cuts", [[], [1], [2]], ids=str)
def test_first_prompt_of_sessions(cuts: list[int]) -> None:
    """The first prompt that was typed in a session is a title, if nothing better comes."""
    data = jsonl(
        {"session_id": "a", "ts": 1_777_593_600, "text": "\n Which tea? \nGreen?"},
        {"session_id": "a", "ts": 1_777_593_601, "text": "And cake?"},
        {"session_id": "b", "ts": 1_777_593_602, "text": "x" * 100},
    )
    told = [one for one in records(data, cuts=cuts) if isinstance(one, About)]

    assert told == [
        About("a", Head(title="Which tea?", title_trust=TITLE_DERIVED)),
        About("b", Head(title="x" * 79 + "…", title_trust=TITLE_DERIVED)),
    ]


def test_header_alone() -> None:
    """A session that was only begun is claimed and read without messages."""
    assert len(lines(meta())) == 1
    assert claimed(rollout(meta())) == "rollout"
