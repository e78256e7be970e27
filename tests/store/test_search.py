"""Search: a person's words are words, whatever characters are in them."""

import sqlite3
from collections.abc import Sequence

import pytest
from archives import memory, tell
from hypothesis import given
from hypothesis import strategies as st
from records import chain, conversation, message

from polylogue.store.search import MATCH_END, MATCH_START, search


@pytest.fixture(scope="module")
def chats() -> sqlite3.Connection:
    """Return an archive with three conversations."""
    connection = memory()
    tell(
        connection, conversation(*chain("How do lighthouses work?", "A lamp turns."), title="Lamps")
    )
    tell(connection, conversation(message("x", "work, and how!"), conversation_id="c2"))
    tell(
        connection,
        conversation(message("y", "Ça va? It's C++ work."), provider="grok", conversation_id="c3"),
    )
    return connection


def found(connection: sqlite3.Connection, words: str) -> set[str]:
    """Return the ids of the messages that match."""
    return {hit.message_id for hit in search(connection, words)}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("work", {"m0", "x", "y"}, id="a-word"),
        pytest.param("WORK how", {"m0", "x"}, id="every-word"),
        pytest.param('"how work"', set(), id="a-phrase-that-is-not-there"),
        pytest.param('"and how"', {"x"}, id="a-phrase"),
        pytest.param('lamp "turns"', {"m1"}, id="a-word-and-a-phrase"),
        pytest.param("ca", {"y"}, id="without-accents"),
        pytest.param("c++ it's", {"y"}, id="signs"),
        pytest.param("work OR lamp", set(), id="an-operator-is-a-word"),
        pytest.param("-work", {"m0", "x", "y"}, id="a-minus"),
        pytest.param("light*", set(), id="a-star"),
        pytest.param("content:work", set(), id="a-column"),
        pytest.param('"and how', {"x"}, id="an-open-quote"),
        pytest.param("", set(), id="nothing"),
        pytest.param('"" ! *', set(), id="only-signs"),
        pytest.param("how\0work", {"m0", "x"}, id="nul"),
        pytest.param("work\udcff", {"m0", "x", "y"}, id="not-unicode"),
    ],
)
def test_words_find_messages(chats: sqlite3.Connection, words: str, expected: set[str]) -> None:
    """All words must occur, quoted words together; no character is an operator."""
    assert found(chats, words) == expected


@given(st.text(alphabet=st.characters() | st.sampled_from('"*:^(){}-+\0\udc80aà'), max_size=30))
def test_no_query_raises(words: str) -> None:
    """Whatever a person types, search answers."""
    search(_EMPTY, words)


_EMPTY = memory()


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(" ".join(f"w{place}" for place in range(3000)), id="many-words"),
        pytest.param("x" * 1_000_000, id="a-long-word"),
        pytest.param('"' + "x " * 100_000 + '"', id="a-long-phrase"),
        pytest.param('"' * 10_001, id="quotes"),
    ],
)
def test_no_query_is_too_long(chats: sqlite3.Connection, words: str) -> None:
    """A whole page pasted into the search finds nothing, in peace."""
    assert search(chats, words) == []


def test_a_hit_says_where_it_is(chats: sqlite3.Connection) -> None:
    """A hit names conversation and message, and marks the matches in a snippet."""
    (hit,) = search(chats, "lighthouses")

    assert (hit.provider, hit.conversation_id, hit.title) == ("chatgpt", "c1", "Lamps")
    assert (hit.message_id, hit.role, hit.timestamp) == ("m0", "user", 1_700_000_000_000)
    assert hit.snippet == f"How do {MATCH_START}lighthouses{MATCH_END} work?"


def test_search_can_be_narrowed(chats: sqlite3.Connection) -> None:
    """One provider only, and no more hits than wanted."""
    assert [hit.message_id for hit in search(chats, "work", provider="grok")] == ["y"]
    assert len(search(chats, "work", limit=2)) == 2
    assert search(chats, "work", provider="codex") == []


@given(st.lists(st.sampled_from(["red", "green", "blue", "Ünï", "x1"]), min_size=1, max_size=4))
def test_a_message_is_found_by_its_own_words(words: Sequence[str]) -> None:
    """Every message is found by its words in any order, and by them as a phrase."""
    connection = memory()
    tell(connection, conversation(message("m", " ".join(words))))

    assert found(connection, " ".join(reversed(words))) == {"m"}
    assert found(connection, '"' + " ".join(words) + '"') == {"m"}
