"""Looking over the vault: what is not as the manifest says, and what a crash left behind."""

import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby

from polylogue.vault.drafts import DRAFT
from polylogue.vault.entries import Drift, Entry, sight
from polylogue.vault.faults import REFUSALS
from polylogue.vault.folders import Folders


def check(folders: Folders, entries: Iterable[Entry]) -> Iterator[Drift]:
    """Yield what differs from `entries`; raises OSError.

    A folder is finished before its first drift is given, since the caller may use the vault then.
    """
    for parent, group in groupby(entries, key=lambda entry: entry.path.rpartition("/")[0]):
        yield from _check_folder(folders, parent, group)


def sweep(root: int, older_seconds: float) -> int:
    """Remove drafts older than `older_seconds` below the folder `root`; return how many.

    The age is that of the inode's last change, since a draft carries the time of its note. Hidden
    folders are not entered: polylogue writes none.
    """
    oldest = time.time() - older_seconds
    swept = 0
    for _path, below, files, folder in os.fwalk(".", dir_fd=root, follow_symlinks=False):
        below[:] = [name for name in below if not name.startswith(".")]
        swept += sum(_sweep_one(folder, name, oldest) for name in filter(DRAFT.fullmatch, files))
    return swept


def _check_folder(folders: Folders, parent: str, entries: Iterable[Entry]) -> list[Drift]:
    try:
        folder = folders.open(parent)
    except FileNotFoundError:
        return [Drift(entry=entry, kind="missing") for entry in entries]
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        return [Drift(entry=entry, kind="blocked") for entry in entries]
    return [drift for entry in entries if (drift := _drift(folder, entry))]


def _drift(folder: int, entry: Entry) -> Drift | None:
    kind, now = sight(folder, entry.path, entry)
    match kind:
        case "known":
            return None
        case "absent" | "hollow":
            return Drift(entry=entry, kind="missing")
        case "odd":
            return Drift(entry=entry, kind="blocked")
        case "other":
            return Drift(entry=entry, kind="edited")
        case "touched":
            return Drift(entry=entry, kind="touched", now=now)


def _sweep_one(folder: int, name: str, oldest: float) -> bool:
    with suppress(OSError):
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISREG(status.st_mode) and status.st_ctime <= oldest:
            os.unlink(name, dir_fd=folder)
            return True
    return False
