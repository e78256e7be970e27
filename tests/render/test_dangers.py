"""The independent reader sees what it is there to see."""

import pytest
from hostile_markdown import HOSTILE

from polylogue.render.dangers import dangers

#: A fence that is not closed ends with its list: dangerous only to readers that do not know that.
_HARMLESS_HERE = {"unclosed-in-list"}


@pytest.mark.parametrize("name", sorted(HOSTILE.keys() - _HARMLESS_HERE))
def test_raw_hostile_text_is_found_dangerous(name: str) -> None:
    """Every hostile text is dangerous before it is made inert, or the other tests prove nothing."""
    assert dangers(HOSTILE[name])


@pytest.mark.parametrize(
    "text",
    ["plain", "### \\#x", "`[[x]]`", "```python\n<b>\n```", "a<br>b", "\\[[x]"],
)
def test_harmless_text_is_not_accused(text: str) -> None:
    """What is escaped, or is code, is no danger."""
    assert dangers(text) == []


def test_what_lies_too_deep_to_be_read_is_dangerous() -> None:
    """Where the reader stops reading, it says so."""
    assert dangers("> " * 100 + "<b>")
