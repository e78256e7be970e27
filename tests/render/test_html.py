"""Pages in HTML show what notes show, and hold nothing but what polylogue wrote."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from hostile_markdown import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st
from stored_chats import chatgpt, claude_code, conversation, message

from polylogue.model import (
    Attachment,
    AttachmentStatus,
    Citation,
    Head,
    Source,
    StoredAttachment,
    StoredMessage,
    Text,
    ToolCall,
    ToolResult,
)
from polylogue.render.html import HtmlRenderer, IndexEntry, excerpt
from polylogue.render.html.prose import prose
from polylogue.render.note import Neighbours, Renderer

RENDERER = HtmlRenderer()

#: HTML that would run, fetch or cover something, and that no Markdown makes of itself.
ATTACKS = {
    "script": "<script>window.ran = 1</script>",
    "onerror": '<img src="x" onerror="window.ran = 1">',
    "svg": '<svg onload="window.ran = 1"><script>window.ran = 1</script></svg>',
    "style": "<style>body { background: url(https://evil.example/css) }</style>",
    "style-attribute": '<p style="position:fixed;background:url(https://evil.example/a)">x</p>',
    "iframe": '<iframe src="https://evil.example/frame" srcdoc="<script>1</script>"></iframe>',
    "form": '<form action="https://evil.example/form"><button>x</button></form>',
    "refresh": '<meta http-equiv="refresh" content="0; url=https://evil.example/refresh">',
    "base": '<base href="https://evil.example/">',
    "link": '<link rel="stylesheet" href="https://evil.example/sheet">',
    "object": '<object data="https://evil.example/object"></object><embed src="x">',
    "javascript": "[x](javascript:window.ran=1) <javascript:window.ran=1>",
    "javascript-entity": "[x](java&#115;cript:window.ran=1) [y](<java\tscript:window.ran=1>)",
    "data": "[x](data:text/html,<script>window.ran=1</script>)",
    "vbscript": "[x](VBScript:x) [y](file:///etc/passwd) ![z](file:///etc/passwd)",
    "image": "![x](https://evil.example/image.png) ![y][r]\n\n[r]: https://evil.example/ref.png",
    "image-attributes": '![x" onerror="window.ran=1](https://evil.example/i.png "t\' onload=1")',
    "link-title": '[x](https://evil.example/ "\\" onmouseover=\\"window.ran=1")',
    "closing": "</div></section></main></body></html><script>window.ran = 1</script>",
    "fence-info": '```"><script>window.ran=1</script>\nx\n```',
    "formula": "\\(<script>window.ran=1</script>\\) $<img src=x onerror=1>$",
    "address": 'https://evil.example/"onmouseover="window.ran=1',
    "comment": "<!-- --><script>window.ran=1</script><!--",
}  # fmt: skip


class _Elements(HTMLParser):
    """The elements of a page, as an independent reader finds them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def _page(*messages: StoredMessage) -> str:
    return RENDERER.note(conversation(*messages), path="chatgpt/a.html")


def _words(page: str) -> str:
    """Return what a person reads."""
    return re.sub(r"<[^>]*>", " ", page.partition("<body>")[2])


# --- What is shown --------------------------------------------------------------------------------


def test_a_page_shows_all_that_was_said() -> None:
    """Every text, branch, tool, citation and file of the example is on its page."""
    words = _words(RENDERER.note(chatgpt(), path="chatgpt/a.html"))
    missing = [
        text
        for text in ("Be brief", "16:05", "Traceback", "At four.", "At five.", "When is", "low",
                     "sea.png", "Thanks", "Bye.", "Tide tables", "hologram", "thank *you*")
        if text not in words
    ]  # fmt: skip

    assert missing == []


def test_messages_have_the_ids_that_they_have_in_notes() -> None:
    """A link to a block of a note finds the same message on the page."""
    in_note = set(re.findall(r"^\^(m-[\w-]+)$", Renderer().note(chatgpt()), re.MULTILINE))
    on_page = re.findall(r'id="(m-[\w-]+)"', RENDERER.note(chatgpt()))

    assert in_note == set(on_page)
    assert len(on_page) == len(set(on_page))


@pytest.mark.parametrize("chat", [chatgpt, claude_code, conversation])
def test_what_is_opened_is_closed(chat: object) -> None:
    """The elements of a page stand in one another as they should."""
    page = RENDERER.note(chat())  # type: ignore[operator]
    for tag in ("div", "section", "details", "p", "span", "ul", "ol", "pre", "code", "a", "figure"):
        assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>"), tag


def test_pages_are_the_same_each_time() -> None:
    """The same conversation gives the same page, by any renderer."""
    assert RENDERER.note(chatgpt()) == HtmlRenderer().note(chatgpt())


def test_code_is_coloured_and_unchanged() -> None:
    """What is between the tags of code is the code."""
    code = 'def f(x):\n    return "<b>" & x\n'
    page = prose(f"```python\n{code}```")
    assert '<span class="k">def</span>' in page
    plain = re.sub(r"<[^>]*>", "", page)
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert plain.strip() == code.strip()


@pytest.mark.parametrize(
    "formula",
    ["\\(a_1 * b_1 * c\\)", "\\[\nx < 5 \\\\\n\\text{a_b_c}\n\\]", "$a_1 + b_1$", "$$\na_b_c\n$$"],
)
def test_mathematics_stays_as_it_was_written(formula: str) -> None:
    """No backslash or underscore of a formula is taken for Markdown."""
    words = re.sub(r"<[^>]*>", "", prose(f"As {formula} says.")).replace("&lt;", "<")

    assert formula in words


def test_money_is_no_formula() -> None:
    """Dollars between which are words stay in the text."""
    assert "math" not in prose("It costs $5 to *send* $6.")


def test_headings_stand_under_those_of_the_page() -> None:
    """A heading of a message is no heading of the page."""
    page = _page(message("1", "assistant", "# One\n\n## Two\n\n###### Six"))
    assert re.findall(r"<(h\d)>(?:One|Two|Six)", page) == ["h3", "h4", "h6"]
    assert page.count("<h1") == 1


def test_links_outward_tell_nothing_of_the_page() -> None:
    """Every link to the web has its rel, also an address that is not written as a link."""
    page = prose("[a](https://a.example) https://b.example/x_y. <https://c.example>")
    links = [attributes for tag, attributes in _Elements(page).found if tag == "a"]
    addresses = ["https://a.example", "https://b.example/x_y", "https://c.example"]

    assert [link["href"] for link in links] == addresses
    assert {link["rel"] for link in links} == {"noopener noreferrer"}


def test_a_link_that_leads_nowhere_is_words() -> None:
    """A file of the sandbox is said to be missing, another address is shown."""
    page = prose("[the file](sandbox:/mnt/data/x.csv) and [that](../y.md)")

    assert _words("<body>" + page).split() == [
        "the",
        "file",
        "(not",
        "in",
        "the",
        "export)",
        "and",
        "that",
        "(",
        "../y.md",
        ")",
    ]
    assert "<a" not in page


def test_a_line_break_in_a_cell_is_one() -> None:
    """`<br>` is the one element that texts may bring."""
    assert "a<br>b" in prose("| x |\n|---|\n| a<br>b |").replace("<br>\n", "<br>")


# --- Citations ------------------------------------------------------------------------------------

_CITED = [
    ("So it is. And", 10),
    ("**So it is.** And", 13),
    ("```\ncode\n```\nAnd", 12),
    ("```python\ncode\n```\nAnd", 13),
    ("| a | b |\n|---|---|\n| c | d |\nAnd", 29),
    ("| a | b |\n|---|---|\n| c | d |\nAnd", 19),
    ("[so](https://a.example/x) And", 15),
    ("[so](https://a.example/x) And", 25),
    ("![so](https://a.example/x) And", 4),
    ("Title\n---\nAnd", 9),
    ("\\(x_1\\) And", 3),
    ("`code` And", 3),
    ("- a\n- ", 6),
]


@pytest.mark.parametrize(("text", "at"), _CITED)
def test_each_citation_leads_to_its_source(text: str, at: int) -> None:
    """Wherever a citation stands, it breaks nothing, is not lost, and takes no other's number."""
    sources = [Source(title="One"), Source(title="Two")]
    cited = (Citation(at=at, sources=(sources[0],)), Citation(at=len(text), sources=(sources[1],)))
    page = _page(message("1", "assistant", Text(text=text, citations=cited)))

    references = re.findall(r'<a href="#fn-(\d)">(\d)</a>', page)
    assert sorted(references) == [("1", "1"), ("2", "2")]
    assert "\x02" not in page
    assert "⸨" not in page
    strong = re.findall(r"<(strong|table|pre|h4|code)\b", prose(text))
    assert re.findall(r"<(strong|table|pre|h4|code)\b", page) == strong


# --- Files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "element"),
    [("a b.png", "img"), ("a.mp3", "audio"), ("a.mp4", "video"), ("a.pdf", "a"), ("a#?.md", "a")],
)
def test_files_are_shown_from_where_the_page_stands(name: str, element: str) -> None:
    """A file is shown or linked to by a relative address that means this file."""
    stored = StoredAttachment(status="stored", name=name, path=f"_attachments/3f/{name}")
    page = _page(message("1", "user", Attachment(name=name), attachments=(stored,)))
    quoted = name.replace(" ", "%20").replace("#", "%23").replace("?", "%3F")
    address = {"a": "href"}.get(element, "src")
    found = [a.get(address) for tag, a in _Elements(page).found if tag == element]

    assert f"../_attachments/3f/{quoted}" in found


@pytest.mark.parametrize("status", ["not_in_export", "forbidden", "missing", "too_large"])
def test_a_file_that_is_not_there_says_why(status: AttachmentStatus) -> None:
    """A stub has the name and the reason."""
    stored = StoredAttachment(status=status, name="<b>.png")
    page = _page(message("1", "user", Attachment(name="<b>.png"), attachments=(stored,)))

    assert re.search(r'class="file missing">&lt;b&gt;\.png · \w', page)


def test_pages_link_to_pages() -> None:
    """Other parts and other conversations are found from where the page stands."""
    call = ToolCall(name="Task", input="x", title="Look", conversation_id="sub")
    chat = conversation(message("1", "assistant", call))
    page = RENDERER.note(
        chat, lambda _: "codex/A & B.md", Neighbours(2, before="codex/c.md", after="codex/d.html"),
        "codex/a.html",
    )  # fmt: skip
    links = [a["href"] for tag, a in _Elements(page).found if tag == "a"]

    assert links == [
        "../index.html",
        "../codex/c.html",
        "../codex/A%20%26%20B.html",
        "../codex/d.html",
    ]


# --- What is not there ----------------------------------------------------------------------------

_OWN = {
    "html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "footer",
    "h1", "h2", "dl", "dt", "dd", "time", "details", "summary", "figure", "figcaption", "img", "sup",
    "small",
}  # fmt: skip
_OF_TEXTS = {
    "a", "blockquote", "br", "code", "div", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"aria-label", "class", "id", "href", "rel", "dir", "start", "tabindex", "title"}


def _everywhere(text: str) -> str:
    """Return a page with `text` in every place where imported text can stand."""
    name = text[:80]
    stored = StoredAttachment(status="stored", name=name, path="_attachments/x.pdf")
    return RENDERER.note(
        conversation(
            message("1", "user", text, Attachment(name=name, caption=text, extracted_text=text),
                    author=name, attachments=(stored,)),
            message("2", "assistant", ToolCall(name=name, title=name, input=text),
                    ToolResult(output=text, language="markdown"), model=name, position=1),
            message("3", "assistant",
                    Text(text=text, citations=(Citation(at=3, sources=(Source(
                        title=text, url="https://x.example/" + text, quote=text),)),)), position=2),
            head=Head(title=text, url=text, project=text, model=text, metadata={"cwd": text}),
            provider=name,
        )
    )  # fmt: skip


def _check(page: str) -> None:
    for tag, attributes in _Elements(page.partition("<body>")[2]).found:
        assert tag in _OWN | _OF_TEXTS
        assert attributes.keys() <= _ATTRIBUTES, (tag, attributes)
        address = attributes.get("href") or "https://"
        assert re.match(r"https?://|mailto:|#fn-\d+$|index\.html$|_attachments/x\.pdf$", address)


@pytest.mark.parametrize("text", [*ATTACKS.values(), *HOSTILE.values()], ids=[*ATTACKS, *HOSTILE])
def test_hostile_text_brings_nothing_into_the_page(text: str) -> None:
    """Whatever a message, a name or a title says, a page has only elements that polylogue writes."""
    _check(_everywhere(text))


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("<>\"'&;[]()!`*_~|\\$:/\n \x02⸨⸩#-=aschemrip1"), max_size=60))
def test_no_text_brings_anything_into_the_page(text: str) -> None:
    """No text made of the characters that matter does either."""
    _check(_everywhere(text))


def test_the_policy_allows_the_style_and_nothing_else() -> None:
    """The policy names the page's own style by its hash, and no script."""
    page = RENDERER.note(chatgpt())
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(
        a["content"] or ""
        for tag, a in _Elements(page).found
        if a.get("http-equiv") == "Content-Security-Policy"
    )

    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.index("http-equiv") < page.index("<title>")


@pytest.mark.parametrize(
    "text",
    [">" * 3000 + " x", "- " * 3000 + "x", "[" * 20_000, "*a " * 20_000, "`" * 20_000 + "x",
     "$a " * 20_000, "\\(" * 20_000, "![" * 10_000, "<" * 20_000, "https://" * 5000,
     "|a" * 5000 + "\n" + "|-" * 5000, "\x02" * 500, "a\n" * 300_000],
    ids=lambda text: text[:4],
)  # fmt: skip
def test_no_text_is_too_much(text: str) -> None:
    """Deep, long and unclosed texts become a page."""
    assert prose(text)


# --- The index ------------------------------------------------------------------------------------


def test_the_index_lists_the_newest_first() -> None:
    """The order does not depend on that in which entries come."""
    entries = [
        IndexEntry(title=f"T{day}", path=f"chatgpt/{day}.md", date=f"2026-01-0{day}")
        for day in (1, 3, 2)
    ]
    page = RENDERER.index(entries)

    assert re.findall(r'href="([^"]+)"', page) == [f"chatgpt/{day}.html" for day in (3, 2, 1)]
    assert page == RENDERER.index(entries[::-1])


def test_texts_of_the_index_cannot_end_its_data() -> None:
    """What is embedded is the same when it is read again, and has no tag in it."""
    text = "</script><!--<script>\u2028&"
    page = RENDERER.index([IndexEntry(title=text, path="a.html", text=text)])
    data = page.partition('id="texts">')[2].partition("</script>")[0]

    assert json.loads(data) == [text]
    assert not re.search(r"[<>&]", data)
    assert page.count("<script") == 2


def test_the_index_is_bounded() -> None:
    """Ten thousand chats, however long, are a page that a browser opens at once."""
    entries = [
        IndexEntry(title=f"Chat {i}", path=f"a/{i}.html", text="x" * 5000) for i in range(20_000)
    ]

    assert len(RENDERER.index(entries)) < 9_000_000


def test_an_excerpt_is_of_what_was_said_first() -> None:
    """Hidden messages and other branches are not in it, and it is no longer than it may be."""
    assert excerpt(chatgpt()).startswith("When is high water? #todo # Result High water")
    assert "internal" not in excerpt(chatgpt())
    assert len(excerpt(conversation(message("1", "user", "word " * 900)))) <= 400
