"""Merging: what several documents tell of a conversation is united, in whatever order they come."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TypeAlias, get_args

import pytest
from archives import an_import, bring, clean, dirty, index_agrees, memory, sha, tell, tier_2
from hypothesis import given, settings
from hypothesis import strategies as st
from records import chain, conversation, message

from polylogue.model import (
    AssetName,
    Attachment,
    Conversation,
    Feedback,
    Head,
    Part,
    Role,
    Text,
    Thinking,
    UnknownKind,
)
from polylogue.store.assets import add_asset_name
from polylogue.store.documents import SourceRef, base_chunk, known_provider
from polylogue.store.feedback import add_feedback
from polylogue.store.heads import fold
from polylogue.store.merge import merge

# --- Documents in any order ----------------------------------------------------------------------


@dataclass(frozen=True)
class Bytes:
    """A member of an export: the bytes of a provider's file."""

    ref: str
    data: bytes


News: TypeAlias = Conversation | AssetName | Bytes | Feedback


def learn(connection: sqlite3.Connection, import_id: int, news: News) -> None:
    """Put one piece of news into the archive."""
    match news:
        case Conversation():
            tell(connection, news, import_id=import_id)
        case AssetName():
            add_asset_name(connection, "chatgpt", news)
        case Bytes():
            bring(connection, news.ref, news.data)
        case Feedback():
            add_feedback(connection, "chatgpt", news)


def learned(news: Sequence[News]) -> sqlite3.Connection:
    """Return an archive that got this news, in this order."""
    connection = memory()
    import_id = an_import(connection)
    for item in news:
        learn(connection, import_id, item)
    return connection


_REFS = st.sampled_from(["", "file-1", "file-2"])
_WORDS = st.sampled_from(["", "a", "b", "longer", "ünï 👩‍💻"])
_PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, text=_WORDS),
    st.builds(Thinking, text=_WORDS),
    st.builds(Attachment, ref=_REFS, name=_WORDS, size=st.none() | st.integers(0, 9)),
)
_MESSAGES = st.builds(
    message,
    st.sampled_from(["", "m1", "m2", "m3", "m4"]),
    st.lists(_PARTS, max_size=2),
    parent=st.none() | st.sampled_from(["", "m1", "m2", "m3"]),
    role=st.sampled_from(get_args(Role)),
    timestamp=st.none() | st.integers(0, 3),
    hidden=st.booleans(),
    metadata=st.dictionaries(st.sampled_from("xy"), st.booleans(), max_size=1),
)
_HEADS = st.builds(
    Head,
    title=_WORDS,
    created_at=st.none() | st.integers(0, 3),
    updated_at=st.none() | st.integers(0, 3),
    model=_WORDS,
    current_id=st.sampled_from(["", "m1", "m3"]),
    metadata=st.dictionaries(st.sampled_from("xy"), st.booleans(), max_size=2),
)
_CONVERSATIONS = st.builds(
    Conversation,
    provider=st.just("chatgpt"),
    conversation_id=st.sampled_from(["c1", "c1", "c2"]),
    head=_HEADS,
    messages=st.lists(_MESSAGES, max_size=4).map(tuple),
    unknowns=st.lists(
        st.builds(UnknownKind, path=st.just("part"), kind=st.sampled_from("kl")), max_size=1
    ).map(tuple),
)
_NEWS = st.lists(
    st.one_of(
        _CONVERSATIONS,
        _CONVERSATIONS,
        st.builds(AssetName, ref=_REFS, name=_WORDS, mime_type=_WORDS),
        st.builds(Bytes, _REFS, st.sampled_from([b"png", b"PNG", b"larger"])),
        st.builds(
            Feedback,
            message_id=st.sampled_from(["m1", "m2"]),
            rating=st.sampled_from(["good", "bad"]),
            created_at=st.none() | st.integers(0, 2),
        ),
    ),
    max_size=6,
)


@given(_NEWS, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_any_order_and_repetition_ends_in_the_same_rows(news: list[News], random: Random) -> None:
    """Any order and any repetition of the same imports, also a part of them first, is the same."""
    other = [*random.sample(news, len(news)), *random.sample(news, len(news) // 2)]
    random.shuffle(other)
    part = random.sample(news, len(news) // 2)

    once = learned(news)

    assert tier_2(learned(other)) == tier_2(once)
    assert tier_2(learned([*part, *news])) == tier_2(once)
    assert index_agrees(once)


@given(_NEWS)
@settings(max_examples=50, deadline=None)
def test_the_same_again_changes_nothing(news: list[News]) -> None:
    """What the archive knows already writes no row of tier 2 and dirties no note."""
    connection = learned(news)
    clean(connection)
    before = tier_2(connection)

    for item in news:
        learn(connection, 1, item)

    assert tier_2(connection) == before
    assert not dirty(connection)


def test_the_same_document_again_writes_nothing() -> None:
    """A document that was merged before is known by its hash; not one row is touched."""
    connection = memory()
    told = conversation(*chain("hello", "hi"), title="T")
    tell(connection, told)
    sha256, object_id = connection.execute(
        "SELECT sha256, object_id FROM conversation_sources"
    ).fetchone()
    again = SourceRef(sha256, object_id, 0, 1, 1)
    before = connection.total_changes

    assert merge(connection, told, again, 1) == "same"
    assert connection.total_changes == before


def test_the_changes_are_told() -> None:
    """Merging says whether a conversation is new, changed, or the same in other bytes."""
    connection = memory()

    assert tell(connection, conversation(*chain("hello"))) == "new"
    assert tell(connection, conversation(*chain("hello", "hi"))) == "changed"
    assert tell(connection, conversation(*chain("hello"), updated_at=5)) == "same"


# --- Richer and poorer versions ------------------------------------------------------------------


def said(connection: sqlite3.Connection) -> dict[str, str]:
    """Return what each message says."""
    return dict(connection.execute("SELECT message_id, content FROM messages"))


def test_a_blank_shell_takes_nothing_away() -> None:
    """An export that has only the shell of an old chat leaves its messages, title and links alone."""
    connection = memory()
    tell(connection, conversation(*chain("hello", "hi"), title="T", url="u", updated_at=1))
    clean(connection)
    before = tier_2(connection)

    shell = conversation(message("m0"), message("m1", parent="m0"), updated_at=9)

    assert tell(connection, shell) == "same"
    assert tier_2(connection)["messages"] == before["messages"]
    assert connection.execute("SELECT title, url FROM conversations").fetchone() == ("T", "u")
    assert not dirty(connection)


def test_a_slim_version_after_a_full_one_keeps_the_full_one() -> None:
    """A version of a message with less in it never replaces one with more."""
    connection = memory()
    full = message("m", [Thinking(text="let me see"), Text(text="hi")], metadata={"tokens": 3})
    tell(connection, conversation(full))

    assert tell(connection, conversation(message("m", "hi"))) == "same"
    assert said(connection) == {"m": "let me see\n\nhi"}


def test_a_richer_version_replaces_a_poorer_one() -> None:
    """A version of a message with more in it replaces the poorer, and its index entry with it."""
    connection = memory()
    tell(connection, conversation(message("m", "zebra")))
    clean(connection)

    assert tell(connection, conversation(message("m", "giraffe and okapi"))) == "changed"
    assert said(connection) == {"m": "giraffe and okapi"}
    assert dirty(connection) == {"c1"}
    assert _found(connection, "okapi") == 1
    assert _found(connection, "zebra") == 0
    assert index_agrees(connection)


def test_the_richest_of_one_document_stays() -> None:
    """When one document has two versions of a message, the richer stays, wherever it stands."""
    poor, rich = message("m", "hi"), message("m", "hi there")

    for order in ([poor, rich], [rich, poor]):
        connection = memory()
        tell(connection, conversation(*order))
        assert said(connection) == {"m": "hi there"}


def test_absence_is_no_deletion() -> None:
    """What a later export leaves out stays: messages, whole branches, conversations."""
    connection = memory()
    first = chain("hello", "hi", "more")
    tell(connection, conversation(*first, updated_at=1))
    tell(connection, conversation(*chain("else", prefix="x"), conversation_id="c2"))

    later = (first[0], message("n", "other answer", parent="m0", timestamp=1_800_000_000_000))
    tell(connection, conversation(*later, current_id="n", updated_at=2))

    assert said(connection).keys() == {"m0", "m1", "m2", "n", "x0"}
    assert _places(connection) == {"m0": (0, 0), "n": (0, 1), "m1": (1, 1), "m2": (1, 2)}


def test_another_path_taken_moves_the_branches() -> None:
    """When a later version shows another leaf, places change and the note is rendered again."""
    connection = memory()
    nodes = (message("r", "q"), message("a", "x", parent="r"), message("b", "y", parent="r"))
    tell(connection, conversation(*nodes, current_id="a", updated_at=1))
    clean(connection)

    assert tell(connection, conversation(*nodes, current_id="b", updated_at=2)) == "changed"
    assert _places(connection) == {"r": (0, 0), "b": (0, 1), "a": (1, 1)}
    assert dirty(connection) == {"c1"}


# --- The conversation's own fields ---------------------------------------------------------------


def test_the_newest_version_that_says_something_wins() -> None:
    """Field by field, the newest that is not silent wins; the earliest creation stays."""
    heads = [
        Head(title="old", model="m1", created_at=5, updated_at=1, metadata={"a": 1, "b": 1}),
        Head(title="new", created_at=7, updated_at=2, metadata={"b": 2}),
        Head(url="u", updated_at=3),
    ]

    assert fold(heads) == Head(
        title="new", model="m1", url="u", created_at=5, updated_at=3, metadata={"a": 1, "b": 2}
    )


def test_an_older_version_that_comes_late_does_not_win() -> None:
    """Which version is the newest is said by the versions, not by the order of imports."""
    connection = memory()
    tell(connection, conversation(title="new", updated_at=2))
    clean(connection)

    assert tell(connection, conversation(title="old", updated_at=1)) == "same"
    assert connection.execute("SELECT title, slug FROM conversations").fetchone() == ("new", "new")
    assert not dirty(connection)


def test_a_new_title_makes_a_note_dirty() -> None:
    """A conversation whose own fields changed is rendered again."""
    connection = memory()
    tell(connection, conversation(title="old", updated_at=1))
    clean(connection)

    assert tell(connection, conversation(title="new", updated_at=2)) == "changed"
    assert dirty(connection) == {"c1"}


def test_a_mere_touch_makes_no_note_dirty() -> None:
    """`updated_at` alone is kept, and is no reason to render: vendors touch it at will."""
    connection = memory()
    tell(connection, conversation(*chain("Tea?"), title="T", updated_at=1))
    clean(connection)

    assert tell(connection, conversation(*chain("Tea?"), title="T", updated_at=2)) == "same"
    assert connection.execute("SELECT updated_at FROM conversations").fetchone() == (2,)
    assert not dirty(connection)


def test_a_touch_is_shown_where_no_message_has_a_time() -> None:
    """Then `updated_at` is the only time that the note can tell."""
    connection = memory()
    tell(connection, conversation(message("a", "Tea?"), title="T", updated_at=1))
    clean(connection)

    assert (
        tell(connection, conversation(message("a", "Tea?"), title="T", updated_at=2)) == "changed"
    )
    assert dirty(connection) == {"c1"}


def test_providers_do_not_mix() -> None:
    """The same id at two providers is two conversations."""
    connection = memory()
    tell(connection, conversation(message("m", "a"), provider="chatgpt"))
    tell(connection, conversation(message("m", "b"), provider="grok"))

    assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (2,)
    assert sorted(connection.execute("SELECT content FROM messages")) == [("a",), ("b",)]


# --- Sources, ledger -----------------------------------------------------------------------------


def test_unknowns_are_counted_once_a_document() -> None:
    """The ledger counts what each distinct document had, however often it is imported."""
    connection = memory()
    odd = [UnknownKind(path="content", kind="hologram", count=2)]
    for _ in range(2):
        tell(connection, conversation(message("m", "a"), unknowns=odd))
    tell(connection, conversation(message("m", "ab"), unknowns=odd))

    assert tier_2(connection)["unknowns"] == [("chatgpt", "content", "hologram", 4)]


def test_a_document_is_known_by_its_hash() -> None:
    """After a merge its document's hash says whose it is; a strange hash says nothing."""
    connection = memory()
    tell(connection, conversation(message("m", "a"), provider="grok"))
    (known,) = connection.execute("SELECT sha256 FROM conversation_sources").fetchone()

    assert known_provider(connection, known) == "grok"
    assert known_provider(connection, sha(b"else")) is None


def test_the_base_of_a_delta_is_whole() -> None:
    """The chunk that a new version may refer to is the newest document's, or what that refers to."""
    connection = memory()
    tell(connection, conversation(message("m", "a")))
    (whole,) = connection.execute("SELECT max(id) FROM chunks").fetchone()
    tell(connection, conversation(message("m", "ab")))
    (delta,) = connection.execute("SELECT max(id) FROM chunks").fetchone()
    connection.execute(
        "UPDATE chunks SET codec = 'delta', base_id = ? WHERE id = ?", (whole, delta)
    )

    assert base_chunk(connection, "chatgpt", "c1") == whole
    assert base_chunk(connection, "chatgpt", "c2") is None


# --- Attachments, their names and bytes; feedback ------------------------------------------------

_FILE = Attachment(ref="file-1", size=7)
_FACTS: dict[str, Callable[[sqlite3.Connection], object]] = {
    "message": lambda connection: tell(connection, conversation(message("m", [_FILE]))),
    "name": lambda connection: add_asset_name(
        connection, "chatgpt", AssetName(ref="file-1", name="cat.png", mime_type="image/x")
    ),
    "bytes": lambda connection: bring(connection, "file-1", b"a cat"),
}


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(("message", "name", "bytes"), id="message-name-bytes"),
        pytest.param(("message", "bytes", "name"), id="message-bytes-name"),
        pytest.param(("name", "message", "bytes"), id="name-message-bytes"),
        pytest.param(("name", "bytes", "message"), id="name-bytes-message"),
        pytest.param(("bytes", "message", "name"), id="bytes-message-name"),
        pytest.param(("bytes", "name", "message"), id="bytes-name-message"),
    ],
)
def test_attachments_are_resolved_whichever_comes_first(order: tuple[str, ...]) -> None:
    """Message, name and bytes of a file find one another in every order, and mark the note."""
    connection = memory()
    for fact in order[:-1]:
        _FACTS[fact](connection)
    clean(connection)

    _FACTS[order[-1]](connection)

    assert connection.execute(
        "SELECT status, filename, mime_type, size_bytes, o.sha256"
        " FROM attachments a JOIN objects o ON o.id = a.object_id"
    ).fetchall() == [("stored", "cat.png", "image/png", 5, sha(b"a cat"))]
    assert dirty(connection) == {"c1"}


def test_a_file_that_is_not_there_says_so() -> None:
    """Without bytes an attachment keeps what the chat says of it, and that it is not there."""
    connection = memory()
    tell(connection, conversation(message("m", [Attachment(ref="f", name="a.pdf", size=3)])))

    assert connection.execute(
        "SELECT status, filename, size_bytes, object_id FROM attachments"
    ).fetchall() == [("not_in_export", "a.pdf", 3, None)]


def test_of_several_files_with_one_id_the_largest_is_shown() -> None:
    """Thumbnails and originals come under one id; the larger is shown, whichever comes first."""
    for order in ([b"small", b"the large one"], [b"the large one", b"small"]):
        connection = memory()
        tell(connection, conversation(message("m", [_FILE])))
        for data in order:
            bring(connection, "file-1", data)

        assert connection.execute("SELECT size_bytes FROM attachments").fetchall() == [(13,)]


def test_news_of_a_file_that_change_no_row_mark_nothing() -> None:
    """A name for a file that the chat names itself is kept, and dirties no note."""
    connection = memory()
    named = Attachment(ref="file-1", name="mine.png", mime_type="image/png")
    tell(connection, conversation(message("m", [named])))
    bring(connection, "file-1", b"a cat")
    clean(connection)

    add_asset_name(connection, "chatgpt", AssetName(ref="file-1", name="other.png"))

    assert connection.execute("SELECT name FROM assets").fetchall() == [("other.png",)]
    assert not dirty(connection)


def test_files_of_another_provider_are_others() -> None:
    """The same file id at two providers is two files."""
    connection = memory()
    tell(connection, conversation(message("m", [_FILE])))

    bring(connection, "file-1", b"a cat", provider="grok")

    assert connection.execute("SELECT status FROM attachments").fetchall() == [("not_in_export",)]


@pytest.mark.parametrize("thumb_first", [True, False], ids=["thumb-first", "message-first"])
def test_feedback_finds_its_message(*, thumb_first: bool) -> None:
    """A thumb belongs to its message whichever comes first, and marks the conversation."""
    connection = memory()
    steps: list[Callable[[], object]] = [
        partial(add_feedback, connection, "chatgpt", Feedback(message_id="m", rating="thumbsUp")),
        partial(tell, connection, conversation(message("m", "hi"))),
    ]
    for step in steps if thumb_first else reversed(steps):
        clean(connection)
        step()

    assert dirty(connection) == {"c1"}
    assert tier_2(connection)["feedback"] == [("chatgpt", "m", "thumbsUp", "", None)]


def test_the_newest_feedback_stays() -> None:
    """An older thumb that comes late changes and marks nothing; a newer one replaces."""
    connection = memory()
    tell(connection, conversation(message("m", "hi")))
    seen = []
    for rating, at in (("up", 2), ("down", 1), ("down", 3)):
        clean(connection)
        thumb = Feedback(message_id="m", rating=rating, created_at=at)
        add_feedback(connection, "chatgpt", thumb)
        seen.append((tier_2(connection)["feedback"], dirty(connection)))

    assert seen == [
        ([("chatgpt", "m", "up", "", 2)], {"c1"}),
        ([("chatgpt", "m", "up", "", 2)], set()),
        ([("chatgpt", "m", "down", "", 3)], {"c1"}),
    ]


def _found(connection: sqlite3.Connection, word: str) -> int:
    return len(
        connection.execute(
            "SELECT 1 FROM messages_fts WHERE messages_fts MATCH ?", (word,)
        ).fetchall()
    )


def _places(connection: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    return {
        message_id: (branch, position)
        for message_id, branch, position in connection.execute(
            "SELECT message_id, branch_id, position FROM messages m"
            " JOIN conversations c ON c.id = m.conversation_id WHERE c.conversation_id = 'c1'"
        )
    }
