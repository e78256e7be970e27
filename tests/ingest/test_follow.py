"""Session files that grow: what is read of them, what comes out, and what happens when they change."""

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

import msgspec
import pytest
from archives import tier_2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from session_files import chunks, count, findings, members, rows, session, take

from polylogue.errors import BusyError
from polylogue.ingest import beginnings, growth, sessions
from polylogue.ingest import follow as following
from polylogue.ingest.follow import Follower, Found, Taken
from polylogue.sources.files import FileStamp, open_regular
from polylogue.store.archive import Archive, Connection, open_archive
from polylogue.store.events import events
from polylogue.store.followed import (
    find_followed,
    followed_stamps,
    kept_only_here,
    mark_gone,
)
from polylogue.store.load import find, load

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_DATA = session(9, words=2500).data()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Open an empty archive."""
    with open_archive(tmp_path / "data" / "archive.db") as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where a session file can be."""
    return tmp_path / "s1.jsonl"


class Watcher:
    """Appends to a file and follows it."""

    def __init__(self, archive: Archive, path: Path) -> None:
        self.archive = archive
        self.path = path
        self.follower = Follower(archive, max_size=1 << 40)

    def append(self, data: bytes) -> Taken:
        """Append to the file and look at it."""
        with self.path.open("ab") as stream:
            stream.write(data)
        return self.look()

    def look(self) -> Taken:
        """Follow the file."""
        return self.follower.follow(Found(self.path, self.path.name, "file:s1"), now=5)


def outcome(archive: Archive) -> tuple[str, dict[str, int]]:
    """Return how the first import ended, and how many conversations it counted."""
    status, counts = archive.connection.execute(
        "SELECT parse_status, counts FROM raw_imports"
    ).fetchone()
    return status, msgspec.json.decode(counts) | {"facts": 0}


def imported(folder: Path, data: bytes) -> Archive:
    """Return an archive into which a file with these bytes was imported."""
    folder.mkdir(parents=True)
    path = folder / "s1.jsonl"
    path.write_bytes(data)
    archive = open_archive(folder / "data" / "archive.db")
    take(archive, path)
    return archive


@given(
    cuts=st.lists(st.integers(0, len(_DATA)), max_size=6),
    forgetful=st.booleans(),
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_growth_ends_in_what_an_import_ends_in(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], forgetful: bool
) -> None:
    """However a file grows, rows, bytes, chunks and ledger are those of the whole file imported."""
    tmp_path = tmp_path_factory.mktemp("grow")
    with open_archive(tmp_path / "data" / "archive.db") as archive:
        watcher = Watcher(archive, tmp_path / "s1.jsonl")
        for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), len(_DATA)], strict=True):
            watcher.append(_DATA[start:stop])
            if forgetful:
                watcher.follower = Follower(archive, max_size=1 << 40)
        with imported(tmp_path / "other", _DATA) as other:
            assert rows(tier_2(archive.connection)) == rows(tier_2(other.connection))
            assert members(archive) == members(other) == {"s1.jsonl": _DATA}
            assert chunks(archive) <= chunks(other)
            assert count(archive, "problems") == count(other, "problems") > 0
            assert outcome(archive) == outcome(other)
        assert findings(archive) == []


def test_only_what_is_new_is_read(
    archive: Archive, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An append to a long file costs what was appended, and a look at the bytes before it."""
    read = 0

    class Counting:
        """A file that counts."""

        def __init__(self, stream: BinaryIO) -> None:
            self.stream = stream

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            self.stream.close()

        def seek(self, place: int) -> None:
            self.stream.seek(place)

        def read(self, size: int) -> bytes:
            nonlocal read
            data = self.stream.read(size)
            read += len(data)
            return data

    def opened(path: Path) -> tuple[Counting, FileStamp]:
        stream, stamp = open_regular(path)
        return Counting(stream), stamp

    watcher = Watcher(archive, file)
    watcher.append(_DATA)
    monkeypatch.setattr(following, "open_regular", opened)
    more = session(1, "s1").data()
    assert watcher.append(more).size == len(more)
    assert len(more) <= read <= len(more) + 2048
    read = 0
    assert watcher.look().became == "unchanged"
    assert read == 0


def test_a_line_without_its_end_waits(archive: Archive, file: Path) -> None:
    """Half a line is kept as bytes and read when the rest is there."""
    watcher = Watcher(archive, file)
    first, second = session(2).data(), session(1, "s1").data().splitlines(keepends=True)[0]
    watcher.append(first + second[:20])
    before = rows(tier_2(archive.connection))
    assert members(archive)["s1.jsonl"] == first + second[:20]
    with imported(file.parent / "other", first) as other:
        assert before == rows(tier_2(other.connection))
    watcher.append(second[20:])
    with imported(file.parent / "more", first + second) as other:
        assert rows(tier_2(archive.connection)) == rows(tier_2(other.connection))


class _PowerCutError(Exception):
    """The machine stops."""


class Failing(Archive):
    """An archive whose machine stops in the transaction after so many."""

    left = 1

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a transaction, or stop in it."""
        with super().transaction() as connection:
            yield connection
            self.left -= 1
            if self.left < 0:
                raise _PowerCutError


@pytest.mark.parametrize("cuts", [0, 1, 7])
def test_a_line_that_is_too_long_costs_itself(
    archive: Archive, file: Path, monkeypatch: pytest.MonkeyPatch, cuts: int
) -> None:
    """Its bytes are kept in their place, it is told of, and what stands around it is read."""
    monkeypatch.setattr(growth, "MAX_DOCUMENT", 80 << 10)
    monkeypatch.setattr(growth, "_BATCH", 100 << 10)
    before, after = session(2), session(5)
    long = b'{"type": "user", "uuid": "' + b"x" * (200 << 10) + b'"}\n'
    data = before.data() + long + after.data().replace(b"Which tea", b"What cake")
    watcher = Watcher(archive, file)
    ends = [len(data) * (cut + 1) // (cuts + 1) for cut in range(cuts + 1)]
    for start, end in zip([0, *ends], ends, strict=False):
        watcher.append(data[start:end])

    assert members(archive)["s1.jsonl"] == data
    assert findings(archive) == []
    assert outcome(archive)[0] == "partial"
    line = before.data().count(b"\n") + 1
    (place,) = archive.connection.execute("SELECT place FROM problems LIMIT 1").fetchone()
    assert f"line {line} " in f"{place} "
    (row_id,) = find(archive.connection, "s1")
    lines = [stored.message.line or 0 for stored in load(archive.connection, row_id).messages]
    assert max(lines) > line


def test_what_cannot_be_read_is_told_once(archive: Archive, file: Path) -> None:
    """A bad line of a live session is an event for people, also when its group is read again."""
    watcher = Watcher(archive, file)
    taken = [watcher.append(session(1).data() + b'{"type": "user", broken\n')]
    taken += [watcher.append(session(1).data()), watcher.append(b"{broken, too\n")]

    assert [one.problems for one in taken] == [1, 0, 1]
    told = events(archive.connection, after=0, limit=9)
    assert [event.event for event in told] == ["session.partial"] * 2
    assert [event.fields for event in told] == [{"name": "s1.jsonl", "problems": 1}] * 2


def test_a_crash_between_commits_repeats_nothing(
    archive: Archive, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed is not read again; the rest is read as if nothing had happened."""
    data = session(120, words=5000).data()
    monkeypatch.setattr(archive, "__class__", Failing)
    with pytest.raises(_PowerCutError):
        Watcher(archive, file).append(data)
    monkeypatch.undo()
    kept = len(members(archive)["s1.jsonl"])
    assert 0 < kept < len(data)
    assert findings(archive) == []
    taken = Watcher(archive, file).look()

    assert (taken.became, taken.size) == ("grown", len(data) - kept)
    with imported(file.parent / "other", data) as other:
        assert rows(tier_2(archive.connection)) == rows(tier_2(other.connection))
        assert chunks(archive) <= chunks(other)
    assert findings(archive) == []


@pytest.mark.parametrize(
    "size", [pytest.param(-40, id="cut short"), pytest.param(0, id="same size")]
)
@pytest.mark.parametrize("rounds", [2, 30])
def test_a_file_that_was_rewritten_is_taken_anew(
    archive: Archive, file: Path, rounds: int, size: int
) -> None:
    """What was before stays in tier 1, and the rows of both unite."""
    watcher = Watcher(archive, file)
    old = session(rounds).data()
    watcher.append(old)
    new = session(rounds).data().replace(b"Which tea?", b"What cake?")
    new = new[: len(new) + size] + b"\n" * (size < 0)
    file.write_bytes(new)
    os.utime(file, ns=(1, 1))

    assert watcher.look().became == "new"
    stored = {
        sha
        for (sha,) in archive.connection.execute("SELECT sha256 FROM objects WHERE tail NOT NULL")
    }
    assert stored == {hashlib.sha256(old).digest(), hashlib.sha256(new).digest()}
    assert count(archive, "raw_imports") == 2
    assert findings(archive) == []
    assert watcher.look().became == "unchanged"


class Meddling(Archive):
    """An archive during whose first transaction a file is rewritten."""

    file: Path
    data: bytes | None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a transaction, and rewrite the file in the first."""
        with super().transaction() as connection:
            yield connection
        if self.data is not None:
            self.file.write_bytes(self.data)
            self.data = None


def kept(archive: Archive) -> set[bytes]:
    """Return the hashes of all objects that grow."""
    query = "SELECT sha256 FROM objects WHERE tail NOT NULL"
    return {sha for (sha,) in archive.connection.execute(query)}


@pytest.mark.parametrize("more", [b"", session(1).data()])
def test_a_file_that_is_rewritten_while_it_is_read_is_taken_anew(
    archive: Archive, file: Path, monkeypatch: pytest.MonkeyPatch, more: bytes
) -> None:
    """No version stays that is half of one and half of another."""
    data = session(120, words=5000).data()
    new = data.replace(b"Which tea?", b"What cake?") + more
    monkeypatch.setattr(archive, "__class__", Meddling)
    archive.__dict__.update(file=file, data=new)
    Watcher(archive, file).append(data)

    assert hashlib.sha256(new).digest() in kept(archive)
    assert findings(archive) == []


def test_an_edit_behind_which_a_file_grew_is_found_when_it_is_proven(
    archive: Archive, file: Path
) -> None:
    """An append is believed at first; when all is compared, the file is taken as it is."""
    watcher = Watcher(archive, file)
    watcher.append(_DATA)
    proof = Found(file, file.name, "file:s1", prove=True)
    assert watcher.follower.follow(proof, now=5).became == "unchanged"
    with file.open("r+b") as stream:
        stream.write(_DATA.replace(b"Which tea?", b"What cake?", 1))
    assert watcher.append(session(1, "s1").data()).became == "grown"
    assert hashlib.sha256(file.read_bytes()).digest() not in kept(archive)

    assert watcher.follower.follow(proof, now=5).became == "new"
    assert hashlib.sha256(file.read_bytes()).digest() in kept(archive)
    assert findings(archive) == []


def test_what_nobody_read_is_read_when_a_parser_has_learnt(
    archive: Archive, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that no parser knew is looked at again by other parsers, though it is as it was."""
    watcher = Watcher(archive, file)
    for module in (beginnings, sessions):
        monkeypatch.setattr(module, "PARSERS", ())
    assert watcher.append(_DATA).became == "imported"
    assert watcher.look().became == "unchanged"
    assert followed_stamps(archive.connection, beginnings.edition())[str(file)] is not None
    monkeypatch.undo()

    assert followed_stamps(archive.connection, beginnings.edition()) == {str(file): None}
    assert watcher.look().became == "new"
    assert find(archive.connection, "s1")
    assert watcher.look().became == "unchanged"


def test_lines_of_nobody_are_imported_when_they_are_quiet(archive: Archive, file: Path) -> None:
    """A file that grows all day is read once an hour, and when it is quiet."""
    minute = 60_000
    follower = Follower(archive, max_size=1 << 40)

    def at(minutes: int, data: bytes) -> str:
        with file.open("ab") as stream:
            stream.write(data)
        if data:
            os.utime(file, ns=(0, minutes * minute * 1_000_000))
        return follower.follow(Found(file, file.name), now=minutes * minute).became

    line = b'{"recipe": "cake"}\n'
    assert [at(n, line) for n in (0, 1, 2)] == ["imported", "waiting", "waiting"]
    assert [at(n, b"") for n in (6, 7, 8)] == ["waiting", "imported", "unchanged"]
    assert [at(n, line) for n in range(9, 69)].count("imported") == 1
    assert [at(n, b"") for n in (73, 74)] == ["imported", "unchanged"]


def test_a_longer_file_with_another_beginning_is_taken_anew(archive: Archive, file: Path) -> None:
    """A file that was replaced by a longer one is not taken for one that grew."""
    watcher = Watcher(archive, file)
    watcher.append(session(2).data())
    file.unlink()
    assert watcher.append(session(9, "s2").data()).became == "new"
    assert members(archive)["s1.jsonl"] == session(9, "s2").data()
    assert len(find(archive.connection, "s")) == 2


def test_a_copy_in_the_place_of_a_file_is_gone_on_with(archive: Archive, file: Path) -> None:
    """A backup that was put back has another inode, and is the same file."""
    watcher = Watcher(archive, file)
    watcher.append(_DATA)
    copy = file.with_name("copy")
    copy.write_bytes(_DATA + session(1).data())
    copy.replace(file)

    assert watcher.look().became == "grown"
    assert count(archive, "raw_imports") == 1
    assert findings(archive) == []


def test_a_file_that_was_moved_is_followed_to_where_it_is(archive: Archive, file: Path) -> None:
    """An archived session is not read again, and grows on."""
    watcher = Watcher(archive, file)
    watcher.append(_DATA)
    watcher.path = file.rename(file.with_name("archived.jsonl"))

    assert watcher.look().became == "unchanged"
    assert watcher.append(session(1).data()).became == "grown"
    assert set(followed_stamps(archive.connection, 0)) == {str(watcher.path)}
    assert count(archive, "raw_imports") == 1


@pytest.mark.parametrize("live_first", [True, False])
def test_live_and_dropped_are_one_conversation(
    tmp_path: Path, file: Path, live_first: bool
) -> None:
    """A session that is followed and dropped, too, has the same rows in either order."""
    file.write_bytes(_DATA)
    tables = []
    for order in (live_first, not live_first):
        with open_archive(tmp_path / str(order) / "archive.db") as archive:
            watcher = Watcher(archive, file)
            if order:
                watcher.look()
            take(archive, file)
            if not order:
                watcher.look()
            tables.append(tier_2(archive.connection))
            assert count(archive, "conversations") == 1
            assert count(archive, "objects WHERE tail IS NULL AND sha256 NOT NULL") > 0
            assert findings(archive) == []
            assert take(archive, file).status == "duplicate"
    assert tables[0] == tables[1]


def test_two_that_read_the_same_file_do_not_mix(
    archive: Archive, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes second, with what he knew before, writes nothing."""
    watcher = Watcher(archive, file)
    watcher.append(session(2).data())
    known = find_followed(archive.connection, str(file))
    watcher.append(session(1).data())
    monkeypatch.setattr(following, "find_followed", lambda *_: known)
    with pytest.raises(BusyError, match="Another"):
        watcher.append(session(1).data())


@pytest.mark.parametrize(
    ("name", "data", "became"),
    [
        ("sessions-index.json", b'{"version": 1, "entries": []}', "imported"),
        ("half.json", b'{"version": 1, "entries"', "waiting"),
        ("half.jsonl", b'{"type": "user", "message": {"a": 1}', "waiting"),
        ("empty.jsonl", b"", "waiting"),
        ("note.txt", b"Dear all", "refused"),
        ("other.jsonl", b'{"recipe": "cake"}\n{"recipe": "tart"}\n', "imported"),
    ],
)
def test_what_is_no_session_is_an_arrival(
    archive: Archive, tmp_path: Path, name: str, data: bytes, became: str
) -> None:
    """Other files are imported whole, once for each of their states."""
    watcher = Watcher(archive, tmp_path / name)
    assert watcher.append(data).became == became
    assert watcher.look().became == ("waiting" if became == "waiting" else "unchanged")
    assert kept_only_here(archive.connection) == {}


def test_a_session_that_is_gone_stays(archive: Archive, file: Path) -> None:
    """What the tool deletes is in the archive, and is counted; a file that comes back is not gone."""
    watcher = Watcher(archive, file)
    watcher.append(_DATA)
    file.rename(file.with_name("away"))
    mark_gone(archive.connection, [str(file)])
    assert len(kept_only_here(archive.connection)) == 1
    assert followed_stamps(archive.connection, 0) == {}
    (row_id,) = find(archive.connection, "s1")
    assert kept_only_here(archive.connection) == {row_id: str(file)}
    assert load(archive.connection, row_id).messages
    file.with_name("away").rename(file)
    watcher.look()
    assert kept_only_here(archive.connection) == {}


def test_what_was_imported_whole_and_is_gone_is_only_here(archive: Archive, file: Path) -> None:
    """A file that is not followed line by line, such as a packed one, is counted when it is gone."""
    packed = Watcher(archive, file.with_name("s1.jsonl.zst"))
    assert packed.append(zstd.compress(_DATA)).became == "imported"
    assert kept_only_here(archive.connection) == {}
    mark_gone(archive.connection, [str(packed.path)])
    assert list(kept_only_here(archive.connection).values()) == [str(packed.path)]


def test_what_another_file_still_tells_is_not_only_here(archive: Archive, file: Path) -> None:
    """A session of which there is a copy, or which was packed where it lay, is not only here."""
    watcher = Watcher(archive, file)
    watcher.append(_DATA)
    mark_gone(archive.connection, [str(file)])
    assert len(kept_only_here(archive.connection)) == 1
    copy = Watcher(archive, file.with_name("copy.jsonl"))
    copy.append(_DATA)
    assert kept_only_here(archive.connection) == {}
    mark_gone(archive.connection, [str(copy.path)])
    assert len(kept_only_here(archive.connection)) == 1
    packed = Watcher(archive, file.with_name(f"{file.name}.zst"))
    packed.append(zstd.compress(_DATA))
    assert kept_only_here(archive.connection) == {}
