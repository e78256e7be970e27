"""The parser against data that others published (not part of this project; skipped without it)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from claude_ai_exports import dump

from polylogue.model import Artifact, Conversation, Document, Json, Thinking
from polylogue.parsers import PARSERS
from polylogue.parsers.base import detect
from polylogue.parsers.claude_ai import PARSER
from polylogue.parsers.text import probe

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
FILES = sorted((SAMPLES / "claude-ai").glob("*")) if SAMPLES.is_dir() else []
OTHERS = sorted(path for path in SAMPLES.glob("*/*.json") if path.parent.name != "claude-ai")
LINES = sorted(SAMPLES.glob("*/*.jsonl"))

pytestmark = pytest.mark.skipif(not FILES, reason="the folder of samples is not here")


def _values(path: Path) -> Iterator[Json]:
    value = json.loads(path.read_text("utf-8-sig"))
    yield from value if isinstance(value, list) else [value]


def _records(path: Path) -> Iterator[Conversation]:
    for value in _values(path):
        found = detect(probe(dump(value)), PARSERS)
        assert found is not None, f"nobody claims a document of {path.name}"
        assert found[0] is PARSER
        assert found[1].parse is not None
        (record,) = found[1].parse(Document(data=dump(value), name=path.name))
        assert isinstance(record, Conversation)
        yield record


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sample_is_read(path: Path) -> None:
    """Each document is a conversation with messages, whose unknowns are invented types alone."""
    for record in _records(path):
        assert record.messages
        assert all(message.parts for message in record.messages)
        assert all(one.kind.startswith("synthetic-") for one in record.unknowns)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_other_providers_are_left_alone(path: Path) -> None:
    """No document of another provider is claimed."""
    for value in _values(path):
        assert detect(probe(dump(value)), (PARSER,)) is None


@pytest.mark.parametrize("path", LINES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_lines_are_left_alone(path: Path) -> None:
    """No line of a session of another program is claimed."""
    for line in path.read_bytes().split(b"\n"):
        assert detect(probe(line), (PARSER,)) is None


def test_artifacts_of_a_real_chat() -> None:
    """The ten versions that stand as tags in an export of 2024 are found, with their thoughts."""
    (record,) = _records(SAMPLES / "claude-ai/claude-to-sqlite__artifacts.json")
    parts = [part for message in record.messages for part in message.parts]

    versions = [part.version for part in parts if isinstance(part, Artifact)]

    assert versions == list(range(1, 11))
    assert sum(isinstance(part, Thinking) for part in parts) == 10
