"""The vault compared with the manifest: what is missing comes back, what a person edited stays.

What a person wrote below the line of a note goes into the archive, and is no edit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from polylogue.publish.files import as_entry, as_written
from polylogue.publish.own_words import OwnWords
from polylogue.publish.pages import page_format
from polylogue.publish.target import Target
from polylogue.store import manifest
from polylogue.store.archive import Archive, Connection
from polylogue.store.dirty import mark_dirty
from polylogue.store.manifest import ViewFile
from polylogue.store.pages import mark_pages
from polylogue.vault import Drift, Vault


@dataclass(slots=True)
class Survey:
    """How many files the manifest knows, how many are missing, and how many a person edited.

    `words` is the number of notes below whose line a person wrote.
    """

    files: int = 0
    missing: int = 0
    edited: int = 0
    words: int = 0


@dataclass(slots=True)
class _Found:
    """The rows of files that are there under another stat or with other words, and of missing ones."""

    touched: list[ViewFile] = field(default_factory=list)
    missing: list[ViewFile] = field(default_factory=list)


def survey(archive: Archive, vault: Vault, target: Target) -> Survey:
    """Look at every file of the manifest that is wanted, and mark what must be written again."""
    files = {file.path: file for file in _wanted(archive, target)}
    words = OwnWords(archive, vault)
    told, found = Survey(files=len(files)), _Found()
    drifts = list(vault.check(entry for file in files.values() if (entry := as_entry(file))))
    for drift in drifts:
        _sort(drift, files[drift.entry.path], words, found, told)
    told.missing, told.words = len(found.missing), len(words.taken)
    if found.touched or found.missing or words.taken:
        with archive.transaction() as connection:
            words.keep()
            _write_down(connection, found)
    return told


def _wanted(archive: Archive, target: Target) -> Iterator[ViewFile]:
    """Yield the files that are kept current: not those of a format that is no longer asked for."""
    for file in manifest.view_files(archive.connection):
        if file.page is not None:
            is_wanted = target.pages and page_format(file.page) in target.formats
            if is_wanted or manifest.owner_of(file) is not None:
                yield file
        elif file.object is not None or file.format in target.formats:
            yield file


def _sort(drift: Drift, file: ViewFile, words: OwnWords, found: _Found, told: Survey) -> None:
    if drift.kind == "missing":
        found.missing.append(file)
    elif drift.now is not None:
        found.touched.append(replace(as_written(file, drift.now), intent=file.intent))
    elif drift.kind == "edited":
        now = words.found(file, file.path)
        if now is file:
            told.edited += 1
        else:
            found.touched.append(now)


def _write_down(connection: Connection, found: _Found) -> None:
    manifest.record(connection, found.touched)
    for file in found.missing:
        if file.conversation is not None:
            mark_dirty(connection, [file.conversation])
        elif file.object is not None:
            mark_dirty(connection, manifest.shown_in(connection, file.object))
        elif owner := manifest.owner_of(file):
            mark_dirty(connection, [owner])
        elif file.page is not None:
            mark_pages(connection, [file.page])
