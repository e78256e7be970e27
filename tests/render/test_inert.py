"""Imported text does nothing, and still shows what it showed."""

import re

import pytest
from hostile_markdown import HOSTILE
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from ordinary_markdown import ORDINARY

from polylogue.render.code import MARK, fence
from polylogue.render.dangers import dangers
from polylogue.render.inert import inert
from polylogue.render.note import quoted

_READER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _everywhere(text: str) -> list[str]:
    """Return what is dangerous in `text` alone, after a list, and in a callout."""
    places = (text, f"- list\n\n{text}", f"1. list\n\n   more\n\n{text}", quoted(text))
    return [danger for place in places for danger in dangers(place)]


# --- Ordinary text --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_text_stays(text: str) -> None:
    """Of what is not dangerous nothing is changed, not a character."""
    assert inert(text) == text


def test_ordinary_texts_do_not_disturb_each_other() -> None:
    """Nor is it in one message with any other; a second dollar alone must be escaped."""
    texts = {name: text for name, text in ORDINARY.items() if name != "money"}
    pairs = {(one, other): f"{texts[one]}\n\n{texts[other]}" for one in texts for other in texts}

    assert [names for names, text in pairs.items() if inert(text) != text] == []


def test_the_corpora_are_apart() -> None:
    """Measured: all of the hostile texts are dangerous as they are, and none of the ordinary ones is."""
    dangerous = sum(bool(dangers(text)) for text in HOSTILE.values())

    assert [name for name, text in ORDINARY.items() if inert(text) != text] == []
    assert dangerous / len(HOSTILE) > 0.8  # the others are so for some readers only


# --- Hostile text ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_does_nothing(text: str) -> None:
    """An independent reader finds nothing dangerous in what was made inert, wherever it stands."""
    assert _everywhere(inert(text)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("html-in-two-lines", "script"), ("unclosed-fence", "dataviewjs"), ("comment", "tag")],
    ids=["ticks", "fences", "comments"],
)
def test_hostile_texts_do_not_help_each_other(one: str, other: str) -> None:
    """Two hostile texts in one message are as inert as each alone."""
    for text in (HOSTILE[one] + "\n" + HOSTILE[other], HOSTILE[one] + " " + HOSTILE[other]):
        assert _everywhere(inert(text)) == []


@pytest.mark.parametrize("language", ["text", "PYTHON", "c++", "js title=x", "python:app.py"])
def test_ordinary_languages_stay(language: str) -> None:
    """The name of a programming language stays after its fence, without what follows it."""
    name = re.split(r"[ :]", language)[0].lower()

    assert inert(f"```{language}\n<b>\n```") == f"```{name}\n<b>\n```"


def test_what_cannot_be_verified_becomes_a_text_fence() -> None:
    """A text that rests on a doubtful claim, and is not found inert, is shown as plain text."""
    text = "para\n    ```\n    <b>\n\n    <script>\n    ```"

    shown = inert(text)

    assert shown == f"```{'`'}text\n{text}\n```{'`'}"


def test_doubtful_text_beyond_measure_becomes_a_text_fence() -> None:
    """A text that is doubtful and too long to be verified is shown as plain text."""
    text = "`a\n`<b>` " + "x" * 250_000

    assert inert(text).startswith("```text\n")


FIELDS = {
    "line": ("status:: done", ":\\: done"),
    "list": ("- **due**:: today", ":\\: today"),
    "brackets": ("a [due:: today] b", "[due:\\: today]"),
    "parentheses": ("a (due:: today) b", "(due:\\: today)"),
    "nothing around": ("std::vector", "std:\\:vector"),
    "three": ("::: note", ":\\:\\: note"),
    "label": ("[a:: b](https://x.example)", "[a:\\: b](https://x.example)"),
    "label of a file": ("[a:: b](sandbox:/a)", "a:\\: b (not in the export)"),
    "address": ("[a](https://x.example/b::c)", "[a](https://x.example/b:%3Ac)"),
    "bare address": ("(https://x.example/b::c)", "(https://x.example/b:%3Ac)"),
    "mathematics": ("$x :: a_1$", "$x :\\mathrel{}: a_1$"),
}


@pytest.mark.parametrize(("text", "expected"), FIELDS.values(), ids=FIELDS)
def test_no_text_gives_fields_to_the_vault(text: str, expected: str) -> None:
    """Two colons, which make a field for Dataview, are parted by what does not show."""
    assert expected in inert(text)
    assert _everywhere(inert(text)) == []


@pytest.mark.parametrize("text", ["`a::b`", "```cpp\nstd::cout\n```"], ids=["inline", "fence"])
def test_colons_in_code_stay(text: str) -> None:
    """Code is not changed for the sake of fields."""
    assert inert(text) == text


LEADING_NOWHERE = {
    "sandbox": ("a [plan](sandbox:/mnt/data/p.csv).", "a plan (not in the export)."),
    "sandbox with a space": ("[p](sandbox:/mnt/data/a plan.csv)", "p (not in the export)"),
    "sandbox, code": ("[`p.csv`](sandbox:/p.csv) `x`", "`p.csv` (not in the export) `x`"),
    "sandbox image": ("![plot](sandbox:/p.png)", "plot (not in the export)"),
    "unnamed image": ("![](sandbox:/p.png)", "image (not in the export)"),
    "other scheme": ("[x](obsidian://adv-uri?eval=1)", "x (`obsidian://adv-uri?eval=1`)"),
    "parentheses": ("[x](javascript:alert(1))", "x (`javascript:alert(1)`)"),
    "angles": ("[x](<file:///a b>)", "x (`file:///a b`)"),
    "title": ('[x](a/b.py "B")', "x (`a/b.py`)"),
    "between code": (
        "`1` [x](a/b.py) `2` [`y`](a/c.py) `3`",
        "`1` x (`a/b.py`) `2` `y` (`a/c.py`) `3`",
    ),
    "same words": ("[a/b.py](a/b.py) [`c.py`](c.py)", "a/b.py `c.py`"),
    "code that runs": ("[x](dice:1d6)", "x (`\u200bdice:1d6`)"),
    "no link": ("f[x](y) and \\[x](a.b)", r"f[x]\(y) and \[x]\(a.b)"),
    "label that begins a fence": ("[```js](a.b)", r"[```js]\(a.b)"),
    "label that begins a heading": ("[# x](a.b)", r"[# x]\(a.b)"),
    "in code": ("`[x](sandbox:/a)`", "`[x](sandbox:/a)`"),
}


@pytest.mark.parametrize(("text", "expected"), LEADING_NOWHERE.values(), ids=LEADING_NOWHERE)
def test_links_that_lead_nowhere_show_their_words(text: str, expected: str) -> None:
    """A link that must not be one is its label, and the address as code or why it is not there."""
    assert inert(text) == expected
    assert _everywhere(expected) == []


def test_a_definition_that_ends_in_code_defines_nothing() -> None:
    """Readers look for definitions of links before they look for code."""
    text = "[a```b]: c```"

    assert dangers(text)
    assert _everywhere(inert(text)) == []


# --- Ordinary text --------------------------------------------------------------------------------

UNCHANGED = {
    "prose": "Plain prose, with punctuation: 100% sure? Yes! (Really.) It's 3 < 4 & 5 > 2.",
    "emphasis": "**bold**, *italic*, ~~gone~~, ==marked==, `code`",
    "list": "- one\n- two\n  - three\n\n1. first\n2. second",
    "table": "| a | b |\n|---|:-:|\n| `x` | 1<br>2 |",
    "quote": "> quoted\n> more",
    "link": "[a](https://example.com/x_(y)?q=1#top) <https://example.com> <mailto:a@example.com>",
    "fence": "```python\n# comment\nx = [[1]]  # <b>\n```",
    "fence-in-list": "1. do\n   ```bash\n   # run\n   npm i\n   ```\n2. next",
    "long-fence": "````markdown\n```python\nx\n```\n````",
    "inline-code": "`<div>` `[[x]]` `#tag` ``a`b`` `![x](y)`",
    "mathematics": "$x^2$ and\n\n$$\ny = \\frac{1}{2}\n$$",
    "rule": "one\n\n---\n\ntwo",
    "numbers": "#1 and issue #42, C# and F#, 5% of $5, a[i], a^2, {x}",
    "escaped": "\\# \\* \\[see there\\] \\<b> \\`x\\` \\$5",
    "unicode": "Привет, 世界! 👩‍👩‍👧 — “x”…",
    "urls": "https://example.com/#/route?a=b#frag and user@example.com",
    "deep-heading": "###### six",
    "emoticons": ":-) <3 ^_^ -> => <= >=",
    "entities": "&amp; &lt;b&gt; &#35;",
}


@pytest.mark.parametrize("text", UNCHANGED.values(), ids=UNCHANGED)
def test_ordinary_markdown_is_not_touched(text: str) -> None:
    """What is not dangerous stays as it is, to the byte."""
    assert inert(text) == text


CHANGED = {
    "heading": ("# one\n## two\n##### five", "### one\n#### two\n###### five"),
    "setext": ("one\n---\ntwo", "one\n***\ntwo"),
    "setext-equals": ("one\n===", "one\n\\==="),
    "chatgpt-inline-mathematics": (r"\( x^2 \)", "$x^2$"),
    "chatgpt-display-mathematics": ("\\[\nx = 1\n\\]", "$$\nx = 1\n$$"),
    "less-than-in-mathematics": ("$a<b$", r"$a\lt b$"),
    "currency": ("from $5 to $6", r"from \$5 to \$6"),
    "shell": ("$HOME/bin:$PATH", r"\$HOME/bin:\$PATH"),
    "image": ("![a plot](https://x.example/p.png)", "[a plot](https://x.example/p.png)"),
    "unnamed-image": ("![](https://x.example/p.png)", "[image](https://x.example/p.png)"),
    "bracketed-link": ("[[1]](https://x.example)", r"[\[1\]](https://x.example)"),
    "reference": (
        "see [a][1]\n\n[1]: https://x.example 't'",
        "see [a](<https://x.example>)\n\n[1\\]: https://x.example 't'",
    ),
    "wikilink": ("a [[b]] c", r"a \[\[b]] c"),
    "tag": ("a #b", r"a \#b"),
    "html": ("<b>x</b>", r"\<b>x\</b>"),
    "task": ("- [ ] x\n- [x](https://x.example)", "- \\[ ] x\n- [x](https://x.example)"),
    "task-bracket": ("- []] x", "- \\[]] x"),
    "foreign-link": ("[x](a b)", r"[x]\(a b)"),
    "indented-code": ("    # x\n    y\n\nz", "```\n# x\ny\n```\n\nz"),
    "unclosed-fence": ("```js\nx", "```js\nx\n```"),
    "tilde-fence": ("~~~\n```\n~~~", "````\n```\n````"),
    "sloppy-fence-in-list": ("1. ```sh\nx\n```", "1. ```sh\n   x\n   ```"),
    "carriage-returns": ("a\r\nb\rc", "a\nb\nc"),
    "blank": (" \n\t\n", ""),
}


@pytest.mark.parametrize(("text", "expected"), CHANGED.values(), ids=CHANGED)
def test_what_is_dangerous_is_changed_as_little_as_possible(text: str, expected: str) -> None:
    """Each escape is the smallest that works."""
    assert inert(text) == expected


_ORDINARY = st.lists(
    st.sampled_from(
        [
            "word",
            "word ",
            " ",
            "\n",
            "\n\n",
            "- item",
            "1. item",
            "> quote",
            "**",
            "*",
            "`code`",
            "`<b>`",
            "<b>",
            "#tag",
            "[[x]]",
            "%%",
            "[a](https://x.y)",
            "\n```py\n# c\n```\n",
            "| a | b |\n|---|---|\n",
            "{{x}}",
            "\\* ",
            "&lt;",
            "é",
            "[^1]",
            "~~",
            "1 < 2",
            "a:: b",
            " ^id\n",
            "[x]",
        ]
    ),
    max_size=20,
).map("".join)


def _looks(text: str) -> str:
    """Return rendered text, without languages, levels of headings and blank space at line ends."""
    return re.sub(
        r' class="language-.*?"|(?<=<h)\d|(?<=</h)\d|\s+(?=\n)', "", _READER.render(text + "\n")
    )


@given(_ORDINARY)
@settings(max_examples=200, deadline=None)
def test_what_is_escaped_looks_the_same(text: str) -> None:
    """Rendered as text without HTML, escaped Markdown shows what the original showed."""
    text = text.strip()
    shown = inert(text)
    assume(shown != fence(text))

    assert _looks(shown) == _looks(text)


# --- Properties -----------------------------------------------------------------------------------

_TOKENS = st.sampled_from(
    [piece for text in HOSTILE.values() for piece in re.findall(r"\w+|\s+|[^\w\s]+", text)]
    + [
        "`",
        "``",
        "```",
        "~~~",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "> ",
        "- ",
        "1. ",
        "\\",
        "\\\\",
        "$",
        "$$",
    ]
    + [
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "[[",
        "](",
        "<b>",
        "#t",
        "%%",
        "{{",
        "^a",
        "|",
        "`= 1`",
        "::",
        "[x](a.b)",
        "](a:",
        "sandbox:/",
        "```js\n",
    ]
)
_SOUP = st.lists(st.one_of(_TOKENS, st.text(max_size=3)), max_size=16).map("".join)


@given(_SOUP)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_does_anything(text: str) -> None:
    """Whatever the text, an independent reader finds nothing dangerous in it."""
    assert _everywhere(inert(text)) == []


@pytest.mark.slow
@given(_SOUP)
@settings(max_examples=60_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_does_anything_at_length(text: str) -> None:
    """The same, for minutes' worth of texts."""
    assert _everywhere(inert(text)) == []


@given(st.lists(st.one_of(_TOKENS, st.just(MARK)), max_size=16).map("".join))
@settings(max_examples=200, deadline=None)
def test_every_mark_survives(text: str) -> None:
    """Marks of citations come through in number, however the text is changed."""
    assert inert(text).count(MARK) == text.count(MARK)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a `co{MARK}de` b", f"a `code`{MARK} b"),
        (f"```py\nx{MARK}\n```\nb", f"```py\nx\n```\n{MARK}\nb"),
        (f"```py\nx\n```{MARK}", f"```py\nx\n```\n{MARK}"),
        (f"$x^{MARK}2$", f"$x^2${MARK}"),
    ],
    ids=["inline", "fence", "closing-fence", "mathematics"],
)
def test_marks_leave_code(text: str, expected: str) -> None:
    """A mark in code or mathematics comes out behind it."""
    assert inert(text) == expected


ENDLESS = {
    "ticks": "`" * 50_000,
    "runs of ticks": " ".join("`" * n for n in range(1, 300)),
    "backslashes": "\\" * 50_000 + "<",
    "brackets": "[" * 50_000,
    "bangs": "!" * 50_000 + "![",
    "mathematics": "\\(" * 25_000,
    "dollars": "$a" * 25_000,
    "quotes": ">" * 25_000 + "\n```\n",
    "quoted fences": "> ```\n> x\n" * 5_000,
    "fences": "```\n" * 12_000,
    "newlines": "\n" * 50_000 + "#x",
    "blank code": "    \n" * 10_000 + "#",
    "links": "](" * 25_000,
    "foreign links": "[a](b:(" * 15_000,
    "long labels": ("[" + "a" * 499) * 100 + "](a.b)",
    "sandboxes": "[a](sandbox:(b)" * 7_000,
    "colons": ":" * 50_000,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_no_text_takes_long(text: str) -> None:
    """Text made to be slow to read is made inert in time that grows with its length only."""
    assert inert(text) is not None
