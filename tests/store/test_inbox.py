"""What the archive knows of dropped things."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest

from polylogue.store.archive import Archive
from polylogue.store.inbox import (
    InboxItem,
    drop_items,
    inbox_items,
    item_in_inbox,
    newest_failed,
    put_item,
)


@pytest.fixture
def connection(archive: Archive) -> Iterator[sqlite3.Connection]:
    """Give the connection of an empty archive, in a transaction."""
    with archive.transaction() as connection:
        yield connection


def item(name: str, state: str, place: str | None, at: int = 0) -> InboxItem:
    """Return an item that changed at `at`."""
    return InboxItem(name, place, state, "{}", 1, 0, at)


def places(connection: sqlite3.Connection) -> set[tuple[str, str | None]]:
    """Return state and place of all items."""
    return {(found.state, found.place) for found in inbox_items(connection)}


def test_a_thing_has_one_row_wherever_it_goes(connection: sqlite3.Connection) -> None:
    """What is said of a thing in the inbox replaces what was said before; then it moves away."""
    put_item(connection, item("x", "reading", "x"))
    put_item(connection, item("x", "waiting", "x"))
    put_item(connection, item("x", "failed", "Failed/x"))
    assert places(connection) == {("failed", "Failed/x")}


def test_things_of_one_name_have_a_row_each(connection: sqlite3.Connection) -> None:
    """The same name again is another thing; the newest that failed is found by its name."""
    put_item(connection, item("x", "failed", "Failed/x", 1))
    put_item(connection, item("x", "failed", "Failed/x (2)", 2))
    put_item(connection, item("x", "reading", "x", 3))
    newest = newest_failed(connection, "x")
    here = item_in_inbox(connection, "x")
    assert newest is not None
    assert here is not None
    assert (newest.place, here.state, len(places(connection))) == ("Failed/x (2)", "reading", 3)


def test_things_that_are_nowhere_do_not_replace_one_another(connection: sqlite3.Connection) -> None:
    """Deleted originals keep their rows until they are dropped one by one."""
    for at in range(3):
        put_item(connection, item("x", "imported", None, at))
    drop_items(connection, inbox_items(connection)[:1])
    assert [found.changed_at for found in inbox_items(connection)] == [1, 0]


def test_only_what_is_read_and_away_is_forgotten(connection: sqlite3.Connection) -> None:
    """However many there are: what lies in the inbox or failed stays known."""
    with_place = {"imported": "{}", "failed": "Failed/{}", "duplicate": "Done/{}"}
    for at in range(1200):
        for state, place in with_place.items():
            name = f"{state}{at}"
            put_item(connection, item(name, state, place.format(name), at))
    states = [found.state for found in inbox_items(connection)]
    oldest = min(f.changed_at for f in inbox_items(connection) if f.state == "duplicate")
    assert {state: states.count(state) for state in with_place} == {
        "imported": 1200,
        "failed": 1200,
        "duplicate": 1000,
    }
    assert oldest == 200


def test_a_row_is_read_as_it_was_written(connection: sqlite3.Connection) -> None:
    """Every field comes back."""
    full = InboxItem("x", "x", "waiting", "{}", 5, 6, 7, 8, 9, "code", "Reason.", "Advice.")
    put_item(connection, full)
    assert inbox_items(connection) == [replace(full, item_id=1)]
