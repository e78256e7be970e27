"""One object full of lists: its elements are documents, and its pieces are the stream."""

import io
import itertools
import json

import msgspec
import pytest
from grok_exports import chat, export, project, response
from hypothesis import given, settings
from hypothesis import strategies as st

from polylogue.parsers.containers import window as window_module
from polylogue.parsers.containers.pieces import Piece, cut

CHATS = [
    chat(f"c{number}", "Tea", response(f"r{number}", "human", "x" * number)) for number in range(5)
]
EXPORT = export(*CHATS, projects=[project("w1", "Work", "Be brief.")], tasks=[], version=3)


@pytest.fixture(params=[window_module.WINDOW, 200, 64], ids="window={}".format, autouse=True)
def any_window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test with the real window and with windows that end in the middle of everything."""
    monkeypatch.setattr(window_module, "WINDOW", request.param)


def cut_all(data: bytes, **limits: int) -> list[Piece]:
    """Cut `data` and prove that the pieces are the stream."""
    pieces = list(cut(io.BytesIO(data).read, **limits).pieces)
    assert b"".join(piece.data for piece in pieces) == data
    return pieces


def documents(pieces: list[Piece]) -> list[object]:
    """Return the values of the documents."""
    return [msgspec.json.decode(piece.data) for piece in pieces if piece.kind == "document"]


@pytest.mark.parametrize("indent", [None, 2])
def test_elements_of_all_lists_are_documents(indent: int | None) -> None:
    """However it is written."""
    pieces = cut_all(json.dumps(json.loads(EXPORT), indent=indent).encode())

    assert documents(pieces) == [*CHATS, project("w1", "Work", "Be brief.")]
    assert {piece.kind for piece in pieces} == {"document", "glue"}


def test_no_more_than_one_chat_is_held() -> None:
    """An export of any size needs no more than its largest chat: that is what may be limited."""
    pieces = cut_all(EXPORT, max_document=max(len(json.dumps(each)) for each in CHATS))

    assert documents(pieces)[:5] == CHATS


@pytest.mark.parametrize("at", [len(EXPORT) - 1, len(EXPORT) - 30, len(EXPORT) // 2, 100])
def test_what_breaks_off_is_told_once(at: int) -> None:
    """The whole chats before it are there."""
    pieces = cut_all(EXPORT[:at])

    assert len({piece.where for piece in pieces if piece.kind == "torn"}) == 1
    for found, known in itertools.pairwise([*documents(pieces)[:5], None]):
        assert found in CHATS
        assert known is None or known in [*CHATS, project("w1", "Work", "Be brief.")]


def test_what_follows_is_told() -> None:
    """Whatever stands behind the object, or where a list was expected."""
    for broken in (EXPORT + b"{}", EXPORT[:-1] + b",oops}"):
        torn = [piece for piece in cut_all(broken) if piece.kind == "torn"]
        assert torn


def test_other_objects_with_conversations_are_left_whole() -> None:
    """Lines of training data and a chat that speaks of an export are none."""
    line = b'{"conversations":[{"from":"human","value":"x"}]}'

    assert cut(io.BytesIO(line + b"\n" + line + b"\n").read).kind == "lines"
    assert documents(cut_all(line)) == [msgspec.json.decode(line)]


@settings(max_examples=100)
@given(st.binary(max_size=8), st.integers(0, len(EXPORT)))
def test_any_bytes_anywhere(junk: bytes, at: int) -> None:
    """The pieces are the stream, whatever stands in it."""
    cut_all(EXPORT[:at] + junk + EXPORT[at + len(junk) :])
