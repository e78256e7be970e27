"""The parser against sessions that others published (not part of this project; skipped without them)."""

from pathlib import Path

import pytest
from claude_code_sessions import conversations, read

from polylogue.model import Conversation, Document, Problem
from polylogue.parsers.base import FIRST_LINES, Probe, detect, detect_session
from polylogue.parsers.claude_code import PARSER
from polylogue.parsers.text import probe

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
FILES = sorted((SAMPLES / "claude-code").rglob("*.jsonl")) if SAMPLES.is_dir() else []
OTHERS = sorted(
    path
    for folder in ("codex", "gemini-cli", "gemini-takeout", "claude-ai", "chatgpt", "grok")
    for path in (SAMPLES / folder).rglob("*.json*")
)

pytestmark = pytest.mark.skipif(not FILES, reason="the folder of samples is not here")


def _probes(data: bytes) -> list[Probe]:
    return [found for found in map(probe, data.split(b"\n")[:FIRST_LINES]) if found]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sample_is_read(path: Path) -> None:
    """Each file is claimed, and each of its lines is accounted for."""
    data = path.read_bytes()
    if not data.strip():
        return
    assert detect_session(_probes(data), (PARSER,)) is not None

    records = read(data)
    told = [record for record in records if isinstance(record, Conversation)]
    problems = sum(isinstance(record, Problem) for record in records)
    lines = sum(bool(line.strip()) for line in data.split(b"\n"))

    assert told
    assert all(record.messages for record in told)
    folds = sum(fold.count for record in told for fold in record.folds)
    quiet = sum(u.count for record in told for u in record.unknowns if u.path == "record")
    shown = sum(len(record.messages) for record in told)
    assert lines - quiet <= shown + folds + problems <= lines


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_other_providers_are_left_alone(path: Path) -> None:
    """No file of another provider is claimed."""
    data = path.read_bytes()

    assert detect_session(_probes(data), (PARSER,)) is None
    assert detect(probe(data), (PARSER,)) is None


def test_a_real_session_with_its_sub_agent() -> None:
    """The call links the agent's file, and the queue's prompts are there."""
    (main,) = (path for path in FILES if path.name.startswith("258c7280") and path.parent.is_dir())
    (agent,) = (path for path in FILES if path.name == "agent-a881341.jsonl")

    ((parent_id, parent),) = conversations(read(main.read_bytes())).items()
    ((child_id, child),) = conversations(read(agent.read_bytes())).items()
    parts = [part for read_ in parent.messages for part in read_.parts]

    assert child.head.parent_id == parent_id
    assert any(getattr(part, "conversation_id", "") == child_id for part in parts)
    assert any(getattr(part, "text", "") == "check again" for part in parts)
    assert parent.unknowns == ()


def test_a_session_of_the_web() -> None:
    """One JSON object with `loglines`."""
    data = (SAMPLES / "claude-code/claude-code-transcripts__sample_session.json").read_bytes()
    found = detect(probe(data), (PARSER,))
    assert found is not None
    assert found[1].parse is not None

    (told,) = conversations(found[1].parse(Document(data=data))).values()

    assert told.head.title.startswith("Create a simple Python function")
    assert len(told.messages) > 10
