"""A folder of Claude Code sessions, the same bytes for the same seed: `python -m benchmarks.projects`.

As in `~/.claude/projects`: a folder for each folder that was worked in, in it a file of JSON lines for
each session. Most sessions are short and a few are very long. Each depends on the seed, its number and
its size only; it ends with the line that fills its size, in the midst of a turn perhaps, as sessions do.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

from benchmarks import prose
from benchmarks.agent import Session
from benchmarks.chats import identifier

MONTH_END = 1_764_547_200.0  # 2025-12-01, UTC: when the first session began; the others before it
HOUR = 3_600.0
PROJECTS = 12
SPREAD = 1.0  # of the sizes of sessions: log-normal


def write_sessions(folder: Path, count: int, size: int, seed: int) -> None:
    """Write `count` sessions of `size` bytes in all (and some lines) to `folder`."""
    random = Random(f"{seed}/sizes")
    shares = [random.lognormvariate(0, SPREAD) for _ in range(count)]
    for number, share in enumerate(shares):
        write_session(folder, number, round(size * share / sum(shares)), seed)


def write_session(folder: Path, number: int, size: int, seed: int) -> Path:
    """Write one session of `size` bytes or a line more to `folder`; return its path."""
    random = Random(f"{seed}/session {number}")
    project = Random(f"{seed}/project {number % PROJECTS}")
    cwd = "/".join(["/home/someone/work", *prose.words(project, 2)])
    session = Session(random, identifier(random), cwd, MONTH_END - HOUR * number)
    path = folder / re.sub(r"[^A-Za-z0-9]", "-", cwd) / f"{session.name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for line in _lines(session):
            file.write(line)
            if file.tell() >= size:
                break
    return path


def _lines(session: Session) -> Iterator[bytes]:
    """Yield turn after turn, without an end."""
    yield session.title()
    while True:
        yield from session.turn()


def main() -> None:
    """Write a folder of sessions as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.projects", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--mb", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    write_sessions(asked.out, asked.sessions, asked.mb * 1_000_000, asked.seed)


if __name__ == "__main__":
    main()
