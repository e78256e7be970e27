"""Use case: dirty marks → notes in the vault, and a look at whether the vault is still as it was.

Two processes never publish at once (a lock in the data folder), since each would take the other's
fresh notes for foreign files. Everything runs in the caller's thread on the caller's archive.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from polylogue.publish.notes import Publisher, Report
from polylogue.publish.pages import ALWAYS, Pages
from polylogue.publish.survey import Survey, survey
from polylogue.publish.target import Target
from polylogue.store.archive import Archive
from polylogue.store.dirty import dirty_count, dirty_marks, mark_all_dirty, marks_of
from polylogue.store.events import get_meta, set_meta
from polylogue.store.pages import mark_all_pages
from polylogue.vault import Vault

__all__ = ["Progress", "Report", "Survey", "Target", "look", "publish"]

#: Called with (notes done, notes left) after each batch.
Progress: TypeAlias = Callable[[int, int], None]

_BATCH = 200  # notes


def publish(
    archive: Archive, target: Target, *, progress: Progress = lambda _done, _left: None
) -> Report:
    """Render every dirty conversation into the vault; return what was done.

    Raises VaultError when the vault cannot be written: what is left stays dirty.
    """
    with archive.alone("publish"), _open(archive, target.root) as vault:
        _mark_outdated(archive, target)
        publisher = Publisher(archive, vault, target)
        last = done = 0
        while marks := dirty_marks(archive.connection, after=last, limit=_BATCH):
            publisher.publish(marks)
            last = marks[-1].conversation
            done += len(marks)
            progress(done, dirty_count(archive.connection))
        again: set[int] = set()
        while fresh := publisher.relinked - again:
            again |= fresh
            publisher.record()
            publisher.publish(marks_of(archive.connection, sorted(fresh)))
        publisher.record()
        publisher.report.pages = Pages(archive, vault, target).publish()
        return publisher.report


def look(archive: Archive, target: Target) -> Survey:
    """Compare the vault with the manifest; conversations whose files are missing are marked dirty.

    All are, when the notes were rendered by another version or for another time zone. Raises
    VaultError when the vault is not there.
    """
    with archive.alone("publish"), _open(archive, target.root) as vault:
        vault.sweep()
        _mark_outdated(archive, target)
        return survey(archive, vault, target)


def _mark_outdated(archive: Archive, target: Target) -> None:
    """Mark all conversations when the last notes were rendered otherwise than they would be now."""
    if get_meta(archive.connection, "rendered_by") != target.fingerprint:
        with archive.transaction() as connection:
            mark_all_dirty(connection)
            mark_all_pages(connection, ALWAYS)
            set_meta(connection, "rendered_by", target.fingerprint)


@contextmanager
def _open(archive: Archive, root: Path) -> Iterator[Vault]:
    marker_id = get_meta(archive.connection, "archive_id")
    if marker_id is None:
        marker_id = str(uuid.uuid4())
        with archive.transaction() as connection:
            set_meta(connection, "archive_id", marker_id)
    disk = get_meta(archive.connection, "vault_disk")
    with Vault.open(root, marker_id=marker_id, disk=disk) as vault:
        if vault.disk != disk:
            with archive.transaction() as connection:
                set_meta(connection, "vault_disk", vault.disk)
        yield vault
