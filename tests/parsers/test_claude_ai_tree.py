"""Order and branches: arrays without parents, parents that lead astray, shells, repeated ids."""

import pytest
from claude_ai_exports import ROOT, Object, blank, conversation, flat, linked, message, moment
from claude_ai_records import read
from msgspec.structs import replace

from polylogue.model import Conversation, Fold, Head, Message
from polylogue.store.messages import winning_rows
from polylogue.store.tree import Node, arrange


def _parents(chat: Object) -> dict[str, str | None]:
    return {one.message_id: one.parent_id for one in read(chat).messages}


def _path(record: Conversation) -> list[str]:
    """Return the messages of the path taken, in order, as the store places them."""
    nodes = {one.message_id: Node(one.parent_id, one.timestamp) for one in record.messages}
    places = arrange(nodes, record.head.current_id)
    taken = [(place, message_id) for message_id, place in places.items() if not place[0]]
    return [message_id for _, message_id in sorted(taken)]


@pytest.mark.parametrize("times", [(5, 5, 5, 5), (9, 3, 8, 1), (None, None, None, None)])
def test_the_order_of_the_array_is_the_order(times: tuple[float | None, ...]) -> None:
    """Equal, reversed and missing times play no part in an export without parents."""
    ids = ["zz", "b", "a", "y"]
    chat = conversation(
        "c1",
        "T",
        *(
            message(one, "human", one, created_at=None if at is None else moment(at))
            for one, at in zip(ids, times, strict=True)
        ),
    )

    assert _parents(flat(chat)) == {"zz": None, "b": "zz", "a": "b", "y": "a"}
    assert _path(read(chat)) == ids


def test_parents_make_branches() -> None:
    """New exports name parents: an edited prompt is a branch, and the newest leaf is shown."""
    chat = linked(conversation("c1", "T", "Tea?", "Green."))
    chat["chat_messages"] += [
        message("e1", "human", "Coffee?", parent_message_uuid=ROOT, created_at=moment(500)),
        message("e2", "assistant", "Black.", parent_message_uuid="e1", created_at=moment(500)),
    ]

    assert _parents(chat) == {"c1-1": None, "c1-2": "c1-1", "e1": None, "e2": "e1"}
    assert _path(read(chat)) == ["e1", "e2"]
    assert _path(read(chat | {"current_leaf_message_uuid": "c1-2"})) == ["c1-1", "c1-2"]


def test_a_flat_export_and_a_linked_one_agree() -> None:
    """Where there are no branches the guess is the truth."""
    chat = conversation("c1", "T", "Tea?", "Green.", "Why?")

    guessed = [replace(one, metadata={"linked": True}) for one in read(flat(chat)).messages]
    assert list(read(linked(chat)).messages) == guessed


def test_a_parent_that_is_told_wins_over_one_that_is_guessed() -> None:
    """Exports without and with parents unite to the same tree, whichever comes first."""
    chat = linked(conversation("c1", "T", "Tea?", "Green."))
    chat["chat_messages"] += [message("e1", "human", "Coffee?", parent_message_uuid=ROOT)]
    guessed, sure = read(flat(chat)).messages, read(chat).messages

    assert [one.parent_id for one in guessed] == [None, "c1-1", "c1-2"]
    for both in ((*guessed, *sure), (*sure, *guessed)):
        rows = winning_rows(both, {})
        assert [row.message.parent_id for row in rows.values()] == [None, "c1-1", None]


def test_parents_come_first() -> None:
    """The array of a linked export has no order; a parent that is missing keeps its name."""
    chat = conversation(
        "c1",
        "T",
        message("c", "human", "C", parent_message_uuid="b"),
        message("b", "assistant", "B", parent_message_uuid="a"),
        message("x", "human", "X", parent_message_uuid="gone"),
        message("a", "human", "A", parent_message_uuid=ROOT),
    )

    assert list(_parents(chat).items()) == [("x", "gone"), ("a", None), ("b", "a"), ("c", "b")]


def test_cycles_are_cut() -> None:
    """A cycle is cut at its least id, and what hangs from it is kept."""
    chat = conversation(
        "c1",
        "T",
        message("t", "human", "T", parent_message_uuid="b"),
        message("b", "human", "B", parent_message_uuid="a"),
        message("a", "human", "A", parent_message_uuid="b"),
        message("s", "human", "S", parent_message_uuid="s"),
    )

    assert _parents(chat) == {"a": None, "b": "a", "t": "b", "s": None}


def test_of_messages_with_one_id_the_richest_stays() -> None:
    """A repeated id is counted; the message with more in it speaks, where the first one stood."""
    rich = message("m1", "human", "A long question")
    chat = conversation(
        "c1", "T", message("m1", "human", ""), message("m2", "assistant", "Yes"), rich
    )

    record = read(chat)

    assert [one.message_id for one in record.messages] == ["m1", "m2"]
    assert record.messages[0].parts
    assert Fold(kind="repeated-message") in record.folds


def test_messages_without_an_id_are_named_by_what_they_say() -> None:
    """The same message has the same name wherever it stands."""
    one, two = message("", "human", "One"), message("", "human", "Two")

    assert {*_parents(conversation("c1", "T", one, two))} == {
        *_parents(conversation("c1", "T", two, one))
    }


# --- Shells ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_told", [dict, flat, linked])
def test_a_blank_shell_takes_nothing_away(as_told: type) -> None:
    """A deleted chat comes back newer and empty: no message and no title of it is told."""
    shell = read(as_told(blank(conversation("c1", "Tea", "Which?", "Green."))))

    assert shell.messages == ()
    assert Fold(kind="blank-message", count=2) in shell.folds
    silent = Head(
        account="account-1",
        url="https://claude.ai/chat/c1",
        created_at=shell.head.created_at,
        updated_at=shell.head.updated_at,
    )
    assert shell.head == silent


def test_a_blank_message_keeps_its_place() -> None:
    """In a chat that says something, others hang from a message that says nothing."""
    record = read(conversation("c1", "T", "Tea?", message("m", "assistant", ""), "Hello?"))

    assert record.messages[1] == Message(
        message_id="m", role="assistant", parent_id="c1-1", timestamp=1_750_000_000_000
    )
    assert record.messages[2].parent_id == "m"


def test_a_chat_that_was_never_used() -> None:
    """No messages are no problem."""
    assert read(conversation("c1", "")).messages == ()


def test_long_chains() -> None:
    """Nothing recurses."""
    record = read(linked(conversation("c1", "T", *(["x"] * 20_000))))

    assert len(record.messages) == 20_000
    assert record.messages[-1].parent_id == "c1-19999"
