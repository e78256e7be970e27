"""HTML → Markdown: what is said stays, and whatever the HTML, nothing is raised."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polylogue.parsers.gemini.markdown import to_markdown

TAGS = [
    *("<p>", "</p>", "<br>", "<ul>", "</ul>", "<ol>", "</ol>", "<li>", "</li>", "<b>", "</b>"),
    *("<pre>", "</pre>", "<code>", "</code>", "<table>", "</table>", "<tr>", "</tr>", "<td>"),
    *("</td>", "<h2>", "</h2>", "<blockquote>", "</blockquote>", '<a href="x">', "</a>", "<hr>"),
    *("<!--", "-->", "<script>", "</script>", "<img alt='i'>", "<", '"', "&amp;", "\n ", "<x y=z>"),
]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<h2>T</h2>x", "## T\n\nx"),
        ("<h2></h2>x", "x"),
        ("a <b>b</b>, <em> c </em>d", "a **b**, *c* d"),
        ("<ul><li>a</li><li><p>b</p><p>c</p></li></ul><p>d</p>", "- a\n- b\n\n  c\n\nd"),
        ("<p>x</p><ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>", "x\n\n1. a\n   - b\n2. c"),
        ("a <code>b c</code>", "a `b c`"),
        ("<code>a`b</code>", "``a`b``"),
        (
            '<pre><code class="language-python">if x:\n    &lt;y&gt;\n</code></pre>z',
            "```python\nif x:\n    <y>\n```\n\nz",
        ),
        ("<pre>```</pre>", "````\n```\n````"),
        ("<ul><li>a<pre>b\nc</pre></li></ul>", "- a\n\n  ```\n  b\n  c\n  ```"),
        ('<a href="https://x.example/a b">y</a>', "[y](https://x.example/a%20b)"),
        ('<a href="u"></a>x', "x"),
        ("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc"),
        (
            "<table><tr><th>A</th><th>b|c</th></tr><tr><td><p>1</p></td><td>2<br>3</td></tr></table>x",
            "| A | b\\|c |\n| --- | --- |\n| 1 | 2 3 |\n\nx",
        ),
        ("a<hr>b", "a\n\n---\n\nb"),
        ("a<script>b</script><style>c</style><!-- d -->e", "ae"),
        ("1 &lt; 2 &amp; <unclosed", "1 < 2 & <unclosed"),
        ("a\n  b\tc", "a b c"),
        ("<img src=x alt=tea>", "[tea]"),
        ("\ud83d\0", "\N{REPLACEMENT CHARACTER}\N{SYMBOL FOR NULL}"),
    ],
)
def test_markdown(html: str, expected: str) -> None:
    """Each element becomes its Markdown."""
    assert to_markdown(html) == expected


@settings(max_examples=100)
@given(st.lists(st.sampled_from([*TAGS, "word"]), max_size=40))
def test_no_html_raises(pieces: list[str]) -> None:
    """Any tags in any order are read, and the same every time."""
    html = "".join(pieces)

    assert to_markdown(html) == to_markdown(html)


@settings(max_examples=100)
@given(st.lists(st.sampled_from([tag for tag in TAGS if tag[1:2].isalpha() or tag[1:2] == "/"])))
def test_no_word_is_lost(tags: list[str]) -> None:
    """Words between tags, also wrong ones, come out in their order."""
    silent = {"<script>", "</script>"}
    kept = [tag for tag in tags if tag not in silent]
    html = "".join(f"{tag}w{number}." for number, tag in enumerate(kept))
    result = to_markdown(html)
    places = [result.find(f"w{number}.") for number in range(len(kept))]

    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    "piece", ["<ul><li>", '<a "', "<", "<!", "<pre>", "<b>", "<table><tr><td>", "<blockquote>x"]
)
def test_hostile_html_is_read_in_linear_time(piece: str) -> None:
    """Megabytes of what never ends are read at once, and grow within reason."""
    html = piece * 50_000

    assert len(to_markdown(html)) <= 40 * len(html)
