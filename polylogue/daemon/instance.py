"""One daemon for each archive: an flock on the data folder, held as long as the process lives."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from polylogue.errors import AnotherInstanceError, BusyError


@contextmanager
def only_instance(data: Path, socket: Path, started_at: int) -> Iterator[None]:
    """Hold the data folder; raises AnotherInstanceError that says who holds it.

    The lock file tells others the process, its control `socket`, and since when (ms).
    """
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
            raise AnotherInstanceError(
                f"polylogued runs on {data} already ({_holder(lock)}).",
                advice="`polylogue ctl status` shows how it is; `polylogue ctl stop` ends it.",
            ) from None
        said = {"pid": os.getpid(), "socket": str(socket), "started_at": started_at}
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps(said).encode(), 0)
        yield
    finally:
        os.close(lock)


def _holder(lock: int) -> str:
    """Return who holds the lock, as far as the file says."""
    try:
        return f"process {json.loads(os.pread(lock, 4096, 0))['pid']}"
    except (ValueError, LookupError, TypeError):  # it is just being written
        return "process unknown"
