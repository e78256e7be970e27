"""Fenced code stays in its fence and never runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from polylogue.render.code import MARK, fence, language
from polylogue.render.note import quoted

_READER = MarkdownIt("commonmark")


@given(st.text("`~a \n<%>", max_size=60))
def test_nothing_in_code_closes_its_fence(code: str) -> None:
    """A reader finds one block with the whole code, alone and quoted, up to Templater's `<%`."""
    for place in (str, quoted):
        tokens = [t for t in _READER.parse(place(fence(code))) if "quote" not in t.type]

        assert [token.type for token in tokens] == ["fence"]
        assert tokens[0].content.replace("\u200b", "") == (code and code + "\n")
        assert "<%" not in tokens[0].content


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ("Python", "python"),
        ("  js title='x'", "js"),
        ("c++", "c++"),
        ("", ""),
        ("dataviewjs", "text"),
        ("{r}", "text"),
        ("ad-note", "text"),
        ("run-python", "text"),
        ("ни рыба", "text"),
    ],
)
def test_only_harmless_languages_are_named(info: str, expected: str) -> None:
    """A language that is not known to be harmless becomes text."""
    assert language(info) == expected


def test_a_fence_stands_where_it_is_told() -> None:
    """Every line begins where the first one does, blank ones without trailing space."""
    assert fence("a\n\nb", "py", prefix="- ", later="  ") == "- ```py\n  a\n\n  b\n  ```"


def test_marks_stand_behind_a_fence() -> None:
    """Marks of citations are taken out of the code and put on a line below it."""
    assert fence(f"a{MARK}b{MARK}") == f"```text\nab\n```\n{MARK}{MARK}"
