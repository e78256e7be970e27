"""A reader like Obsidian finds no fault in any note: of the fixtures, of the demonstration, of samples.

Properties are read by a YAML library, links and embeds are looked up in the folder, callouts and
fences are balanced.
"""

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from obsidian_reader import Note
from rich_files import RICH

from polylogue.cli.samples import write_exports, write_sessions
from polylogue.errors import BadInputError
from polylogue.ingest import ingest
from polylogue.model import Arrival
from polylogue.publish import Target, publish
from polylogue.store.archive import open_archive

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
_OF_A_TEXT = "two blank lines"  # which somebody may write
_FLAT = (str, int, float, bool, dt.date, dt.datetime)


def _faults(root: Path) -> dict[str, list[str]]:
    """Return what is wrong with the notes of a vault, by their path."""
    notes = [path for path in root.rglob("*.md") if path.relative_to(root).parts[0][0] not in "._"]
    assert notes
    found = {str(path.relative_to(root)): list(_of(root, path)) for path in notes}
    return {path: faults for path, faults in found.items() if faults}


def _of(root: Path, path: Path) -> Iterator[str]:
    try:
        note = Note(path.read_text("utf-8"))
    except Exception as error:  # noqa: BLE001 - whatever a reader stumbles over is a fault
        yield f"cannot be read: {type(error).__name__} {error}"
        return
    yield from (fault for fault in note.problems if fault != _OF_A_TEXT)
    for name, value in note.properties.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(each, _FLAT) for each in values):
            yield f"{name} is {value!r}"
    for target in note.links + note.embeds:
        file, _, block = target.partition("|")[0].partition("#")
        if not ((root / file).is_file() or (root / f"{file}.md").is_file()):
            yield f"a link to nothing: {target}"
        elif block and f"\n{block}\n" not in (root / f"{file}.md").read_text("utf-8"):
            yield f"a link to no block: {target}"
    used = set(re.findall(r"\[\^(\d+)\](?!:)", note.body))
    if used - set(note.footnotes):
        yield f"footnotes that are nowhere: {used - set(note.footnotes)}"
    if len(set(note.blocks)) != len(note.blocks):
        yield "two blocks of one id"


def _vault(folder: Path, *sources: Path) -> Path:
    """Import files and folders, and return the vault that shows them."""
    with open_archive(folder / "archive.db") as archive:
        for source in sources:
            arrival = Arrival(path=source, origin="import")
            try:
                ingest(archive, arrival, imported_at=1, max_size=1 << 40)
            except BadInputError:
                continue  # no export, such as a README
        target = Target(folder / "Vault", "{provider}", dt.UTC)
        report = publish(archive, target)
    assert (report.broken, report.blocked) == ({}, [])
    return target.root


@pytest.mark.parametrize("provider", RICH)
def test_no_fault_in_the_fixtures(tmp_path: Path, provider: str) -> None:
    """The notes of each provider's files are sound, with all they link to."""
    for name, data in RICH[provider].items():
        path = tmp_path / "Export" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    assert _faults(_vault(tmp_path, tmp_path / "Export")) == {}


def test_no_fault_in_the_demonstration(tmp_path: Path) -> None:
    """So are those that `polylogue demo` makes."""
    made = tmp_path / "made"
    made.mkdir()
    write_exports(made)
    write_sessions(made / "sessions", last=True)

    assert _faults(_vault(tmp_path, *sorted(made.iterdir()))) == {}


def _samples() -> list[str]:
    return sorted(entry.name for entry in os.scandir(SAMPLES) if entry.is_dir())


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("provider", _samples() if SAMPLES.is_dir() else [])
def test_no_fault_in_the_samples(tmp_path: Path, provider: str) -> None:
    """Real exports, whoever made them, make sound notes."""
    assert _faults(_vault(tmp_path, *sorted((SAMPLES / provider).iterdir()))) == {}


def test_the_reader_finds_faults(tmp_path: Path) -> None:
    """It is not blind: what is wrong with these notes is named."""
    wrong = {
        "link": "[[ghost]]",
        "embed": "![[ghost.png]]",
        "fence": "```py\nx",
        "callout": "[!note] x",
        "tag": "see #tag",
        "footnote": "x[^1]",
        "block": "x\n\n^a\n\ny\n\n^a",
    }
    for name, body in wrong.items():
        (tmp_path / f"{name}.md").write_text(f"---\nkind: x\n---\n{body}\n")
    (tmp_path / "yaml.md").write_text("---\na: b: c\n---\nx\n")

    assert set(_faults(tmp_path)) == {f"{name}.md" for name in (*wrong, "yaml")}
