"""What a person writes below the line of a note is theirs: kept, shown again, and never lost."""

import datetime as dt
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import chatgpt_exports as exports
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylogue.ingest import ingest
from polylogue.model import Arrival
from polylogue.publish import Target, look, publish
from polylogue.publish.own_words import LINE, split, with_words
from polylogue.publish.planning import Planner
from polylogue.store.archive import Archive, open_archive
from polylogue.store.dirty import Mark, dirty_count, mark_all_dirty
from polylogue.store.words import NoteKey, versions
from polylogue.vault import Entry, Vault, Written

_MINE = b"\n# My thoughts\r\n\n- [ ] ask \xff again #tea [[Somewhere]]"
_KEY = NoteKey("chatgpt", "c1", 1)


class Chat:
    """A chat that grows, its archive and its vault."""

    def __init__(self, folder: Path, archive: Archive) -> None:
        self.archive = archive
        self.target = Target(folder / "Vault", "{provider}", dt.UTC)
        self.note = self.target.root / "chatgpt" / "2025-06-15 Tea.md"
        self._folder = folder

    def say(self, *texts: str) -> None:
        """Import the chat with these messages."""
        told = [exports.conversation("c1", "Tea", *texts)]
        export = exports.export_zip(self._folder / f"{len(texts)}.zip", told)
        ingest(self.archive, Arrival(path=export, origin="import"), imported_at=1, max_size=1 << 40)

    def rerender(self) -> None:
        """Render all notes again."""
        with self.archive.transaction() as connection:
            mark_all_dirty(connection)
        publish(self.archive, self.target)

    def write_below(self, words: bytes) -> None:
        """Write below the line as an editor does, in place of what stands there."""
        above = self.note.read_bytes().partition(LINE + b"\n")[0]
        self.note.write_bytes(above + LINE + b"\n" + words)

    @property
    def below(self) -> bytes:
        """What stands below the line."""
        return self.note.read_bytes().rpartition(LINE + b"\n")[2]

    @property
    def kept(self) -> list[bytes]:
        """What the archive has."""
        return versions(self.archive.connection, _KEY)

    @property
    def edited(self) -> list[Path]:
        """The edited copies."""
        return [path for path in (self.target.root / "_edited").rglob("*") if path.is_file()]


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    """Return a chat that was published."""
    with open_archive(tmp_path / "data" / "archive.db") as archive:
        told = Chat(tmp_path, archive)
        told.say("Which tea?", "Green.")
        publish(archive, told.target)
        yield told


def test_words_stay_when_the_note_changes(chat: Chat) -> None:
    """They are taken before the note is replaced, and it is no edit."""
    chat.write_below(_MINE)
    chat.say("Which tea?", "Green.", "Sure?", "Yes.")
    publish(chat.archive, chat.target)

    assert b"Yes." in chat.note.read_bytes()
    assert (chat.below, chat.kept, chat.edited) == (_MINE, [_MINE], [])


def test_words_come_back_with_a_deleted_vault(chat: Chat) -> None:
    """A look takes them into the archive; from there the vault is made again byte for byte."""
    chat.write_below(_MINE)
    survey = look(chat.archive, chat.target)
    before = chat.note.read_bytes()
    shutil.rmtree(chat.target.root)
    chat.target.root.mkdir()
    (chat.target.root / ".polylogue").touch()
    look(chat.archive, chat.target)
    publish(chat.archive, chat.target)

    assert (survey.words, survey.edited, survey.missing) == (1, 0, 0)
    assert chat.note.read_bytes() == before


def test_rendering_again_leaves_the_file_alone(chat: Chat) -> None:
    """With words that are known the note has the bytes that it should have."""
    chat.write_below(_MINE)
    look(chat.archive, chat.target)
    before = chat.note.stat()
    again = look(chat.archive, chat.target)
    chat.rerender()

    assert (again.words, again.edited) == (0, 0)
    assert (chat.note.stat().st_ino, chat.note.stat().st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )


def test_what_changed_above_goes_aside_and_the_words_stay(chat: Chat) -> None:
    """The edited copy is kept whole; the words stand below the new note."""
    chat.write_below(_MINE)
    chat.note.write_bytes(chat.note.read_bytes().replace(b"Green", b"Black"))
    copy = chat.note.read_bytes()
    survey = look(chat.archive, chat.target)
    chat.rerender()

    assert survey.edited == 1
    assert b"Green" in chat.note.read_bytes()
    assert (chat.below, chat.kept) == (_MINE, [_MINE])
    assert [path.read_bytes() for path in chat.edited] == [copy]


def test_a_deleted_line_loses_nothing(chat: Chat) -> None:
    """The whole file is an edited copy, and what the archive had comes back."""
    chat.write_below(b"first\n")
    look(chat.archive, chat.target)
    without = chat.note.read_bytes().replace(LINE, b"") + b"second\n"
    chat.note.write_bytes(without)
    look(chat.archive, chat.target)
    chat.rerender()

    assert (chat.below, chat.kept) == (b"first\n", [b"first\n"])
    assert [path.read_bytes() for path in chat.edited] == [without]


def test_emptied_words_stay_empty_and_are_kept(chat: Chat) -> None:
    """Who deletes the words means it; the archive still has them."""
    chat.write_below(_MINE)
    look(chat.archive, chat.target)
    chat.write_below(b"")
    look(chat.archive, chat.target)
    chat.rerender()

    assert (chat.below, chat.kept, chat.edited) == (b"", [_MINE, b""], [])


def test_a_note_that_was_emptied_comes_back_with_its_words(chat: Chat) -> None:
    """An empty file says nothing of the words."""
    chat.write_below(_MINE)
    look(chat.archive, chat.target)
    chat.note.write_bytes(b"")
    look(chat.archive, chat.target)
    chat.rerender()

    assert chat.below == _MINE


def test_typing_keeps_one_version(chat: Chat) -> None:
    """A version that the next one contains is dropped; one that it does not contain is kept."""
    for words in (b"I", b"I think", b"I think so", b"No", b"No."):
        chat.write_below(words)
        look(chat.archive, chat.target)

    assert chat.kept == [b"I think so", b"No."]


class _HurriedVault(Vault):
    """A vault in which a person saves a note right before it is replaced, once."""

    words = b""
    note = Path()

    def write(
        self, path: str, data: bytes, *, mtime_ms: int | None, previous: Entry | None
    ) -> Written:
        """Save, then write."""
        if self.words:
            type(self).words, words = b"", self.words
            self.note.write_bytes(self.note.read_bytes() + words)
        return super().write(path, data, mtime_ms=mtime_ms, previous=previous)


def test_words_of_the_last_moment_are_shown_too(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who saves between the reading and the writing finds the words in the note all the same."""
    chat.write_below(b"first")
    monkeypatch.setattr("polylogue.publish.Vault", _HurriedVault)
    _HurriedVault.note, _HurriedVault.words = chat.note, b", second"
    chat.say("Which tea?", "Green.", "Sure?", "Yes.")
    publish(chat.archive, chat.target)

    assert b"Yes." in chat.note.read_bytes()
    assert chat.below == b"first, second"
    assert dirty_count(chat.archive.connection) == 0


def test_a_kill_between_reading_and_writing(chat: Chat) -> None:
    """Until the note is replaced it holds the words itself, and the next run reads them."""
    chat.write_below(_MINE)
    chat.say("Which tea?", "Green.", "Sure?", "Yes.")
    with Vault.open(chat.target.root, marker_id=_marker(chat), disk=None) as vault:
        (note,) = Planner(chat.archive, vault, chat.target).plan(Mark(1, 0, 1))
    assert note.data.endswith(LINE + b"\n" + _MINE)
    assert chat.kept == []
    publish(chat.archive, chat.target)

    assert (chat.below, chat.kept, chat.edited) == (_MINE, [_MINE], [])


def _marker(chat: Chat) -> str:
    query = "SELECT value FROM meta WHERE key = 'archive_id'"
    marker: str = chat.archive.connection.execute(query).fetchone()[0]
    return marker


def test_a_chat_that_quotes_the_line(chat: Chat) -> None:
    """What stands below the line in a chat's own code is not the person's."""
    chat.say("Which tea?", "Green.", "Show", f"```\n{LINE.decode()}\nnot mine\n```", "And?", "So.")
    publish(chat.archive, chat.target)
    chat.note.write_bytes(chat.note.read_bytes() + b"mine")
    chat.rerender()

    assert (chat.kept, chat.edited) == ([b"mine"], [])


_BYTES = st.lists(st.sampled_from([LINE + b"\n", LINE, b"a", b"\n", b"\r\n", b"%%"])).map(b"".join)


@given(note=_BYTES, old=_BYTES, new=_BYTES)
def test_words_are_told_from_the_note_whatever_is_in_either(
    note: bytes, old: bytes, new: bytes
) -> None:
    """Also where note or words have the line in them; taken from what was written they are exact."""
    whole = with_words(note + b"\n", old)
    found = split(with_words(note + b"\n", new), [hashlib.sha256(whole).digest()], [old])

    assert found is not None
    assert found.is_ours
    assert with_words(note + b"\n", found.text) == with_words(note + b"\n", new)
