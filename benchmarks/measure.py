"""Time, processor time and memory of a process and all its descendants, read from Linux's /proc.

polylogue works in several processes, so a figure of one of them says nothing. Two choices:

- Memory is the sum of PSS over the tree: RSS would count a library that five processes share five
  times. The peak is the largest sum of samples 20 ms apart; a shorter spike can be missed. Reading PSS
  costs the measured processes time, so nothing is timed while memory is sampled.
- Processor time is user and system time of every process of the tree and of all that they have
  waited for, so a child that came and went is counted.
"""

import os
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

PROC = Path("/proc")
SAMPLE_SECONDS = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")


class BenchmarkError(Exception):
    """A scenario could not be measured; the message says why."""


def tree(pid: int) -> Iterator[int]:
    """Yield `pid` and the ids of its living descendants."""
    yield pid
    for task in (PROC / str(pid) / "task").glob("*/children"):
        for child in _read(task).split():
            yield from tree(int(child))


def proportional_bytes(pid: int) -> int:
    """Return the sum of PSS over the tree below `pid`, in bytes."""
    return sum(_pss(member) for member in tree(pid))


def processor_seconds(pid: int) -> float:
    """Return user and system time of the tree below `pid`, children that ended included."""
    return sum(_ticks(member) for member in tree(pid)) / _TICKS


def _read(path: Path) -> str:
    """Return what a file of /proc says, nothing when its process has just ended."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _pss(pid: int) -> int:
    for line in _read(PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _ticks(pid: int) -> int:
    """Return utime, stime, cutime and cstime: fields 14 to 17 (proc(5)), after a name with blanks."""
    fields = _read(PROC / str(pid) / "stat").rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


class PeakMemory:
    """Samples the memory of a tree while its `with` block runs; `peak` is in bytes."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._pid = pid
        self._over = Event()
        self._sampler = Thread(target=self._sample)

    def _sample(self) -> None:
        over = False
        while not over:
            self.peak = max(self.peak, proportional_bytes(self._pid))
            over = self._over.wait(SAMPLE_SECONDS)

    def __enter__(self) -> Self:
        self._sampler.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._sampler.join()


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile of `values`, which are not empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def median(values: Sequence[float]) -> float:
    """Return the median of `values`, which are not empty."""
    return statistics.median(values)
