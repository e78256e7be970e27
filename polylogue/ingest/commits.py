"""One commit of a session that is followed: bytes, rows, and how far they go.

The tail is read again with each commit. So what it added to the ledger is remembered, and taken back
when it is counted anew; problems and conversations that were counted before are not counted again.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from msgspec import structs

from polylogue.ingest.records import Ready, ready, write
from polylogue.ingest.sessions import Reader
from polylogue.model import Conversation, Parsed, UnknownKind
from polylogue.store.archive import Connection
from polylogue.store.documents import SourceRef, is_told
from polylogue.store.events import add_event
from polylogue.store.followed import Place
from polylogue.store.imports import (
    NewImport,
    Outcome,
    add_member,
    begin_growing,
    counts_of,
    grow_import,
)
from polylogue.store.ledger import add_unknowns
from polylogue.store.objects import NewChunk, Whole, grow_object

_Ledger: TypeAlias = Counter[tuple[str, str]]


@dataclass(slots=True)
class Lines:
    """What was read of some lines, ready to be written: records, and what they add to the ledger."""

    records: list[Ready] = field(default_factory=list)
    unknowns: _Ledger = field(default_factory=Counter)

    def add(self, connection: Connection, records: Iterable[Parsed]) -> None:
        """Take the records of a group into account. Only reads the archive."""
        for record in ready(connection, records):
            if isinstance(record, Conversation):
                self.unknowns += _ledger(record.unknowns)
                self.records.append(structs.replace(record, unknowns=()))
            else:
                self.records.append(record)


@dataclass(frozen=True, slots=True)
class Commit:
    """What is written: closed groups as chunks, what they and the tail say, and the whole by then.

    `new` is the file as it was found, `name` what its member is called; `reader` stands behind the
    closed groups.
    """

    new: NewImport
    name: str
    reader: Reader
    chunks: Sequence[NewChunk | int]
    closed: Lines
    tail: Lines
    whole: Whole

    def write(self, connection: Connection, before: Place | None) -> tuple[Place, int]:
        """Write it inside the caller's transaction; `before` is the place that reading went on from.

        Returns the place where it goes on next, and how many problems were new.
        """
        object_id = before.object_id if before else None
        seq = before.seq if before else 0
        object_id = grow_object(connection, object_id, seq, self.chunks, self.whole)
        place = Place(
            object_id=object_id,
            import_id=before.import_id if before else self._begin(connection, object_id),
            provider=self.reader.parser.provider,
            version=self.reader.parser.version,
            session=self.reader.session.name,
            seq=seq + len(self.chunks),
            line=self.reader.line,
            state=self.reader.state,
            unknowns=tuple(_entries(self.tail.unknowns)),
        )
        problems = self._write_records(connection, place)
        self._write_ledger(connection, place, before.unknowns if before else ())
        return place, problems

    def _file(self) -> NewImport:
        return replace(self.new, sha256=self.whole.sha256, size=self.whole.size)

    def _begin(self, connection: Connection, object_id: int) -> int:
        import_id = begin_growing(connection, self._file())
        add_member(connection, import_id, self.name, object_id, None)
        return import_id

    def _write_records(self, connection: Connection, place: Place) -> int:
        source = SourceRef(None, place.object_id, 0, None, place.version)
        records = [*self.closed.records, *self.tail.records]
        names = {record.conversation_id for record in records if isinstance(record, Conversation)}
        told = {n for n in names if is_told(connection, place.provider, n, place.object_id)}
        written = write(connection, place.provider, records, source, place.import_id)
        counts = Counter(counts_of(connection, place.import_id) or {"members": 1})
        for name, change in dict(reversed(written.changes)).items():  # the first one says most
            if name not in told:
                counts.update(("conversations", change))
        outcome = Outcome("ok", "", place.provider, place.version, counts, written.problems)
        news = grow_import(connection, place.import_id, self._file(), outcome)
        if news:
            found = {"name": self.name, "problems": news}
            add_event(connection, self.new.imported_at, "warning", "session.partial", found)
        return news

    def _write_ledger(
        self, connection: Connection, place: Place, counted: Sequence[UnknownKind]
    ) -> None:
        news = Counter(self.closed.unknowns)
        news.update(self.tail.unknowns)
        news.subtract(_ledger(counted))
        add_unknowns(connection, place.provider, _entries(news), place.import_id)


def _ledger(entries: Iterable[UnknownKind]) -> _Ledger:
    ledger: _Ledger = Counter()
    for entry in entries:
        ledger[entry.path, entry.kind] += entry.count
    return ledger


def _entries(ledger: _Ledger) -> list[UnknownKind]:
    return [
        UnknownKind(path=path, kind=kind, count=count)
        for (path, kind), count in ledger.items()
        if count
    ]
