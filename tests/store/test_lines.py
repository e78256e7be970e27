"""Conversations that a file tells line by line, and what side files say of them."""

import hashlib
import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from archives import bring, clean, dirty, keep, memory, sha, tell, tier_2
from hypothesis import given, settings
from hypothesis import strategies as st
from records import conversation, message

from polylogue.model import (
    TITLE_CHOSEN,
    TITLE_DERIVED,
    About,
    Attachment,
    Conversation,
    Head,
    Message,
)
from polylogue.store.dirty import mark_all_dirty
from polylogue.store.documents import SourceRef
from polylogue.store.load import find, load
from polylogue.store.merge import merge, merge_about
from polylogue.store.messages import index_messages
from polylogue.store.verify import verify


def told(connection: sqlite3.Connection, session: Conversation, name: str = "a") -> str:
    """Merge a group of lines of the session file of this name."""
    object_id = keep(connection, name.encode())
    source = SourceRef(sha(name.encode()), object_id, 0, None, 1)
    connection.execute("INSERT OR IGNORE INTO raw_imports VALUES" + _IMPORT)
    change = merge(connection, session, source, 1)
    index_messages(connection)
    return change


_IMPORT = (
    "(1, zeroblob(32), 'x', NULL, 'x', 'x', 0, NULL, 0, 'ok', NULL, NULL, NULL, NULL, NULL, 0)"
)


def side(connection: sqlite3.Connection, name: str, **head: object) -> None:
    """Merge what the side file of this name says of `c1`."""
    object_id = keep(connection, name.encode())
    about = About("c1", msgspec.convert(head, Head))
    merge_about(connection, "chatgpt", about, SourceRef(sha(name.encode()), object_id, 0, 1, 1))


def head_of(connection: sqlite3.Connection) -> Head:
    """Return the head of the conversation `c1`."""
    (row_id,) = find(connection, "c1")
    return load(connection, row_id).head


# --- Lines ----------------------------------------------------------------------------------------


def test_messages_stand_at_their_lines() -> None:
    """Whatever their parents and times say, the file's order is the order."""
    connection = memory()
    told(connection, conversation(message("b", "2", parent="z", line=7, timestamp=5)))
    told(connection, conversation(message("a", "1", line=3, timestamp=9)))
    (row_id,) = find(connection, "c1")
    places = [
        (m.message.message_id, m.branch, m.position, m.message.line)
        for m in load(connection, row_id).messages
    ]
    assert places == [("a", 0, 3, 3), ("b", 0, 7, 7)]


_COPIES = [
    [message("a", "one", line=1), message("b", "two", line=2), message("b", "longer", line=5)],
    [message("a", "one", line=7), message("b", "two", line=8), message("c", "three", line=9)],
    [message("b", "tow", line=3), message("c", "three"), message("d", "four", line=4)],
]


@given(st.lists(st.sampled_from(_COPIES), min_size=1, max_size=5), st.permutations(range(5)))
def test_copies_of_messages_stand_at_their_first_lines(
    copies: list[list[Message]], order: list[int]
) -> None:
    """Files that tell the same messages at other lines, or in other words, unite in any order."""

    def rows(some: list[list[Message]]) -> list[tuple[Any, ...]]:
        connection = memory()
        for number, copy in enumerate(some):
            told(connection, conversation(*copy), str(number))
        assert verify(connection, progress=lambda _done, _all: None) == []
        return tier_2(connection)["messages"]

    united = rows(copies)
    first: dict[str, int] = {}
    for one in (one for copy in copies for one in copy if one.line is not None):
        first[one.message_id] = min(one.line or 0, first.get(one.message_id, 99))
    assert {row[1]: row[5] for row in united if row[5] is not None} == first
    assert rows([copies[at] for at in order if at < len(copies)]) == united


def test_lines_leave_the_tree_of_the_others_alone() -> None:
    """Messages without a line stand where the tree puts them, also when one of them gets a line."""
    connection = memory()
    told(connection, conversation(message("r", "root"), message("s", "said", parent="r")))
    told(connection, conversation(message("r", "root, longer", line=4)))
    rows = connection.execute(
        "SELECT message_id, branch_id, position FROM messages ORDER BY message_id"
    ).fetchall()
    assert rows == [("r", 0, 4), ("s", 0, 0)]


def steps(connection: sqlite3.Connection, work: Callable[[], object]) -> int:
    """Return in how many steps of a hundred SQLite does the work."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    connection.set_progress_handler(step, 100)
    work()
    connection.set_progress_handler(None, 0)
    return count


def test_an_append_costs_what_it_appends() -> None:
    """A line more costs as much behind ten thousand messages as behind a hundred."""
    costs = []
    for size in (100, 10_000):
        connection = memory()
        many = [message(f"m{n}", f"said {n}", line=n) for n in range(size)]
        told(connection, conversation(*many, title="Tea"))
        more = conversation(message("more", "one more", line=size + 1), title="Tea", updated_at=9)
        costs.append(steps(connection, lambda c=connection, more=more: told(c, more)))  # type: ignore[misc]
    assert costs[1] <= costs[0] * 1.5 + 2


def test_a_session_is_one_source_however_many_groups_it_has() -> None:
    """Its head is what all its groups say together; the last that says something wins."""
    connection = memory()
    told(connection, conversation(message("a", line=1), title="First", model="m"))
    told(connection, conversation(message("b", line=2), title="Second", created_at=5))
    told(connection, conversation(message("c", line=3)))
    assert len(tier_2(connection)["sources"]) == 1
    head = head_of(connection)
    assert (head.title, head.model, head.created_at) == ("Second", "m", 5)


# --- Heads ----------------------------------------------------------------------------------------


@given(
    st.permutations(
        [
            Head(title="made up", title_trust=TITLE_DERIVED, updated_at=9, project="p"),
            Head(title="given", updated_at=3, parent_id="c0", relation="fork"),
            Head(title="chosen", title_trust=TITLE_CHOSEN, updated_at=2, kind="project"),
            Head(title="chosen too", title_trust=TITLE_CHOSEN, updated_at=1),
            Head(updated_at=7),
        ]
    )
)
@settings(max_examples=30, deadline=None)
def test_trust_goes_before_age(heads: list[Head]) -> None:
    """Of all titles the most trusted stays, of those the newest; in any order."""
    connection = memory()
    for number, head in enumerate(heads):
        one = conversation(message("a", "said", line=1))
        told(connection, msgspec.structs.replace(one, head=head), str(number))
    head = head_of(connection)
    assert (head.title, head.kind, head.project) == ("chosen", "project", "p")
    assert (head.parent_id, head.relation, head.updated_at) == ("c0", "fork", 9)


# --- Side files -----------------------------------------------------------------------------------


def test_what_only_side_files_tell_is_not_there() -> None:
    """It is not found, not marked, not marked with all, and not counted."""
    connection = memory()
    side(connection, "index", title="Tea")
    assert find(connection, "c1") == find(connection, "tea") == []
    assert mark_all_dirty(connection) == 0
    assert dirty(connection) == set()


@pytest.mark.parametrize("first", [True, False])
def test_the_conversation_gets_what_side_files_said(*, first: bool) -> None:
    """Whichever comes first; and only what changes something marks it."""
    connection = memory()
    if first:
        side(connection, "index", title="Tea", title_trust=TITLE_CHOSEN)
    assert tell(connection, conversation(message("a", "said"), title="New chat")) == "new"
    if not first:
        clean(connection)
        side(connection, "index", title="Tea", title_trust=TITLE_CHOSEN)
    assert head_of(connection).title == "Tea"
    assert dirty(connection) == {"c1"}
    clean(connection)
    side(connection, "index of tomorrow", title="Tea", title_trust=TITLE_CHOSEN)
    assert dirty(connection) == set()
    assert len(tier_2(connection)["sources"]) == 2


def test_a_side_file_can_move_the_path_taken() -> None:
    """Branches are arranged anew when a side file says which leaf was shown last."""
    connection = memory()
    chat = [message("r", "root"), message("a", "1", parent="r"), message("b", "2", parent="r")]
    tell(connection, conversation(*chat, current_id="a"))
    side(connection, "index", current_id="b", updated_at=99)
    places = dict(connection.execute("SELECT message_id, branch_id FROM messages").fetchall())
    assert places == {"r": 0, "a": 1, "b": 0}


def test_bytes_that_come_later_are_shown_by_lines_that_came_before() -> None:
    """An attachment finds its bytes whichever comes first."""
    connection = memory()
    data = b"\x89PNG\r\n\x1a\n"
    ref = "sha256:" + hashlib.sha256(data).hexdigest()
    told(connection, conversation(message("a", [Attachment(ref=ref)], line=1)))
    clean(connection)
    bring(connection, ref, data)
    assert connection.execute("SELECT status FROM attachments").fetchall() == [("stored",)]
    assert dirty(connection) == {"c1"}
