"""Numbers, times and foreign text as words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylogue.cli import words

HOUR, DAY = 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_960, "10 kB"),
        (999_400, "999 kB"),
        (999_600, "1.0 MB"),
        (212_345_678, "212 MB"),
        (3 * 10**12, "3.0 TB"),
        (12_345 * 10**12, "12,345 TB"),
    ],
)
def test_size(number: int, said: str) -> None:
    """Bytes are told in decimal units, with one digit where it says something."""
    assert words.size(number) == said


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (-5, "0 s"),
        (59_999, "59 s"),
        (12 * 60_000 + 30_000, "12 min"),
        (HOUR, "1 h"),
        (3 * HOUR + 20 * 60_000, "3 h 20 min"),
        (3 * DAY + 4 * HOUR + 60_000, "3 d 4 h"),
    ],
)
def test_duration(ms: int, said: str) -> None:
    """A duration is told in its two largest units."""
    assert words.duration(ms) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (-HOUR, "just now"),
        (1_999, "just now"),
        (59_000, "59 s ago"),
        (2 * HOUR + 1, "2 h ago"),
        (30 * DAY, "30 d ago"),
    ],
)
def test_ago(before: int, said: str) -> None:
    """What was lately is told by its distance; a clock that went back is no reason to fail."""
    assert words.ago(1_800_000_000_000 - before, 1_800_000_000_000) == said


def test_long_ago() -> None:
    """What is older than a month is told by its date."""
    assert words.ago(86_400_000 + 43_200_000, 1_800_000_000_000).startswith("on 1970-01-0")


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_time_can_be_said(ms: int) -> None:
    """No number that a row can hold breaks the output."""
    assert words.second(ms)
    assert words.ago(ms, 0)


@given(st.text(st.characters()))
def test_visible_text_cannot_steer_a_terminal(text: str) -> None:
    """Of the control characters only the line feed and the tab are left."""
    shown = words.visible(text)
    assert all(char in "\n\t" or char.isprintable() or ord(char) > 0x9F for char in shown)
    shown.encode()
    assert "\n" not in words.one_line(text)


def test_line_ends_of_windows() -> None:
    """A carriage return before a line feed goes; any other could overwrite what stands there."""
    assert words.visible("a\r\nb\rc") == "a\nb�c"
