"""A hidden temporary file beside the one it will become.

Filled, stamped, then given its name in one step, so that nobody ever sees half a note. No fsync:
the vault can be made again from the archive, and fsync is ten times slower and more. The temporary
name is short and fixed in length whatever the note is called, and begins with a dot, so that
Obsidian and tools that synchronise folders leave it alone. A crash leaves it behind; `sweep`
removes it.
"""

import ctypes
import os
import re
import secrets
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from polylogue.vault.entries import Entry, sight

#: Names that polylogue alone uses.
DRAFT = re.compile(r"\.plg-[0-9a-f]{16}\.tmp")

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LATEST_MS = 4_294_967_295_000  # 2106, the first end of time that a file system in use has

# A rename that refuses to overwrite, or that swaps: one function under two names on Linux and macOS.
# Without it (an older system, some network disks) a plain rename does, which could overwrite what a
# person saved in the microseconds since the last look.
_libc = ctypes.CDLL(None)
_rename_with_flag = getattr(_libc, "renameat2", None) or getattr(_libc, "renameatx_np", None)
_EXCLUSIVE = 4 if sys.platform == "darwin" else 1
_SWAP = 2


def create(name: str, folder: int) -> int:
    """Make the file `name` in `folder` and return its descriptor; FileExistsError if it is there."""
    return os.open(name, _CREATE, 0o600, dir_fd=folder)


def fill(descriptor: int, chunks: Iterable[bytes]) -> None:
    """Write all of `chunks`."""
    for chunk in chunks:
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(descriptor, rest) :]


@dataclass(slots=True)
class Draft:
    """A filled temporary file, `name` in `folder`, that is to get its real name."""

    folder: int
    name: str
    status: os.stat_result
    gone: bool = False

    def take(self, name: str) -> bool:
        """Take a name that was free a moment ago; False if it is taken by now."""
        self.gone = _rename(self.folder, self.name, name, _EXCLUSIVE)
        if not self.gone and sight(self.folder, name).kind == "absent":
            self.replace(name)
        return self.gone

    def take_over(self, name: str, replaced: Entry) -> bool:
        """Take the name of the file `replaced`; False if that is no longer what is there.

        The two swap names, and only then is it certain what was replaced. If a person was faster by
        microseconds, they swap back. (ext4 also flushes a file that is renamed over another, which
        takes longer than all the rest, and does not when they swap.)
        """
        if not _rename(self.folder, self.name, name, _SWAP):
            self.replace(name)
            return True
        if sight(self.folder, self.name, replaced).kind in {"known", "touched"}:
            return True  # the old file has the temporary name now, and goes with it
        if not _rename(self.folder, self.name, name, _SWAP):
            self.replace(name)  # the person's file has the temporary name: it goes back in any case
        return False

    def replace(self, name: str) -> None:
        """Take the name of whatever is there."""
        os.rename(self.name, name, src_dir_fd=self.folder, dst_dir_fd=self.folder)
        self.gone = True


@contextmanager
def draft(folder: int, chunks: Iterable[bytes], mtime_ms: int | None = None) -> Iterator[Draft]:
    """Give a filled temporary file in `folder`; afterwards nothing of that name is there.

    Its time is `mtime_ms`, or now, in whole milliseconds and within what file systems can hold.
    """
    if mtime_ms is None:
        mtime_ms = time.time_ns() // 1_000_000
    mtime_ns = min(max(mtime_ms, 1), _LATEST_MS) * 1_000_000
    name = f".plg-{secrets.token_hex(8)}.tmp"
    descriptor = create(name, folder)
    made = None
    try:
        try:
            fill(descriptor, chunks)
            os.utime(descriptor, ns=(mtime_ns, mtime_ns))
            made = Draft(folder, name, os.fstat(descriptor))
        finally:
            os.close(descriptor)
        yield made
    finally:
        if made is None or not made.gone:
            with suppress(FileNotFoundError):  # the person deleted the whole folder
                os.unlink(name, dir_fd=folder)


def _rename(folder: int, name: str, other: str, flag: int) -> bool:
    """Rename so that nothing can be overwritten; False if that failed, or is not to be had here."""
    if _rename_with_flag is None:
        return False
    return not _rename_with_flag(folder, os.fsencode(name), folder, os.fsencode(other), flag)
