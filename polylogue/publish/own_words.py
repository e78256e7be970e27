"""What a person writes below the notes line of a note.

    …the note…

    %% polylogue: write below this line, it is kept %%
    anything

The line is a comment of Obsidian's: seen while writing, not while reading. What stands below it is the
person's, byte for byte: it goes into the archive whenever a note is found changed, and always before
a note is replaced, and from there under every note that is rendered.

Where the line is: a chat can quote it, and so can the person. So a file is first taken to be a note of
polylogue's with other words below: where what is above, with words that were known, has the hash of
the manifest. Failing that somebody changed what is above, and the last such line counts. Without any
the person deleted it: then the whole file is an edited copy, and the archive keeps what it has.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from polylogue.publish.files import as_entry, as_written
from polylogue.publish.formats import FORMATS
from polylogue.store import words
from polylogue.store.archive import Archive
from polylogue.store.manifest import ViewFile
from polylogue.store.words import NoteKey, Words
from polylogue.vault import Entry, Vault

LINE: Final = b"%% polylogue: write below this line, it is kept %%"

_LINE = re.compile(rb"^" + re.escape(LINE) + rb"[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_LARGEST = 256 << 20  # bytes of a note that is read back
_MOST = 50  # lines in one file that are tried


class Split(NamedTuple):
    """A note taken apart; `is_ours` says that above the line it is as polylogue wrote it."""

    text: bytes
    is_ours: bool


def with_words(note: bytes, text: bytes) -> bytes:
    """Return a note with its line, and a person's words below."""
    return b"%b\n%b\n%b" % (note, LINE, text)


def split(data: bytes, known: Sequence[bytes], texts: Sequence[bytes]) -> Split | None:
    """Return what stands below the line of a note, None when it has none.

    `known` are the hashes of the note as polylogue left it, with one of `texts` below the line.
    """
    digest, at = hashlib.sha256(), 0
    found = list(_LINE.finditer(data))
    for line in found[-_MOST:]:
        digest.update(data[at : line.start()])
        at = line.start()
        for text in (b"", *texts):
            whole = digest.copy()
            whole.update(b"%b\n%b" % (LINE, text))
            if whole.digest() in known:
                return Split(data[line.end() :], is_ours=True)
    return Split(data[found[-1].end() :], is_ours=False) if found else None


class OwnWords:
    """Reads what persons wrote in the notes of a vault; `taken` waits to be kept in the archive."""

    def __init__(self, archive: Archive, vault: Vault) -> None:
        self.taken: dict[NoteKey, bytes] = {}
        self._connection = archive.connection
        self._vault = vault

    def below(self, note: NoteKey) -> bytes:
        """Return the words that stand below the line of a note."""
        if note in self.taken:
            return self.taken[note]
        return (words.versions(self._connection, note) or [b""])[-1]

    def keep(self) -> None:
        """Put into the archive what was taken, inside its transaction."""
        for note, text in self.taken.items():
            words.keep(self._connection, Words(note, text))
        self.taken.clear()

    def read(self, file: ViewFile) -> ViewFile:
        """Take the words out of a note that may have changed; return its row as it is on disk.

        A row that stays as it was, though the file is not, says that the file is somebody's edit.
        """
        entry = as_entry(file)
        if entry is None and file.intent is None:
            return file
        if entry and file.intent is None and not any(self._vault.check([entry])):
            return file
        return self.found(file, file.path)

    def found(self, file: ViewFile, path: str) -> ViewFile:
        """Take the words out of what is at `path` now, which is a note or an edited copy of it."""
        seen = self._vault.read(path, limit=_LARGEST)
        if seen is None:
            return file
        data, now = seen
        if now.sha256 in {file.sha256, file.intent}:
            return as_written(file, now)
        if file.conversation is None or not FORMATS[file.format].has_words:
            return file
        note = words.note_key(self._connection, file.conversation, file.part)
        return self._taken(file, note, data, now)

    def _taken(self, file: ViewFile, note: NoteKey, data: bytes, now: Entry) -> ViewFile:
        known = [sha256 for sha256 in (file.sha256, file.intent) if sha256]
        texts = [*words.versions(self._connection, note), self.taken.get(note, b"")]
        parts = split(data, known, texts)
        if parts is None or not (parts.is_ours or file.sha256):
            return file
        if parts.text != self.below(note):
            self.taken[note] = parts.text
        return as_written(file, now) if parts.is_ours else file
