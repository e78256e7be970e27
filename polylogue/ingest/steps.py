"""What is written of a member: a step for each of its pieces, and one at its end.

Steps are made ready outside of a transaction and written in one, many together.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from polylogue.ingest.members import Member
from polylogue.ingest.records import Ready, write
from polylogue.ingest.tally import Tally
from polylogue.parsers import Parser
from polylogue.parsers.magic import sniff_type
from polylogue.store.archive import Connection
from polylogue.store.assets import add_asset
from polylogue.store.documents import SourceRef
from polylogue.store.imports import add_member
from polylogue.store.merge import Change
from polylogue.store.objects import (
    NewChunk,
    add_chunks,
    append_chunks,
    begin_object,
    finish_object,
)

_HEAD = 4096  # bytes, enough to tell what a member is
_NEWS: Sequence[Change] = ("same", "changed", "new")


@dataclass(slots=True)
class Target:
    """The object that a member becomes while it is read; how many of its documents are whose."""

    member: Member
    sha256: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    size: int = 0
    head: bytes = b""
    known: int = 0
    strangers: int = 0
    row_id: int = 0
    seq: int = 0
    changes: dict[str, Change] = field(default_factory=dict)
    """What became of the conversations that a session told, over all its groups."""

    def count(self, data: bytes) -> None:
        """Take a piece into account: what is not cut into pieces, after an error, does not count."""
        self.sha256.update(data)
        self.size += len(data)
        if len(self.head) < _HEAD:
            self.head += data[: _HEAD - len(self.head)]

    def told(self, conversation_id: str, change: Change) -> None:
        """Take into account what a group of lines did to a conversation: the greatest news stays."""
        before = self.changes.get(conversation_id, "same")
        self.changes[conversation_id] = max(before, change, key=_NEWS.index)


class Step(Protocol):
    """Something to write."""

    def write(self, connection: Connection, import_id: int, tally: Tally) -> None:
        """Write it inside the caller's transaction, and count it."""


@dataclass(frozen=True, slots=True)
class Store:
    """Write a piece's chunks, and what was parsed from it.

    `sha256` is the piece's own hash or, with `session`, that of the whole file, if it is known.
    """

    target: Target
    chunks: Sequence[NewChunk | int]
    sha256: bytes | None
    records: Sequence[Ready]
    parser: Parser | None
    session: bool

    def write(self, connection: Connection, import_id: int, tally: Tally) -> None:
        """Append the chunks to the member's object and merge the records."""
        target = self.target
        if not target.row_id:
            target.row_id = begin_object(connection)
        ids = add_chunks(connection, self.chunks)
        append_chunks(connection, target.row_id, target.seq, ids)
        if self.parser is not None and self.records:
            self._write_records(connection, self.parser, len(ids), import_id, tally)
        target.seq += len(ids)

    def _write_records(
        self, connection: Connection, parser: Parser, count: int, import_id: int, tally: Tally
    ) -> None:
        target = self.target
        source = (
            SourceRef(self.sha256, target.row_id, 0, None, parser.version)
            if self.session
            else SourceRef(self.sha256, target.row_id, target.seq, count, parser.version)
        )
        written = write(connection, parser.provider, self.records, source, import_id)
        for conversation_id, change in written.changes:
            if self.session:
                target.told(conversation_id, change)
            else:
                tally.counts.update(("conversations", change))
        if written.facts:
            tally.counts["facts"] += written.facts
        tally.problems += written.problems


@dataclass(frozen=True, slots=True)
class Finish:
    """Give a member's object its hash, enter it into the import, and name the asset that it is."""

    target: Target
    owner: tuple[str, str] | None

    def write(self, connection: Connection, import_id: int, tally: Tally) -> None:
        """Make the object a part of tier 1."""
        target, member = self.target, self.target.member
        row_id = target.row_id or begin_object(connection)
        object_id = finish_object(connection, row_id, target.sha256.digest(), target.size)
        add_member(connection, import_id, member.name, object_id, member.modified_at)
        if self.owner is not None:
            kind = sniff_type(target.head)
            add_asset(connection, *self.owner, object_id, kind[0] if kind else "")
        for change in target.changes.values():
            tally.counts.update(("conversations", change))
