"""The history for people, which is bounded, and small facts about the archive."""

from archives import memory

from polylogue.store import events as module
from polylogue.store.events import add_event, events, get_meta, set_meta


def test_events_are_told_oldest_first() -> None:
    """The newest events come in the order in which they happened, with their fields."""
    connection = memory()
    for place in range(5):
        add_event(connection, 1000 + place, "info", "imported", {"file": "a.zip", "place": place})

    told = events(connection, after=0, limit=3)

    assert [event.fields["place"] for event in told] == [2, 3, 4]
    assert (told[0].at, told[0].level, told[0].event) == (1002, "info", "imported")


def test_events_can_be_followed() -> None:
    """What came after an event is asked for by its id, and nothing comes twice."""
    connection = memory()
    add_event(connection, 1, "info", "one", {})
    (last,) = events(connection, after=0, limit=10)
    add_event(connection, 2, "warning", "two", {})

    assert [event.event for event in events(connection, after=last.event_id, limit=10)] == ["two"]
    assert events(connection, after=last.event_id + 1, limit=10) == []


def test_the_history_is_bounded() -> None:
    """Only the newest few thousand events are kept, and ids never repeat."""
    connection = memory()
    for place in range(module._KEPT + 10):
        add_event(connection, place, "info", "tick", {})

    kept = events(connection, after=0, limit=10 * module._KEPT)

    assert len(kept) == module._KEPT
    assert kept[-1].at == module._KEPT + 9
    assert kept[-1].event_id == module._KEPT + 10


def test_facts_are_set_and_replaced() -> None:
    """A fact has the value that was set last, and none before."""
    connection = memory()
    assert get_meta(connection, "key") is None

    set_meta(connection, "key", "one")
    set_meta(connection, "key", "two")

    assert get_meta(connection, "key") == "two"
