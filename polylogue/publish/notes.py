"""Batches of dirty conversations → notes on disk.

    plan      read the conversation, choose its path, write its attachments, render   (no transaction)
    intend    one transaction: these bytes are about to go to these paths
    write     the files
    record    this is how the files are now, and the dirty marks go: in the next batch's transaction,
              since each waits for the bulk import that runs beside

A kill between any two of these repeats work and loses nothing: the marks are still there, and what
is on disk is known to be polylogue's own by its hash, old or intended.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from msgspec import structs

from polylogue.errors import ArchiveError, BusyError, VaultError
from polylogue.model import StoredAttachment, StoredConversation
from polylogue.render import names
from polylogue.render.note import Renderer
from polylogue.store import manifest
from polylogue.store.archive import Archive, Connection
from polylogue.store.dirty import Mark, clear
from polylogue.store.load import load
from polylogue.store.manifest import ViewFile
from polylogue.store.objects import object_bytes
from polylogue.vault import Entry, Vault, Written

_LARGEST = 256 << 20  # bytes of a note that is read back to see whether it is the one intended


@dataclass(slots=True)
class Report:
    """What was published.

    `blocked` and `saved` are paths in the vault: not written, put aside. `broken` are the ids of
    conversations that could not be rendered, with the kind of error.
    """

    written: int = 0
    unchanged: int = 0
    blocked: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Note:
    """A note about to be written; `file.intent` is the hash of `data`."""

    mark: Mark
    file: ViewFile
    data: bytes
    mtime_ms: int | None


class Publisher:
    """Writes notes from one archive into one vault, for as long as both are open."""

    def __init__(self, archive: Archive, vault: Vault, renderer: Renderer, layout: str) -> None:
        self.report = Report()
        self._archive = archive
        self._vault = vault
        self._renderer = renderer
        self._layout = layout
        self._attachments: dict[int, ViewFile] = {}
        self._written: list[ViewFile] = []
        self._rendered: list[Mark] = []
        self._unused: list[str] = []

    def publish(self, marks: Sequence[Mark]) -> None:
        """Bring the notes of these conversations up to date; `close` takes the last marks away.

        Raises VaultError when the vault cannot be written; the marks stay then.
        """
        taken: set[str] = set()
        notes = [note for mark in marks if (note := self._planned(mark, taken))]
        beside = self._write(notes)  # what is blocked is written under a name of its own
        self.report.blocked.extend(note.file.path for note in self._write(beside))

    def close(self) -> None:
        """Record what the last batch wrote."""
        if self._rendered or self._attachments or self._unused:
            with self._archive.transaction() as connection:
                self._record(connection)

    def _write(self, notes: Sequence[_Note]) -> list[_Note]:
        """Write notes; return those that are blocked, planned anew under a longer name."""
        if not notes:
            return []
        with self._archive.transaction() as connection:
            self._record(connection)
            manifest.record(connection, (note.file for note in notes))
        blocked: list[_Note] = []
        for note in notes:
            written = self._vault.write(
                note.file.path, note.data, mtime_ms=note.mtime_ms, previous=as_entry(note.file)
            )
            if written.entry is None:
                blocked.append(note)
                continue
            self._count(written)
            self._written.append(as_written(note.file, written.entry))
            self._rendered.append(note.mark)
        self._unused.extend(note.file.path_key for note in blocked if not note.file.sha256)
        return [self._renamed(note) for note in blocked]

    def _record(self, connection: Connection) -> None:
        """Write down what was written since the last time, in the transaction of what comes next."""
        manifest.forget(connection, self._unused)
        manifest.record(connection, [*self._written, *self._attachments.values()])
        clear(connection, self._rendered)
        for done in (self._unused, self._written, self._attachments, self._rendered):
            done.clear()

    def _count(self, written: Written) -> None:
        if written.outcome == "unchanged":
            self.report.unchanged += 1
        else:
            self.report.written += 1
        if written.saved:
            self.report.saved.append(written.saved)

    # --- Planning --------------------------------------------------------------------------------

    def _planned(self, mark: Mark, taken: set[str]) -> _Note | None:
        """Return the planned note; None, and a report, when this conversation cannot be rendered."""
        try:
            return self._plan(mark, taken)
        except (VaultError, BusyError):
            raise
        except Exception as error:  # noqa: BLE001 - reported; one bad chat must not cost the others
            self.report.broken[mark.conversation] = type(error).__name__
            return None

    def _plan(self, mark: Mark, taken: set[str]) -> _Note:
        connection = self._archive.connection
        conversation = load(connection, mark.conversation)
        file = manifest.note_file(connection, mark.conversation)
        if file is None:
            path = self._free_path(conversation, taken)
            file = ViewFile(names.path_key(path), path, mark.conversation, None)
            taken.add(file.path_key)
        elif file.intent is not None:
            file = self._after_crash(file)
        data = self._renderer.note(self._with_files(conversation)).encode()
        return _Note(
            mark,
            replace(file, intent=hashlib.sha256(data).digest()),
            data,
            conversation.last_activity,
        )

    def _after_crash(self, file: ViewFile) -> ViewFile:
        """Return the row of a note that was being written when polylogue was killed, put right."""
        found = self._vault.read(file.path, limit=_LARGEST)
        if found is not None and found[1].sha256 == file.intent:
            return as_written(file, found[1])
        return file

    def _free_path(self, conversation: StoredConversation, taken: set[str]) -> str:
        """Return the conversation's path; with its id in it when another one has that path."""
        path = names.note_path(conversation, self._layout, self._renderer.options.timezone)
        key = names.path_key(path)
        if key in taken or manifest.path_taken(self._archive.connection, key):
            return names.with_suffix(path, conversation.conversation_id)
        return path

    def _renamed(self, note: _Note) -> _Note:
        """Return a new note under a name of its own; one that has been there before stays put."""
        if note.file.sha256 is not None:
            return note
        conversation = load(self._archive.connection, note.mark.conversation)
        path = names.with_suffix(note.file.path, conversation.conversation_id)
        return replace(note, file=replace(note.file, path=path, path_key=names.path_key(path)))

    # --- Attachments -----------------------------------------------------------------------------

    def _with_files(self, conversation: StoredConversation) -> StoredConversation:
        """Return the conversation with the paths of its attachments, after writing those."""
        if not any(message.attachments for message in conversation.messages):
            return conversation
        messages = tuple(
            structs.replace(message, attachments=tuple(map(self._shown, message.attachments)))
            for message in conversation.messages
        )
        return structs.replace(conversation, messages=messages)

    def _shown(self, attachment: StoredAttachment) -> StoredAttachment:
        """Return the attachment with its path in the vault, where it is written once."""
        if attachment.object_id is None:
            return attachment
        known = self._attachments.get(attachment.object_id) or manifest.object_file(
            self._archive.connection, attachment.object_id
        )
        path = names.attachment_path(attachment.sha256.hex(), attachment.name, attachment.mime_type)
        file = known or ViewFile(names.path_key(path), path, None, attachment.object_id)
        try:
            written = self._vault.write_stream(
                Entry(path=file.path, sha256=attachment.sha256, size=attachment.size or 0),
                object_bytes(self._archive.connection, attachment.object_id),
                mtime_ms=None,
                previous=as_entry(file),
            )
        except (
            ArchiveError
        ):  # `verify` says which bytes are damaged; the note is shown without them
            return structs.replace(attachment, status="missing")
        if written.entry is None:
            self.report.blocked.append(file.path)
            return attachment
        self._attachments[attachment.object_id] = as_written(file, written.entry)
        return structs.replace(attachment, path=file.path)


def as_entry(file: ViewFile) -> Entry | None:
    """Return what the manifest knows of a file, as the vault takes it; None before it was written."""
    if file.sha256 is None:
        return None
    return Entry(
        path=file.path,
        sha256=file.sha256,
        size=file.size,
        mtime_ns=file.mtime_ns,
        ino=file.ino,
    )


def as_written(file: ViewFile, entry: Entry) -> ViewFile:
    """Return the manifest's row of a file that is on disk as `entry` says."""
    return replace(
        file,
        sha256=entry.sha256,
        size=entry.size,
        mtime_ns=entry.mtime_ns,
        ino=entry.ino,
        intent=None,
    )
