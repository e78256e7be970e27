"""The child process for heavy work: `python -m polylogue.daemon.worker`.

The daemon writes one JSON request a line to stdin; each is answered by progress lines and one result
line on stdout. The child ends when stdin does, so that it never outlives the daemon's interest; its
memory goes with it, and a crash costs one piece of work. It imports only what its job needs, since
its start is part of every large import: the log, which takes as long as all the rest, only for a crash.

    {"work": "follow" | "ingest" | "publish", "archive": PATH, …}     what else: see the job's module
    {"progress": [a, b, c]}, {"result": …}, {"error": {"kind", "message", "advice", "code"}}
"""

import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from polylogue.errors import BusyError, PolylogueError
from polylogue.store.archive import Archive, open_archive

_JOBS = {
    "follow": "polylogue.daemon.follow_job",
    "ingest": "polylogue.daemon.ingest_job",
    "publish": "polylogue.daemon.publish_job",
}
_EVERY = 0.1  # seconds between progress lines


def main() -> None:
    """Answer requests until stdin ends. stdout is for answers only; the log goes to stderr."""
    sys.excepthook = _crashed
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the daemon decides when to stop
    archive: Archive | None = None
    try:
        for line in sys.stdin:
            request = json.loads(line)
            archive = archive or open_archive(Path(request["archive"]))
            _answer(archive, request)
    finally:
        if archive is not None:
            archive.close()


def _answer(archive: Archive, request: Mapping[str, Any]) -> None:
    last = 0.0

    def progress(*numbers: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            _print({"progress": numbers})

    job = importlib.import_module(_JOBS[request["work"]])
    try:
        _print({"result": job.run(archive, request, progress)})
    except PolylogueError as error:
        _print({"error": _error_json(error)})


def _error_json(error: PolylogueError) -> dict[str, str]:
    """Return an error as the daemon takes it; `kind` says whether trying again may help."""
    return {
        "kind": "busy" if isinstance(error, BusyError) else type(error).__name__,
        "message": error.message,
        "advice": error.advice,
        "code": error.code,
    }


def _print(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _crashed(
    _kind: type[BaseException], error: BaseException, _traceback: TracebackType | None
) -> None:
    """Log what ends the process, without the text that its message may quote."""
    from polylogue import log  # noqa: PLC0415 - see the head of this file

    journal = log.on_journal(os.environ)
    log.configure("info", stream=sys.stderr, json=not sys.stderr.isatty(), priority=journal)
    log.crash("worker.crashed", error)


def _leave(_signal: int, _frame: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
