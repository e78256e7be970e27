"""What every scenario works with: the sizes asked for, exports made once, folders thrown away."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.daemon import Daemon, running
from benchmarks.generate import Account, write_json, write_zip
from benchmarks.measure import BenchmarkError
from benchmarks.projects import write_session, write_sessions

PROJECT = Path(__file__).parents[1]
LARGE_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Bench:
    """One run of the benchmarks; `folder` is its own and removed when it ends.

    `conversations` is the size of the ordinary export, `many` of the large archive; with `large`
    come 50,000 conversations and a `conversations.json` of 1 GB. `sessions_mb` is the size of the
    folder with the ordinary number of sessions, `session_mb` that of the long one.
    """

    folder: Path
    conversations: int
    many: int
    memory_mb: int
    sessions: int
    sessions_mb: int
    session_mb: int
    pairs: int
    large: bool
    seed: int

    def account(self, conversations: int) -> Account:
        """Return the account whose first export holds so many conversations."""
        return Account(conversations, self.seed)

    def first(self, conversations: int) -> Path:
        """Return a bare `conversations.json` of so many conversations."""
        path, made = self._place(f"{conversations}", "conversations.json")
        if not made:
            write_json(path, self.account(conversations).month())
        return path

    def first_zip(self, conversations: int) -> Path:
        """Return the same export as the ZIP that a person downloads."""
        path, made = self._place(f"{conversations} zip", "chatgpt-export.zip")
        if not made:
            account = self.account(conversations)
            write_zip(path, account, account.month())
        return path

    def next_month(self, conversations: int, *, shuffle_keys: bool) -> Path:
        """Return the export of the same account a month later."""
        path, made = self._place(f"{conversations} next {shuffle_keys}", "conversations.json")
        if not made:
            chats = self.account(conversations).next_month()
            write_json(path, chats, shuffle_keys=shuffle_keys)
        return path

    def many_sessions(self) -> Path:
        """Return a folder of Claude Code sessions, as `~/.claude/projects` is one."""
        path, made = self._place("sessions", "projects")
        if not made:
            write_sessions(path, self.sessions, self.sessions_mb * 1_000_000, self.seed)
        return path

    def long_session(self) -> Path:
        """Return a folder with one long session."""
        path, made = self._place("long session", "projects")
        if not made:
            write_session(path, self.sessions, self.session_mb * 1_000_000, self.seed)
        return path

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give an empty folder; its large files are removed at the end, the rest with `folder`.

        What is still to be written of earlier work is written first, so that nobody pays for it.
        Notes stay, as a precaution: where thousands of files had just been deleted, creating new ones
        was at times several times as slow (0.2 s became up to 3.6 s for 2,000 files; at other times
        no slower), and runs must not pay for their forerunners. Why, was not found out.
        """
        folder = Path(mkdtemp(dir=self.folder, prefix="run-"))
        os.sync()
        try:
            yield folder
        finally:
            for path in folder.rglob("*"):
                if path.is_file() and path.stat().st_size > LARGE_FILE:
                    path.unlink()

    @contextmanager
    def daemon(self) -> Iterator[Daemon]:
        """Give an idle daemon with an empty archive."""
        with self.scratch() as root, running(root) as daemon:
            yield daemon

    def floor(self, export: Path) -> float:
        """Return the seconds that the floor takes for `export`, read once before: as a drop is."""
        for path in (export, *export.rglob("*.jsonl")):
            if path.is_file():
                path.read_bytes()
        with self.scratch() as workdir:
            command = [
                sys.executable,
                "-m",
                "benchmarks.floor",
                str(export),
                str(workdir),
                "--json",
            ]
            done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchmarkError(f"the floor failed: {done.stderr.strip()[-300:]}")
        return float(json.loads(done.stdout)["total"])

    def _place(self, key: str, name: str) -> tuple[Path, bool]:
        """Return where an export of this run lies, and whether it was made already."""
        path = self.folder / "exports" / key / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path, path.exists()


def import_cold(daemon: Daemon, export: Path, conversations: int) -> float:
    """Import `export` into an empty archive; return the seconds. Every note must be there."""
    seconds = daemon.take_in(export)
    notes = len(daemon.notes())
    if notes < conversations:
        raise BenchmarkError(f"of {conversations} conversations only {notes} notes were written")
    return seconds
