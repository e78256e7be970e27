"""Use case: a file of a session folder, which may have grown, → tier 1 and tier 2.

    unchanged    nothing is opened that has the stamp it had
    grown        the same file, longer, its last known bytes where they were: what is new is read
    taken anew   rewritten, cut short or replaced: a new import; what was before stays in tier 1
    moved        the same file under another path: read on as if nothing had happened
    no session   imported as any other arrival, when it changes or parsers do   (foreign)

Each is compared with its stamp at the end: what was rewritten meanwhile is looked at again, and all of
it compared with what is known. What only became longer is believed, until somebody asks for that.

Files are only read. What a file was when it was last read is known by the archive, so a `Follower`
has no memory but the running hashes of sessions, which it could make again.
"""

import contextlib
import hashlib
import os
from dataclasses import replace
from typing import BinaryIO

from polylogue.errors import BadInputError, PolylogueError
from polylogue.ingest.beginnings import edition, first_lines, is_document, is_half
from polylogue.ingest.foreign import take_whole
from polylogue.ingest.found import Became, Found, Taken
from polylogue.ingest.growth import Growth, read_by_another
from polylogue.ingest.sessions import FIRST_BYTES, Reader, claim, session_named
from polylogue.sources import files
from polylogue.sources.files import FileStamp, open_regular, shown, stored_name
from polylogue.store.archive import Archive
from polylogue.store.followed import (
    Followed,
    Place,
    find_followed,
    find_inode,
    write_followed,
)
from polylogue.store.imports import NewImport
from polylogue.store.objects import object_bytes, read_whole

__all__ = ["Became", "Follower", "Found", "Taken"]

_PROOF = 1024  # bytes before the end of what is known that must be where they were
_LOOKS = 3  # at a file that is rewritten again and again


class Follower:
    """Follows the files of session folders; one for each thread that has an archive open."""

    def __init__(self, archive: Archive, *, max_size: int) -> None:
        self._archive = archive
        self._max_size = max_size
        self._digests: dict[int, tuple[int, hashlib._Hash]] = {}

    def follow(self, found: Found, *, now: int) -> Taken:
        """Take what is new of a file into the archive; `now` in ms.

        Raises BusyError when it cannot be read now, BadInputError when it is no regular file, or
        too large.
        """
        taken, rewritten = self._look(found, now)
        with contextlib.suppress(PolylogueError):  # what was taken is taken; the file will change
            for _ in range(1, _LOOKS):
                if not rewritten:
                    break
                again, rewritten = self._look(replace(found, prove=True), now)
                taken = taken if again.became in ("unchanged", "waiting") else again
        return taken

    def _look(self, found: Found, now: int) -> tuple[Taken, bool]:
        """Follow a file once; return what became of it, and whether it was rewritten meanwhile."""
        file, stamp = open_regular(found.path)
        with file:
            taken = self._take(found, file, stamp, now)
        if taken.became not in ("new", "grown"):
            return taken, False
        with contextlib.suppress(PolylogueError):  # it is gone: nothing to look at
            after = files.stamp(found.path)
            longer = after.ino == stamp.ino and after.size > stamp.size
            is_append = taken.became == "grown" and longer
            return taken, not files.is_same(after, stamp) and not is_append
        return taken, False

    def _take(self, found: Found, file: BinaryIO, stamp: FileStamp, now: int) -> Taken:
        key = stored_name(str(found.path))
        known = self._known(key, stamp)
        if known is not None and not found.prove and _is_unchanged(known, stamp):
            return self._unchanged(known, key)
        growth = self._continued(known, found, file, stamp, now) if known else None
        if growth is None:
            first = first_lines(file)
            if is_half(first):
                return Taken("waiting", reason="its first line has no end yet")
            growth = self._begun(found, first, stamp, now)
        if growth is None:
            return take_whole(self._archive, found, stamp, known, now=now, max_size=self._max_size)
        file.seek(growth.known.size if growth.known else 0)
        growth.read_on(file)
        return self._taken(growth, known)

    def _known(self, key: str, stamp: FileStamp) -> Followed | None:
        """Return what is known of the file, also when it was moved here from where it no longer is."""
        known = find_followed(self._archive.connection, key)
        if known is not None:
            return known
        same = find_inode(self._archive.connection, stamp.dev, stamp.ino)
        return next((moved for moved in same if not os.path.lexists(moved.path)), None)

    def _unchanged(self, known: Followed, key: str) -> Taken:
        if known.gone or known.path != key:
            with self._archive.transaction() as connection:
                write_followed(connection, replace(known, path=key, gone=False), was=known.path)
        return Taken("unchanged", known.place.import_id if known.place else known.arrival)

    def _begun(self, found: Found, first: bytes, stamp: FileStamp, now: int) -> Growth | None:
        """Begin to follow a file that begins so, None when it is no session."""
        if stamp.size > self._max_size:
            raise BadInputError(
                f"{shown(found.path.name)} is larger than the limit of"
                f" {self._max_size / 2**30:g} GiB.",
                advice="Raise max_import_gib under [limits] in the configuration.",
                code="too-large",
            )
        claimed = None if is_document(first) else claim([first])
        if claimed is None:
            return None
        reader = Reader(*claimed, stored_name(found.name), _ms(stamp), found.uri)
        return self._growth(found, stamp, reader, now)

    def _continued(
        self, known: Followed, found: Found, file: BinaryIO, stamp: FileStamp, now: int
    ) -> Growth | None:
        """Go on with a file, None when it is no longer what was read, or was read by another parser."""
        place = known.place
        if place is None or stamp.size < known.size:
            return None
        claimed = session_named(place.provider, place.version, place.session)
        if claimed is None:
            return None
        whole = read_whole(self._archive.connection, place.object_id)
        if whole.size != known.size:
            raise read_by_another()
        if known.inode == stamp.ino and stamp.size > known.size and not found.prove:
            digest = self._digest(place, known.size)
            if not self._ends_so(place, whole.tail, file, known.size):
                return None
        else:
            digest = _hash_of(file, known.size)
            if digest.digest() != whole.sha256:
                return None
        name = stored_name(found.name)
        reader = Reader(*claimed, name, _ms(stamp), found.uri, place.line, place.state)
        growth = self._growth(found, stamp, reader, now)
        growth.known, growth.digest, growth.tail = known, digest, whole.tail
        return growth

    def _growth(self, found: Found, stamp: FileStamp, reader: Reader, now: int) -> Growth:
        new = NewImport(
            sha256=b"",
            origin="session",
            file_name=stored_name(found.path.name),
            source_uri=found.uri,
            size=0,
            modified_at=_ms(stamp),
            imported_at=now,
        )
        key = stored_name(str(found.path))
        return Growth(self._archive, key, new, stamp, reader, None, hashlib.sha256())

    def _digest(self, place: Place, size: int) -> "hashlib._Hash":
        """Return the running hash of a session; made again from tier 1 when it is not in memory."""
        known_size, digest = self._digests.get(place.object_id, (-1, hashlib.sha256()))
        if known_size == size:
            return digest.copy()
        digest = hashlib.sha256()
        for data in object_bytes(self._archive.connection, place.object_id):
            digest.update(data)
        return digest

    def _ends_so(self, place: Place, tail: bytes, file: BinaryIO, size: int) -> bool:
        """Whether the bytes of the file before `size` are the last that were read of it."""
        last = tail
        if not last and place.seq:
            chunk = object_bytes(
                self._archive.connection, place.object_id, first=place.seq - 1, count=1
            )
            last = b"".join(chunk)
        proof = last[-_PROOF:]
        file.seek(size - len(proof))
        return file.read(len(proof)) == proof

    def _taken(self, growth: Growth, known: Followed | None) -> Taken:
        read = growth.known
        if read is None or read.place is None:
            return Taken("unchanged")
        self._digests[read.place.object_id] = (read.size, growth.digest)
        went_on = (
            known is not None
            and known.place is not None
            and (known.place.object_id == read.place.object_id)
        )
        size = read.size - (known.size if known and went_on else 0)
        became: Became = "new" if not went_on else "grown" if size else "unchanged"
        return Taken(became, read.place.import_id, size, growth.problems)


def _is_unchanged(known: Followed, stamp: FileStamp) -> bool:
    """Whether the stamp is the one of before, and nobody has learnt to read the file since.

    A disk may have another number after a restart.
    """
    same = (known.inode, known.size, known.mtime_ns) == (stamp.ino, stamp.size, stamp.mtime_ns)
    return same and (known.place is not None or known.edition == edition())


def _hash_of(file: BinaryIO, size: int) -> "hashlib._Hash":
    """Return the hash of the first `size` bytes of the file."""
    digest = hashlib.sha256()
    file.seek(0)
    while size > 0 and (data := file.read(min(size, FIRST_BYTES))):
        digest.update(data)
        size -= len(data)
    return digest


def _ms(stamp: FileStamp) -> int:
    return stamp.mtime_ns // 1_000_000
