"""A title as one short ASCII word."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylogue.store.slugs import slug


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param("How lighthouses work", "how-lighthouses-work", id="words"),
        pytest.param("  C++ & Rust?! ", "c-rust", id="signs"),
        pytest.param("Ça coûte 5 €", "ca-coute-5", id="accents"),
        pytest.param("灯台", "", id="nothing-left"),
        pytest.param("x" * 99, "x" * 60, id="long"),
    ],
)
def test_slugs(title: str, expected: str) -> None:
    """Letters and digits stay, accents go, all else is a dash."""
    assert slug(title) == expected


@given(st.text())
def test_a_slug_is_one_plain_word(title: str) -> None:
    """Whatever the title, a slug can be typed without quotes, and is its own slug."""
    assert re.fullmatch(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*)?", slug(title))
    assert slug(slug(title)) == slug(title)
