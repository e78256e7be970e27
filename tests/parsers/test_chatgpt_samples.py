"""The parser against data that others published (not part of this project; skipped without it)."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from chatgpt_exports import dump

from polylogue.model import Conversation, Document, Json, Problem, Text, readable
from polylogue.parsers.base import detect
from polylogue.parsers.chatgpt import PARSER
from polylogue.parsers.text import probe

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
FILES = sorted((SAMPLES / "chatgpt").glob("*")) if SAMPLES.is_dir() else []
OTHERS = sorted(
    path
    for folder in ("claude-ai", "aistudio", "gemini-takeout", "gemini-cli", "grok", "deepseek")
    for path in (SAMPLES / folder).glob("*.json")
)

pytestmark = pytest.mark.skipif(not FILES, reason="the folder of samples is not here")


def _values(path: Path) -> Iterator[Json]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            sources = [archive.read(name) for name in archive.namelist()]
    else:
        sources = [path.read_bytes()]
    for source in sources:
        value = json.loads(source.decode("utf-8-sig"))
        yield from value if isinstance(value, list) else [value]


def _records(path: Path) -> Iterator[Conversation | Problem]:
    for value in _values(path):
        data = dump(value)
        found = detect(probe(data), (PARSER,))
        assert found is not None, f"nobody claims a document of {path.name}"
        assert found[1].parse is not None
        records = list(found[1].parse(Document(data=data, name=path.name)))
        assert len(records) == 1
        for record in records:
            assert isinstance(record, Conversation | Problem)
            yield record


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sample_says_something(path: Path) -> None:
    """Each document becomes a conversation or a problem, and no marker is left in its texts."""
    for record in _records(path):
        if isinstance(record, Conversation):
            words = "".join(readable(read.parts) for read in record.messages)
            assert record.conversation_id
            assert not set(words) & set("\ue200\ue201\ue202\ue203\ue204")


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_other_providers_are_left_alone(path: Path) -> None:
    """No document of another provider is claimed."""
    for value in _values(path):
        assert detect(probe(dump(value)), (PARSER,)) is None


def test_list_response_is_reported() -> None:
    """The list response is told, not imported."""
    (record,) = _records(SAMPLES / "chatgpt/chats2md__conversation-list.json")

    assert isinstance(record, Problem)
    assert record.code == "conversation-list"


def test_entities_and_citations_of_a_real_chat() -> None:
    """The nouns of a real chat stay in their sentences, and its four citations have links."""
    (record,) = _records(SAMPLES / "chatgpt/chats2md__full-media.json")
    assert isinstance(record, Conversation)

    texts = [part for read in record.messages for part in read.parts if isinstance(part, Text)]
    citations = [citation for text in texts for citation in text.citations]

    assert any(text.text.startswith("**Obsidian citations** depend") for text in texts)
    assert len(citations) == 4
    assert all(one.url.startswith("https://") for cited in citations for one in cited.sources)
    assert not any("utm_source" in one.url for cited in citations for one in cited.sources)
    assert record.unknowns == ()
