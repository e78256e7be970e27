"""Batches of dirty conversations → notes on disk.

    plan      read the conversation, choose its paths, write its attachments, render  (no transaction)
    intend    one transaction: these bytes are about to go to these paths, and what waited for a note
              at one of them is dirty
    write     the files
    record    this is how the files are now, and the dirty marks go: in the next batch's transaction,
              since each waits for the bulk import that runs beside

A kill between any two of these repeats work and loses nothing: the marks are still there, and what
is on disk is known to be polylogue's own by its hash, old or intended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from polylogue.errors import BusyError, VaultError
from polylogue.publish.files import as_entry, as_written
from polylogue.publish.planning import Note, Planner
from polylogue.publish.target import Target
from polylogue.store import links, manifest
from polylogue.store.archive import Archive, Connection
from polylogue.store.dirty import Mark, clear, mark_dirty
from polylogue.store.manifest import ViewFile
from polylogue.store.pages import put_entries, put_excerpts
from polylogue.vault import Vault, Written

_BATCH = 16 << 20  # bytes of notes in memory


@dataclass(slots=True)
class Report:
    """What was published.

    `blocked` and `saved` are paths in the vault: not written, put aside. `broken` are the ids of
    conversations that could not be rendered, with the kind of error. `pages` are those by which notes
    are found that were written.
    """

    written: int = 0
    unchanged: int = 0
    pages: int = 0
    blocked: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)


class Publisher:
    """Writes notes from one archive into one vault, for as long as both are open.

    `relinked` are conversations that became dirty meanwhile: a note to which they link was written,
    or a person was faster and wrote in theirs.
    """

    def __init__(self, archive: Archive, vault: Vault, target: Target) -> None:
        self.report = Report()
        self.relinked: set[int] = set()
        self._archive = archive
        self._vault = vault
        self._planner = Planner(archive, vault, target)
        self._written: list[ViewFile] = []
        self._rendered: list[Mark] = []
        self._unused: list[str] = []
        self._incomplete: set[int] = set()
        self._hurried: set[int] = set()

    def publish(self, marks: Sequence[Mark]) -> None:
        """Bring the notes of these conversations up to date; `record` takes the last marks away.

        Raises VaultError when the vault cannot be written; the marks stay then.
        """
        batch: list[Note] = []
        size = 0
        for mark in marks:
            for note in self._planned(mark):
                batch.append(note)
                size += len(note.data)
                if size > _BATCH:
                    self._finish(batch)
                    batch, size = [], 0
        self._finish(batch)

    def record(self) -> None:
        """Record what the last batch wrote."""
        planner = self._planner
        if self._rendered or planner.attachments.written or self._unused or planner.words.taken:
            with self._archive.transaction() as connection:
                self._record(connection)

    def _planned(self, mark: Mark) -> Iterator[Note]:
        """Yield the planned notes; a conversation that cannot be rendered is reported."""
        try:
            yield from self._planner.plan(mark)
        except (VaultError, BusyError):
            raise
        except Exception as error:  # noqa: BLE001 - reported; one bad chat must not cost the others
            self.report.broken[mark.conversation] = type(error).__name__

    def _finish(self, batch: Sequence[Note]) -> None:
        """Write notes; what is blocked is written under a name of its own."""
        beside = [note.renamed() for note in self._write(batch)]
        blocked = self._write(beside, renamed=True)
        self.report.blocked.extend(note.file.path for note in blocked)
        self.report.blocked.extend(self._planner.attachments.blocked)
        self._planner.attachments.blocked.clear()
        self._incomplete.update(note.mark.conversation for note in blocked)
        self._rendered.extend(
            note.mark
            for note in batch
            if note.is_last and note.mark.conversation not in self._incomplete
        )

    def _write(self, notes: Sequence[Note], *, renamed: bool = False) -> list[Note]:
        """Write notes; return those that are blocked."""
        if not notes:
            return []
        with self._archive.transaction() as connection:
            self._record(connection)
            manifest.record(connection, (note.file for note in notes))
            self._link(connection, notes, renamed=renamed)
            put_entries(connection, [note.entry for note in notes if note.entry])
            put_excerpts(connection, [note.found for note in notes if note.found])
        blocked: list[Note] = []
        for note in notes:
            written = self._vault.write(
                note.file.path, note.data, mtime_ms=note.mtime_ms, previous=as_entry(note.file)
            )
            if written.entry is None:
                blocked.append(note)
                continue
            self._count(written)
            self._written.append(as_written(note.file, written.entry))
            if written.saved:
                self._save_words(note, written.saved)
        self._unused.extend(note.file.path_key for note in blocked if not note.file.sha256)
        return blocked

    def _record(self, connection: Connection) -> None:
        """Write down what was written since the last time, in the transaction of what comes next."""
        attachments = self._planner.attachments.written
        self._planner.words.keep()
        manifest.forget(connection, self._unused)
        manifest.record(connection, [*self._written, *attachments.values()])
        mark_dirty(connection, self._hurried)
        clear(connection, self._rendered)
        for done in (self._unused, self._written, attachments, self._rendered, self._hurried):
            done.clear()

    def _save_words(self, note: Note, saved: str) -> None:
        """Take what a person wrote in the moment before the note was replaced: it is shown again."""
        words = self._planner.words
        words.found(note.file, saved)
        if words.taken:
            self._hurried.add(note.mark.conversation)
            self.relinked.add(note.mark.conversation)

    def _link(self, connection: Connection, notes: Sequence[Note], *, renamed: bool) -> None:
        """Mark what waits for these notes, which have a path now, and write down what they wait for.

        A part of a session that was renamed is named by the other parts.
        """
        planner = self._planner
        new = [note for note in notes if note.file.sha256 is None]
        links.wait(connection, planner.waiting)
        owners = {note.mark.conversation for note in new if note.file.part == 1}
        self.relinked.update(links.mark_waiting(connection, owners))
        links.wait(connection, planner.linked)
        if renamed:
            parts = {n.mark.conversation for n in new if n.file.part > 1 or not n.is_last}
            mark_dirty(connection, parts)
            self.relinked |= parts
        planner.recorded()

    def _count(self, written: Written) -> None:
        if written.outcome == "unchanged":
            self.report.unchanged += 1
        else:
            self.report.written += 1
        if written.saved:
            self.report.saved.append(written.saved)
