"""Several exports of one account unite to the same rows, whatever comes first."""

import itertools
from contextlib import closing
from typing import Any

import archives
import pytest
from claude_ai_exports import (
    ROOT,
    Object,
    blank,
    conversation,
    flat,
    linked,
    memory,
    message,
    moment,
    project,
)
from claude_ai_records import read

_TURNS = ("Tea?", "Green.", "Why?", "It grows here.")


def _chats() -> list[Object]:
    """Return a chat as exports told it: early and flat, grown with a branch, deleted."""
    late = linked(conversation("c1", "Tea", *_TURNS))
    late["chat_messages"] += [
        message("e1", "human", "Coffee?", parent_message_uuid=ROOT, created_at=moment(10))
    ]
    return [flat(conversation("c1", "Tea", *_TURNS[:2])), late, flat(late), blank(late)]


def _notes() -> list[Object]:
    return [
        project("p1", "Garden", prompt_template="A long instruction."),
        project("p1", "Garden", prompt_template="Short.", updated_at=moment(60)),
        project("p1", "Garden", prompt_template="", description="", docs=[], updated_at=moment(90)),
    ]


def _rows(documents: tuple[Object, ...]) -> dict[str, list[tuple[Any, ...]]]:
    with closing(archives.memory()) as connection:
        for document in documents:
            archives.tell(connection, read(document))
        archives.clean(connection)
        return archives.tier_2(connection)


@pytest.mark.parametrize("versions", [_chats(), _notes()], ids=["chat", "project"])
def test_the_order_of_exports_plays_no_part(versions: list[Object]) -> None:
    """Every order, and every repetition, ends in the same rows."""
    orders = list(itertools.permutations(versions))
    expected = _rows(orders[0])

    for order in orders[1:]:
        assert _rows(order) == expected
    assert _rows((*orders[0], *orders[-1])) == expected


def test_a_shell_erases_nothing() -> None:
    """The newest export says that all is blank: title, texts and branches stay."""
    early, late, _, shell = _chats()
    told = _rows((early, late))
    united = _rows((early, late, shell))

    assert united["messages"] == told["messages"]
    assert united["conversations"][0][7] == told["conversations"][0][7] == "Tea"
    assert len(united["messages"]) == 5


def test_the_newest_version_of_a_project_is_the_path_taken() -> None:
    """Also when it is shorter than an earlier one; the earlier one stays."""
    rows = _rows(tuple(_notes()[:2]))["messages"]

    shown = {row[3]: row[8] for row in rows}
    assert "Short." in shown[0]
    assert "A long instruction." in shown[1]


def test_memory_of_two_exports_is_two_versions() -> None:
    """What was forgotten later is still there."""
    first, later = memory(), memory(conversations_memory="Less.", updated_at=moment(60))

    rows = _rows((first, later))["messages"]

    assert {row[3]: row[8].splitlines()[0] for row in rows} == {
        0: "Less.",
        1: "**Work** Grows tea.",
    }
