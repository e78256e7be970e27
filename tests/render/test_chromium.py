"""Pages as a browser shows them, and what hostile ones do there: nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from browser import CHROMIUM, Browser, browsing, proxy
from stored_chats import chatgpt, conversation, message

from polylogue.model import Attachment, Head, StoredAttachment
from polylogue.render.html import HtmlRenderer, IndexEntry

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.xdist_group("chromium"),
]

RENDERER = HtmlRenderer()

#: A picture of one point.
_GIF = b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


class Running(NamedTuple):
    """A browser, and what its proxy was asked for."""

    browser: Browser
    asked: list[str]

    def asked_for(self) -> list[str]:
        """Return what was asked of hosts of the tests; a browser has its own errands besides."""
        return [line for line in self.asked if ".example" in line]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run one browser for all tests of the module."""
    folder = tmp_path_factory.mktemp("chromium")
    with proxy() as (address, asked), browsing(folder, address) as browser:
        yield Running(browser, asked)


def _written(folder: Path, page: str, name: str = "chatgpt/a.html") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
    return file


# --- What must not happen -------------------------------------------------------------------------

#: Each would set `window.ran`, or ask a host of .example.
_RAW = """
<script>window.ran = "script"</script>
<script src="https://a.example/s.js"></script>
<img src="x" onerror="window.ran = 'onerror'"><img src="https://b.example/i.png">
<svg onload="window.ran = 'svg'"><script>window.ran = "svg script"</script>
<image href="https://c.example/svg.png"></image></svg>
<style>body { background: url(https://d.example/css.png) } @import "https://e.example/i.css";</style>
<p style="background: url(https://f.example/style.png); position: fixed">styled</p>
<iframe src="https://g.example/frame"></iframe>
<iframe srcdoc="<script>parent.ran = 'frame'</script>"></iframe>
<form id="form" action="https://h.example/form"><input name="x"></form>
<link rel="stylesheet" href="https://i.example/sheet.css"><link rel="prefetch" href="https://j.example/p">
<object data="https://k.example/object"></object><embed src="https://l.example/embed">
<video src="https://m.example/v.mp4" autoplay></video><audio src="https://n.example/a.mp3" autoplay></audio>
<body onload="window.ran = 'body'" background="https://o.example/body.png">
<details open ontoggle="window.ran = 'toggle'"><summary>x</summary></details>
"""
_MARKDOWN = """
[click](javascript:window.ran='link') [also](JaVa&#115;cript:window.ran='entity')
![image](https://p.example/image.png) ![](https://q.example/"onerror="window.ran=1)
[data](data:text/html,<script>window.ran='data'</script>) <javascript:window.ran='auto'>

```"><img src=x onerror="window.ran='fence'">
code
```
"""
_REFRESH = '<meta http-equiv="refresh" content="0; url=https://r.example/refresh">'


def test_the_trap_is_set(running: Running, tmp_path: Path) -> None:
    """Without polylogue the same text runs and asks: the tests below would notice."""
    page = f"<!doctype html><meta charset=utf-8><body>{_RAW}".replace(".example", ".trap")
    running.browser.open(_written(tmp_path, page))

    assert running.browser.value("window.ran")
    assert any(".trap" in line for line in running.asked)


@pytest.mark.parametrize("text", [_RAW, _MARKDOWN, _REFRESH], ids=["html", "markdown", "refresh"])
def test_a_hostile_message_runs_nothing_and_asks_nobody(
    running: Running, tmp_path: Path, text: str
) -> None:
    """Neither when its page is opened nor when everything on it is unfolded and clicked."""
    chat = conversation(
        message(
            "1", "user", text, Attachment(name=text[:60], extracted_text=text), author=text[:99]
        ),
        message("2", "assistant", text, position=1, model=text[:99]),
        head=Head(title=text, project=text),
    )
    browser = running.browser
    browser.open(_written(tmp_path, RENDERER.note(chat, path="chatgpt/a.html")))
    browser.value("document.querySelectorAll('details').forEach(each => { each.open = true })")
    # Links to the web are a person's to follow; whatever else can be clicked is.
    browser.value(
        "document.querySelectorAll('main a:not([href^=http]), button').forEach(a => a.click())"
    )

    assert browser.value("document.querySelector('h1').textContent")
    assert browser.value("window.ran ?? null") is None
    assert (
        browser.value("document.querySelectorAll('script, iframe, form, svg, object').length") == 0
    )
    assert running.asked_for() == []


def test_the_policy_holds_what_would_slip_through(running: Running, tmp_path: Path) -> None:
    """Were HTML in a message to reach the page as it is, it would still run and ask for nothing."""
    page = RENDERER.note(conversation(message("1", "user", "MARKER")), path="chatgpt/a.html")
    assert page.count("MARKER") == 1
    # Chromium connects to where a frame or form leads before it reads the policy, and then sends
    # nothing. Without TLS the proxy sees requests only.
    raw = _RAW.replace("https:", "http:")
    running.browser.open(_written(tmp_path, page.replace("MARKER", raw)))
    running.browser.value("document.getElementById('form').submit()")

    assert running.browser.value("document.querySelectorAll('iframe, object').length") > 0
    assert running.browser.value("window.ran ?? null") is None
    assert running.browser.value("getComputedStyle(document.body).backgroundImage") == "none"
    assert running.asked_for() == []


# --- What a person sees ---------------------------------------------------------------------------


def test_a_page_looks_as_it_should(running: Running, tmp_path: Path) -> None:
    """Its own style applies, and a picture of the vault is shown, all from the disk."""
    stored = StoredAttachment(status="stored", name="a b.gif", path="_attachments/3f/a b.gif")
    picture = message("1", "user", Attachment(name="a b.gif"), attachments=(stored,))
    (tmp_path / "_attachments" / "3f").mkdir(parents=True)
    (tmp_path / "_attachments" / "3f" / "a b.gif").write_bytes(_GIF)
    browser = running.browser
    browser.open(_written(tmp_path, RENDERER.note(conversation(picture), path="chatgpt/a.html")))
    loaded = (
        "(async () => { const i = document.images[0]; i.loading = 'eager';"
        " await i.decode(); return i.naturalWidth })()"
    )

    assert browser.value("getComputedStyle(document.body).maxWidth") == "768px"
    assert browser.value(loaded) == 1


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_pages_are_light_or_dark(
    running: Running, tmp_path: Path, scheme: str, is_dark: bool
) -> None:
    """The background is what the person prefers, and the text can be read on it."""
    browser = running.browser
    browser.prefer(scheme)
    browser.open(_written(tmp_path, RENDERER.note(chatgpt())))
    colours = [
        sum(
            map(
                int,
                re.findall(r"\d+", browser.value(f"getComputedStyle(document.body).{name}"))[:3],
            )
        )
        for name in ("backgroundColor", "color")
    ]
    browser.prefer("")

    assert (colours[0] < 200) is is_dark
    assert abs(colours[0] - colours[1]) > 400


def test_a_link_to_a_message_shows_it(running: Running, tmp_path: Path) -> None:
    """The id of a message is an anchor, also of one in a branch that is folded."""
    page = RENDERER.note(chatgpt())
    for anchor in re.findall(r'id="(m-[\w-]+)"', page):
        running.browser.open(_written(tmp_path, page), f"#{anchor}")
        assert running.browser.value("document.querySelector(':target').id") == anchor


def test_what_is_folded_is_printed(running: Running, tmp_path: Path) -> None:
    """On paper nothing can be unfolded, so nothing is folded there."""
    browser = running.browser
    browser.open(_written(tmp_path, RENDERER.note(chatgpt())))
    height = "document.querySelector('details.branch').getBoundingClientRect().height"
    if not browser.value("CSS.supports('selector(::details-content)')"):
        pytest.skip("this chromium cannot unfold by CSS")

    on_screen = browser.value(height)
    browser.ask("Emulation.setEmulatedMedia", media="print")
    on_paper = browser.value(height)
    browser.ask("Emulation.setEmulatedMedia", media="")

    assert 0 < on_screen < on_paper


# --- The index ------------------------------------------------------------------------------------

_ENTRIES = [
    IndexEntry(
        title="Tides at Saint-Malo", path="chatgpt/a.md", provider="chatgpt", date="2026-01-02"
    ),
    IndexEntry(title="Café", path="grok/b.md", text="the tide <b>waits</b> for </script> no one"),
    IndexEntry(title="<img src=x onerror=window.ran=1>", path="grok/c.html", text="nothing"),
]
_SHOWN = (
    "[...document.querySelectorAll('#list li:not([hidden]) a')].map(a => a.getAttribute('href'))"
)


@pytest.mark.parametrize(
    ("words", "pages"),
    [
        ("tide", ["chatgpt/a.html", "grok/b.html"]),
        ("TIDE saint", ["chatgpt/a.html"]),
        ("cafe", ["grok/b.html"]),
        ("waits one", ["grok/b.html"]),
        ("2026-01", ["chatgpt/a.html"]),
        ("onerror", ["grok/c.html"]),
        ("nowhere", []),
        ("", ["chatgpt/a.html", "grok/b.html", "grok/c.html"]),
    ],
)
def test_the_index_finds_by_title_and_text(
    running: Running, tmp_path: Path, words: str, pages: list[str]
) -> None:
    """Every word must stand in the title, the text, or what is told beside them."""
    browser = running.browser
    browser.open(_written(tmp_path, RENDERER.index(_ENTRIES), "index.html"))
    browser.value("document.getElementById('words').focus()")
    browser.ask("Input.insertText", text=words)

    assert browser.value(_SHOWN) == pages
    assert browser.value("document.getElementById('found').textContent").startswith(str(len(pages)))
    assert browser.value("window.ran ?? null") is None


def test_the_index_links_to_pages_that_link_back(running: Running, tmp_path: Path) -> None:
    """From the index to a page and back, without a server."""
    index = _written(tmp_path, RENDERER.index(_ENTRIES), "index.html")
    page = _written(tmp_path, RENDERER.note(chatgpt(), path="chatgpt/a.html"))
    browser = running.browser
    browser.open(index)
    assert browser.value("document.querySelector('#list a').href") == page.as_uri()
    browser.open(page)
    assert browser.value("document.querySelector('nav a').href") == index.as_uri()
