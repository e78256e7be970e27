"""One daemon for each archive: an flock on the data folder, held as long as the process lives."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from polylogue.errors import AnotherInstanceError, BusyError


@contextmanager
def only_instance(data: Path, started_at: int) -> Iterator[None]:
    """Hold the data folder; raises AnotherInstanceError that says who holds it."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data / "polylogued.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BusyError(
            f"The data folder {data} cannot be used: {error.strerror}.",
            advice="Check its permissions, or set [paths] data.",
            code="data-unreachable",
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 200, 0).decode("utf-8", "replace")
            raise AnotherInstanceError(
                f"polylogued runs on {data} already ({holder.strip() or 'process unknown'}).",
                advice="`polylogue ctl status` shows how it is; `polylogue ctl stop` ends it.",
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps({"pid": os.getpid(), "started_at": started_at}).encode(), 0)
        yield
    finally:
        os.close(lock)
