"""Use case: dirty marks → notes in the vault, and a look at whether the vault is still as it was.

Two processes never publish at once (a lock in the data folder), since each would take the other's
fresh notes for foreign files. Everything runs in the caller's thread on the caller's archive.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from polylogue import __version__
from polylogue.publish.notes import Publisher, Report
from polylogue.publish.survey import Survey, survey
from polylogue.render.note import NoteOptions, Renderer
from polylogue.store.archive import Archive
from polylogue.store.dirty import dirty_count, dirty_marks, mark_all_dirty, marks_of
from polylogue.store.events import get_meta, set_meta
from polylogue.vault import Vault

__all__ = ["Progress", "Report", "Survey", "Target", "look", "publish"]

#: Called with (notes done, notes left) after each batch.
Progress: TypeAlias = Callable[[int, int], None]

_BATCH = 200  # notes


@dataclass(frozen=True, slots=True)
class Target:
    """Where notes go and how they look."""

    root: Path
    layout: str
    timezone: dt.tzinfo


def publish(
    archive: Archive, target: Target, *, progress: Progress = lambda _done, _left: None
) -> Report:
    """Render every dirty conversation into the vault; return what was done.

    Raises VaultError when the vault cannot be written: what is left stays dirty.
    """
    with archive.alone("publish"), _open(archive, target.root) as vault:
        _mark_outdated(archive, target)
        renderer = Renderer(NoteOptions(timezone=target.timezone))
        publisher = Publisher(archive, vault, renderer, target.layout)
        last = done = 0
        while marks := dirty_marks(archive.connection, after=last, limit=_BATCH):
            publisher.publish(marks)
            last = marks[-1].conversation
            done += len(marks)
            progress(done, dirty_count(archive.connection))
        again: set[int] = set()
        while fresh := publisher.relinked - again:
            again |= fresh
            publisher.publish(marks_of(archive.connection, sorted(fresh)))
        publisher.close()
        return publisher.report


def look(archive: Archive, target: Target) -> Survey:
    """Compare the vault with the manifest; conversations whose files are missing are marked dirty.

    All are, when the notes were rendered by another version or for another time zone. Raises
    VaultError when the vault is not there.
    """
    with archive.alone("publish"), _open(archive, target.root) as vault:
        vault.sweep()
        _mark_outdated(archive, target)
        return survey(archive, vault)


def _mark_outdated(archive: Archive, target: Target) -> None:
    """Mark all conversations when the last notes were rendered otherwise than they would be now."""
    renderer = f"{__version__} {target.timezone}"
    if get_meta(archive.connection, "rendered_by") != renderer:
        with archive.transaction() as connection:
            mark_all_dirty(connection)
            set_meta(connection, "rendered_by", renderer)


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
