"""The parser against rollouts that others published (not part of this project; skipped without)."""

from pathlib import Path

import pytest
from codex_sessions import claimed, records, tally

from polylogue.model import About, Conversation, Document, Parsed, Problem
from polylogue.parsers.codex.rollout import legacy

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
FILES = sorted((SAMPLES / "codex").glob("*")) if SAMPLES.is_dir() else []
OTHERS = [
    path
    for path in sorted(SAMPLES.rglob("*.json*"))
    if path.parent.name != "codex" and path.stat().st_size < 4 << 20
]

pytestmark = pytest.mark.skipif(not FILES, reason="the folder of samples is not here")


def _read(path: Path) -> list[Parsed]:
    data = path.read_bytes()
    if claimed(data) == "legacy-rollout":
        return list(legacy(Document(data=data, name=path.name)))
    return records(data, name=path.name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sample_says_something(path: Path) -> None:
    """Each file becomes a conversation, titles or a problem, and each line accounts for itself."""
    found = _read(path)
    whole = [one for one in found if isinstance(one, Conversation)]

    assert whole or any(isinstance(one, About | Problem) for one in found)
    assert all(one.messages for one in whole)
    if whole and path.suffix == ".jsonl":
        assert tally(found) == sum(1 for line in path.read_bytes().split(b"\n") if line.strip())


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_other_providers_are_left_alone(path: Path) -> None:
    """No file of another provider is claimed."""
    assert claimed(path.read_bytes()) is None


def test_nothing_unknown() -> None:
    """There is nothing in the samples that nobody understands, and one file has no id."""
    found = {path.name: _read(path) for path in FILES}
    unknown = [
        one.unknowns for told in found.values() for one in told if isinstance(one, Conversation)
    ]
    nameless = [
        name
        for name, told in found.items()
        if any(isinstance(one, Problem) and one.code == "session-without-id" for one in told)
    ]

    assert not any(unknown)
    assert nameless == ["ccusage__session-alpha.jsonl"]
