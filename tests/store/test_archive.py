"""The archive file: how it is made, who may write when, what a failure leaves behind."""

import fcntl
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from polylogue.errors import ArchiveError, BusyError, PolylogueError
from polylogue.store import migrations
from polylogue.store.archive import _WAL_LIMIT, Archive, open_archive, open_readonly
from polylogue.store.events import get_meta, set_meta


def wal(path: Path) -> Path:
    """Return the write-ahead log of the archive at `path`."""
    return path.with_name(path.name + "-wal")


def pragma(connection: sqlite3.Connection, name: str) -> object:
    """Return what SQLite says of itself."""
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return value


def fill(connection: sqlite3.Connection, size: int, key: str = "ballast") -> None:
    """Write about `size` bytes."""
    connection.execute("CREATE TABLE IF NOT EXISTS ballast (key TEXT, data BLOB)")
    connection.execute("INSERT INTO ballast VALUES (?, zeroblob(?))", (key, size))


def run(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a Python process that runs `script`, its output to be read as lines."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def umask() -> Iterator[None]:
    """Have the umask that most people have."""
    before = os.umask(0o022)
    yield
    os.umask(before)


# --- Making and opening --------------------------------------------------------------------------


@pytest.mark.usefixtures("umask")
def test_an_archive_is_private(path: Path) -> None:
    """The folder is 0700 and every file in it 0600, whatever the umask."""
    with open_archive(path):
        modes = {
            file.name: stat.S_IMODE(file.stat().st_mode)
            for file in [path.parent, *path.parent.iterdir()]
        }

    assert modes == {
        "data": 0o700,
        "archive.db": 0o600,
        "archive.db-wal": 0o600,
        "archive.db-shm": 0o600,
        "write.lock": 0o600,
    }


def test_an_archive_says_what_it_is(archive: Archive) -> None:
    """file(1) and polylogue know the file by its application id, and its schema by its number."""
    assert pragma(archive.connection, "application_id") == 0x504C4F47
    assert pragma(archive.connection, "user_version") == len(migrations._files())
    assert pragma(archive.connection, "page_size") == 8192


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("wal_autocheckpoint", 0),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
    ],
)
def test_a_writer_is_careful(path: Path, name: str, value: object) -> None:
    """Every writer syncs at commit, keeps references, and never checkpoints by itself."""
    open_archive(path).close()
    with open_archive(path) as archive:
        assert pragma(archive.connection, name) == value


def test_what_was_committed_is_there_when_opened_again(path: Path) -> None:
    """Opening an archive that exists changes nothing in it."""
    with open_archive(path) as archive, archive.transaction() as connection:
        set_meta(connection, "key", "value")

    with open_archive(path) as archive:
        assert get_meta(archive.connection, "key") == "value"


def test_a_reader_sees_what_a_writer_committed(archive: Archive) -> None:
    """A reader needs no writer to finish, and sees each commit."""
    with open_readonly(archive.path) as reader:
        with archive.transaction() as connection:
            set_meta(connection, "key", "value")
            assert get_meta(reader.connection, "key") is None
        assert get_meta(reader.connection, "key") == "value"


def test_a_reader_cannot_write(archive: Archive) -> None:
    """An archive opened for reading refuses transactions, and SQLite itself refuses writes."""
    with open_readonly(archive.path) as reader:
        with pytest.raises(ArchiveError, match="reading only"), reader.transaction():
            pass
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            set_meta(reader.connection, "key", "value")


def test_a_reader_cannot_checkpoint(archive: Archive) -> None:
    """A reader touches neither the archive nor its log: not on request, not when it closes."""
    with archive.transaction() as connection:
        set_meta(connection, "key", "value")
    before = archive.path.read_bytes(), wal(archive.path).read_bytes()

    with open_readonly(archive.path) as reader:
        assert get_meta(reader.connection, "key") == "value"
        with pytest.raises(sqlite3.OperationalError):
            reader.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    assert (archive.path.read_bytes(), wal(archive.path).read_bytes()) == before


def refusal(path: Path) -> PolylogueError:
    """Return the error with which both ways of opening refuse the archive, the same for both."""
    with pytest.raises(PolylogueError) as reading:
        open_readonly(path)
    with pytest.raises(PolylogueError) as writing:
        open_archive(path)
    assert str(reading.value) == str(writing.value)
    return writing.value


def test_a_foreign_database_is_refused_untouched(tmp_path: Path) -> None:
    """A database of another program is named as such, and nothing is written to it or beside it."""
    path = tmp_path / "archive.db"
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute("CREATE TABLE bookmarks (url)")
    before = path.read_bytes()

    assert refusal(path).code == "archive-foreign"
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["archive.db"]


def test_a_newer_archive_is_refused_untouched(path: Path) -> None:
    """An archive of a newer polylogue stays as it is, also when its log is not folded in yet."""
    with open_archive(path) as archive, archive.transaction() as connection:
        connection.execute("PRAGMA user_version = 999")
    leave_as_after_a_kill(path)
    before = path.read_bytes(), wal(path).read_bytes()

    error = refusal(path)

    assert error.code == "archive-newer"
    assert "999" in error.message
    assert (path.read_bytes(), wal(path).read_bytes()) == before


def leave_as_after_a_kill(path: Path) -> None:
    """Write to the archive in a process that is killed, so that its log stays behind."""
    script = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA wal_autocheckpoint = 0")
connection.execute("CREATE TABLE from_the_future (x)")
os.kill(os.getpid(), 9)
"""
    with run(script, path) as process:
        process.communicate(timeout=30)
    assert wal(path).stat().st_size


def test_what_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    """A file that SQLite cannot read is an ArchiveError, and stays as it is."""
    path = tmp_path / "archive.db"
    path.write_text("not a database\n" * 99)

    assert isinstance(refusal(path), ArchiveError)
    assert path.read_text() == "not a database\n" * 99


@pytest.mark.parametrize("make", [False, True], ids=["no-file", "empty-file"])
def test_reading_needs_an_archive(tmp_path: Path, *, make: bool) -> None:
    """Where nothing was imported yet, a reader is told so and makes nothing."""
    path = tmp_path / "archive.db"
    if make:
        path.touch()

    with pytest.raises(ArchiveError) as caught:
        open_readonly(path)

    assert caught.value.code == "no-archive"
    assert [file.name for file in tmp_path.iterdir() if file.stat().st_size] == []


def test_a_reader_does_not_read_an_older_schema(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive whose schema is not brought up to date yet is refused in words, not by SQLite."""
    open_archive(path).close()
    files = migrations._files()
    monkeypatch.setattr(migrations, "_files", lambda: [*files, "CREATE TABLE news (x);"])

    with pytest.raises(ArchiveError) as caught:
        open_readonly(path)

    assert caught.value.code == "archive-older"


def test_a_failed_opening_leaves_nothing_open(tmp_path: Path) -> None:
    """Opening a folder as an archive is a BusyError, again and again, without losing descriptors."""
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(3):
        with pytest.raises(BusyError):
            open_archive(tmp_path)

    assert len(list(Path("/dev/fd").iterdir())) == before


# --- Transactions --------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_any_exception_rolls_back(archive: Archive, error: type[BaseException]) -> None:
    """Whatever ends a transaction before its end leaves nothing of it, and the next one works."""

    def fail_half_way() -> None:
        with archive.transaction() as connection:
            set_meta(connection, "key", "half")
            raise error

    with pytest.raises(error):
        fail_half_way()

    with archive.transaction() as connection:
        assert get_meta(connection, "key") is None
        set_meta(connection, "key", "whole")
    assert get_meta(archive.connection, "key") == "whole"


def test_a_full_disk_is_a_busy_error(archive: Archive) -> None:
    """When the disk is full, nothing of the transaction is kept; with space again it works."""
    pages = pragma(archive.connection, "page_count")
    archive.connection.execute(f"PRAGMA max_page_count = {pages}")

    def write() -> None:
        with archive.transaction() as connection:
            set_meta(connection, "small", "value")
            set_meta(connection, "large", "x" * 1_000_000)

    with pytest.raises(BusyError) as caught:
        write()

    assert caught.value.code == "disk-full"
    assert get_meta(archive.connection, "small") is None
    archive.connection.execute("PRAGMA max_page_count = 1000000")
    write()
    assert get_meta(archive.connection, "small") == "value"


def test_a_foreign_lock_is_a_busy_error(archive: Archive) -> None:
    """A database browser that holds a write lock makes a BusyError that names the reason."""
    archive.connection.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(archive.path, isolation_level=None)) as browser:
        browser.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError) as caught, archive.transaction():
            pass
    assert caught.value.code == "archive-locked"


def test_damage_is_an_archive_error(path: Path) -> None:
    """Pages that are overwritten make an ArchiveError with advice, not an exception of SQLite."""
    with open_archive(path) as archive, archive.transaction() as connection:
        fill(connection, 10_000)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (path.stat().st_size - 100))

    with pytest.raises(ArchiveError) as caught, open_archive(path):
        pass

    assert caught.value.code == "archive-damaged"


_COUNT = """
import sys
from pathlib import Path
from polylogue.store.archive import open_archive
from polylogue.store.events import get_meta, set_meta

with open_archive(Path(sys.argv[1])) as archive:
    for turn in range(int(sys.argv[2])):
        with archive.transaction() as connection:
            set_meta(connection, "count", str(int(get_meta(connection, "count") or 0) + 1))
            set_meta(connection, f"{sys.argv[3]}-{turn}", "x" * 20_000)
"""


def test_two_processes_lose_nothing(path: Path) -> None:
    """Processes that write at the same time, from the very creation, wait for one another."""
    turns = 60
    processes = [run(_COUNT, path, turns, name) for name in ("one", "two", "three")]
    for process in processes:
        with process:
            process.communicate(timeout=60)
        assert process.returncode == 0

    with open_readonly(path) as archive:
        assert get_meta(archive.connection, "count") == str(3 * turns)
        (kept,) = archive.connection.execute(
            "SELECT count(*) FROM meta WHERE key GLOB '*-[0-9]*'"
        ).fetchone()
        assert kept == 3 * turns
        assert pragma(archive.connection, "integrity_check") == "ok"


_HOLD = """
import sys
from pathlib import Path
from polylogue.store.archive import open_archive
from polylogue.store.events import set_meta

with open_archive(Path(sys.argv[1])) as archive, archive.transaction() as connection:
    set_meta(connection, "key", "half")
    print("holding", flush=True)
    sys.stdin.read()
"""


def test_a_killed_writer_leaves_no_lock(archive: Archive) -> None:
    """A process killed within a transaction blocks nobody, and nothing of it is kept."""
    with run(_HOLD, archive.path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        holder.kill()
        with archive.transaction() as connection:
            assert get_meta(connection, "key") is None


# --- The log and its checkpoints -----------------------------------------------------------------


def test_small_commits_do_not_checkpoint(archive: Archive) -> None:
    """Below its limit the log only grows: a small commit costs one sync."""
    before = archive.path.read_bytes()
    for turn in range(20):
        with archive.transaction() as connection:
            set_meta(connection, str(turn), "x" * 10_000)

    assert 0 < wal(archive.path).stat().st_size < _WAL_LIMIT
    assert archive.path.read_bytes() == before


def test_a_long_log_is_folded_in(archive: Archive) -> None:
    """At its limit the log is folded into the archive and cut, so that it stays short."""
    with archive.transaction() as connection:
        fill(connection, _WAL_LIMIT + 1)

    assert archive.path.stat().st_size > _WAL_LIMIT
    assert wal(archive.path).stat().st_size == 0


def test_checkpoints_hold_the_lock(archive: Archive) -> None:
    """A checkpoint runs under the lock between processes, after its transaction."""
    seen = []

    def watch(statement: str) -> None:
        if "wal_checkpoint" in statement:
            seen.append((archive.connection.in_transaction, is_locked(archive)))

    archive.connection.set_trace_callback(watch)
    with archive.transaction() as connection:
        fill(connection, _WAL_LIMIT + 1)

    assert seen == [(False, True)]
    assert not is_locked(archive)


def is_locked(archive: Archive) -> bool:
    """Return whether anyone holds the write lock now."""
    with archive.path.with_name("write.lock").open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.mark.timeout(20)
def test_a_long_reader_does_not_keep_writers_waiting(archive: Archive) -> None:
    """While a reader holds an old snapshot the log grows beyond all limits, and writers go on."""
    with open_readonly(archive.path) as reader:
        reader.connection.execute("BEGIN")
        get_meta(reader.connection, "key")
        for turn in range(3):
            with archive.transaction() as connection:
                fill(connection, 33 << 20, str(turn))
    with archive.transaction() as connection:
        set_meta(connection, "key", "value")

    assert wal(archive.path).stat().st_size == 0


_FULL = """
import resource, signal, sys
from pathlib import Path
from polylogue.store.archive import open_archive

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10 << 20, 10 << 20))
with open_archive(Path(sys.argv[1])) as archive:
    with archive.transaction() as connection:
        connection.execute("INSERT INTO ballast VALUES ('9 MiB', zeroblob(9 << 20))")
    print("committed", flush=True)
"""


def test_a_failed_checkpoint_does_not_fail_what_was_committed(path: Path) -> None:
    """When there is no space to fold the log in, the transaction stands, and nobody says otherwise."""
    with open_archive(path) as archive, archive.transaction() as connection:
        fill(connection, 3 << 20)

    with run(_FULL, path) as process:
        output, _ = process.communicate(timeout=60)

    assert output == "committed\n"
    with open_archive(path) as archive:
        assert archive.connection.execute("SELECT count(*) FROM ballast").fetchone() == (2,)


def test_closing_folds_the_log_in(path: Path) -> None:
    """At rest an archive is one file."""
    with open_archive(path) as archive, archive.transaction() as connection:
        set_meta(connection, "key", "value")

    assert sorted(file.name for file in path.parent.iterdir()) == ["archive.db", "write.lock"]
    with open_readonly(path) as archive:
        assert get_meta(archive.connection, "key") == "value"


def test_closing_twice_is_closing_once(path: Path) -> None:
    """An archive can be closed again."""
    archive = open_archive(path)
    archive.close()
    archive.close()
