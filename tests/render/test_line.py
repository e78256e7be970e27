"""One line stays one line, and says what it said."""

import html
import re

import pytest
import yaml
from hostile_markdown import HOSTILE
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from polylogue.render.dangers import dangers
from polylogue.render.line import link, one_line, yaml_string

_READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_HOSTILE = st.sampled_from(sorted(HOSTILE.values()))
_TEXT = st.one_of(st.text(), _HOSTILE, st.lists(_HOSTILE, max_size=3).map("".join))


@given(_TEXT)
def test_one_line_shows_every_character(text: str) -> None:
    """As a heading's text, the line is inert and shows the words of the original."""
    line = one_line(text)
    rendered = _READER.render("### x " + line)
    shown = html.unescape(re.sub(r"<.?h3>|\n", "", rendered))

    assert "\n" not in line
    assert dangers("### x " + line) == []
    assert shown.split() == [
        "x",
        *re.sub(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\u200b]", "", text).split(),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mcp__server__tool", "mcp__server__tool"),
        ("__init__.py", r"\_\_init\_\_.py"),
        ("a\n\tb", "a b"),
        ("gpt-4o (mini)", "gpt-4o (mini)"),
        ("C# at 100%? a=b & c! {d}", "C# at 100%? a=b & c! {d}"),
        ("#tag %%x%% {{y}} <% z %> ^id", r"\#tag \%\%x\%\% \{{y}} \<\% z %> \^id"),
        ("a | b [x] `c`", r"a | b \[x\] \`c\`"),
        ("key:: value", r"key:\: value"),
    ],
)
def test_one_line_escapes_only_what_means_something(text: str, expected: str) -> None:
    """Names of tools and models stay readable in the source of the note."""
    assert one_line(text) == expected


@pytest.mark.parametrize(
    ("label", "url", "expected"),
    [
        ("a", "https://x.example/a_(b)?c=d#e", "[a](https://x.example/a_%28b%29?c=d#e)"),
        ("a [b]", "https://x.example", r"[a \[b\]](https://x.example)"),
        ("", "https://x.example", "[https://x.example](https://x.example)"),
        ("a", "https://x.example/ü <b>", "[a](https://x.example/%C3%BC%20%3Cb%3E)"),
        ("a:: b", "https://x.example/c::d", r"[a:\: b](https://x.example/c:%3Ad)"),
        ("a", "javascript:x()", "a (javascript:x())"),
        ("a", "", "a"),
    ],
)
def test_only_the_web_is_linked_to(label: str, url: str, expected: str) -> None:
    """A link leads to the web; any other address is plain text."""
    assert link(label, url) == expected
    assert dangers(link(label, url)) == []


@given(
    st.one_of(
        st.text(),
        st.sampled_from(
            [
                "no",
                "Yes",
                "null",
                "~",
                "1e3",
                "0x1",
                "2026-01-02",
                "a:",
                "- a",
                "a #b",
                "=",
                "<%x%>",
                "@x",
                "Off",
                ".inf",
                "12:30:00",
            ]
        ),
    )
)
def test_yaml_strings_come_back(text: str) -> None:
    """YAML reads the string that was written, in one line that Templater leaves alone."""
    written = yaml_string(text)

    assert yaml.safe_load(f"a: {written}\nb:\n  - {written}\n") == {"a": text, "b": [text]}
    assert "\n" not in written
    assert "<%" not in written


def test_yaml_strings_have_no_surrogates() -> None:
    """What cannot be written as UTF-8 becomes the replacement character."""
    assert yaml_string("a\ud800b") == '"a\ufffdb"'


@pytest.mark.parametrize("text", ["gpt-5", "https://chatgpt.com/c/1", "ai/chatgpt"])
def test_plain_words_are_written_plainly(text: str) -> None:
    """Ordinary properties have no quotes."""
    assert yaml_string(text) == text
