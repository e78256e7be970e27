"""AI Studio against data that others published (not part of this project; skipped without it)."""

from collections import Counter
from pathlib import Path

import pytest

from polylogue.model import Conversation, Document
from polylogue.parsers.aistudio import PARSER
from polylogue.parsers.base import detect
from polylogue.parsers.containers.pieces import cut
from polylogue.parsers.text import probe

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
FILES = sorted((SAMPLES / "aistudio").glob("*")) if SAMPLES.is_dir() else []
OTHERS = sorted(
    path for path in SAMPLES.glob("*/*.json*") if path.is_file() and path.parent.name != "aistudio"
)

pytestmark = pytest.mark.skipif(not FILES, reason="the folder of samples is not here")

#: Messages by file; None is what is no prompt.
EXPECTED = {
    "openwebui-importer__aistudio-schema.json": None,
    "openwebui-importer__aistudio_example.json": 3,
    "polylogue__aistudio-drive.json": 2,
    "polylogue__branching_session.json": 4,
    "polylogue__code_execution_prompt.json": 5,
    "polylogue__multimodal_session.json": 4,
    "polylogue__text_only_prompt.json": 4,
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_samples(path: Path) -> None:
    """Each prompt has its messages, and nothing in it is unknown."""
    data = path.read_bytes()
    found = detect(probe(data), (PARSER,))
    counts = None
    if found is not None:
        assert found[1].parse is not None
        (told,) = (
            record
            for record in found[1].parse(Document(data=data, name=path.name))
            if isinstance(record, Conversation)
        )
        counts = len(told.messages)
        assert told.unknowns == ()

    assert counts == EXPECTED[path.name]


def test_other_samples_are_left_alone() -> None:
    """No document or line of another provider is claimed."""
    claimed: Counter[str] = Counter()
    for path in OTHERS:
        with path.open("rb") as file:
            for piece in cut(file.read).pieces:
                for data in [piece.data, *piece.data.splitlines()]:
                    if piece.kind == "document" and detect(probe(data), (PARSER,)):
                        claimed[path.name] += 1

    assert not claimed
