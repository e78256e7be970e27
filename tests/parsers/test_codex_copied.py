"""Forks, sub-agents and resumed sessions: the parent's history is folded, and nothing else is."""

from codex_sessions import (
    Record,
    assistant,
    meta,
    read,
    records,
    rollout,
    shown,
    turn,
    user,
    uuid7,
)

from polylogue.model import Conversation, Head, Text

PARENT, CHILD = uuid7(-100), uuid7(10)
SPAWN = {
    "subagent": {"thread_spawn": {"parent_thread_id": PARENT, "depth": 1, "agent_nickname": "Ada"}}
}


def at(second: float, *told: Record) -> list[Record]:
    """Return records a few milliseconds apart, as a copy is written."""
    return [(one[0], one[1], second + number / 1000) for number, one in enumerate(told)]


def texts(data: bytes, cuts: tuple[int, ...] = ()) -> list[str]:
    """Return all that is said in a rollout."""
    return [
        part.text
        for message in read(data, cuts=cuts).messages
        for part in message.parts
        if isinstance(part, Text)
    ]


def head(data: bytes) -> Head:
    """Return the head of a rollout."""
    return read(data).head


OLD = (
    turn(turn_id=uuid7(-90)),
    user("Old?"),
    shown("user_message", message="Old?"),
    assistant("Old."),
)
OLDEST = (turn(), user("Old?"), shown("user_message", message="Old?"), assistant("Old."))


def test_fork() -> None:
    """A fork is its own session; the turns that are older than it are its parent's."""
    own = (turn(turn_id=uuid7(11)), user("New?"), assistant("New."))
    data = rollout(
        *at(10, meta(CHILD, forked_from_id=PARENT), meta(PARENT, cwd="/else"), *OLD, *own)
    )
    (told,) = (one for one in records(data) if isinstance(one, Conversation))

    assert told.conversation_id == CHILD
    assert (told.head.parent_id, told.head.relation) == (PARENT, "fork")
    assert told.head.metadata["cwd"] == "/home/ann/tea"
    assert told.head.title == "New?"
    assert texts(data) == ["New?", "New."]
    assert {fold.kind: fold.count for fold in told.folds}["inherited"] == 4


def test_copy_across_groups() -> None:
    """Where the groups of lines end plays no part in what is a copy."""
    own = (turn(turn_id=uuid7(11)), user("New?"))
    data = rollout(*at(10, meta(CHILD, forked_from_id=PARENT), meta(PARENT), *OLD, *own))

    assert all(texts(data, (cut,)) == ["New?"] for cut in range(1, 9))


def test_pause_ends_a_copy() -> None:
    """Without ids of turns a pause ends the copy."""
    data = rollout(*at(10, meta(CHILD), meta(PARENT), *OLDEST), *at(15, turn(), user("New?")))

    assert texts(data) == ["New?"]
    assert (head(data).parent_id, head(data).relation) == (PARENT, "continuation")


def test_prompt_at_once() -> None:
    """A prompt that follows the copy at once is not taken for a part of it."""
    data = rollout(
        *at(10, meta(CHILD), meta(PARENT), *OLDEST, turn(), user("New?")),
        *at(15, assistant("New.")),
    )

    assert texts(data) == ["New?", "New."]
    assert all(texts(data, (cut,)) == ["New?", "New."] for cut in range(1, 9))
    assert [message.line for message in read(data).messages] == [8, 9]


def test_sub_agent() -> None:
    """A sub-agent names who started it; without the parent's header all of it is its own."""
    data = rollout(*at(10, meta(CHILD, source=SPAWN), *OLD))

    assert (head(data).parent_id, head(data).relation) == (PARENT, "sub-agent")
    assert head(data).metadata["agent"] == "Ada"
    assert texts(data) == ["Old?", "Old."]


def test_review_has_no_parent() -> None:
    """The source of a sub-agent may be a word."""
    told = head(rollout(meta(CHILD, source={"subagent": "review"}), user("Look.")))

    assert (told.parent_id, told.relation, told.metadata["agent_role"]) == (
        "",
        "sub-agent",
        "review",
    )


def test_resumed_in_place() -> None:
    """A session that was resumed in its own file has its header twice, and loses nothing."""
    data = rollout(meta(CHILD), user("One?"), meta(CHILD), user("Two?"))

    assert texts(data) == ["One?", "Two?"]
    assert head(data).relation == ""


def test_foreign_header_in_the_middle() -> None:
    """Another session's header behind own messages ends nothing and hides nothing."""
    data = rollout(
        *at(10, meta(CHILD), user("One?"), meta(PARENT), user("Two?"), assistant("Three."))
    )

    assert texts(data) == ["One?", "Two?", "Three."]
    assert head(data).parent_id == ""
