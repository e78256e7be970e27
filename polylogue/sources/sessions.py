"""The folders in which coding agents write their sessions: what lies in them, as a cheap scan tells it.

A scan gives paths and stamps and opens nothing; it is the truth. A path that the watcher names is a
hint: `look` says what is there now. Both take the same files: regular ones whose names say that they
can hold a session or what belongs to one. Links are not followed below a root, and other disks are
not entered. What lies in a folder that cannot be listed is not known, which is not to say that it is
gone.
"""

import itertools
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from polylogue.sources.files import MAX_DEPTH, FileStamp, file_stamp, is_litter, translated

_SESSIONS = (".jsonl", ".json", ".jsonl.zst")
#: What is too long for a session is kept in a folder of this name beside it.
_RESULTS = ("/tool-results", ".txt")
#: Folders that are passed over: large, and never of an agent.
_FOREIGN = frozenset({".git", "node_modules"})
_LARGEST = 1_000_000  # entries of one root


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of sessions; `beside` it, in the same parent folder, may lie more of the agent's."""

    path: Path
    beside: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[Path, ...]:
        """The folder, and the files and folders beside it."""
        return (self.path, *(self.path.parent / name for name in self.beside))

    def files_beside(self) -> list[str]:
        """Return the paths beside the folder, at which files can be; only the folder is watched."""
        return [str(place) for place in self.places[1:] if may_be_session(str(place))]

    def place_of(self, path: str) -> Path | None:
        """Return which of the places `path` is or lies in, None when it is of another root."""
        whole = (p for p in self.places if path == str(p) or path.startswith(f"{p}/"))
        return next(whole, None)

    def name_of(self, path: str) -> str:
        """Return the name of a file below the root, with slashes; also of one beside it."""
        place = self.place_of(path)
        inside = place in (None, self.path)
        return os.path.relpath(path, self.path if inside else self.path.parent)


@dataclass(slots=True)
class Scan:
    """What lies below a root: paths and stamps, and the folders that could not be looked into.

    `device` is the disk of the root.
    """

    device: int
    files: dict[str, FileStamp] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)

    def has_seen(self, path: str) -> bool:
        """Whether the scan would have found a file at `path`, if there were one."""
        return not any(path == folder or path.startswith(f"{folder}/") for folder in self.closed)


def scan(root: Root) -> Scan:
    """Return what lies below and beside `root` now. Raises BusyError when it cannot be listed."""
    with translated(root.path):
        os.scandir(root.path).close()
        found = Scan(root.path.stat().st_dev)
    for place in root.places:
        if place == root.path:
            _walk(str(place), found)
        else:
            _beside(str(place), found)
    return found


def scan_folder(root: Root, folder: str) -> Scan:
    """Return what lies below a folder of `root`, which may be none (any more)."""
    try:
        found = Scan(root.path.stat().st_dev)
    except OSError:
        return Scan(0)
    if not _leads_over_links(root, folder):
        _walk(folder, found)
    return found


def look(root: Root, path: str) -> os.stat_result | None:
    """Return the status of the file or folder at `path`, None when there is none to be taken."""
    place = root.place_of(path)
    if place is None or _passes_over(os.path.relpath(path, place)):
        return None
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    taken = stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and may_be_session(path))
    return status if taken and not _leads_over_links(root, path) else None


def may_be_session(path: str) -> bool:
    """Tell whether a file of this name can hold a session, or what belongs to one."""
    folder, _, name = path.rpartition("/")
    kept_beside, ending = _RESULTS
    in_results = name.endswith(ending) and folder.endswith(kept_beside)
    hidden = name.startswith(".") or is_litter(name)
    return (name.endswith(_SESSIONS) or in_results) and not hidden


def _is_passed_over(folder: str) -> bool:
    return folder in _FOREIGN or is_litter(folder)


def _passes_over(relative: str) -> bool:
    """Tell whether a path leads through a folder that is passed over."""
    return any(map(_is_passed_over, relative.split("/")[:-1]))


def _leads_over_links(root: Root, path: str) -> bool:
    """Tell whether a folder between `root` and `path` is a link: the watcher follows those."""
    place = root.place_of(path)
    between = itertools.takewhile(lambda folder: folder != place, Path(path).parents)
    return place is None or any(folder.is_symlink() for folder in between)


def _beside(place: str, found: Scan) -> None:
    """Take what is beside the root: a file, or a folder with all that is in it."""
    try:
        status = os.lstat(place)
    except OSError:
        return
    if stat.S_ISDIR(status.st_mode):
        _walk(place, found)
    elif stat.S_ISREG(status.st_mode):
        found.files[place] = file_stamp(status)


def _walk(top: str, found: Scan) -> None:
    folders = [(top, 0)]
    left = _LARGEST
    while folders and left > 0:
        folder, depth = folders.pop()
        try:
            entries = os.scandir(folder)
        except FileNotFoundError:
            continue
        except OSError:
            found.closed.append(folder)
            continue
        with entries:
            for path, status in _entries(entries, found.device):
                left -= 1
                if stat.S_ISREG(status.st_mode):
                    found.files[path] = file_stamp(status)
                elif depth < MAX_DEPTH:
                    folders.append((path, depth + 1))


def _entries(
    entries: Iterator[os.DirEntry[str]], device: int
) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the files that may be sessions, and the folders."""
    for entry in entries:
        is_folder = entry.is_dir(follow_symlinks=False)
        if _is_passed_over(entry.name) if is_folder else not may_be_session(entry.path):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        if status.st_dev == device and (is_folder or stat.S_ISREG(status.st_mode)):
            yield entry.path, status
