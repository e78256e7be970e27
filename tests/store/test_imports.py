"""What arrived: one row for each file, however often it is tried, and the ledger of what was strange."""

import sqlite3
from typing import Literal, TypeAlias

import pytest
from archives import keep, memory, sha

from polylogue.model import Problem, UnknownKind
from polylogue.store.imports import (
    NewImport,
    Outcome,
    add_member,
    begin_import,
    find_import,
    finish_import,
)
from polylogue.store.ledger import add_strangers, add_unknowns

_NEW = NewImport(
    sha(b"zip"), "inbox", "export.zip", "file:///export.zip", 9, 1000, 2000, {"kind": "zip"}
)


Status: TypeAlias = Literal["ok", "partial", "failed", "unrecognized"]


def outcome(status: Status, *problems: Problem) -> Outcome:
    """Return how an import ended."""
    return Outcome(status, "why" if problems else "", "chatgpt", 3, {"conversations": 2}, problems)


def members(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Return the members of all imports."""
    return connection.execute(
        "SELECT import_id, seq, name, object_id, modified_at FROM raw_members ORDER BY 1, 2"
    ).fetchall()


@pytest.mark.parametrize("status", ["ok", "partial"])
def test_what_was_read_is_known_by_its_bytes(status: Status) -> None:
    """A finished import is found by its hash, with all that its row tells."""
    connection = memory()
    import_id = begin_import(connection, _NEW)
    assert find_import(connection, _NEW.sha256) is None

    finish_import(connection, import_id, outcome(status))

    known = find_import(connection, _NEW.sha256)
    assert known is not None
    assert (known.import_id, known.status, known.error) == (import_id, status, "")
    assert (known.provider, known.parser_version) == ("chatgpt", 3)
    assert known.counts == {"conversations": 2}
    assert find_import(connection, sha(b"else")) is None


@pytest.mark.parametrize("status", ["failed", "unrecognized", None])
def test_an_attempt_that_came_to_nothing_is_taken_up_again(status: Status | None) -> None:
    """A second attempt at the same bytes uses the same row, and starts with no members."""
    connection = memory()
    first = begin_import(connection, _NEW)
    add_member(connection, first, "a.json", keep(connection, b"a"), None)
    if status:
        finish_import(connection, first, outcome(status, Problem(code="torn", text="Torn.")))

    again = begin_import(connection, _NEW)
    add_member(connection, again, "b.json", keep(connection, b"b"), 5)
    finish_import(
        connection, again, outcome("partial", Problem(code="odd", text="Odd.", where="b"))
    )

    assert again == first
    assert members(connection) == [(first, 0, "b.json", 2, 5)]
    assert connection.execute("SELECT code, place, text FROM problems").fetchall() == [
        ("odd", "b", "Odd.")
    ]
    assert connection.execute("SELECT parse_status FROM raw_imports").fetchall() == [("partial",)]


def test_members_are_numbered_in_their_order() -> None:
    """The members of an import are counted from 0; names may repeat."""
    connection = memory()
    import_id = begin_import(connection, _NEW)
    for data in (b"a", b"b", b"a"):
        add_member(connection, import_id, "same.json", keep(connection, data), None)

    assert [(seq, object_id) for _, seq, _, object_id, _ in members(connection)] == [
        (0, 1),
        (1, 2),
        (2, 1),
    ]


def test_the_ledger_counts() -> None:
    """What no parser understood is counted by its place in the format, members by the most seen."""
    connection = memory()
    import_id = begin_import(connection, _NEW)
    add_unknowns(connection, "chatgpt", [UnknownKind(path="part", kind="new")], import_id)
    add_unknowns(connection, "chatgpt", [UnknownKind(path="part", kind="new", count=4)], import_id)
    add_strangers(connection, "chatgpt", {"odd.json": 2}, import_id)
    add_strangers(connection, "chatgpt", {"odd.json": 1}, import_id)

    assert connection.execute(
        "SELECT provider, path, kind, count FROM unknowns ORDER BY count DESC"
    ).fetchall() == [("chatgpt", "part", "new", 5), ("chatgpt", "export.member", "odd.json", 2)]
