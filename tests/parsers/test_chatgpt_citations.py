"""Private markers leave the text, words stay, and citations stand where the markers stood."""

from typing import Any

import pytest
from chatgpt_exports import message
from chatgpt_records import ledger, parts, said
from hypothesis import given
from hypothesis import strategies as st

from polylogue.model import Citation, Source, Text
from polylogue.parsers.chatgpt.sources import untracked

TEA = Source(title="Tea", url="https://t.example/tea")
CAKE = Source(title="Cake", url="https://c.example/")
CITE = "\ue200cite\ue202turn0search3\ue201"
ENTITY = '\ue200entity\ue202["software","Obsidian","note-taking app"]\ue201'


def _page(source: Source) -> dict[str, Any]:
    return {"title": source.title, "url": f"{source.url}?utm_source=chatgpt.com"}


def _reference(
    text: str, matched: str, kind: str = "grouped_webpages", **fields: object
) -> dict[str, Any]:
    start = text.index(matched)
    usual = {"matched_text": matched, "start_idx": start, "end_idx": start + len(matched)}
    return usual | {"type": kind, "alt": None, "items": []} | fields


def _answer(text: str, *references: dict[str, Any], **metadata: object) -> dict[str, Any]:
    told = {"content_references": list(references)} if references else {}
    return message("m", "assistant", text, metadata=told | metadata)


def _text(made: dict[str, Any]) -> Text:
    (part,) = parts(made)
    assert isinstance(part, Text)
    return part


# --- content_references ---------------------------------------------------------------------------


def test_grouped_webpages() -> None:
    """A group has no url of its own: its items have, without what ChatGPT adds to them."""
    text = f"Tea is hot {CITE}. And cake?"
    made = _answer(text, _reference(text, CITE, items=[_page(TEA), _page(TEA), _page(CAKE)]))

    assert _text(made) == Text(
        text="Tea is hot. And cake?", citations=(Citation(at=10, sources=(TEA, CAKE)),)
    )


def test_offsets_are_code_points() -> None:
    """An emoji before the marker shifts nothing."""
    text = f"😀😀 Tea {CITE} and {ENTITY}!"
    made = _answer(
        text,
        _reference(text, CITE, items=[_page(TEA)]),
        _reference(text, ENTITY, "entity", name="Obsidian"),
    )

    assert _text(made) == Text(
        text="😀😀 Tea and Obsidian!", citations=(Citation(at=6, sources=(TEA,)),)
    )


def test_wrong_offsets_are_searched() -> None:
    """An offset that does not point at what it names is not believed."""
    text = f"A {CITE} b {CITE} c"
    references = [
        _reference(text, CITE, items=[_page(source)]) | {"start_idx": 900 + at}
        for at, source in enumerate((TEA, CAKE))
    ]

    assert _text(_answer(text, *references)) == Text(
        text="A b c",
        citations=(Citation(at=1, sources=(TEA,)), Citation(at=3, sources=(CAKE,))),
    )


def test_references_into_blanked_text_are_nothing() -> None:
    """A hidden message refers to text that is no more."""
    text = f"Long ago {CITE}"
    made = _answer(text, _reference(text, CITE, items=[_page(TEA)]))
    made["content"]["parts"] = ["Now"]

    assert _text(made) == Text(text="Now")


def test_footnote_adds_only_what_is_not_cited() -> None:
    """The list at the end has a blank as its place, and no blank is lost."""
    text = f"One two {CITE} three."
    footnote = {
        "type": "sources_footnote",
        "matched_text": " ",
        "start_idx": len(text),
        "end_idx": len(text),
        "sources": [_page(TEA), _page(CAKE)],
    }
    made = _answer(text, _reference(text, CITE, items=[_page(TEA)]), footnote)

    assert _text(made) == Text(
        text="One two three.",
        citations=(Citation(at=7, sources=(TEA,)), Citation(at=14, sources=(CAKE,))),
    )


@pytest.mark.parametrize(
    ("fields", "sources"),
    [
        ({"url": TEA.url, "title": "Tea"}, (TEA,)),
        ({"fallback_items": [_page(TEA)]}, (TEA,)),
        ({"items": [_page(TEA) | {"supporting_websites": [_page(CAKE)]}]}, (TEA, CAKE)),
        ({"alt": f"([Tea]({TEA.url}?utm_source=chatgpt.com))"}, (TEA,)),
        ({"safe_urls": [TEA.url, 7]}, (Source(url=TEA.url),)),
        ({"images": [{"title": "Tea", "content_url": TEA.url}]}, (TEA,)),
        (
            {"type": "file", "name": "plan.pdf", "id": "file_1"},
            (Source(title="plan.pdf", ref="file_1"),),
        ),
    ],
    ids=["own", "fallback", "supporting", "alt", "safe urls", "images", "file"],
)
def test_where_links_are(fields: dict[str, Any], sources: tuple[Source, ...]) -> None:
    """Each type of reference keeps its links elsewhere; all are found."""
    text = f"Tea {CITE}"
    made = _answer(text, _reference(text, CITE, "webpage") | fields)

    assert _text(made) == Text(text="Tea", citations=(Citation(at=3, sources=sources),))


@pytest.mark.parametrize(
    ("marker", "reference", "words"),
    [
        (ENTITY, {"type": "entity", "name": "Obsidian"}, "Obsidian"),
        (ENTITY, {"type": "entity", "alt": "Obsidian"}, "Obsidian"),
        (ENTITY, {"type": "entity"}, "Obsidian"),
        (ENTITY, None, "Obsidian"),
        ('\ue200entity\ue202["ü","Bäcker"]\ue201', None, "Bäcker"),
        ('\ue200product_entity\ue202["turn0product1","Mug"]\ue201', None, "Mug"),
        ("\ue200video\ue202How to brew\ue202turn0youtube1\ue201", None, "How to brew"),
        (
            '\ue200products\ue202{"selections":[["turn0product1","Mug"],["t","Pot"]]}\ue201',
            None,
            "Mug, Pot",
        ),
        (
            '\ue200products\ue202{"selections":[]}\ue201',
            {"type": "products", "products": [{"title": "Mug"}]},
            "Mug",
        ),
        ("\ue200x\ue202y\ue201", {"type": "alt_text", "alt": "said"}, "said"),
    ],
)
def test_words_that_were_seen_stay(
    marker: str, reference: dict[str, Any] | None, words: str
) -> None:
    """A marker that stood for words leaves those words."""
    text = f"Use {marker} today."
    references = [_reference(text, marker) | reference] if reference else []

    assert _text(_answer(text, *references)).text == f"Use {words} today."
    assert ledger(_answer(text, *references)) == {}


def test_a_span_of_prose_is_never_deleted() -> None:
    """A reference whose span is no marker has its sources behind it, and the prose stays."""
    text = "Tea is hot. Really."
    made = _answer(text, _reference(text, "Tea is hot.", items=[_page(TEA)]))

    assert _text(made) == Text(text=text, citations=(Citation(at=11, sources=(TEA,)),))


def test_brackets_around_prose() -> None:
    """The invisible brackets go alone."""
    text = "\ue203Tea is hot.\ue204 \ue205And\ue206 cake."
    hidden = _reference(text, "\ue203", "hidden")

    assert _text(_answer(text, hidden)).text == "Tea is hot. And cake."


def test_unknown_reference() -> None:
    """A new type of reference is counted, and its links are cited all the same."""
    text = f"Tea {CITE}"
    made = _answer(text, _reference(text, CITE, "hologram", items=[_page(TEA)]))

    assert _text(made).citations == (Citation(at=3, sources=(TEA,)),)
    assert ledger(made) == {("message.metadata.content_references.type", "hologram"): 1}


# --- Markers alone --------------------------------------------------------------------------------


def _group(*names: tuple[int, int, Source]) -> dict[str, Any]:
    entries = [
        _page(source) | {"ref_id": {"turn_index": turn, "ref_type": "search", "ref_index": index}}
        for turn, index, source in names
    ]
    return {"type": "search_result_group", "domain": "t.example", "entries": entries}


def test_search_results_resolve_markers() -> None:
    """Without references, the message's own search results say what is cited."""
    made = _answer(f"Tea {CITE}.", search_result_groups=[_group((0, 3, TEA), (0, 4, CAKE))])

    assert _text(made) == Text(text="Tea.", citations=(Citation(at=3, sources=(TEA,)),))


def test_search_results_of_the_tool_resolve_markers() -> None:
    """The results may be with the tool's message above; the nearest of equal names counts."""
    hit = {
        "content_type": "sonic_webpage",
        "ref_id": "turn0search4",
        "url": CAKE.url,
        "title": "Cake",
        "text": "Sweet.",
    }
    far = message("t1", "tool", "", metadata={"search_result_groups": [_group((0, 3, CAKE))]})
    near = message("t2", "tool", "", metadata={"search_result_groups": [_group((0, 3, TEA))]})
    answer = _answer("Tea \ue200cite\ue202turn0search3\ue202turn0search4\ue201")

    made = said(far, near, message("t3", "tool", content=hit), answer)

    assert made["m"].parts == (Text(text="Tea", citations=(Citation(at=3, sources=(TEA, CAKE)),)),)


def test_search_results_end_with_the_turn() -> None:
    """The names of results begin anew with each question."""
    old = message("t1", "tool", "", metadata={"search_result_groups": [_group((0, 3, TEA))]})
    made = said(old, message("u", "user", "And now?"), _answer(f"Tea {CITE}"))

    assert made["m"].parts == (Text(text="Tea"),)


@pytest.mark.parametrize(
    ("marker", "kind"),
    [
        (CITE, "cite"),
        ("\ue200filecite\ue202turn3file14\ue202L180-L293\ue201", "filecite"),
        ("\ue200genui\ue202{}\ue201", "genui"),
        ("【12†source】", "†"),
        (":contentReference[oaicite:0]{index=0}", "oaicite"),
    ],
)
def test_markers_that_nothing_resolves(marker: str, kind: str) -> None:
    """Nothing of them is shown, and the ledger knows."""
    made = _answer(f"Tea {marker}. Cake {marker}")

    assert _text(made) == Text(text="Tea. Cake")
    assert ledger(made) == {("message.content.marker", kind): 2}


@pytest.mark.parametrize(
    "marker",
    [
        "\ue200memcite\ue201",
        "\ue200explore_more\ue202{}\ue201",
        "\ue200cite\ue202turn0sea",
        "\ue200cite",
        "\ue200",
        "\ue201",
        "\ue202",
    ],
    ids=["memory", "widget", "torn", "torn early", "opening", "closing", "separator"],
)
def test_markers_of_nothing(marker: str) -> None:
    """Widgets and torn markers go without a word."""
    made = _answer(f"Tea {marker}")

    assert _text(made) == Text(text="Tea")
    assert ledger(made) == {}


def test_blanks_around_markers() -> None:
    """No blank is left alone before a marker that goes, and none that parts words is taken."""
    assert _text(_answer(f"A {CITE}{CITE}. B {CITE} c\n{CITE} d {CITE}  \ne")).text == (
        "A. B c\n d  \ne"
    )


# --- Older notations ------------------------------------------------------------------------------


def _citation(source: Source, start: int, end: int, **extra: object) -> dict[str, Any]:
    about = {"type": "webpage", "title": source.title, "url": source.url, "text": source.quote}
    return {"start_ix": start, "end_ix": end, "metadata": about | {"extra": extra}}


@pytest.mark.parametrize(
    "citation",
    [
        _citation(TEA, 4, 15),
        _citation(TEA, 900, 911, cited_message_idx=12),
    ],
    ids=["by its place", "by its number"],
)
def test_old_citations(citation: dict[str, Any]) -> None:
    """`【12†source】` is resolved by `citations`: by place, else by the number."""
    assert _text(_answer("Tea 【12†source】.", citations=[citation])) == Text(
        text="Tea.", citations=(Citation(at=3, sources=(TEA,)),)
    )


def test_old_pages() -> None:
    """In the oldest chats `_cite_metadata` lists the pages."""
    pages = {"metadata_list": [_page(CAKE) | {"text": "Sweet."}, _page(TEA)]}

    made = _text(_answer("Cake 【0†source】 Tea 【1†source】", _cite_metadata=pages))

    quoted = Source(title="Cake", url=CAKE.url, quote="Sweet.")
    assert made == Text(
        text="Cake Tea",
        citations=(Citation(at=4, sources=(quoted,)), Citation(at=8, sources=(TEA,))),
    )


def test_old_files() -> None:
    """A marker that names a file is a source by itself."""
    assert _text(_answer("Plan【4:0†plan.pdf】")) == Text(
        text="Plan", citations=(Citation(at=4, sources=(Source(title="plan.pdf"),)),)
    )


def test_several_citations_at_one_place() -> None:
    """Two links of one marker are both kept."""
    marker = "\ue200cite\ue202turn0search0\ue202turn0search1\ue201"
    end = 4 + len(marker)
    made = _answer(f"Tea {marker}", citations=[_citation(TEA, 4, end), _citation(CAKE, 4, end)])

    assert _text(made).citations == (Citation(at=3, sources=(TEA, CAKE)),)


def test_citation_without_a_marker() -> None:
    """A citation may have a place only."""
    assert _text(_answer("Tea. Cake.", citations=[_citation(TEA, 4, 4)])) == Text(
        text="Tea. Cake.", citations=(Citation(at=4, sources=(TEA,)),)
    )


def test_citation_of_prose_deletes_nothing() -> None:
    """A citation whose span is no marker is not believed to be one."""
    assert _text(_answer("Tea. Cake.", citations=[_citation(TEA, 0, 4)])).text == "Tea. Cake."


def test_copied_notations() -> None:
    """Notations of copied text are resolved from what is at hand."""
    text = (
        "Tea :contentReference[oaicite:0]{index=0}, cake [oai_citation:1‡Cake](https://c.example/)."
    )

    assert _text(_answer(text, citations=[_citation(TEA, 0, 0)])).citations[-1] == Citation(
        at=9, sources=(CAKE,)
    )


def test_escaped_markers() -> None:
    """A marker spelled with backslashes is one when it resolves, else it is talk about markers."""
    spelled = "\\ue200cite\\ue202turn0search3\\ue201"

    resolved = _answer(f"Tea {spelled}.", search_result_groups=[_group((0, 3, TEA))])

    assert _text(resolved) == Text(text="Tea.", citations=(Citation(at=3, sources=(TEA,)),))
    assert _text(_answer(f"Tea {spelled}.")).text == f"Tea {spelled}."


def test_text_of_people_is_theirs() -> None:
    """What a person typed keeps everything but whole private markers."""
    text = f"See 【12†source】 and \ue203 :contentReference[oaicite:0]{{index=0}}{CITE}"

    made = message("m", "user", text)

    assert parts(made) == (Text(text=text.removesuffix(CITE)),)
    assert ledger(made) == {}


# --- Properties -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://a.example/?utm_source=chatgpt.com", "https://a.example/"),
        ("https://a.example/?a=1&utm_source=chatgpt.com", "https://a.example/?a=1"),
        ("https://a.example/?utm_source=chatgpt.com&a=1", "https://a.example/?a=1"),
        ("https://a.example/?a=1&utm_source=chatgpt.com&b=2", "https://a.example/?a=1&b=2"),
        ("https://a.example/?utm_source=chatgpt.com#top", "https://a.example/#top"),
        ("https://a.example/?utm_source=other", "https://a.example/?utm_source=other"),
    ],
)
def test_tracking_is_removed(url: str, clean: str) -> None:
    """Links are as the page has them."""
    assert untracked(url) == clean


PIECES = st.lists(
    st.sampled_from(
        [
            CITE,
            ENTITY,
            "【1†source】",
            "\ue203",
            "\ue204",
            " ",
            "Word",
            "😀",
            "\n",
            "\ue200",
            "\ue201",
        ]
    ),
    max_size=12,
)


@given(
    PIECES, st.lists(st.tuples(st.integers(-2, 40), st.sampled_from([CITE, ENTITY, "Word", " "])))
)
def test_any_text_any_references(pieces: list[str], places: list[tuple[int, str]]) -> None:
    """Whatever markers and references meet: words stay, markers go, citations are in the text."""
    text = "".join(pieces) + "end"
    references = [
        {
            "type": "webpage",
            "matched_text": matched,
            "start_idx": start,
            "end_idx": start + len(matched),
            "items": [_page(TEA)],
        }
        for start, matched in places
    ]

    made = _text(_answer(text, *references))

    assert not set(made.text) & set("\ue200\ue201\ue202\ue203\ue204")
    assert made.text.count("Word") == pieces.count("Word")
    assert made.text.count("😀") == pieces.count("😀")
    offsets = [citation.at for citation in made.citations]
    assert offsets == sorted(set(offsets))
    assert all(0 <= at <= len(made.text) for at in offsets)
