"""When does a text stand in a note? Looks at the notes of Claude Code while the daemon writes them.

The time is the one that the file system gave to the inode when the note was put in its place, not the
one when it was noticed; so looking can be rare and cost little. The clock of a file system is that of the
kernel's ticks: a time may be up to 4 ms too early.
"""

import os
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from benchmarks.measure import BenchmarkError

LOOK_SECONDS = 0.02
LONGEST_SECONDS = 60.0


class Notes:
    """The notes below `folder`; `written` counts those seen in a new state since the beginning."""

    def __init__(self, folder: Path) -> None:
        self.written = 0
        self._folder = folder
        self._known: dict[str, tuple[int, int]] = {}
        for _ in self._changed():
            pass
        self.written = 0

    def __len__(self) -> int:
        return len(self._known)

    def until_shown(self, texts: Collection[str]) -> dict[str, float]:
        """Wait for all `texts`; return for each when a note with it was written, since the epoch."""
        shown: dict[str, float] = {}
        missing = {text.encode(): text for text in texts}
        deadline = time.monotonic() + LONGEST_SECONDS
        while missing:
            if time.monotonic() > deadline:
                raise BenchmarkError(f"in no note: {', '.join(sorted(missing.values())[:5])}")
            time.sleep(LOOK_SECONDS)
            for content, changed in self._changed():
                for encoded in [text for text in missing if text in content]:
                    shown[missing.pop(encoded)] = changed
        return shown

    def _changed(self) -> Iterator[tuple[bytes, float]]:
        """Yield content and time of each note that is another file than it was."""
        for path, status in _notes(str(self._folder)):
            state = (status.st_ino, status.st_ctime_ns)
            if self._known.get(path) != state:
                self._known[path] = state
                self.written += 1
                yield Path(path).read_bytes(), status.st_ctime


def _notes(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the notes below `folder`; what is hidden is being written."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _notes(entry.path)
            elif entry.name.endswith(".md") and not entry.name.startswith("."):
                yield entry.path, entry.stat()
