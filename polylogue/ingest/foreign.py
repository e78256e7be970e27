"""A file of a session folder that is no session: imported whole, as any other arrival.

JSON lines that nobody follows may grow all day, and each import reads all of them. So after their first
import they wait until they are quiet, but no longer than an hour.
"""

from polylogue.errors import BadInputError, IncompleteError
from polylogue.ingest import ingest
from polylogue.ingest.beginnings import edition
from polylogue.ingest.found import Found, Taken
from polylogue.model import Arrival
from polylogue.sources.complete import unfinished
from polylogue.sources.files import FileStamp, stored_name
from polylogue.store.archive import Archive
from polylogue.store.events import add_event
from polylogue.store.followed import Followed, imported_at, write_followed

_LINES = ".jsonl"
_QUIET = 5 * 60_000  # ms without a change, after which lines are imported again
_LONGEST = 60 * 60_000  # ms from one import of lines to the next, however they change


def take_whole(
    archive: Archive,
    found: Found,
    stamp: FileStamp,
    known: Followed | None,
    *,
    now: int,
    max_size: int,
) -> Taken:
    """Import a file, of which this is `known`; `now` in ms, `max_size` in bytes unpacked."""
    if known is not None and _is_busy(archive, found, stamp, known, now):
        return Taken("waiting", reason="it is still being written")
    missing = unfinished(found.path)
    if missing:
        return Taken("waiting", reason=missing)
    arrival = Arrival(
        path=found.path, origin="session", uri=found.uri, name=stored_name(found.name)
    )
    try:
        receipt = ingest(archive, arrival, imported_at=now, max_size=max_size, wait=False)
        taken = Taken("imported", receipt.import_id, stamp.size, len(receipt.problems))
    except IncompleteError as error:
        return Taken("waiting", reason=error.message)
    except BadInputError as error:
        taken = Taken("refused", reason=error.message)
    _write(archive, found, stamp, taken, now)
    return taken


def _is_busy(archive: Archive, found: Found, stamp: FileStamp, known: Followed, now: int) -> bool:
    """Whether a file of lines was imported and changed a moment ago. A time to come is none."""
    if not found.name.endswith(_LINES) or known.arrival is None:
        return False
    since_import = now - imported_at(archive.connection, known.arrival)
    since_change = now - stamp.mtime_ns // 1_000_000
    return 0 <= since_import < _LONGEST and 0 <= since_change < _QUIET


def _write(archive: Archive, found: Found, stamp: FileStamp, taken: Taken, now: int) -> None:
    seen = Followed(
        path=stored_name(str(found.path)),
        device=stamp.dev,
        inode=stamp.ino,
        size=stamp.size,
        mtime_ns=stamp.mtime_ns,
        arrival=taken.import_id,
        edition=edition(),
    )
    with archive.transaction() as connection:
        write_followed(connection, seen)
        if taken.problems:
            told = {"name": stored_name(found.name), "problems": taken.problems}
            add_event(connection, now, "warning", "session.partial", told)
