"""One connection to the archive, and the only way to write to it.

SQLite before 3.51.3 can corrupt a WAL database when a checkpoint overlaps with another connection's
commit (reproduced on 3.40.1). So every write transaction and every checkpoint of every process runs
under one lock: an flock on `write.lock` beside the archive, taken here and nowhere else. Writers
never checkpoint by themselves; the holder of the lock does it between transactions. Readers open
with `mode=ro`, which cannot checkpoint even at close.

A transaction is `BEGIN IMMEDIATE` … `COMMIT` in one `with` block, never across an await, and nobody
else uses its connection meanwhile. `synchronous=FULL`: what was committed survives a power cut.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from polylogue.errors import ArchiveError, BusyError, PolylogueError
from polylogue.store import migrations

#: What `transaction()` gives; the use cases pass it on to the store's functions.
Connection: TypeAlias = sqlite3.Connection

_WAL_LIMIT = 32 << 20  # bytes of WAL after which it is copied into the archive and cut
_PATIENCE = 30  # seconds to wait for programs that do not know of our lock


class Archive:
    """An open archive. `connection` is for reading; write inside `with archive.transaction()`."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: int | None) -> None:
        self.path = path
        self.connection = connection
        self._lock = lock
        self._wal = path.with_name(path.name + "-wal")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block as one transaction, alone among all processes; roll back on any exception.

        Raises BusyError when the disk is full or the archive is locked, ArchiveError when SQLite
        finds it damaged. Nothing of the block is kept then.
        """
        with self._alone(), translated(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
            self._checkpoint()

    def close(self) -> None:
        """Close the connection; the last writer of all folds the WAL into the archive."""
        if self._lock is None:
            self.connection.close()
            return
        with self._alone():
            self.connection.close()
        os.close(self._lock)
        self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def alone(self, work: str, *, wait: bool = True) -> Iterator[None]:
        """Run the block while no other process does the same `work` on this archive.

        Waits for the other, or raises BusyError (`busy-…`).
        """
        lock = os.open(
            self.path.with_name(f"{work}.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise BusyError(
                f"Another polylogue does the same ({work}) right now.",
                advice="It is tried again when that is done.",
                code=f"busy-{work}",
            ) from error
        finally:
            os.close(lock)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._lock is None:
            raise ArchiveError("The archive is open for reading only.", code="read-only")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _checkpoint(self) -> None:
        """Copy the WAL into the archive as far as readers allow; wait for none of them.

        The transaction stands whatever comes of it: what fails here is tried again after the next.
        """
        if self._wal.stat().st_size <= _WAL_LIMIT:
            return
        self.connection.execute("PRAGMA busy_timeout = 0")
        with suppress(sqlite3.OperationalError):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")


def open_archive(path: Path) -> Archive:
    """Open the archive for reading and writing; create it, and bring its schema up to date.

    Raises ArchiveError when it is foreign, newer or damaged, BusyError when it cannot be written.
    """
    if path.exists():
        _connect_readonly(path)[0].close()
    lock = _open_lock(path)
    try:
        with translated(path):
            connection = sqlite3.connect(
                path,
                isolation_level=None,
                timeout=_PATIENCE,
                check_same_thread=False,  # a bulk import ends its transactions in a thread
            )
    except BaseException:
        os.close(lock)
        raise
    archive = Archive(path, connection, lock)
    try:
        with translated(path), archive._alone():  # noqa: SLF001 - the schema is this module's business
            _configure(connection, path)
    except BaseException:
        archive.close()
        raise
    return archive


def open_readonly(path: Path) -> Archive:
    """Open the archive for reading.

    Raises ArchiveError when there is none, or one with another schema than this polylogue's.
    """
    connection, version = _connect_readonly(path) if path.exists() else (None, 0)
    if connection is not None and version == migrations.newest():
        return Archive(path, connection, None)
    if connection is not None:
        connection.close()
    if version == 0:
        raise ArchiveError(
            f"There is no archive at {path} yet.",
            advice="Import an export with `polylogue import PATH`, or start `polylogued`.",
            code="no-archive",
        )
    raise ArchiveError(
        f"{path} was written by an older polylogue (schema {version}).",
        advice="Start `polylogued`, or run `polylogue import`: either brings it up to date.",
        code="archive-older",
    )


def _open_lock(path: Path) -> int:
    """Make the folder and an empty file where there are none, and open the lock beside it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        return os.open(path.with_name("write.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BusyError(
            f"The archive {path} cannot be opened: {error.strerror}.",
            advice="Check the data folder's permissions and free space.",
            code="archive-unreachable",
        ) from error


def read_only_uri(path: Path) -> str:
    """Return the URI by which SQLite opens the archive so that it cannot write or checkpoint."""
    return f"{path.absolute().as_uri()}?mode=ro"


def _connect_readonly(path: Path) -> tuple[sqlite3.Connection, int]:
    """Return a connection that cannot change the file in any way, and the schema's number."""
    with translated(path):
        connection = sqlite3.connect(
            read_only_uri(path),
            uri=True,
            isolation_level=None,
            timeout=_PATIENCE,
        )
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            return connection, migrations.check(connection, path)
        except BaseException:
            connection.close()
            raise


def _configure(connection: sqlite3.Connection, path: Path) -> None:
    if migrations.check(connection, path) == 0:
        connection.execute("PRAGMA page_size = 8192")
    if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise ArchiveError(
            f"{path} lies on a file system without shared memory.",
            advice="Put the data folder on a local disk.",
            code="archive-not-local",
        )
    for pragma in (
        "synchronous = FULL",
        "fullfsync = ON",
        "checkpoint_fullfsync = ON",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "wal_autocheckpoint = 0",
        "cache_size = -16000",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    migrations.migrate(connection, path)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's exceptions into polylogue's. Programming errors pass as they are."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _operational(path, error) from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise
        raise ArchiveError(
            f"{path} is damaged: {error}.",
            advice="Stop polylogued and restore a backup.",
            code="archive-damaged",
        ) from error


def _operational(path: Path, error: sqlite3.OperationalError) -> PolylogueError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return BusyError(
            f"The disk of {path} is full.",
            advice="Free some space; polylogue goes on by itself.",
            code="disk-full",
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return BusyError(
            f"Another program holds {path} locked.",
            advice="Close database browsers and backup tools that have it open.",
            code="archive-locked",
        )
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_IOERR")):
        return BusyError(
            f"{path} cannot be read or written ({name}).",
            advice="Check the disk, its free space and the file's permissions.",
            code="archive-unreachable",
        )
    raise error
