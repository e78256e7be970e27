"""The child process for heavy work: `python -m polylogue.daemon.worker`.

The daemon writes one JSON request a line to stdin; each is answered by progress lines and one result
line on stdout. The child ends when stdin does, so that it never outlives the daemon's interest; its
memory goes with it, and a crash costs one piece of work. Requests:

    {"work": "ingest", "archive", "path", "origin", "uri", "imported_at", "max_size"}
    {"work": "publish", "archive", "root", "layout", "timezone"}

Answers: {"progress": [a, b, c]} and {"result": …} or {"error": {"kind", "message", "advice", "code"}}.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from polylogue.config.zones import zone
from polylogue.errors import BusyError, PolylogueError
from polylogue.ingest import Receipt, ingest
from polylogue.model import Arrival
from polylogue.publish import Report, Target, publish
from polylogue.store.archive import Archive, open_archive

Answer: TypeAlias = dict[str, Any]
Work: TypeAlias = Callable[[Archive, Mapping[str, Any], Callable[..., None]], Answer]

_EVERY = 0.1  # seconds between progress lines
_SHOWN = 20  # problems that are told; all of them are in the archive


def ingest_request(
    archive: Archive, request: Mapping[str, Any], say: Callable[..., None]
) -> Answer:
    """Ingest one arrival; return its receipt as JSON."""
    receipt = ingest(
        archive,
        Arrival(path=Path(request["path"]), origin=request["origin"], uri=request["uri"]),
        imported_at=request["imported_at"],
        max_size=request["max_size"],
        progress=say,
    )
    return receipt_json(receipt)


def publish_request(
    archive: Archive, request: Mapping[str, Any], say: Callable[..., None]
) -> Answer:
    """Publish what is dirty; return the report as JSON."""
    target = Target(Path(request["root"]), request["layout"], zone(request["timezone"], os.environ))
    return report_json(publish(archive, target, progress=say))


def receipt_json(receipt: Receipt) -> Answer:
    """Return a receipt as the daemon keeps it."""
    return {
        "status": receipt.status,
        "import_id": receipt.import_id,
        "counts": receipt.counts,
        "sentence": receipt.sentence,
        "problems": [problem.code for problem in receipt.problems[:_SHOWN]],
    }


def report_json(report: Report) -> Answer:
    """Return a report as the daemon logs it."""
    return {
        "written": report.written,
        "unchanged": report.unchanged,
        "blocked": len(report.blocked),
        "saved": len(report.saved),
    }


_WORK: Mapping[str, Work] = {
    "ingest": ingest_request,
    "publish": publish_request,
}


def main() -> None:
    """Answer requests until stdin ends."""
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

    def say(*numbers: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            _print({"progress": numbers})

    try:
        _print({"result": _WORK[request["work"]](archive, request, say)})
    except PolylogueError as error:
        _print({"error": error_json(error)})


def error_json(error: PolylogueError) -> dict[str, str]:
    """Return an error as the daemon tells it; `kind` says whether trying again may help."""
    return {
        "kind": "busy" if isinstance(error, BusyError) else type(error).__name__,
        "message": error.message,
        "advice": error.advice,
        "code": error.code,
    }


def _print(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _leave(_signal: int, _frame: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
