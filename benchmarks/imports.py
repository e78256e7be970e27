"""Scenarios of importing: cold, again, next month, memory, and what a message costs."""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench, import_cold
from benchmarks.daemon import Daemon, Snapshot
from benchmarks.measure import BenchmarkError, PeakMemory, median, processor_seconds
from benchmarks.table import Row

LARGE_CONVERSATIONS = 50_000
LARGE_MB = 1_000
BYTES_PER_CONVERSATION = 32_000
MEMORY_AIM_MB = 300


def cold(bench: Bench) -> Iterator[Row]:
    """Measure the import of a bare `conversations.json` into an empty archive."""
    yield _against_floor(bench, "cold import, JSON", bench.first(bench.conversations))


def cold_zip(bench: Bench) -> Iterator[Row]:
    """Measure the same as the ZIP that a person downloads; the floor unpacks it too."""
    yield _against_floor(bench, "cold import, ZIP", bench.first_zip(bench.conversations))


def again(bench: Bench) -> Iterator[Row]:
    """Measure the same export dropped a second time: nothing may be written."""
    export = bench.first(bench.conversations)
    with bench.daemon() as daemon:
        import_cold(daemon, export, bench.conversations)
        before = daemon.notes()
        seconds = [daemon.take_in(export) for _ in range(bench.pairs)]
        touched = _touched(before, daemon.notes())
    yield Row("same export again", median(seconds), "s", 0.3, _spread(seconds, "s"))
    yield Row("same export again, notes touched", touched, "notes", 0)


def next_month(bench: Bench) -> Iterator[Row]:
    """Measure the export of a month later: 1 % new, 1 % extended, another order."""
    yield from _next_month(bench, "next month", shuffle_keys=False)


def next_month_shuffled(bench: Bench) -> Iterator[Row]:
    """Measure the same where every object's keys come in another order too."""
    yield from _next_month(bench, "next month, keys shuffled", shuffle_keys=True)


def memory(bench: Bench) -> Iterator[Row]:
    """Measure the peak of all processes while a large `conversations.json` is imported."""
    for size in (bench.memory_mb, *((LARGE_MB,) if bench.large else ())):
        conversations = size * 1_000_000 // BYTES_PER_CONVERSATION
        export = bench.first(conversations)
        with bench.daemon() as daemon, PeakMemory(daemon.pid) as sampled:
            import_cold(daemon, export, conversations)
        note = f"PSS of the tree, sampled; {conversations:,} conversations"
        yield Row(f"peak memory, {size} MB", sampled.peak / 1e6, "MB", MEMORY_AIM_MB, note)


def growth(bench: Bench) -> Iterator[Row]:
    """Measure what a message costs in a large import, against small ones before and after it."""
    small = [_per_message(bench, bench.conversations)]
    for size in (bench.many, *((LARGE_CONVERSATIONS,) if bench.large else ())):
        cost = _per_message(bench, size)
        small.append(_per_message(bench, bench.conversations))
        percent = (cost / median(small[-2:]) - 1) * 100
        note = f"{cost * 1e3:.3f} ms against {', '.join(f'{s * 1e3:.3f}' for s in small[-2:])} ms"
        what = f"cost per message, {bench.conversations:,} → {size:,}"
        yield Row(what, percent, "%", 20, note)


def _against_floor(bench: Bench, what: str, export: Path) -> Row:
    """Run floor and polylogue in turn, so that both see the same weather; give the ratio."""
    floors, imports, processor = [], [], []
    for _ in range(bench.pairs):
        floors.append(bench.floor(export))
        with bench.daemon() as daemon:
            used = processor_seconds(daemon.pid)
            imports.append(import_cold(daemon, export, bench.conversations))
            processor.append(processor_seconds(daemon.pid) - used)
    ratios = [took / floor for took, floor in zip(imports, floors, strict=True)]
    note = (
        f"{_spread(ratios, 'x')}; {median(imports):.2f} s, floor {median(floors):.2f} s, "
        f"processor {median(processor):.2f} s"
    )
    return Row(what, median(ratios), "x floor", 1.5, note)


def _next_month(bench: Bench, what: str, *, shuffle_keys: bool) -> Iterator[Row]:
    first = bench.first(bench.conversations)
    second = bench.next_month(bench.conversations, shuffle_keys=shuffle_keys)
    changed = 2 * bench.account(bench.conversations).changes
    ratios, written, grown = [], [], []
    for _ in range(bench.pairs):
        with bench.daemon() as daemon:
            cold_seconds = import_cold(daemon, first, bench.conversations)
            notes, size = daemon.notes(), daemon.archive_bytes()
            ratios.append(daemon.take_in(second) / cold_seconds)
            written.append(_written(daemon, notes, changed))
            grown.append((daemon.archive_bytes() / size - 1) * 100)
    yield Row(what, median(ratios), "x cold", 0.25, _spread(ratios, "x"))
    yield Row(f"{what}, notes written", max(written), "notes", changed)
    yield Row(f"{what}, archive grows by", max(grown), "%", 5)


def _written(daemon: Daemon, before: Snapshot, changed: int) -> int:
    """Return how many notes were written; too few is no good figure but a fault."""
    written = _touched(before, daemon.notes())
    if written < changed:
        raise BenchmarkError(f"{changed} conversations changed, but only {written} notes")
    return written


def _touched(before: Snapshot, after: Snapshot) -> int:
    """Return how many notes are new, gone, or not the same file any more."""
    return len(dict(before.items() ^ after.items()))


def _per_message(bench: Bench, conversations: int) -> float:
    export = bench.first(conversations)
    with bench.daemon() as daemon:
        return import_cold(daemon, export, conversations) / _messages(export)


def _messages(export: Path) -> int:
    """Count the messages of a bare export: each has one author, and quotes in texts are escaped."""
    with export.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return sum(1 for _ in re.finditer(rb'"author": \{', data))


def _spread(values: list[float], unit: str) -> str:
    """Say how far the runs lie apart."""
    return f"{min(values):.2f} to {max(values):.2f} {unit} in {len(values)} runs"
