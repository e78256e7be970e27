"""What a message of Claude.ai says: texts, thoughts, citations, voice notes, files."""

import base64

import pytest
from claude_ai_exports import (
    answer,
    call,
    citation,
    conversation,
    flat,
    message,
    page,
    said,
    thought,
)
from claude_ai_records import ledger, parts, read, records, told

from polylogue.model import (
    Attachment,
    Blob,
    Citation,
    Fold,
    Notice,
    Source,
    Text,
    Thinking,
    Unknown,
)

# --- Text -----------------------------------------------------------------------------------------


def test_old_exports_have_a_text_only() -> None:
    """The same chat with and without blocks says the same."""
    chat = conversation("c1", "Tea", "Which tea?", "Green.")

    assert read(flat(chat)).messages == read(chat).messages


def test_dumps_of_the_api_have_an_empty_text() -> None:
    """Blocks speak although `text` is empty."""
    assert parts("Green.", text="") == (Text(text="Green."),)


def test_blocks_come_before_the_placeholders_in_text() -> None:
    """`text` repeats the blocks, with placeholders for tools: it is read only without them."""
    placeholder = "```\nThis block is not supported on your current device yet.\n```"

    assert parts("Hi.", call("x", {}), text=f"Hi.\n{placeholder}")[0] == Text(text="Hi.")
    assert len(parts("Hi.", call("x", {}), text=placeholder)) == 2


def test_text_speaks_where_blocks_say_nothing() -> None:
    """Housekeeping and blank blocks do not hide the text; nor do blocks nobody understands."""
    budget = {"type": "token_budget", "remaining": None}
    strange = {"type": "hologram", "x": 1}

    assert parts(said(""), budget, text="Green.") == (Text(text="Green."),)
    assert parts(strange, text="Green.") == (
        Unknown(kind="hologram", json='{"type":"hologram","x":1}'),
        Text(text="Green."),
    )


def test_texts_are_kept_as_they_are() -> None:
    """Blanks, NUL and half emoji do not get through, or get lost."""
    assert parts(" a\n\n b\0\ud83d") == (Text(text=" a\n\n b␀\ufffd"),)
    assert parts(content="plain") == (Text(text="plain"),)
    assert parts(content=["one", said("two")]) == (Text(text="one"), Text(text="two"))


# --- Citations ------------------------------------------------------------------------------------


def test_citations() -> None:
    """A citation stands where its span ends, with the title that the search results know."""
    search = answer("web_search", page("All about tea", "https://t.example", "Tea is hot."))
    text = said(
        "Tea is hot. 🍵 Yes.",
        citation("https://t.example", 0, 11),
        citation("https://u.example", 0, 13),
    )

    *_, last = parts(call("web_search", {"query": "tea"}), search, text)

    assert last == Text(
        text="Tea is hot. 🍵 Yes.",
        citations=(
            Citation(at=11, sources=(Source(title="All about tea", url="https://t.example"),)),
            Citation(at=13, sources=(Source(url="https://u.example"),)),
        ),
    )


def test_citations_out_of_bounds_or_without_a_page() -> None:
    """Offsets are clipped; a citation of nothing is none; one page is cited once at a place."""
    (text,) = parts(
        said(
            "Tea.",
            citation("https://t.example", 0, 999),
            citation("https://t.example", 2, 4),
            citation("", 0, 1),
            {"sources": [{"title": "Notes", "url": "https://n.example"}], "end_index": None},
        )
    )

    assert isinstance(text, Text)
    assert [(mark.at, [one.url for one in mark.sources]) for mark in text.citations] == [
        (4, ["https://t.example", "https://n.example"])
    ]


# --- Thinking and other blocks --------------------------------------------------------------------


def test_thinking() -> None:
    """The last summary is the title, the stamps tell how long it took."""
    assert parts(thought("Hm. Tea.", "Pondering", "Choosing tea")) == (
        Thinking(text="Hm. Tea.", title="Choosing tea", seconds=2.0),
    )
    assert parts(thought("", "One", "Two", stop_timestamp=None)) == (
        Thinking(text="One", title="Two"),
    )


def test_thinking_that_is_cut_off_or_hidden() -> None:
    """What is left out is said."""
    assert parts(thought("Hm", cut_off=True))[1] == Notice(
        kind="interrupted", text="The thinking was cut off."
    )
    assert parts({"type": "redacted_thinking", "data": "x"}) == (
        Thinking(title="Redacted by Claude"),
    )


def test_voice_notes_and_flags() -> None:
    """A voice note has its words; a flag is a notice."""
    note = {"type": "voice_note", "title": "Walk", "text": "I had an idea."}

    assert parts(note) == (Notice(kind="voice note", text="Walk"), Text(text="I had an idea."))
    assert parts({"type": "flag", "flag": "self_harm"}) == (Notice(kind="flag", text="self_harm"),)


def test_what_nobody_understands_is_shown_and_counted() -> None:
    """A new type, a block that is no object, a text that is no text."""
    assert ledger({"type": "hologram"}, {"type": "hologram"}) == {
        ("chat_messages.content.type", "hologram"): 2
    }
    assert ledger(content=[1, None]) == {
        ("chat_messages.content", "number"): 1,
        ("chat_messages.content", "null"): 1,
    }
    assert ledger(content=7) == {("chat_messages.content", "number"): 1}
    assert ledger(text=["x"]) == {("chat_messages.text", "array"): 1}


def test_messages_that_are_no_objects_are_counted() -> None:
    """Null among the messages costs itself."""
    chat = conversation("c1", "T", "Hi.")
    chat["chat_messages"] += [None, 3]

    record = read(chat)

    assert len(record.messages) == 1
    assert {(one.path, one.kind) for one in record.unknowns} == {
        ("chat_messages", "null"),
        ("chat_messages", "number"),
    }


def test_housekeeping_is_folded() -> None:
    """What is understood and not shown is counted."""
    record = read(
        conversation("c1", "T", message("m", "assistant", said(""), {"type": "token_budget"}, "Hi"))
    )

    assert record.folds == (Fold(kind="blank-text"), Fold(kind="token_budget"))


# --- Roles and times ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "role", "author"),
    [
        ("human", "user", ""),
        ("assistant", "assistant", ""),
        ("system", "system", ""),
        ("robot", "tool", "robot"),
    ],
)
def test_roles(sender: str, role: str, author: str) -> None:
    """A sender that nobody knows is named."""
    one = told(message("m", sender, "Hi."))["m"]

    assert (one.role, one.author) == (role, author)


def test_metadata_holds_what_is_unusual() -> None:
    """A usual end is not told."""
    told_ = {"stop_reason": "max_tokens", "truncated": True, "input_mode": "voice"}

    assert told(message("m", "assistant", "Hi.", stop_reason="end_turn"))["m"].metadata == {}
    assert told(message("m", "assistant", "Hi.", **told_))["m"].metadata == told_


# --- Files ----------------------------------------------------------------------------------------


def test_pasted_text_and_named_files() -> None:
    """Attachments have their words; files are named only, each once."""
    pasted = {"file_name": "", "file_size": 12, "file_type": "txt", "extracted_content": "Dear all"}
    files = [{"file_name": "tea.png", "file_uuid": "f1"}, {"file_name": "", "file_uuid": ""}]
    again = {"file_uuid": "f1", "file_name": "tea.png", "preview_asset": {"image_width": 7}}

    one = message("m", "human", "See.", attachments=[pasted], files=files, files_v2=[again])
    record = read(conversation("c1", "T", one))

    assert record.messages[0].parts == (
        Text(text="See."),
        Attachment(mime_type="text/plain", size=12, extracted_text="Dear all"),
        Attachment(ref="f1", name="tea.png"),
    )
    assert record.folds == (Fold(kind="nameless-file"), Fold(kind="repeated-file"))


def test_files_that_are_names_only() -> None:
    """A name in the place of an object is a name; what is nothing of the kind is counted."""
    record = read(conversation("c1", "T", message("m", "human", files=["a.png", 7, None])))

    assert record.messages[0].parts == (Attachment(name="a.png"),)
    assert record.folds == (Fold(kind="nameless-file", count=2),)


def test_pictures_inside_the_chat() -> None:
    """A picture in base64 is given as bytes, under its hash."""
    source = {
        "type": "base64",
        "media_type": "image/png",
        "data": base64.b64encode(b"png").decode(),
    }
    chat = conversation("c1", "T", message("m", "human", {"type": "image", "source": source}))

    blob = records(chat)[1]
    (picture,) = read(chat).messages[0].parts

    assert isinstance(blob, Blob)
    assert isinstance(picture, Attachment)
    assert (blob.data, blob.mime_type) == (b"png", "image/png")
    assert picture.ref == blob.ref
    assert blob.ref.startswith("sha256:")
