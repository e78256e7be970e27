"""The vault compared with the manifest: what is missing comes back, what a person edited stays."""

from dataclasses import dataclass, replace

from polylogue.publish.files import as_entry, as_written
from polylogue.store import manifest
from polylogue.store.archive import Archive
from polylogue.store.dirty import mark_dirty
from polylogue.store.manifest import ViewFile
from polylogue.vault import Drift, Vault


@dataclass(slots=True)
class Survey:
    """How many files the manifest knows, how many are missing, and how many a person edited."""

    files: int = 0
    missing: int = 0
    edited: int = 0


def survey(archive: Archive, vault: Vault) -> Survey:
    """Look at every file of the manifest, and mark what must be written again."""
    files = {file.path: file for file in manifest.view_files(archive.connection)}
    found = Survey(files=len(files))
    drifts = list(vault.check(entry for file in files.values() if (entry := as_entry(file))))
    for drift in drifts:
        found.missing += drift.kind == "missing"
        found.edited += drift.kind == "edited"
    _write_down(archive, files, drifts)
    return found


def _write_down(archive: Archive, files: dict[str, ViewFile], drifts: list[Drift]) -> None:
    touched = [
        replace(
            as_written(files[drift.entry.path], drift.now), intent=files[drift.entry.path].intent
        )
        for drift in drifts
        if drift.now is not None
    ]
    missing = [files[drift.entry.path] for drift in drifts if drift.kind == "missing"]
    if not (touched or missing):
        return
    with archive.transaction() as connection:
        manifest.record(connection, touched)
        for file in missing:
            if file.conversation is not None:
                mark_dirty(connection, [file.conversation])
            elif file.object is not None:
                mark_dirty(connection, manifest.shown_in(connection, file.object))
