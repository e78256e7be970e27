"""What must be true whatever is imported, in whatever order, however often (ARCHITECTURE.md).

Import and publish run in this process on archives of their own.
"""

import hashlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import account
import chatgpt_exports as exports
import crashing
import pytest
from archives import index_agrees, noise, tier_2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vault_files import files

from benchmarks.generate import Account, write_zip
from polylogue.ingest import Receipt, ingest
from polylogue.model import Arrival
from polylogue.publish import Report, look, publish
from polylogue.store.archive import Archive, open_archive
from polylogue.store.dirty import mark_all_dirty
from polylogue.store.objects import object_bytes
from polylogue.store.verify import verify

_SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
_EXPORT = ("user.json", b"{}")  # what makes a ZIP worth keeping


@dataclass(frozen=True, slots=True)
class Place:
    """An archive, and the folder in which its vault is."""

    root: Path
    archive: Archive

    @property
    def connection(self) -> sqlite3.Connection:
        """The archive's connection."""
        return self.archive.connection

    @property
    def vault(self) -> Path:
        """Where its notes are."""
        return self.root / "Vault"

    def take(self, export: Path) -> Receipt:
        """Import a file or folder."""
        arrival = Arrival(path=export, origin="import", uri=export.as_uri())
        return ingest(self.archive, arrival, imported_at=1_750_000_000_000, max_size=1 << 40)

    def publish(self) -> Report:
        """Render what is dirty."""
        return publish(self.archive, crashing.target(self.root))

    def rows(self, table: str) -> int:
        """Count the rows of a table."""
        query = f"SELECT count(*) FROM {table}"  # noqa: S608 - a table of these tests
        count: int = self.connection.execute(query).fetchone()[0]
        return count

    def members(self) -> list[tuple[int, str, bytes]]:
        """Return import, name and bytes of all members, put together again from their pieces."""
        return [
            (import_id, name, b"".join(object_bytes(self.connection, object_id)))
            for import_id, name, object_id in self.connection.execute(
                "SELECT import_id, name, object_id FROM raw_members ORDER BY import_id, seq"
            ).fetchall()
        ]


@contextmanager
def _place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with open_archive(root / "archive.db") as archive:
            yield Place(root, archive)


@pytest.fixture
def place() -> Iterator[Place]:
    """Return an empty archive."""
    with _place() as made:
        yield made


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the exports of one account, by name."""
    return account.write_exports(tmp_path_factory.mktemp("account"))


def _stats(vault: Path) -> dict[Path, tuple[int, int]]:
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in vault.rglob("*")
        if path.is_file()
    }


def _without_marks(place: Place) -> dict[str, list[tuple[object, ...]]]:
    dump = tier_2(place.connection)
    del dump["dirty"]
    return dump


# --- 1: bytes in, bytes out -----------------------------------------------------------------------

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)
_DATA = st.one_of(
    st.binary(max_size=300),
    st.lists(_JSON).map(exports.dump),
    _JSON.map(exports.dump),
    st.lists(_JSON).map(exports.dump).map(lambda data: data[: len(data) // 2]),
    st.lists(_JSON, min_size=1).map(lambda values: b"\r\n".join(map(exports.dump, values))),
    st.lists(_JSON).map(lambda values: b"<html>\nvar jsonData = " + exports.dump(values) + b";"),
)
_NAMES = st.sampled_from(["conversations.json", "chat.html", "a/b.txt", "__MACOSX/._a", "x.jsonl"])


@settings(_SLOW, max_examples=40)
@given(st.lists(st.tuples(_NAMES, _DATA), min_size=1, max_size=6))
def test_any_member_comes_back_byte_for_byte(given_members: list[tuple[str, bytes]]) -> None:
    """Whatever the members of a ZIP are, also two of one name, their bytes come out as they went in."""
    with _place() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of one name
        members = [_EXPORT, *given_members]
        place.take(account.write_zip(place.root / "export.zip", members))

        kept = [(name, data) for _, name, data in place.members()]
        assert sorted(kept) == sorted(members)


def test_members_of_real_exports_come_back_byte_for_byte(
    place: Place, told: dict[str, Path]
) -> None:
    """Every member of every generation comes back, and hashes as it did."""
    large = {
        "large.bin": noise(20 << 20),
        "large.txt": b"line\n" * 2_000_000,
        "none.json": b"",
        _EXPORT[0]: _EXPORT[1],
    }
    odd = account.write_zip(place.root / "odd.zip", large)
    for export in [*told.values(), odd]:
        place.take(export)
    expected = []
    for number, export in enumerate([*told.values(), odd], start=1):
        if export.suffix == ".json":
            expected.append((number, export.name, export.read_bytes()))
            continue
        with zipfile.ZipFile(export) as archive:
            expected += [(number, name, archive.read(name)) for name in archive.namelist()]
    hashes = place.connection.execute(
        "SELECT name, sha256 FROM raw_members m JOIN objects o ON o.id = m.object_id"
    ).fetchall()

    assert sorted(place.members()) == sorted(expected)
    assert sorted(hashes) == sorted((n, hashlib.sha256(d).digest()) for _, n, d in expected)


# --- 2: again changes nothing ---------------------------------------------------------------------


def test_importing_everything_again_changes_nothing(place: Place, told: dict[str, Path]) -> None:
    """A second import of each export writes no row and no file, and moves no time."""
    for export in told.values():
        place.take(export)
    place.publish()
    rows, notes = list(place.connection.iterdump()), _stats(place.vault)
    receipts = [place.take(export).status for export in told.values()]
    report = place.publish()

    assert receipts == ["duplicate"] * len(told)
    assert list(place.connection.iterdump()) == rows
    assert (_stats(place.vault), report.written, report.unchanged) == (notes, 0, 0)


def test_the_same_chats_in_other_wrapping_change_no_note(
    place: Place, told: dict[str, Path]
) -> None:
    """A ZIP packed anew, or unpacked into a folder, is another import that says nothing new."""
    place.take(told["classic"])
    place.publish()
    rows, notes = tier_2(place.connection), _stats(place.vault)
    chunks = place.rows("chunks")
    with zipfile.ZipFile(told["classic"]) as archive:
        archive.extractall(place.root / "unpacked")
        members = [(name, archive.read(name)) for name in reversed(archive.namelist())]
    place.take(place.root / "unpacked")
    place.take(account.write_zip(place.root / "again.zip", members))
    report = place.publish()

    assert tier_2(place.connection) == rows
    assert place.rows("chunks") == chunks
    assert (_stats(place.vault), report.written) == (notes, 0)


# --- 3: order does not matter ---------------------------------------------------------------------


def _view(place: Place) -> dict[str, bytes]:
    """Return the vault as it is when it is made anew: paths are not remembered."""
    place.publish()
    with place.archive.transaction() as connection:
        connection.execute("DELETE FROM view_files")
        mark_all_dirty(connection)
    if place.vault.exists():
        shutil.rmtree(place.vault)
    place.publish()
    return files(place.vault)


@pytest.fixture(scope="module")
def in_order(told: dict[str, Path]) -> tuple[dict[str, list[tuple[object, ...]]], dict[str, bytes]]:
    """Return the rows and the notes after the exports were imported in the order of their making."""
    with _place() as place:
        for export in told.values():
            place.take(export)
        return _without_marks(place), _view(place)


_ORDERS = st.permutations(["classic", "sharded", "dat", "slim", "array"])
_AGAIN = st.lists(st.sampled_from(["classic", "sharded", "dat", "slim", "array"]), max_size=3)


@settings(_SLOW, max_examples=25)
@given(order=_ORDERS, again=_AGAIN, often=st.booleans())
def test_any_order_ends_in_the_same_rows_and_notes(
    told: dict[str, Path],
    in_order: tuple[dict[str, list[tuple[object, ...]]], dict[str, bytes]],
    order: Sequence[str],
    again: Sequence[str],
    *,
    often: bool,
) -> None:
    """Any order, with repetitions, rendered in between or not, ends in one tier 2 and one view."""
    with _place() as place:
        for name in [*order, *again]:
            place.take(told[name])
            if often:
                place.publish()

        assert _without_marks(place) == in_order[0]
        assert _view(place) == in_order[1]
        assert index_agrees(place.connection)
        assert verify(place.connection, progress=lambda _done, _all: None) == []


# --- 4: tier 2 from tier 1, the view from tier 2 --------------------------------------------------


def test_tier_2_made_again_from_tier_1_is_the_same(place: Place, told: dict[str, Path]) -> None:
    """The members that the archive kept, imported into an empty one, say all that it says."""
    for export in told.values():
        place.take(export)
    with _place() as fresh:
        for import_id, file_name in place.connection.execute(
            "SELECT id, file_name FROM raw_imports ORDER BY id"
        ).fetchall():
            members = [
                (name, data) for number, name, data in place.members() if number == import_id
            ]
            export = fresh.root / file_name
            if export.suffix == ".zip":
                account.write_zip(export, members)
            else:
                export.write_bytes(members[0][1])
            fresh.take(export)

        assert _without_marks(fresh) == _without_marks(place)


def test_a_deleted_vault_is_rebuilt_byte_for_byte(place: Place, told: dict[str, Path]) -> None:
    """Without its folder, or without some of its files, the view comes back as it was."""
    for export in told.values():
        place.take(export)
    place.publish()
    before = files(place.vault)
    target = crashing.target(place.root)
    shutil.rmtree(place.vault)
    survey = look(place.archive, target)
    place.publish()
    whole = files(place.vault)
    for path in list(before)[::2]:
        (place.vault / path).unlink()
    look(place.archive, target)
    place.publish()

    assert survey.missing == len(before)
    assert whole == before
    assert files(place.vault) == before


# --- 7: what others wrote -------------------------------------------------------------------------


def test_what_others_wrote_is_never_touched(place: Place, told: dict[str, Path]) -> None:
    """Files, folders and links of a person survive imports, renderings and rebuilds where they are."""
    place.take(told["classic"])
    place.publish()
    notes = [path for path in files(place.vault) if path.endswith(".md")]
    theirs = {f"{path.removesuffix('.md')} mine.md": b"mine" for path in notes}
    theirs |= {"Daily/2025-06-15.md": b"a day", "chatgpt/plan.canvas": b"{}", "chatgpt/a.md": b""}
    for path, data in theirs.items():
        (place.vault / path).parent.mkdir(parents=True, exist_ok=True)
        (place.vault / path).write_bytes(data)
    (place.vault / "linked").symlink_to("chatgpt")
    before = {path: (place.vault / path).stat() for path in theirs}
    for export in told.values():
        place.take(export)
    place.publish()
    _view_again(place)

    assert {path: (place.vault / path).read_bytes() for path in theirs} == theirs
    assert {path: (place.vault / path).stat().st_mtime_ns for path in theirs} == {
        path: status.st_mtime_ns for path, status in before.items()
    }
    assert (place.vault / "linked").is_symlink()


def _view_again(place: Place) -> None:
    with place.archive.transaction() as connection:
        mark_all_dirty(connection)
    look(place.archive, crashing.target(place.root))
    place.publish()


# --- 8, 9: what things cost -----------------------------------------------------------------------

_ACCOUNT = Account(300, seed=7)


def test_next_months_export_costs_what_is_new(place: Place, tmp_path: Path) -> None:
    """Of 300 chats 3 went on and 3 are new: so many pieces, rows and notes are written, no more."""
    place.take(_written(tmp_path / "one.zip", later=False))
    place.publish()
    before, notes = _counts(place), _stats(place.vault)
    data = place.connection.execute("SELECT sum(length(data)) FROM chunks").fetchone()[0]
    place.take(_written(tmp_path / "two.zip", later=True))
    report = place.publish()
    grown = {table: count - before[table] for table, count in _counts(place).items()}
    added = place.connection.execute("SELECT sum(length(data)) FROM chunks").fetchone()[0] - data
    after = _stats(place.vault)
    news = 2 * _ACCOUNT.changes

    assert (grown["conversations"], grown["conversation_sources"]) == (_ACCOUNT.changes, news)
    assert news <= grown["chunks"] <= news + 5  # and the head, tail and side files
    assert (grown["raw_imports"], report.written) == (1, news)
    assert sum(after[path] != notes.get(path) for path in after) == news
    assert added <= data * 0.05


def test_other_key_order_costs_no_note(place: Place, tmp_path: Path) -> None:
    """A vendor that writes the same keys in another order changes bytes, and no row and no note."""
    place.take(_written(tmp_path / "one.zip", later=False))
    place.publish()
    notes, messages = _stats(place.vault), place.rows("messages")
    receipt = place.take(_written(tmp_path / "two.zip", later=False, shuffle_keys=True))
    report = place.publish()

    assert receipt.counts["same"] == _ACCOUNT.conversations
    assert (report.written, _stats(place.vault)) == (0, notes)
    assert place.rows("messages") == messages


def _written(path: Path, *, later: bool, shuffle_keys: bool = False) -> Path:
    chats = _ACCOUNT.next_month() if later else _ACCOUNT.month()
    write_zip(path, _ACCOUNT, chats, shuffle_keys=shuffle_keys)
    return path


_TABLES = ("chunks", "conversations", "conversation_sources", "messages", "raw_imports")


def _counts(place: Place) -> dict[str, int]:
    return {table: place.rows(table) for table in _TABLES}


_MEASURED = r"""
import re, sys
from pathlib import Path
from polylogue.ingest import ingest
from polylogue.model import Arrival
from polylogue.store.archive import open_archive

with open_archive(Path(sys.argv[1])) as archive:
    arrival = Arrival(path=Path(sys.argv[2]), origin="import")
    ingest(archive, arrival, imported_at=0, max_size=1 << 40)
print(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1])
"""


def _peak(root: Path, export: Path) -> int:
    """Return the peak memory of an import in a process of its own, in KiB.

    `ru_maxrss` will not do: it remembers how large the parent was before the program began.
    """
    archive = root / f"{export.stem}.db"
    told = subprocess.check_output([sys.executable, "-c", _MEASURED, str(archive), str(export)])
    return int(told)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_export(tmp_path: Path) -> None:
    """60 MB of chats take hardly more memory than 6 MB."""
    peaks = []
    for count in (200, 2_000):
        export = tmp_path / f"{count}.zip"
        write_zip(export, Account(count, 1), Account(count, 1).month())
        peaks.append(_peak(tmp_path, export))

    assert max(peaks) < 160 << 10
    assert peaks[1] - peaks[0] < 30 << 10, peaks
