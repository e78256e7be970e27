"""What is new in a session file → tier 1 and tier 2, a commit at a time.

The bytes behind the last closed group of lines are the object's tail. They and what is new are cut
together, so the groups are those that an import of the whole file makes. Groups that are full are
closed: a chunk that stays, and a state from which the parser goes on. What is left is the new tail.
Its whole lines are read, too, each time anew until they fill a group; a line without its end waits.
A line that is too long for any reader is kept, counted and passed over.

Every commit has the bytes, the rows and how far they go, so a crash repeats nothing.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from polylogue.errors import BusyError
from polylogue.ingest.chunks import chunks_of
from polylogue.ingest.commits import Commit, Lines
from polylogue.ingest.sessions import Reader
from polylogue.model import Problem
from polylogue.parsers.containers.lines import GROUP, lines
from polylogue.parsers.containers.piece import Piece
from polylogue.parsers.containers.pieces import MAX_DOCUMENT
from polylogue.parsers.containers.window import Window
from polylogue.sources.files import FileStamp
from polylogue.store.archive import Archive, Connection
from polylogue.store.followed import Followed, find_followed, write_followed
from polylogue.store.imports import NewImport
from polylogue.store.messages import index_messages
from polylogue.store.objects import NewChunk, Whole

_BATCH = 3 << 20  # bytes in one transaction


@dataclass(slots=True)
class Growth:
    """A file on its way: `known` is what is committed of it, `digest` the hash of all that was read.

    `tail` is what of the last commit is in no chunk. `path` is the file's path as the archive keeps
    it, `new` and `found` are what it was found to be.
    """

    archive: Archive
    path: str
    new: NewImport
    found: FileStamp
    reader: Reader
    known: Followed | None
    digest: "hashlib._Hash"
    tail: bytes = b""
    problems: int = 0
    _chunks: list[NewChunk | int] = field(default_factory=list)
    _closed: Lines = field(default_factory=Lines)
    _waiting: int = 0
    _size: int = 0
    _hashed: int = 0

    def read_on(self, file: BinaryIO) -> None:
        """Read `file` from where it stands up to the size that it was found with."""
        start = self.known.size if self.known else 0
        self._size, self._hashed = start - len(self.tail), len(self.tail)
        window = Window(_joined(self.tail, file, self.found.size - start))
        left: list[Piece] = []
        torn = 0
        for piece in lines(window, MAX_DOCUMENT, self.reader.line):
            left.append(piece)
            torn = torn + len(piece.data) if piece.kind == "torn" else 0
            if torn > MAX_DOCUMENT or _is_closed(piece):
                self._close(left, torn)
                left.clear()
                torn = 0 if piece.data.endswith(b"\n") else torn
        self._end(left)

    def _close(self, pieces: Sequence[Piece], torn: int) -> None:
        """Take what nothing can be added to: it becomes chunks, and the reader goes on behind it.

        `torn` bytes of a line that is too long have been seen; it is told of when they become so many.
        """
        connection = self.archive.connection
        if torn > MAX_DOCUMENT >= torn - len(pieces[-1].data):
            self._closed.add(connection, [self._too_long(pieces[-1])])
        for piece in pieces:
            self._hash(piece.data)
            if piece.kind == "document":
                self._closed.add(connection, self.reader.read(piece.data))
            else:
                self.reader.pass_over(piece.data)
            self._chunks += chunks_of(connection, piece.data, hashlib.sha256(piece.data).digest())
            self._size += len(piece.data)
            self._waiting += len(piece.data)
        if self._waiting >= _BATCH and not self._hashed:
            self._commit(b"", Lines())

    def _end(self, left: list[Piece]) -> None:
        """Take what fills no group: it becomes the tail; its whole lines are read for the time being."""
        tail = b"".join(piece.data for piece in left)
        whole = b"".join(piece.data for piece in left if piece.kind == "document")
        self._hash(tail)
        said = Lines()
        if whole:
            said.add(self.archive.connection, replace(self.reader).read(whole))
        self._commit(tail, said)

    def _hash(self, data: bytes) -> None:
        """Take bytes into the hash, but for the old tail, which is in it."""
        self.digest.update(memoryview(data)[self._hashed :])
        self._hashed = max(0, self._hashed - len(data))

    def _commit(self, tail: bytes, said: Lines) -> None:
        """Write all that is in hand, and how far it goes."""
        size = self._size + len(tail)
        whole = Whole(self.digest.digest(), size, tail)
        commit = Commit(
            self.new, self.reader.name, self.reader, self._chunks, self._closed, said, whole
        )
        place, problems = self.known.place if self.known else None, 0
        with self.archive.transaction() as connection:
            self._check_alone(connection)
            if self.known is None or self._chunks or size > self.known.size:
                place, problems = commit.write(connection, place)
            known = Followed(
                path=self.path,
                device=self.found.dev,
                inode=self.found.ino,
                size=size,
                mtime_ns=self.found.mtime_ns if size == self.found.size else 0,
                place=place,
            )
            write_followed(connection, known, was=self.known.path if self.known else "")
            index_messages(connection)
        self.known, self.problems = known, self.problems + problems
        self._chunks, self._closed, self._waiting = [], Lines(), 0

    def _check_alone(self, connection: Connection) -> None:
        """Refuse to write when somebody else has read this file on meanwhile."""
        stored = find_followed(connection, self.known.path) if self.known else None
        if stored != self.known:
            raise read_by_another()

    def _too_long(self, piece: Piece) -> Problem:
        text = f"{self.reader.name} is cut off or broken: {piece.where}."
        return Problem(code="torn", text=text, where=f"{self.reader.name}: {piece.where}")


def read_by_another() -> BusyError:
    """Return the error that somebody else has read a file on meanwhile."""
    return BusyError(
        "Another polylogue reads the same session.",
        advice="It is looked at again.",
        code="busy-session",
    )


def _is_closed(piece: Piece) -> bool:
    """Whether a piece is a full group of lines, to which nothing can be added."""
    return piece.kind == "document" and len(piece.data) >= GROUP and piece.data.endswith(b"\n")


def _joined(tail: bytes, file: BinaryIO, left: int) -> Callable[[int], bytes]:
    """Return a function that reads the tail, then up to `left` bytes of the file."""
    rest = memoryview(tail)

    def read(size: int) -> bytes:
        nonlocal rest, left
        if rest:
            data, rest = bytes(rest[:size]), rest[size:]
            return data
        data = file.read(min(size, left))
        left -= len(data)
        return data

    return read
