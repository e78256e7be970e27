"""Scenarios of the running daemon: a vault lost and made again, answers to `ctl`, idleness."""

import time
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from benchmarks.bench import Bench, import_cold
from benchmarks.daemon import Daemon
from benchmarks.measure import (
    BenchmarkError,
    median,
    percentile,
    processor_seconds,
    proportional_bytes,
)
from benchmarks.table import Row

IDLE_CALLS = 40
SETTLE_SECONDS = 5  # for children that linger after their work
IDLE_SECONDS = 10


def vault(bench: Bench) -> Iterator[Row]:
    """Measure a vault that loses all its notes until it is whole again, against plain writing."""
    ratios, plain_seconds, rebuilt_seconds = [], [], []
    with bench.daemon() as daemon:
        import_cold(daemon, bench.first(bench.many), bench.many)
        for number in range(bench.pairs):
            notes = {name: (daemon.vault / name).read_bytes() for name in daemon.notes()}
            plain_seconds.append(_write_plainly(daemon.root / f"plain-{number}", notes))
            rebuilt_seconds.append(_lose_and_rebuild(daemon, f"lost-{number}", list(notes)))
            ratios.append(rebuilt_seconds[-1] / plain_seconds[-1])
            _check_rebuilt(daemon, notes)
    note = f"{median(rebuilt_seconds):.2f} s against {median(plain_seconds):.2f} s"
    yield Row(f"vault of {bench.many:,} notes deleted", median(ratios), "x writing", 2, note)


def status_idle(bench: Bench) -> Iterator[Row]:
    """Measure `polylogue ctl status`, the whole process, while the daemon has nothing to do."""
    with bench.daemon() as daemon:
        import_cold(daemon, bench.first(bench.conversations), bench.conversations)
        seconds = [_status(daemon) for _ in range(IDLE_CALLS)]
    note = f"p99 {percentile(seconds, 99):.3f} s of {IDLE_CALLS} calls"
    yield Row("ctl status, idle, p50", percentile(seconds, 50), "s", 0.25, note)


def status_busy(bench: Bench) -> Iterator[Row]:
    """Measure the same while a large export is taken in and rendered."""
    export = bench.first(bench.many)
    seconds = []
    with bench.daemon() as daemon:
        dropped, started = daemon.drop(export)
        while dropped.exists():
            seconds.append(_status(daemon))
        with daemon.start_ctl("wait") as waiting:
            while waiting.poll() is None:
                seconds.append(_status(daemon))
        daemon.finish(started)
    note = f"p50 {percentile(seconds, 50):.3f} s of {len(seconds)} calls"
    yield Row("ctl status, bulk import, p99", percentile(seconds, 99), "s", 0.5, note)


def idle(bench: Bench) -> Iterator[Row]:
    """Measure memory and processor of a daemon that has a large archive and nothing to do."""
    with bench.daemon() as daemon:
        import_cold(daemon, bench.first(bench.many), bench.many)
        time.sleep(SETTLE_SECONDS)
        used, began = processor_seconds(daemon.pid), perf_counter()
        time.sleep(IDLE_SECONDS)
        percent = (processor_seconds(daemon.pid) - used) / (perf_counter() - began) * 100
        memory = proportional_bytes(daemon.pid)
    note = f"after importing {bench.many:,} conversations"
    yield Row("idle daemon, memory", memory / 1e6, "MB", 80, f"PSS of the tree, {note}")
    yield Row("idle daemon, processor", percent, "% of a core", 0.2, f"{IDLE_SECONDS} s, {note}")


def _write_plainly(folder: Path, notes: dict[str, bytes]) -> float:
    """Write `notes` as simply as it goes; return the seconds."""
    started = perf_counter()
    for parent in {(folder / name).parent for name in notes}:
        parent.mkdir(parents=True, exist_ok=True)
    for name, content in notes.items():
        (folder / name).write_bytes(content)
    return perf_counter() - started


def _lose_and_rebuild(daemon: Daemon, trash: str, missing: list[str]) -> float:
    """Take all notes out of the vault; return the seconds until they are back.

    The folders are moved away, which takes no time; deleting thousands of notes would take longer
    than the daemon needs to begin. What is hidden stays: without its marker a vault is a missing disk.
    """
    taken = daemon.root / trash
    taken.mkdir()
    started = time.time()
    for top in [path for path in daemon.vault.iterdir() if not path.name.startswith(".")]:
        top.rename(taken / top.name)

    def complete() -> bool:
        while missing and (daemon.vault / missing[-1]).exists():
            missing.pop()
        return not missing

    daemon.wait_until(complete)
    return daemon.finish(started)


def _check_rebuilt(daemon: Daemon, notes: dict[str, bytes]) -> None:
    """Refuse to praise a vault that came back different."""
    different = sum((daemon.vault / name).read_bytes() != notes[name] for name in notes)
    if different:
        raise BenchmarkError(f"{different} notes came back with other bytes")


def _status(daemon: Daemon) -> float:
    """Return the seconds of one `ctl status`; 1 means that something needs attention."""
    started = perf_counter()
    answer = daemon.ctl("status")
    seconds = perf_counter() - started
    if answer.returncode not in {0, 1} or not answer.stdout:
        raise BenchmarkError(f"ctl status: {answer.stderr.strip()[-300:]}")
    return seconds
