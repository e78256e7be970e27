"""`python -m benchmarks`: run the scenarios and print the table of what polylogue costs.

Each scenario runs the installed programs on folders of its own, which are removed. Exports are
seeded, so that two runs measure the same; figures are ratios within one run where they can be,
because machines differ. Ends with 1 when a scenario could not be measured; a missed aim is a figure.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import imports, service, sessions
from benchmarks.bench import Bench
from benchmarks.measure import BenchmarkError
from benchmarks.table import Failure, Row, as_json, as_text

SCENARIOS: Mapping[str, Callable[[Bench], Iterator[Row]]] = {
    "cold": imports.cold,
    "cold-zip": imports.cold_zip,
    "again": imports.again,
    "next-month": imports.next_month,
    "next-month-shuffled": imports.next_month_shuffled,
    "memory": imports.memory,
    "growth": imports.growth,
    "vault": service.vault,
    "status-idle": service.status_idle,
    "status-busy": service.status_busy,
    "idle": service.idle,
    "sessions": sessions.sessions,
    "append": sessions.append,
    "storm": sessions.storm,
}


def main() -> int:
    """Run what the command line asks for; return the exit code."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that daemons are ended then too
    rows: list[Row] = []
    failures: list[Failure] = []
    with TemporaryDirectory(prefix="plb-") as folder:
        bench = Bench(
            folder=Path(folder),
            conversations=asked.conversations,
            many=asked.many,
            memory_mb=asked.memory_mb,
            sessions=asked.sessions,
            sessions_mb=asked.sessions_mb,
            session_mb=asked.session_mb,
            pairs=asked.pairs,
            large=asked.large,
            seed=asked.seed,
        )
        for name in asked.only or SCENARIOS:
            print(f"{name} …", file=sys.stderr, flush=True)
            try:
                rows.extend(SCENARIOS[name](bench))
            except BenchmarkError as error:
                failures.append(Failure(name, str(error)))
    print(json.dumps(as_json(rows, failures)) if asked.json else as_text(rows, failures))
    return 1 if failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(SCENARIOS), help="may be repeated")
    parser.add_argument("--pairs", type=int, default=3, help="runs of what is compared")
    parser.add_argument("--conversations", type=int, default=2_000, help="the ordinary export")
    parser.add_argument("--many", type=int, default=10_000, help="the large archive")
    parser.add_argument(
        "--memory-mb", type=int, default=300, help="the export of the memory figure"
    )
    parser.add_argument("--sessions", type=int, default=500, help="those of coding agents")
    parser.add_argument("--sessions-mb", type=int, default=60, help="the size of them all")
    parser.add_argument("--session-mb", type=int, default=50, help="the size of a long one")
    parser.add_argument("--large", action="store_true", help="also 50,000 conversations and 1 GB")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
