"""Import and publish in a process that kills itself at a chosen point; run as a program.

    python crashing.py ROOT KILL_AT EXPORT…

A point is a statement that SQLite is about to run, or a file operation that Python is about to do
(open, rename, link, remove, mkdir…). At point number KILL_AT the process dies by SIGKILL; with 0 it
runs to its end and prints how many points it passed.
"""

import datetime as dt
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from polylogue.ingest import ingest
from polylogue.model import Arrival
from polylogue.publish import Target, publish
from polylogue.store.archive import open_archive

_FILE_OPERATIONS = ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.utime", "os.chmod")


class Points:
    """Counts points, and dies at one of them."""

    def __init__(self, root: Path, kill_at: int) -> None:
        self.passed = 0
        self._root = str(root)
        self._kill_at = kill_at

    def pass_one(self) -> None:
        """Count a point."""
        self.passed += 1
        if self.passed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        """Count file operations below the folder, and those relative to a descriptor."""
        if event in _FILE_OPERATIONS:
            name = str(arguments[0])
            if name.startswith(self._root) or not name.startswith("/"):
                self.pass_one()


def target(root: Path) -> Target:
    """Return where the notes of a run go."""
    return Target(root / "Vault", "{provider}/{year}/{month}", dt.UTC)


def run(root: Path, exports: list[Path], points: Points | None = None) -> None:
    """Import the exports and publish after each."""
    with open_archive(root / "archive.db") as archive:
        if points is not None:
            archive.connection.set_trace_callback(lambda _statement: points.pass_one())
        for export in exports:
            arrival = Arrival(path=export, origin="import")
            ingest(archive, arrival, imported_at=1_750_000_000_000, max_size=1 << 40)
            publish(archive, replace(target(root), pages=True))


if __name__ == "__main__":
    place = Path(sys.argv[1])
    counter = Points(place, int(sys.argv[2]))
    sys.addaudithook(counter.audit)
    run(place, [Path(name) for name in sys.argv[3:]], counter)
    print(counter.passed)
