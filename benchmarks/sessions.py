"""Scenarios of the sessions of coding agents: many at a first start, one that grows, fifty that grow.

What a session says next is four kinds of lines in turn: a prompt, a call, its result, an answer. Each holds
a word of its own, and has arrived when a note with this word is on the disk.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import cycle
from pathlib import Path
from random import Random

from benchmarks.agent import Session, resumed
from benchmarks.bench import Bench, import_cold
from benchmarks.daemon import Daemon, running
from benchmarks.measure import BenchmarkError, median, percentile, processor_seconds
from benchmarks.shown import Notes
from benchmarks.table import Row

APPENDS = 60
PAUSES = (0.05, 1.0)  # seconds between what is appended, at least and at most
STORM = 50  # sessions
ROUNDS = 4  # storms in one run: one of each kind of line
FOLDER = "claude-code"  # in the vault


def sessions(bench: Bench) -> Iterator[Row]:
    """Measure a first start: from the program's start until all sessions are rows and notes."""
    folder = bench.many_sessions()
    size = _bytes(folder)
    floors, imports, processor = [], [], []
    for _ in range(bench.pairs):
        floors.append(bench.floor(folder))
        seconds, used = _first_start(bench, folder)
        imports.append(seconds)
        processor.append(used)
    ratios = [took / floor for took, floor in zip(imports, floors, strict=True)]
    took = median(imports)
    note = (
        f"{took:.2f} s from the program's start, floor {median(floors):.2f} s, "
        f"processor {median(processor):.2f} s, {size / 1e6 / took:.1f} MB/s"
    )
    what = f"{bench.sessions:,} sessions, {size / 1e6:.0f} MB"
    yield Row(what, median(ratios), "x floor", 1.5, note)


def append(bench: Bench) -> Iterator[Row]:
    """Measure lines appended to a session until they are in its note, in a large archive."""
    with bench.daemon() as daemon:
        import_cold(daemon, bench.first(bench.many), bench.many)
        where = f"{bench.many:,} conversations"
        yield from _appended(daemon, f"append, {where}", _ordinary(bench.many_sessions()))
        (long,) = bench.long_session().rglob("*.jsonl")
        size = f"{long.stat().st_size / 1e6:.0f} MB"
        yield from _appended(daemon, f"append, {size} session", long)


def storm(bench: Bench) -> Iterator[Row]:
    """Measure many sessions appended to at once, until the last line is in its note."""
    with bench.scratch() as root:
        _lay(root, bench.many_sessions())
        with running(root) as daemon:
            notes = _settled(daemon, bench.sessions)
            stormed = [
                Appender(path, f"storm{number}")
                for number, path in enumerate(sorted(daemon.projects.rglob("*.jsonl"))[:STORM])
            ]
            used = processor_seconds(daemon.pid)
            late = [_append(stormed, notes) for _ in range(ROUNDS)]
            daemon.wait_idle()
            used = (processor_seconds(daemon.pid) - used) / ROUNDS
    every = [seconds for one in late for seconds in one]
    lines = f"{len(stormed)} sessions, {ROUNDS} times"
    note = f"{lines}; of all lines p50 {percentile(every, 50):.2f} s, processor {used:.2f} s"
    yield Row(
        f"storm, {len(stormed)} sessions", median([max(one) for one in late]), "s", None, note
    )
    yield Row("storm, notes written", notes.written / ROUNDS, "notes", None, lines)


# --- A first start -------------------------------------------------------------------------------


def _first_start(bench: Bench, folder: Path) -> tuple[float, float]:
    """Start a daemon that finds `folder` for the first time; return its seconds, and processor's."""
    with bench.scratch() as root:
        _lay(root, folder)
        started = time.time()
        with running(root) as daemon:
            _settled(daemon, bench.sessions)
            return daemon.finish(started), processor_seconds(daemon.pid)


def _lay(root: Path, folder: Path) -> None:
    """Put a copy of `folder` where a daemon on `root` follows it, and have it on the disk."""
    shutil.copytree(folder, root / "projects")
    os.sync()


def _settled(daemon: Daemon, count: int) -> Notes:
    """Wait until `count` sessions are rows and notes; return the notes."""
    daemon.wait_until(lambda: _conversations(daemon) >= count)
    daemon.wait_idle()
    notes = Notes(daemon.vault / FOLDER)
    if len(notes) < count:
        raise BenchmarkError(f"of {count} sessions only {len(notes)} notes were written")
    return notes


def _conversations(daemon: Daemon) -> int:
    """Return how many sessions of Claude Code are in the archive."""
    uri = f"file:{daemon.root}/data/archive.db?mode=ro"
    query = "SELECT count(*) FROM conversations WHERE provider = 'claude-code'"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        return int(database.execute(query).fetchone()[0])


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.jsonl"))


# --- Sessions that grow --------------------------------------------------------------------------


def _ordinary(folder: Path) -> Path:
    """Return the session of median size."""
    by_size = sorted(folder.rglob("*.jsonl"), key=lambda path: (path.stat().st_size, path))
    return by_size[len(by_size) // 2]


def _appended(daemon: Daemon, what: str, session: Path) -> Iterator[Row]:
    """Let the daemon follow a copy of `session`, append to it again and again; yield how it went."""
    path = daemon.projects / session.parent.name / session.name
    path.parent.mkdir(parents=True, exist_ok=True)
    known = _conversations(daemon)
    shutil.copyfile(session, path)
    notes = _settled(daemon, known + 1)
    random, appender, late = Random(what), Appender(path, session.stem[:6]), []
    for _ in range(APPENDS):
        time.sleep(random.uniform(*PAUSES))
        late += _append([appender], notes)
    note = f"{len(late)} lines, {min(late):.3f} to {max(late):.3f} s; {notes.written} notes written"
    yield Row(f"{what}, p50", percentile(late, 50), "s", 0.3, note)
    yield Row(f"{what}, p95", percentile(late, 95), "s", 0.5)


def _append(appenders: Sequence["Appender"], notes: Notes) -> list[float]:
    """Append a line to each session at once; return after how many seconds each was in a note."""
    began = dict(appender.append() for appender in appenders)
    shown = notes.until_shown(began)
    return [shown[word] - started for word, started in began.items()]


class Appender:
    """Goes on with the session in a file; `words` begins the words that its lines hold."""

    def __init__(self, path: Path, words: str) -> None:
        self._path = path
        self._words = words
        self._session = resumed(path, Random(words))
        self._kinds = cycle(_KINDS)
        self._count = 0

    def append(self) -> tuple[str, float]:
        """Append a line; return the word in it and when that was, since the epoch."""
        self._count += 1
        word = f"{self._words}x{self._count}end"
        line = next(self._kinds)(self._session, word)
        with self._path.open("ab", buffering=0) as file:
            started = time.time()
            file.write(line)
        return word, started


def _ask(session: Session, word: str) -> bytes:
    return session.prompt(f"What about {word}?")


def _call(session: Session, word: str) -> bytes:
    return session.call("Bash", {"command": f"make {word}", "description": f"Make {word}"})


def _result(session: Session, word: str) -> bytes:
    beside = {"stdout": word, "stderr": "", "interrupted": False, "isImage": False}
    return session.result(word, beside)


def _answer(session: Session, word: str) -> bytes:
    return session.say(f"This is **{word}**.")


_KINDS: tuple[Callable[[Session, str], bytes], ...] = (_ask, _call, _result, _answer)
