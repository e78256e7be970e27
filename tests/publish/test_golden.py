"""Files of every provider → the notes in golden/, byte for byte: what a person sees in the vault."""

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from obsidian_reader import Note
from rich_files import RICH

from polylogue.ingest import ingest
from polylogue.model import Arrival
from polylogue.publish import Target, publish
from polylogue.store.archive import open_archive

GOLDEN = Path(__file__).parent / "golden"

#: `POLYLOGUE_UPDATE_GOLDEN=1 pytest tests/publish` writes the golden notes anew.
_UPDATE = bool(os.environ.get("POLYLOGUE_UPDATE_GOLDEN"))
_SECOND = 1_770_000_000


def _notes(folder: Path, files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the notes, by path, of a folder with these files."""
    for name, data in files.items():
        path = folder / "Export" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (_SECOND, _SECOND))
    with open_archive(folder / "archive.db") as archive:
        arrival = Arrival(path=folder / "Export", origin="import")
        ingest(archive, arrival, imported_at=1, max_size=1 << 40)
        report = publish(archive, Target(folder / "Vault", "{provider}", dt.UTC))
    assert (report.broken, report.blocked) == ({}, [])
    found = (folder / "Vault").glob("[!._]*/*.md")
    return {str(path.relative_to(folder / "Vault")): path.read_text("utf-8") for path in found}


@pytest.mark.parametrize("provider", RICH)
def test_notes_are_as_they_were_reviewed(tmp_path: Path, provider: str) -> None:
    """The notes of a provider's files are those in golden/, no more and no fewer, and sound."""
    notes = _notes(tmp_path, RICH[provider])
    if _UPDATE:
        for path, text in notes.items():
            (GOLDEN / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / path).write_text(text, encoding="utf-8")
    golden = {
        str(path.relative_to(GOLDEN)): path.read_text("utf-8")
        for path in (GOLDEN / provider).glob("*.md")
    }

    assert notes == golden
    assert [Note(text).problems for text in notes.values()] == [[]] * len(notes)
