"""The inbox: what lies in it, and when each thing is ready to be taken.

`look` asks the disk, `decide` thinks. `is_ours` says whether the folder may be tidied at all. What has not changed for `settle_seconds` has settled; what
has settled and is complete is ready:

    settling ──quiet for settle_seconds──► (complete?) ──yes──► ready
       ▲                                    │no    ▲
       │                                 waiting ──┘ after 5 s, 10 s, 20 s … 10 min
       └─ any change, from any state        └──still not, 10 minutes quiet──► ready, incomplete

Everything is seen, also links, pipes and downloads in progress: what a person dropped must end in a
state that they can see. Times are seconds of one monotonic clock and come from the caller.
"""

import fnmatch
import math
import os
import stat
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Literal, TypeAlias

from polylogue.errors import BusyError
from polylogue.model import Record
from polylogue.sources.files import Stamp, file_stamp, is_litter, shown, translated, tree_stamp

DONE = "Done"
FAILED = "Failed"
#: What is polylogue's own in an inbox begins so; the marker says that the whole folder is.
OWN = ".polylogue-"
MARKER = f"{OWN}inbox"
_ABOUT = "polylogue moves what it has read out of this folder, since this file is in it.\n"

#: A file whose end is missing is waited for so long after its last change.
INCOMPLETE_SECONDS = 600.0
_FIRST_RETRY = 5.0

State: TypeAlias = Literal["ignored", "settling", "waiting", "ready"]

_DOWNLOAD = "a download in progress"
_TEMPORARY = "a temporary file of another program"
_CLOUD = "a file that is still in the cloud"
#: Names that are passed over, and why; the first that fits counts. Compared without case.
_IGNORED: tuple[tuple[str, str], ...] = (
    (".*.icloud", _CLOUD),
    ("*.icloud", _CLOUD),
    ("*.crdownload", _DOWNLOAD),
    ("*.part", _DOWNLOAD),
    ("*.partial", _DOWNLOAD),
    ("*.download", _DOWNLOAD),
    ("*.opdownload", _DOWNLOAD),
    (".syncthing.*", _DOWNLOAD),
    ("~syncthing~*", _DOWNLOAD),
    ("*.tmp", _TEMPORARY),
    ("*.temp", _TEMPORARY),
    ("*.swp", _TEMPORARY),
    ("~$*", _TEMPORARY),
    ("*~", _TEMPORARY),
    (".~lock.*#", _TEMPORARY),
    (".goutputstream-*", _TEMPORARY),
    (".fuse_hidden*", _TEMPORARY),
    (".nfs*", _TEMPORARY),
    (".*", "a hidden file"),
)
#: A browser puts the name that a download will have beside the file that it writes to.
_BESIDE = (".part", ".crdownload", ".opdownload")


class Sighting(Record, frozen=True):
    """One thing at the top of the inbox, as it was just seen.

    `kind` is `other` for links, pipes, sockets and devices. `ignored` says why it is passed over.
    """

    name: str
    kind: Literal["file", "folder", "other"]
    stamp: Stamp
    ignored: str = ""


class Item(Record, frozen=True):
    """What is known of one thing in the inbox: unchanged `since`, looked at again at `next_look`.

    `reason` says what an `ignored`, `waiting` or incomplete item lacks. `incomplete` means ready
    although something seems to be missing: it was waited for long enough.
    """

    stamp: Stamp
    since: float
    next_look: float
    state: State = "settling"
    tries: int = 0
    reason: str = ""
    incomplete: bool = False


def look(root: Path) -> list[Sighting]:
    """Return what is in the inbox at `root`, by name, without polylogue's own folders.

    Raises BusyError (`inbox-missing`, `no-permission`…).
    """
    with translated(root):
        if not root.is_dir():
            raise BusyError(
                f"The inbox {shown(str(root))} is not there.",
                advice="Create the folder, or connect the disk that it is on.",
                code="inbox-missing",
            )
        names = sorted(os.listdir(root))  # noqa: PTH208 - plain names
    taken = frozenset(names)
    sightings = (_see(root / name, taken) for name in names)
    return [sighting for sighting in sightings if sighting]


def claim(root: Path) -> None:
    """Mark the folder `root` as an inbox that polylogue may tidy. Raises BusyError."""
    with translated(root):
        (root / MARKER).write_text(_ABOUT, encoding="utf-8")


def is_ours(root: Path) -> bool:
    """Tell whether polylogue may tidy the inbox `root`: it bears the marker, or was empty.

    An empty one is marked. A folder in which a person keeps files is theirs until they mark it.
    """
    try:
        names = os.listdir(root)  # noqa: PTH208 - plain names
        if MARKER not in names and all(map(is_litter, names)):
            claim(root)
            return True
    except (OSError, BusyError):
        return False
    return MARKER in names


def decide(
    item: Item | None,
    sighting: Sighting,
    now: float,
    *,
    settle_seconds: float,
    unfinished: Callable[[], str | None],
) -> Item:
    """Return what is known of a thing after `sighting` at `now`, given what was known before.

    `unfinished` says what is missing from the file (`complete.unfinished`); it is asked only when
    the file has settled, and again at `next_look`.
    """
    passed_over = item is not None and item.state == "ignored"
    if (
        item is None
        or item.stamp != sighting.stamp
        or passed_over != bool(sighting.ignored)
        or now < item.since  # another clock: the machine was restarted
    ):
        item = _first(sighting, now, settle_seconds)
    if now < item.next_look:
        return item
    return _judge(item, unfinished() if sighting.kind == "file" else None, now)


def _first(sighting: Sighting, now: float, settle_seconds: float) -> Item:
    """Return what is known of a thing that is new or has changed."""
    if not sighting.ignored:
        return Item(stamp=sighting.stamp, since=now, next_look=now + settle_seconds)
    return Item(
        stamp=sighting.stamp,
        since=now,
        next_look=math.inf,
        state="ignored",
        reason=sighting.ignored,
    )


def _judge(item: Item, missing: str | None, now: float) -> Item:
    """Return what becomes of an item that has settled and lacks what `missing` says."""
    patience_ends = item.since + INCOMPLETE_SECONDS
    if missing is None or now >= patience_ends:
        return Item(
            stamp=item.stamp,
            since=item.since,
            next_look=math.inf,
            state="ready",
            reason=missing or "",
            incomplete=missing is not None,
        )
    pause = min(_FIRST_RETRY * 2**item.tries, INCOMPLETE_SECONDS)
    return Item(
        stamp=item.stamp,
        since=item.since,
        next_look=min(now + pause, patience_ends),
        state="waiting",
        tries=item.tries + 1,
        reason=missing,
    )


def _see(path: Path, names: Collection[str]) -> Sighting | None:
    """Return the sighting of `path`; None when it has vanished or is polylogue's own."""
    if path.name.startswith(OWN):
        return None
    try:
        status = os.lstat(path)
        mode = status.st_mode
        if path.name in {DONE, FAILED} and not stat.S_ISREG(mode):
            return None
        ignored = _ignored(path.name, names)
        if stat.S_ISDIR(mode):
            seen = file_stamp(status) if ignored else tree_stamp(path)
            return Sighting(name=path.name, kind="folder", stamp=seen, ignored=ignored)
    except (OSError, BusyError):
        return None
    kind: Literal["file", "other"] = "file" if stat.S_ISREG(mode) else "other"
    return Sighting(name=path.name, kind=kind, stamp=file_stamp(status), ignored=ignored)


def _ignored(name: str, names: Collection[str]) -> str:
    if is_litter(name):
        return "a file of the system"
    if any(name + ending in names for ending in _BESIDE):
        return _DOWNLOAD
    folded = name.casefold()
    return next((why for pattern, why in _IGNORED if fnmatch.fnmatchcase(folded, pattern)), "")
