"""A kill at any point costs time and nothing else: nothing lost, nothing doubled, the view converges."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import chatgpt_exports as exports
import crashing
import pytest
from archives import tier_2

from polylogue.store.archive import open_readonly
from polylogue.store.objects import object_bytes
from polylogue.store.verify import verify

_SCRIPT = Path(crashing.__file__)


def _exports(folder: Path) -> list[Path]:
    """Return two exports of one account: the second continues, adds, and lacks things of the first."""
    picture = exports.png()
    first = [
        exports.conversation("c1", "Tea", "Which tea?", "Green."),
        exports.conversation("c2", "Tea", "Same title?", "Yes."),
        exports.conversation("c3", "Branches", "One?", "Two.", "Three?", "Four."),
    ]
    exports.branch(first[2], "c3-2", "Another two.")
    second = [
        exports.conversation("c1", "Tea", "Which tea?", "Green.", "And cake?", "Plum."),
        exports.conversation("c4", "New", "New?", "New."),
    ]
    return [
        exports.export_zip(
            folder / "one.zip", first, assets={"file-" + "A" * 24: ("sea.png", picture)}
        ),
        exports.export_zip(folder / "two.zip", second, generation="sharded"),
    ]


def _vault(root: Path) -> dict[str, bytes]:
    """Return what a person sees; the draft that a kill leaves is hidden, and swept after an hour."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def _run(root: Path, kill_at: int, given: list[Path]) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, str(_SCRIPT), str(root), str(kill_at), *map(str, given)],
        check=False,
        capture_output=True,
    )


def _members(connection: sqlite3.Connection) -> dict[tuple[str, str], bytes]:
    """Return the bytes of all members of all finished imports, put together again."""
    return {
        (file, name): b"".join(object_bytes(connection, object_id))
        for file, name, object_id in connection.execute(
            "SELECT i.file_name, m.name, m.object_id FROM raw_members m"
            " JOIN raw_imports i ON i.id = m.import_id WHERE i.parse_status <> 'pending'"
        )
    }


class Sweep:
    """A run without a kill to compare with, and runs that are killed and taken up again."""

    def __init__(self, folder: Path) -> None:
        self.exports = _exports(folder)
        self._folder = folder
        whole = folder / "whole"
        whole.mkdir()
        done = _run(whole, 0, self.exports)
        assert done.returncode == 0, done.stderr.decode()
        self.points = int(done.stdout)
        self._vault = _vault(whole / "Vault")
        with open_readonly(whole / "archive.db") as archive:
            self._rows = tier_2(archive.connection)
            self._bytes = _members(archive.connection)

    def kill_at(self, point: int) -> None:
        """Kill a run at a point, run it again, and compare everything."""
        root = self._folder / str(point)
        root.mkdir()
        killed = _run(root, point, self.exports)
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
        again = _run(root, 0, self.exports)
        assert again.returncode == 0, again.stderr.decode()

        assert _vault(root / "Vault") == self._vault
        with open_readonly(root / "archive.db") as archive:
            assert tier_2(archive.connection) == self._rows
            assert _members(archive.connection) == self._bytes
            assert verify(archive.connection, progress=lambda _done, _all: None) == []


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """Return a sweep over one pair of exports."""
    return Sweep(tmp_path_factory.mktemp("sweep"))


@pytest.mark.parametrize("share", [0.02, 0.2, 0.4, 0.6, 0.75, 0.9, 0.99])
def test_a_kill_here_and_there_is_survived(sweep: Sweep, share: float) -> None:
    """Kills spread over a run end in the rows, bytes and notes of a run without one."""
    sweep.kill_at(1 + int(sweep.points * share))


@pytest.mark.slow
@pytest.mark.parametrize("share", [n / 150 for n in range(150)])
def test_a_kill_at_any_point_is_survived(sweep: Sweep, share: float) -> None:
    """The same at 150 points."""
    sweep.kill_at(2 + int((sweep.points - 2) * share))
