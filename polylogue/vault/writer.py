"""`Vault`: everything that polylogue does to the output folder.

Each operation looks before it acts (`sight`). A write looks again when its draft is filled, since
a large attachment takes a while, and until it is certain that nothing of the person's is replaced.
What the caller must keep is in the results; the vault itself remembers nothing between operations
but open folders.

| at the path now      | write                    | check     |
|----------------------|--------------------------|-----------|
| nothing              | written                  | missing   |
| as in the manifest   | unchanged, or written    | -         |
| same bytes, new stat | unchanged, or written    | touched   |
| the wanted bytes     | unchanged                |           |
| an empty file        | written                  | missing   |
| other bytes          | edited: aside, written   | edited    |
| either, no entry     | blocked                  |           |
| no regular file      | blocked                  | blocked   |

A vault is open for one pass of work, in one thread: opening it (root.py) costs little, and finds
out anew whether the folder is still the right one.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from polylogue.errors import ArchiveError
from polylogue.vault.aside import EDITED, set_aside
from polylogue.vault.drafts import DRAFT, draft
from polylogue.vault.entries import Drift, Entry, Sighting, Written, read_file, sight
from polylogue.vault.faults import REFUSALS, vault_error
from polylogue.vault.folders import Folders
from polylogue.vault.root import MARKER, enter
from polylogue.vault.survey import check, sweep

#: Paths that are never written: out of the vault, polylogue's own names, what no file system takes.
_UNUSABLE = re.compile(
    rf"(^|/)(\.{{0,2}}|{DRAFT.pattern})(/|$) | ^({re.escape(MARKER)}|{EDITED})(/|$) | [\0\ud800-\udfff]",
    re.IGNORECASE | re.VERBOSE,
)


class Vault:
    """The output folder, open. `disk` says which disk it is on: keep it for the next `open`."""

    def __init__(self, root: Path, folders: Folders, disk: str) -> None:
        self.root = root
        self.disk = disk
        self._folders = folders

    @classmethod
    @contextmanager
    def open(cls, root: Path, *, marker_id: str, disk: str | None) -> Iterator[Self]:
        """Open the vault at `root` for the archive `marker_id`, and make it when it should be made.

        `disk` is what `Vault.disk` was when this archive last wrote here, None if it never did.
        Raises VaultError: `vault-missing`, `vault-foreign`, or another code of faults.py.
        """
        descriptor, found = enter(root, marker_id, disk)
        folders = Folders(descriptor)
        try:
            yield cls(root, folders, found)
        finally:
            folders.close()

    # --- Writing ---------------------------------------------------------------------------------

    def write(
        self, path: str, data: bytes, *, mtime_ms: int | None, previous: Entry | None
    ) -> Written:
        """Make `data` the content of `path`, with the modification time `mtime_ms` (UTC; None: now).

        `previous` is the manifest's entry for `path`. Raises VaultError when the vault cannot be
        written.
        """
        wanted = Entry(path=path, sha256=hashlib.sha256(data).digest(), size=len(data))
        return self._put(wanted, (data,), mtime_ms, previous)

    def write_stream(
        self,
        wanted: Entry,
        chunks: Iterable[bytes],
        *,
        mtime_ms: int | None,
        previous: Entry | None,
    ) -> Written:
        """Like `write`, for content too large to hold: `wanted` says its path, hash and size.

        `chunks` is read only if something must be written. Raises also ArchiveError when they are
        not what `wanted` says; then nothing was touched.
        """
        return self._put(wanted, _proven(chunks, wanted), mtime_ms, previous)

    def _put(
        self, wanted: Entry, chunks: Iterable[bytes], mtime_ms: int | None, previous: Entry | None
    ) -> Written:
        if _UNUSABLE.search(wanted.path):
            return Written(outcome="blocked", reason="name")
        try:
            return self._replace(wanted, chunks, mtime_ms, previous)
        except OSError as error:
            reason = REFUSALS.get(error.errno)
            if reason is None:
                raise vault_error(error, self.root) from error
            return Written(outcome="blocked", reason=reason)

    def _replace(
        self, wanted: Entry, chunks: Iterable[bytes], mtime_ms: int | None, previous: Entry | None
    ) -> Written:
        parent, _, name = wanted.path.rpartition("/")
        folder = self._folders.open(parent, create=True)
        seen = sight(folder, wanted.path, wanted, previous)
        if settled := _settled(seen, wanted, previous):
            return settled
        saved = ""
        with draft(folder, chunks, mtime_ms) as made:
            placed = seen.kind == "absent" and made.take(name)
            while not placed:
                seen = sight(folder, wanted.path, wanted, previous)
                if settled := _settled(seen, wanted, previous):
                    return settled
                if seen.entry is not None:
                    placed = made.take_over(name, seen.entry)
                    continue
                if seen.kind == "other":
                    saved = self._set_aside(folder, wanted.path)
                placed = made.take(name)
        entry = Entry(
            path=wanted.path,
            sha256=wanted.sha256,
            size=wanted.size,
            mtime_ns=made.status.st_mtime_ns,
            ino=made.status.st_ino,
        )
        return Written(outcome="edited" if saved else "written", entry=entry, saved=saved)

    def _set_aside(self, folder: int, path: str) -> str:
        parent, _, name = path.rpartition("/")
        into = f"{EDITED}/{parent}" if parent else EDITED
        return f"{into}/{set_aside(folder, name, self._folders.open(into, create=True))}"

    # --- Looking ---------------------------------------------------------------------------------

    def check(self, entries: Iterable[Entry]) -> Iterator[Drift]:
        """Yield what differs from `entries`; quickest when those of one folder come together.

        Reads only files whose stat differs. Raises VaultError.
        """
        try:
            yield from check(self._folders, entries)
        except OSError as error:
            raise vault_error(error, self.root) from error

    def read(self, path: str, *, limit: int) -> tuple[bytes, Entry] | None:
        """Return what is at `path` now and its entry; None if it is no file of up to `limit` bytes.

        A note that was read can be written with that entry as `previous`: it is replaced without a
        copy in `_edited` if it is still the one that was read. Raises VaultError.
        """
        try:
            return read_file(self._folders.open(path.rpartition("/")[0]), path, limit)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in REFUSALS:
                return None
            raise vault_error(error, self.root) from error

    def sweep(self, *, older_seconds: float = 3600) -> int:
        """Remove drafts that a crash left behind longer ago than that; return how many."""
        return sweep(self._folders.root, older_seconds)


def _settled(seen: Sighting, wanted: Entry, previous: Entry | None) -> Written | None:
    """Return the outcome if there is nothing to write, None if there is."""
    if seen.entry is not None and seen.entry.sha256 == wanted.sha256:
        return Written(outcome="unchanged", entry=seen.entry)
    if seen.kind == "odd" or (seen.kind in {"other", "hollow"} and previous is None):
        return Written(outcome="blocked", reason="foreign")
    return None


def _proven(chunks: Iterable[bytes], wanted: Entry) -> Iterator[bytes]:
    """Pass `chunks` on; raise ArchiveError at their end if they were not what was wanted."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        yield chunk
    if (digest.digest(), size) != (wanted.sha256, wanted.size):
        raise ArchiveError(
            "An attachment did not come out of the archive as it went in.",
            advice="Run `polylogue verify`.",
        )
