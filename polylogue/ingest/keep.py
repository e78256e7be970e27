"""Members → tier 1 and tier 2, as a stream: cut, hash, compress, parse, then one short transaction.

The heavy work (cutting, compressing, parsing) is done before a transaction begins. Steps pile up in
a batch; when it is large enough, all of them are written together: the bytes and what was parsed
from them. So a crash loses nothing that was acknowledged, memory stays bounded whatever the size of
the import, and no other writer waits long.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Protocol

from polylogue.errors import ArchiveError, BadInputError
from polylogue.ingest.contents import Member, unreadable
from polylogue.ingest.tally import Progress, Tally
from polylogue.model import (
    About,
    AssetName,
    Blob,
    Carry,
    Conversation,
    Document,
    Feedback,
    Parsed,
    Problem,
)
from polylogue.parsers import PARSERS, Parser, detect
from polylogue.parsers.containers.pieces import Piece, cut, may_hold_documents
from polylogue.parsers.magic import sniff_type
from polylogue.parsers.text import probe
from polylogue.store.archive import Archive, Connection
from polylogue.store.assets import add_asset, add_asset_name
from polylogue.store.codec import encode, encode_delta
from polylogue.store.feedback import add_feedback
from polylogue.store.imports import add_member
from polylogue.store.merge import SourceRef, base_chunk, known_provider, merge
from polylogue.store.messages import index_messages
from polylogue.store.objects import (
    MAX_CHUNK,
    NewChunk,
    add_chunk,
    append_chunks,
    begin_object,
    find_chunk,
    finish_object,
    read_chunk,
)

_HEAD = 4096  # bytes, enough to tell what a member is
_BATCH = 3 << 20  # bytes of documents in one transaction


@dataclass(slots=True)
class _Object:
    """The object that a member becomes while it is read; how many of its documents are whose."""

    member: Member
    sha256: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    size: int = 0
    head: bytes = b""
    known: int = 0
    strangers: int = 0
    row_id: int = 0
    seq: int = 0

    def count(self, data: bytes) -> None:
        """Take a piece into account: what is not cut into pieces, after an error, does not count."""
        self.sha256.update(data)
        self.size += len(data)
        if len(self.head) < _HEAD:
            self.head += data[: _HEAD - len(self.head)]


class _Step(Protocol):
    def write(self, connection: Connection) -> None: ...


class Keeper:
    """Keeps the members of one import. `close` writes what is still in hand.

    After an exception a Keeper is of no use any more: what it had in hand is not written.
    """

    def __init__(
        self, archive: Archive, import_id: int, tally: Tally, progress: Progress, total: int
    ) -> None:
        self.import_id = import_id
        self.tally = tally
        self._archive = archive
        self._progress = progress
        self._total = total
        self._done = 0
        self._steps: list[_Step] = []
        self._waiting = 0

    def keep(self, member: Member) -> None:
        """Store a member's bytes and the records in them. What cannot be read becomes a problem."""
        if member.problem is not None:
            self.tally.problems.append(member.problem)
            return
        owner = _asset_owner(member)
        target = _Object(member)
        try:
            with member.open() as stream:
                self._read(target, stream, parse=owner is None and not member.litter)
        except BadInputError as error:
            owner = None  # what is damaged must not stand for the file
            self.tally.problems.append(Problem(code=error.code, text=str(error), where=member.name))
        except OSError as error:
            raise unreadable(member.name, error) from error
        if target.known and target.strangers:
            text = f"{member.name} has elements that are no chats polylogue knows: {target.strangers:,}."
            self.tally.problems.append(Problem(code="stranger", text=text, where=member.name))
        if owner is not None:
            self.tally.counts["assets"] += 1
        self.tally.counts["members"] += 1
        self._add(_Finish(self, target, owner), 0)

    def close(self) -> None:
        """Write what is still in hand."""
        self._flush()

    def _read(self, target: _Object, stream: IO[bytes], *, parse: bool) -> None:
        """Cut and keep what can be read of a stream; raises BadInputError after that, if it must."""
        broken: list[BadInputError] = []

        def read(size: int) -> bytes:
            try:
                data = b"" if broken else stream.read(size)
            except BadInputError as error:
                broken.append(error)
                return b""
            self._done += len(data)
            self._progress(self._done, self._total, self.tally.counts["conversations"])
            return data

        pieces = cut(read)
        if parse and pieces.problem is not None:
            self.tally.problems.append(pieces.problem)
        for piece in pieces.pieces:
            self._keep_piece(target, piece, parse=parse)
        if broken:
            raise broken[0]

    def _keep_piece(self, target: _Object, piece: Piece, *, parse: bool) -> None:
        target.count(piece.data)
        sha256 = hashlib.sha256(piece.data).digest()
        records: Sequence[Parsed] = ()
        parser = None
        if parse and piece.kind == "torn":
            self._torn(target, piece)
        elif parse and piece.kind == "document":
            provider = known_provider(self._archive.connection, sha256)
            if provider is not None:
                target.known += 1
                self.tally.providers[provider] += 1
                self.tally.counts.update(("conversations", "same"))
            else:
                parser, records = self._parse(target, piece)
        chunks = self._chunks(piece.data, sha256, records)
        self._add(_Store(self, target, chunks, sha256, records, parser), len(piece.data))

    def _torn(self, target: _Object, piece: Piece) -> None:
        where = f"{target.member.name}: {piece.where}"
        if not self.tally.problems or self.tally.problems[-1].where != where:
            text = f"{target.member.name} is cut off or broken: {piece.where}."
            self.tally.problems.append(Problem(code="torn", text=text, where=where))

    def _parse(self, target: _Object, piece: Piece) -> tuple[Parser | None, Sequence[Parsed]]:
        member = target.member
        found = detect(probe(piece.data), PARSERS)
        if found is None:
            target.strangers += 1
            self.tally.strangers[member.name.rpartition("/")[2]] += 1
            return None, ()
        target.known += 1
        parser, shape = found
        self.tally.providers[parser.provider] += 1
        self.tally.versions[parser.provider] = parser.version
        if shape.parse is None:
            return parser, ()
        document = Document(
            data=bytes(piece.data), name=member.name, modified_at=member.modified_at
        )
        try:
            return parser, tuple(shape.parse(document))
        except Exception as error:  # noqa: BLE001 - a bug in a parser must not cost the other chats
            text = (
                f"The {parser.provider} parser failed ({type(error).__name__}); please report it."
            )
            where = f"{member.name}: {piece.where}"
            return parser, (Problem(code="parser-bug", text=text, where=where),)

    def _chunks(
        self, data: bytes, sha256: bytes, records: Sequence[Parsed]
    ) -> list[NewChunk | int]:
        if len(data) <= MAX_CHUNK:
            return [self._chunk(data, sha256, records)]
        return [
            self._chunk(part, hashlib.sha256(part).digest(), ()) for part in _parts(data, MAX_CHUNK)
        ]

    def _chunk(self, data: bytes, sha256: bytes, records: Sequence[Parsed]) -> NewChunk | int:
        """Return the id of a chunk with these bytes, or a chunk to add: a delta where one pays."""
        connection = self._archive.connection
        known = find_chunk(connection, sha256)
        if known is not None:
            return known
        encoded = encode(data)
        base_id = None
        for record in records:
            if isinstance(record, Conversation):
                base_id = base_chunk(connection, record.provider, record.conversation_id)
        if base_id is not None:
            with suppress(ArchiveError):  # a damaged base must not cost the new bytes
                encoded = encode_delta(data, read_chunk(connection, base_id), encoded)
        return NewChunk(sha256, len(data), encoded, base_id)

    def _add(self, step: _Step, size: int) -> None:
        self._steps.append(step)
        self._waiting += size
        if self._waiting >= _BATCH or len(self._steps) >= 5000:
            self._flush()

    def _flush(self) -> None:
        if self._steps:
            with self._archive.transaction() as connection:
                for step in self._steps:
                    step.write(connection)
                index_messages(connection)
        self._steps.clear()
        self._waiting = 0


@dataclass(frozen=True, slots=True)
class _Store:
    """Write a piece's chunks, and what was parsed from it."""

    keeper: Keeper
    target: _Object
    chunks: Sequence[NewChunk | int]
    sha256: bytes
    records: Sequence[Parsed]
    parser: Parser | None

    def write(self, connection: Connection) -> None:
        target = self.target
        if not target.row_id:
            target.row_id = begin_object(connection)
        ids = [
            chunk if isinstance(chunk, int) else add_chunk(connection, chunk)
            for chunk in self.chunks
        ]
        append_chunks(connection, target.row_id, target.seq, ids)
        if self.parser is not None:
            source = SourceRef(
                self.sha256, target.row_id, target.seq, len(ids), self.parser.version
            )
            for record in self.records:
                self._write_record(connection, self.parser.provider, record, source)
        target.seq += len(ids)

    def _write_record(
        self, connection: Connection, provider: str, record: Parsed, source: SourceRef
    ) -> None:
        tally = self.keeper.tally
        match record:
            case Conversation():
                change = merge(connection, record, source, self.keeper.import_id)
                tally.counts.update(("conversations", change))
            case AssetName():
                add_asset_name(connection, provider, record)
                tally.counts["facts"] += 1
            case Feedback():
                add_feedback(connection, provider, record)
                tally.counts["facts"] += 1
            case Problem():
                tally.problems.append(record)
            case About() | Blob() | Carry():  # no parser gives these yet
                raise AssertionError(type(record).__name__)


@dataclass(frozen=True, slots=True)
class _Finish:
    """Give a member's object its hash, enter it into the import, and name the asset that it is."""

    keeper: Keeper
    target: _Object
    owner: tuple[str, str] | None

    def write(self, connection: Connection) -> None:
        target, member = self.target, self.target.member
        row_id = target.row_id or begin_object(connection)
        object_id = finish_object(connection, row_id, target.sha256.digest(), target.size)
        add_member(connection, self.keeper.import_id, member.name, object_id, member.modified_at)
        if self.owner is not None:
            kind = sniff_type(target.head)
            add_asset(connection, *self.owner, object_id, kind[0] if kind else "")


def may_hold_chats(member: Member) -> bool:
    """Whether the member is a file of a chat by its name, or begins like JSON or a page."""
    if member.litter or member.problem is not None:
        return False
    if _asset_owner(member) is not None:
        return True
    try:
        with member.open() as stream:
            return may_hold_documents(stream.read(_HEAD))
    except BadInputError:
        return True  # damaged: keeping it says how


def _asset_owner(member: Member) -> tuple[str, str] | None:
    """Return provider and file id when the member's name says that it is somebody's attachment."""
    if member.litter:
        return None
    for parser in PARSERS:
        ref = parser.asset_ref(member.name)
        if ref is not None:
            return parser.provider, ref
    return None


def _parts(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))
