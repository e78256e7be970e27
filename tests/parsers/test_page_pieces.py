"""Cutting a page of activity: its pieces are the page, and its documents the records."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polylogue.parsers.containers import pieces, window
from polylogue.parsers.containers.html import RECORD

ONE = RECORD + b' x"><p>one</p></div>'
TWO = RECORD + b' x"><p>two, longer</p></div>'
HEAD = b"<html><body>\n"
TAIL = b"</body></html>\n"


def cut(page: bytes, limit: int = 1 << 20) -> list[pieces.Piece]:
    """Cut `page` and prove that the pieces are the page."""
    found = pieces.cut(io.BytesIO(page).read, max_document=limit)
    cut_up = list(found.pieces)
    assert found.kind == "html"
    assert b"".join(piece.data for piece in cut_up) == page
    return cut_up


# The first record is looked for in the first window, so that is as long as the head here.
@pytest.mark.parametrize("size", [window.WINDOW, 61, 36], ids="window={}".format)
def test_records_are_documents(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each record is a document without what follows it, wherever the window ends."""
    monkeypatch.setattr(window, "WINDOW", size)
    cut_up = cut(HEAD + ONE + TWO + b"\n \n" + ONE + TAIL)

    assert [(piece.data, piece.where) for piece in cut_up if piece.kind == "document"] == [
        (ONE, "record 1"),
        (TWO, "record 2"),
        (ONE, "record 3"),
    ]
    assert {piece.kind for piece in cut_up} == {"document", "glue"}


def test_a_page_that_breaks_off() -> None:
    """The last record of half a page is what there is of it."""
    *_, last = cut(HEAD + ONE + TWO[:-9])

    assert (last.kind, last.data) == ("document", TWO[:-9])


@pytest.mark.parametrize("size", [window.WINDOW, 40], ids="window={}".format)
def test_a_record_too_large_is_passed_on(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record beyond the limit is torn, says so, and the next one is read as ever."""
    monkeypatch.setattr(window, "WINDOW", size)
    large = RECORD + b">" + b"x" * 500 + b"</div>"
    cut_up = cut(HEAD + ONE + large + TWO + TAIL, limit=99)
    torn = [piece for piece in cut_up if piece.kind == "torn"]

    assert [piece.data for piece in cut_up if piece.kind == "document"] == [ONE, TWO]
    assert b"".join(piece.data for piece in torn) == large
    assert {piece.where for piece in torn} == {"record 2 is larger than 99 bytes"}


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from([RECORD, RECORD[:9], b"x" * 9, b"\n", b"</body", b">"]), max_size=20),
    st.integers(30, 60),
    st.integers(1, 80),
)
def test_the_pieces_are_the_page(page: list[bytes], size: int, limit: int) -> None:
    """Where the window happens to end loses and doubles nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "WINDOW", size)
        cut(HEAD + b"".join(page), limit)


def test_other_pages_hold_no_documents() -> None:
    """A page without records is glue."""
    assert {piece.kind for piece in cut(HEAD + b"outer-cell" + TAIL)} == {"glue"}
