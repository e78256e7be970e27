"""Gemini's activity against data that others published (skipped without it)."""

from collections import Counter
from pathlib import Path

import pytest

from polylogue.model import Conversation, Document
from polylogue.parsers.base import detect, detect_page
from polylogue.parsers.containers.pieces import cut
from polylogue.parsers.gemini import PARSER
from polylogue.parsers.text import probe

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
FOLDER = "gemini-takeout"
FILES = sorted((SAMPLES / FOLDER).glob("*")) if SAMPLES.is_dir() else []
OTHERS = sorted(
    path for path in SAMPLES.glob("*/*.json*") if path.is_file() and path.parent.name != FOLDER
)

pytestmark = pytest.mark.skipif(not FILES, reason="the folder of samples is not here")

#: Conversations, messages, and records that are no chat.
EXPECTED = {
    "ai-chat-history-manager__MyActivity-cs.html": (9, 18, 0),
    "chatlore__MyActivity.json": (6, 10, 2),
    "portable-ai-context__gemini_my_activity.synthetic.json": (2, 4, 1),
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_samples(path: Path) -> None:
    """Every record is claimed; those of Gemini are chats, in whatever language."""
    chats = messages = rest = 0
    with path.open("rb") as file:
        whole = cut(file.read)
        for piece in whole.pieces:
            if piece.kind != "document":
                continue
            page = whole.kind == "html"
            claim = (
                detect_page(piece.data, (PARSER,)) if page else detect(probe(piece.data), (PARSER,))
            )
            assert claim is not None
            if claim[1].parse is None:
                rest += 1
                continue
            (told,) = claim[1].parse(Document(data=piece.data))
            assert isinstance(told, Conversation)
            chats, messages = chats + 1, messages + len(told.messages)
            shown = str(told.messages)
            assert not any(word in shown for word in ("<p", "</", "ignored()", "EMBEDDED", "Pokyn"))

    assert (chats, messages, rest) == EXPECTED[path.name]


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
