"""Members → tier 1 and tier 2, as a stream: cut, hash, compress, parse, then one short transaction.

How a stream is read depends on what it is cut into: documents stand each for itself; lines are a
session when a parser claims their beginning, and then are read in their order, else each line is a
document for itself.

The heavy work (cutting, compressing, parsing) is done before a transaction begins. Steps pile up in
a batch; when it is large enough, all of them are written together: the bytes and what was parsed
from them. So a crash loses nothing that was acknowledged, memory stays bounded whatever the size of
the import, and no other writer waits long.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import IO

from polylogue.errors import BadInputError
from polylogue.ingest.chunks import chunks_of
from polylogue.ingest.contents import Member, unreadable
from polylogue.ingest.records import ready
from polylogue.ingest.sessions import FIRST_BYTES, Reader, claim, parser_bug
from polylogue.ingest.steps import Finish, Step, Store, Target
from polylogue.ingest.tally import Progress, Tally
from polylogue.model import Conversation, Document, Parsed, Problem
from polylogue.parsers import PARSERS, Parser, Session, Shape, detect
from polylogue.parsers.base import FIRST_LINES, Page, detect_page
from polylogue.parsers.containers.lines import single_lines
from polylogue.parsers.containers.pieces import Cut, Piece, cut, may_hold_documents
from polylogue.parsers.text import probe
from polylogue.store.archive import Archive
from polylogue.store.documents import base_chunk, known_provider, known_session
from polylogue.store.messages import index_messages

_HEAD = 4096  # bytes, enough to tell what a member is
_BATCH = 3 << 20  # bytes of documents in one transaction


class Keeper:
    """Keeps the members of one import. `close` writes what is still in hand.

    After an exception a Keeper is of no use any more: what it had in hand is not written.
    """

    def __init__(
        self,
        archive: Archive,
        import_id: int,
        tally: Tally,
        progress: Progress,
        total: int,
        *,
        uri: str = "",
    ) -> None:
        self.import_id = import_id
        self.tally = tally
        self._archive = archive
        self._uri = uri
        self._progress = progress
        self._total = total
        self._done = 0
        self._steps: list[Step] = []
        self._waiting = 0

    def keep(self, member: Member) -> None:
        """Store a member's bytes and the records in them. What cannot be read becomes a problem."""
        if member.problem is not None:
            self.tally.problems.append(member.problem)
            return
        owner = _asset_owner(member)
        target = Target(member)
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
        self._add(Finish(target, owner), 0)

    def close(self) -> None:
        """Write what is still in hand."""
        self._flush()

    def _read(self, target: Target, stream: IO[bytes], *, parse: bool) -> None:
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

        found = cut(read)
        if parse:
            self._keep_cut(target, found)
        else:
            for piece in found.pieces:
                self._store(target, piece.data, hashlib.sha256(piece.data).digest())
        if broken:
            raise broken[0]

    def _keep_cut(self, target: Target, found: Cut) -> None:
        """Keep a stream that may hold chats, in the way that it is cut."""
        if found.problem is not None:
            self.tally.problems.append(found.problem)
        first = _beginning(found) if found.kind in ("lines", "object") else []
        claimed = _claimed(found, first)
        pieces = chain(first, found.pieces)
        if claimed is not None:
            self._keep_session(target, Reader(*claimed, target.member.name), pieces)
        elif found.kind == "lines":
            self._keep_lines(target, pieces)
        else:
            self._keep_documents(target, pieces)

    def _keep_documents(self, target: Target, pieces: Iterator[Piece]) -> None:
        for piece in pieces:
            if piece.kind == "document":
                self._keep_document(target, piece)
            else:
                self._keep_other(target, piece)

    def _keep_lines(self, target: Target, pieces: Iterator[Piece]) -> None:
        line = 1
        for piece in pieces:
            if piece.kind == "document":
                self._keep_documents(target, single_lines(piece.data, line, _is_document))
                self._count_strangers(target, piece.data)
            else:
                self._keep_other(target, piece)
            line += piece.data.count(b"\n")

    def _keep_session(self, target: Target, reader: Reader, pieces: Iterator[Piece]) -> None:
        parser = reader.parser
        reader.modified_at, reader.uri = target.member.modified_at, self._uri
        target.known += 1
        self.tally.providers[parser.provider] += 1
        self.tally.versions[parser.provider] = parser.version
        whole = _whole_hash(target.member)
        known = whole and known_session(self._archive.connection, whole, parser.version)
        if known:
            self.tally.counts.update({"conversations": known, "same": known})
        for piece in pieces:
            if known or piece.kind != "document":
                reader.pass_over(piece.data)
                self._keep_other(target, piece)
                continue
            records = reader.read(piece.data)
            self._store(target, piece.data, whole, records, parser, session=True)

    def _keep_other(self, target: Target, piece: Piece) -> None:
        """Keep a piece that is no document, and say so where one was expected."""
        if piece.kind == "torn":
            self._torn(target, piece)
        self._store(target, piece.data, hashlib.sha256(piece.data).digest())

    def _keep_document(self, target: Target, piece: Piece) -> None:
        sha256 = hashlib.sha256(piece.data).digest()
        provider = known_provider(self._archive.connection, sha256)
        if provider is None:
            parser, records = self._parse(target, piece)
            self._store(target, piece.data, sha256, records, parser)
            return
        target.known += 1
        self.tally.providers[provider] += 1
        self.tally.counts.update(("conversations", "same"))
        self._store(target, piece.data, sha256)

    def _torn(self, target: Target, piece: Piece) -> None:
        where = f"{target.member.name}: {piece.where}"
        if not self.tally.problems or self.tally.problems[-1].where != where:
            text = f"{target.member.name} is cut off or broken: {piece.where}."
            self.tally.problems.append(Problem(code="torn", text=text, where=where))

    def _count_strangers(self, target: Target, group: bytes) -> None:
        """Count the lines of a group that nobody knows."""
        strangers = sum(1 for line in group.split(b"\n") if line.strip() and not _is_document(line))
        if strangers:
            target.strangers += strangers
            self.tally.strangers[target.member.name.rpartition("/")[2]] += strangers

    def _parse(self, target: Target, piece: Piece) -> tuple[Parser | None, Sequence[Parsed]]:
        member = target.member
        found = _detected(piece.data)
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
            data=bytes(piece.data),
            name=member.name,
            modified_at=member.modified_at,
            uri=self._uri,
        )
        try:
            return parser, tuple(shape.parse(document))
        except Exception as error:  # noqa: BLE001 - a bug in a parser must not cost the other chats
            return parser, (parser_bug(parser, error, f"{member.name}: {piece.where}"),)

    def _store(
        self,
        target: Target,
        data: bytes,
        sha256: bytes | None,
        records: Sequence[Parsed] = (),
        parser: Parser | None = None,
        *,
        session: bool = False,
    ) -> None:
        """Make a piece ready to be written, with what was parsed from it."""
        target.count(data)
        connection = self._archive.connection
        own = hashlib.sha256(data).digest() if session or sha256 is None else sha256
        base_id = None
        for record in () if session else records:
            if isinstance(record, Conversation):
                base_id = base_chunk(connection, record.provider, record.conversation_id)
        chunks = chunks_of(connection, data, own, base_id)
        made = ready(connection, records) if records else ()
        self._add(Store(target, chunks, sha256, made, parser, session=session), len(data))

    def _add(self, step: Step, size: int) -> None:
        self._steps.append(step)
        self._waiting += size
        if self._waiting >= _BATCH or len(self._steps) >= 5000:
            self._flush()

    def _flush(self) -> None:
        if self._steps:
            with self._archive.transaction() as connection:
                for step in self._steps:
                    step.write(connection, self.import_id, self.tally)
                index_messages(connection)
        self._steps.clear()
        self._waiting = 0


def _beginning(found: Cut) -> list[Piece]:
    """Take the first pieces of a stream, as many as it takes to tell whose lines they are."""
    first: list[Piece] = []
    size = lines = 0
    while size < FIRST_BYTES and lines < FIRST_LINES:
        piece = next(found.pieces, None)
        if piece is None:
            break
        first.append(piece)
        size += len(piece.data)
        lines += piece.data.count(b"\n")
    return first


def _claimed(found: Cut, first: Sequence[Piece]) -> tuple[Parser, Session] | None:
    """Return who reads a stream as a session; a single line, too, unless it is a document."""
    if found.kind == "lines":
        return claim(piece.data for piece in first)
    documents = [piece.data for piece in first if piece.kind == "document"]
    return claim(documents) if len(documents) == 1 and not _is_document(documents[0]) else None


def _is_document(data: bytes) -> bool:
    return detect(probe(data), PARSERS) is not None


def _detected(data: bytes) -> tuple[Parser, Shape | Page] | None:
    """Return who reads a document."""
    if data.startswith(b"<"):
        return detect_page(data, PARSERS)
    return detect(probe(data), PARSERS)


def _whole_hash(member: Member) -> bytes | None:
    """Return the hash of all of a member's bytes; None when they cannot be read to their end."""
    if member.sha256 is not None:
        return member.sha256
    try:
        with member.open() as stream:
            return hashlib.file_digest(stream, "sha256").digest()  # type: ignore[arg-type]
    except BadInputError:
        return None


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
