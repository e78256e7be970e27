"""The manifest: which files of the vault are polylogue's own."""

import sqlite3

import pytest
from archives import bring, keep, memory, tell
from records import conversation, message

from polylogue.model import Attachment
from polylogue.store.manifest import (
    ViewFile,
    forget,
    notes_of,
    object_file,
    path_taken,
    record,
    shown_in,
    view_files,
)

_NOTE = ViewFile("a.md", "A.md", 1, None, b"h" * 32, 5, 6, 7, b"i" * 32)


@pytest.fixture
def chats() -> sqlite3.Connection:
    """Return an archive with two conversations, which show one picture."""
    connection = memory()
    for name in ("c1", "c2"):
        told = conversation(message("m", [Attachment(ref="f")]), conversation_id=name)
        tell(connection, told)
    bring(connection, "f", b"a picture")
    return connection


def test_files_are_found_by_what_they_show(chats: sqlite3.Connection) -> None:
    """A note is found by its conversation, an attachment by its object, each by its path's key."""
    picture = ViewFile("p.png", "p.png", None, 1, b"h" * 32, 5, 6, 7)
    record(chats, [_NOTE, picture])

    assert notes_of(chats, 1) == [_NOTE]
    assert object_file(chats, 1) == picture
    assert (notes_of(chats, 2), object_file(chats, 2)) == ([], None)
    assert (path_taken(chats, "a.md"), path_taken(chats, "A.md")) == (True, False)
    assert list(view_files(chats)) == [_NOTE, picture]


def test_a_conversation_has_one_note(chats: sqlite3.Connection) -> None:
    """A note that is recorded again, also under another path, replaces the row before."""
    record(chats, [_NOTE])
    moved = ViewFile("b.md", "B.md", 1, None, b"j" * 32, 8, 9, 7)

    record(chats, [moved])

    assert list(view_files(chats)) == [moved]


def test_a_long_session_has_several_notes(chats: sqlite3.Connection) -> None:
    """Each of its parts has one, and they come in their order."""
    second = ViewFile("a (2).md", "A (2).md", 1, None, part=2)

    record(chats, [second, _NOTE])

    assert notes_of(chats, 1) == [_NOTE, second]


def test_what_is_forgotten_is_foreign(chats: sqlite3.Connection) -> None:
    """A file that is taken out of the manifest is no longer polylogue's."""
    record(chats, [_NOTE])

    forget(chats, ["a.md", "never-there.md"])

    assert list(view_files(chats)) == []


def test_an_object_knows_its_conversations(chats: sqlite3.Connection) -> None:
    """All conversations that show an object are found, and none for an object that nobody shows."""
    (shown,) = chats.execute("SELECT DISTINCT object_id FROM attachments").fetchone()

    assert sorted(shown_in(chats, shown)) == [1, 2]
    assert shown_in(chats, keep(chats, b"else")) == []
