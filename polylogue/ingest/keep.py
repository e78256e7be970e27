"""Members → tier 1 and tier 2, as a stream: cut, hash, compress, parse, then one short transaction.

Who reads a stream is told by `claims`: its documents stand each for itself, or it is a session, whose
lines are read in their order.

The heavy work (cutting, compressing, parsing) is done before a transaction begins. Steps pile up in
a batch (`batches`); when it is large enough, all of them are written together: the bytes and what was
parsed from them. So a crash loses nothing that was acknowledged, memory stays bounded whatever the
size of the import, and no other writer waits long.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import IO

from polylogue.errors import BadInputError
from polylogue.ingest.batches import Batches
from polylogue.ingest.chunks import chunks_of
from polylogue.ingest.claims import (
    Readable,
    as_session,
    asset_owner,
    detected,
    documents,
    read_document,
    strange_lines,
)
from polylogue.ingest.members import Member, unreadable
from polylogue.ingest.records import ready
from polylogue.ingest.sessions import Reader
from polylogue.ingest.steps import Finish, Store, Target
from polylogue.ingest.tally import Progress, Tally
from polylogue.model import Conversation, Parsed, Problem
from polylogue.parsers import Parser
from polylogue.parsers.containers.pieces import Cut, Piece, cut, may_hold_documents
from polylogue.store.documents import base_chunk, known_provider, known_session

_HEAD = 4096  # bytes, enough to tell what a member is


class Keeper:
    """Keeps the members of one import, as steps for `batches`."""

    def __init__(
        self, batches: Batches, tally: Tally, progress: Progress, total: int, *, uri: str = ""
    ) -> None:
        self.tally = tally
        self._batches = batches
        self._uri = uri
        self._progress = progress
        self._total = total
        self._done = 0
        self._sessions: set[bytes] = set()

    def keep(self, member: Member) -> None:
        """Store a member's bytes and the records in them. What cannot be read becomes a problem."""
        if member.problem is not None:
            self.tally.problems.append(member.problem)
            return
        owner = asset_owner(member)
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
        self._batches.add(Finish(target, owner), 0)

    def _read(self, target: Target, stream: IO[bytes], *, parse: bool) -> None:
        """Cut and keep what can be read of a stream; raises BadInputError after that, if it must."""
        readable = Readable(stream, self._advance)
        found = cut(readable.read)
        if parse:
            self._keep_cut(target, found)
        else:
            for piece in found.pieces:
                self._store(target, piece.data, hashlib.sha256(piece.data).digest())
        if readable.broken is not None:
            raise readable.broken

    def _advance(self, size: int) -> None:
        self._done += size
        self._progress(self._done, self._total, self.tally.counts["conversations"])

    def _keep_cut(self, target: Target, found: Cut) -> None:
        """Keep a stream that may hold chats, in the way that it is cut."""
        if found.problem is not None:
            self.tally.problems.append(found.problem)
        session, pieces = as_session(found)
        if session is not None:
            self._keep_session(target, Reader(*session, target.member.name), pieces)
            return
        for piece in documents(found, pieces):
            if piece.kind == "document":
                self._keep_document(target, piece)
            else:
                self._count_strangers(target, len(strange_lines(found, piece)))
                self._keep_other(target, piece)

    def _keep_session(self, target: Target, reader: Reader, pieces: Iterator[Piece]) -> None:
        parser = reader.parser
        reader.modified_at, reader.uri = target.member.modified_at, self._uri
        target.known += 1
        self.tally.providers[parser.provider] += 1
        self.tally.versions[parser.provider] = parser.version
        whole = _whole_hash(target.member)
        known = known_session(self._batches.seen, whole, parser.version) if whole else 0
        if known:
            self.tally.counts.update({"conversations": known, "same": known})
        again = known > 0 or whole in self._sessions  # of which the last batches may not know yet
        if whole:
            self._sessions.add(whole)
        for piece in pieces:
            if again or piece.kind != "document":
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
        provider = known_provider(self._batches.seen, sha256)
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

    def _count_strangers(self, target: Target, number: int) -> None:
        """Count documents, or lines, that nobody knows."""
        if number:
            target.strangers += number
            self.tally.strangers[target.member.name.rpartition("/")[2]] += number

    def _parse(self, target: Target, piece: Piece) -> tuple[Parser | None, Sequence[Parsed]]:
        claimed = detected(piece.data)
        if claimed is None:
            self._count_strangers(target, 1)
            return None, ()
        target.known += 1
        parser, _ = claimed
        self.tally.providers[parser.provider] += 1
        self.tally.versions[parser.provider] = parser.version
        return parser, read_document(claimed, target.member, piece, self._uri)

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
        connection = self._batches.seen
        own = hashlib.sha256(data).digest() if session or sha256 is None else sha256
        base_id = None
        for record in () if session else records:
            if isinstance(record, Conversation):
                base_id = base_chunk(connection, record.provider, record.conversation_id)
        chunks = chunks_of(connection, data, own, base_id)
        made = ready(connection, records) if records else ()
        self._batches.add(Store(target, chunks, sha256, made, parser, session=session), len(data))


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
    if asset_owner(member) is not None:
        return True
    try:
        with member.open() as stream:
            return may_hold_documents(stream.read(_HEAD))
    except BadInputError:
        return True  # damaged: keeping it says how
