"""The outbox of the view: what is marked stays marked until just that state was rendered."""

import sqlite3

import pytest
from archives import clean, dirty, memory, tell
from records import conversation

from polylogue.store.dirty import clear, dirty_count, dirty_marks, mark_all_dirty, mark_dirty


@pytest.fixture
def chats() -> sqlite3.Connection:
    """Return an archive with three conversations, all of them rendered."""
    connection = memory()
    tell(connection, conversation(conversation_id="a", updated_at=10))
    tell(connection, conversation(conversation_id="b", updated_at=20))
    tell(connection, conversation(conversation_id="c", provider="grok"))
    clean(connection)
    return connection


def test_a_mark_goes_when_its_state_was_rendered(chats: sqlite3.Connection) -> None:
    """A mark that was read, rendered and not set again is taken away."""
    mark_dirty(chats, [1, 2])

    clear(chats, dirty_marks(chats, after=0, limit=1))

    assert dirty(chats) == {"b"}


def test_a_change_during_a_render_stays_marked(chats: sqlite3.Connection) -> None:
    """What is marked again between reading and clearing is rendered once more."""
    mark_dirty(chats, [1])
    marks = dirty_marks(chats, after=0, limit=10)
    mark_dirty(chats, [1])

    clear(chats, marks)

    assert dirty(chats) == {"a"}


def test_marks_are_read_in_pages(chats: sqlite3.Connection) -> None:
    """Marks come in the order of conversations, a page at a time, each once."""
    mark_dirty(chats, [3, 1, 2, 3])

    first = dirty_marks(chats, after=0, limit=2)
    rest = dirty_marks(chats, after=first[-1].conversation, limit=2)

    assert [mark.conversation for mark in [*first, *rest]] == [1, 2, 3]
    assert dirty_count(chats) == 3


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param({}, {"a", "b", "c"}, id="all"),
        pytest.param({"provider": "chatgpt"}, {"a", "b"}, id="a-provider"),
        pytest.param({"since": 20}, {"b"}, id="since"),
        pytest.param({"conversation_ids": ["a", "c", "lost"]}, {"a", "c"}, id="ids"),
        pytest.param({"provider": "grok", "conversation_ids": ["a", "c"]}, {"c"}, id="both"),
        pytest.param({"provider": "codex"}, set(), id="none"),
    ],
)
def test_conversations_are_marked_by_choice(
    chats: sqlite3.Connection, wanted: dict[str, object], expected: set[str]
) -> None:
    """All, a provider's, those changed since, those with these ids: and how many is told."""
    assert mark_all_dirty(chats, **wanted) == len(expected)  # type: ignore[arg-type]
    assert dirty(chats) == expected
