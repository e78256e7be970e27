"""The manifest's rows and the vault's entries: two views of one file."""

from dataclasses import replace

from polylogue.store.manifest import ViewFile
from polylogue.vault import Entry


def as_entry(file: ViewFile) -> Entry | None:
    """Return what the manifest knows of a file, as the vault takes it; None before it was written."""
    if file.sha256 is None:
        return None
    return Entry(
        path=file.path,
        sha256=file.sha256,
        size=file.size,
        mtime_ns=file.mtime_ns,
        ino=file.ino,
    )


def as_written(file: ViewFile, entry: Entry) -> ViewFile:
    """Return the manifest's row of a file that is on disk as `entry` says."""
    return replace(
        file,
        sha256=entry.sha256,
        size=entry.size,
        mtime_ns=entry.mtime_ns,
        ino=entry.ino,
        intent=None,
    )
