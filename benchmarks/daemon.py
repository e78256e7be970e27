"""A real `polylogued` on a throw-away folder, fed by its inbox and asked by `polylogue ctl`.

What is measured is what a person would see: the two installed programs, a TOML configuration, a file
renamed into the inbox. Home and XDG folders point into the throw-away folder, so that the daemon
never meets the person's own sessions, configuration or socket.

A piece of work begins at the rename and ends with the last change that it made to a file of the
archive, the vault or the inbox, as the file system recorded it. `ctl wait` only says when to look:
its own start, an interpreter and an HTTP client, is not part of an import.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.measure import BenchmarkError

PROGRAMS = Path(sys.executable).parent
NOT_RUNNING = 3  # exit code of `polylogue ctl`
START_SECONDS = 30.0
STOP_SECONDS = 30.0
WORK_SECONDS = 1_800.0
POLL_SECONDS = 0.005

CONFIG = """\
[paths]
data = "{root}/data"
inbox = "{root}/inbox"
vault = "{root}/vault"

[inbox]
settle_seconds = 0

[sessions.claude_code]
path = "{root}/projects"

[daemon]
scan_seconds = 300
"""

#: What a note was at one moment: path in the vault → inode, mtime in ns, size.
Snapshot = dict[str, tuple[int, int, int]]


class Daemon:
    """A running daemon: `root` holds its folders, `pid` is its process."""

    def __init__(self, root: Path, process: "subprocess.Popen[bytes]") -> None:
        self.root = root
        self.pid = process.pid
        self.vault = root / "vault"
        self.inbox = root / "inbox"
        self.projects = root / "projects"
        self._process = process

    def ctl(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `polylogue ctl` to its end; its exit code is the caller's to judge."""
        return subprocess.run(
            self._client(*words),
            env=environment(self.root),
            capture_output=True,
            text=True,
            check=False,
        )

    def start_ctl(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start `polylogue ctl` and return at once; the caller waits for it."""
        return subprocess.Popen(
            self._client(*words), env=environment(self.root), stdout=subprocess.DEVNULL
        )

    def drop(self, export: Path) -> tuple[Path, float]:
        """Put a copy of `export` into the inbox by rename; return its path and the time of that.

        The copy is on the disk before the clock starts, so that its writing disturbs nobody.
        """
        staged = self.root / "staged"
        shutil.copyfile(export, staged)
        with staged.open("rb") as copy:
            os.fsync(copy.fileno())
        dropped = self.inbox / export.name
        started = time.time()
        staged.rename(dropped)
        return dropped, started

    def take_in(self, export: Path) -> float:
        """Drop `export`, wait until nothing is left to do; return how many seconds that took."""
        dropped, started = self.drop(export)
        self.wait_until(lambda: not dropped.exists())
        return self.finish(started)

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Return when `happened()`, at the latest after half an hour or at the daemon's end."""
        deadline = time.monotonic() + WORK_SECONDS
        while not happened():
            if self._process.poll() is not None:
                raise BenchmarkError(f"polylogued ended by itself: {self.last_words()}")
            if time.monotonic() > deadline:
                raise BenchmarkError(f"polylogued was not ready after {WORK_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)

    def finish(self, started: float) -> float:
        """Wait for the work begun at `started`; return the seconds from there to its last change."""
        self.wait_idle()
        failed = [path.name for path in (self.inbox / "Failed").glob("*")]
        if failed:
            raise BenchmarkError(f"polylogued refused what was dropped: {', '.join(failed)}")
        return self._last_change() - started

    def wait_idle(self) -> None:
        """Return when the daemon says that nothing is waiting; it may still be starting."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            answer = self.ctl("wait", "--timeout", f"{WORK_SECONDS:.0f}")
            if answer.returncode == 0:
                return
            starting = answer.returncode == NOT_RUNNING and self._process.poll() is None
            if not starting or time.monotonic() > deadline:
                said = (answer.stdout + answer.stderr).strip()
                raise BenchmarkError(f"ctl wait: {said} {self.last_words()}")

    def notes(self) -> Snapshot:
        """Return the state of every note, hidden files left out."""
        return {
            str(path.relative_to(self.vault)): (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            for path in self.vault.rglob("*.md")
            if not any(part.startswith(".") for part in path.relative_to(self.vault).parts)
            for stat in [path.stat()]
        }

    def archive_bytes(self) -> int:
        """Return the size of the archive with what is still in its write-ahead log."""
        uri = f"file:{self.root}/data/archive.db?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            pages, size = (
                database.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "page_size")
            )
            return int(pages) * int(size)

    def last_words(self) -> str:
        """Return the end of the daemon's log, which holds neither texts nor titles."""
        return (self.root / "log").read_text(encoding="utf-8", errors="replace")[-600:]

    def stop(self) -> None:
        """End the daemon as a service manager does; kill it when it does not obey."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _client(self, *words: str) -> list[str]:
        return [
            str(PROGRAMS / "polylogue"),
            "--config",
            str(self.root / "config.toml"),
            "ctl",
            *words,
        ]

    def _last_change(self) -> float:
        """Return when the work last touched a file, in seconds since the epoch.

        A note's mtime is the conversation's, so the inode's time counts; for the archive, whose
        inode a reader may touch, the content's.
        """
        archive = (
            path.stat().st_mtime
            for path in (self.root / "data").glob("archive.db*")
            if not path.name.endswith("-shm")
        )
        files = (
            path.stat().st_ctime
            for folder in (self.vault, self.inbox)
            for path in folder.rglob("*")
        )
        return max(*archive, *files)


def environment(root: Path) -> dict[str, str]:
    """Return an environment in which nothing of the person's own configuration is found."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "POLYLOGUE_"))
    }
    return kept | {"HOME": str(root), "XDG_RUNTIME_DIR": str(root / "run")}


@contextmanager
def running(root: Path) -> Iterator[Daemon]:
    """Run a daemon on `root`; it is idle at first, and ended at last whatever happened."""
    program = PROGRAMS / "polylogued"
    if not program.exists():
        raise BenchmarkError(f"{program} is not installed")
    for name in ("inbox", "run"):
        (root / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    config = root / "config.toml"
    config.write_text(CONFIG.format(root=root), encoding="utf-8")
    with (root / "log").open("ab") as log:
        process = subprocess.Popen(
            [str(program), "--config", str(config)],
            env=environment(root),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    daemon = Daemon(root, process)
    try:
        daemon.wait_idle()
        yield daemon
    finally:
        daemon.stop()
