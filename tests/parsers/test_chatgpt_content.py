"""Each content type and part type becomes the parts that stand for it."""

from typing import Any

import pytest
from chatgpt_exports import image, message
from chatgpt_records import ledger, parts, said

from polylogue.model import (
    Attachment,
    Context,
    Notice,
    Part,
    Quote,
    Source,
    Text,
    Thinking,
    ToolResult,
    Unknown,
)

FILE = "file-" + "Ab3" * 8
OTHER = "file-" + "Zz9" * 8
SEDIMENT = "file_" + "0123456789abcdef" * 2


def _of(
    content: dict[str, Any], role: str = "assistant", name: str | None = None
) -> tuple[Part, ...]:
    return parts(message("m", role, content=content, name=name))


# --- Text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ({"content_type": "text", "parts": ["One"]}, ["One"]),
        ({"content_type": "text", "parts": ["One", "", None, " ", "Two"]}, ["One", "Two"]),
        ({"content_type": "text", "parts": [{"text": "One"}, "Two"]}, ["One", "Two"]),
        ({"content_type": "text", "text": "One"}, ["One"]),
        ({"parts": ["One"]}, ["One"]),
        (
            {"content_type": "multimodal_text", "parts": [{"content_type": "text", "text": "One"}]},
            ["One"],
        ),
    ],
    ids=["one", "several", "objects", "text key", "no type", "typed object"],
)
def test_text(content: dict[str, Any], texts: list[str]) -> None:
    """Strings are texts of their own; null and empty ones are nothing."""
    assert _of(content, "user") == tuple(Text(text=text) for text in texts)


def test_text_is_mended() -> None:
    """A lone surrogate and a NUL do not reach the rows."""
    assert parts(message("m", "user", "a\0b")) == (Text(text="a␀b"),)
    assert parts(message("m", "user", "cut \ud83d")) == (Text(text="cut \ufffd"),)


def test_sandbox_links_stay_text() -> None:
    """A link into the sandbox leads nowhere, and stays as it was written."""
    link = "[plan](sandbox:/mnt/data/plan.pdf)"

    assert parts(message("m", "assistant", link)) == (Text(text=link),)


def test_code_to_all_is_a_fenced_text() -> None:
    """Code that calls no tool is shown as code, in a fence that it cannot close."""
    body = "```\nx\n```"
    content = {"content_type": "code", "language": "markdown", "text": body}

    assert _of(content) == (Text(text=f"````markdown\n{body}\n````"),)


# --- Pictures and sound ---------------------------------------------------------------------------


def test_order_of_parts_is_kept() -> None:
    """A picture may come before the words about it."""
    assert parts(message("m", "user", image(SEDIMENT), "What is this?", image(FILE))) == (
        Attachment(ref=SEDIMENT, size=69, width=1, height=1),
        Text(text="What is this?"),
        Attachment(ref=FILE, size=69, width=1, height=1),
    )


@pytest.mark.parametrize(
    "pointer",
    [
        f"file-service://{FILE}",
        f"sediment://{FILE}",
        f"sediment://{FILE}#{SEDIMENT}#p_0.jpg",
        f"sediment://{FILE}?shared_conversation_id=s1",
        FILE,
    ],
)
def test_asset_pointers(pointer: str) -> None:
    """Schemes, page marks and shares are no part of a file's id."""
    pointing = image(FILE) | {"asset_pointer": pointer}

    assert parts(message("m", "user", pointing)) == (
        Attachment(ref=FILE, size=69, width=1, height=1),
    )


def test_prompt_of_a_picture_is_its_caption() -> None:
    """The prompt of an old picture is in its own metadata; its seed is beyond 32 bits."""
    drawn = image(FILE, dalle={"prompt": "a red fox", "seed": 4_077_670_155})

    assert parts(message("m", "tool", drawn, name="dalle.text2im")) == (
        Attachment(ref=FILE, size=69, width=1, height=1, caption="a red fox"),
    )


def test_picture_as_whole_content() -> None:
    """A pointer may be the content itself."""
    assert _of(image(FILE)) == (Attachment(ref=FILE, size=69, width=1, height=1),)


@pytest.mark.parametrize("key", ["mime_type", "mimeType"])
def test_attachments_are_shown_once(key: str) -> None:
    """A picture in the content and in the list is one, with what either of them knows."""
    listed = [
        {"id": FILE, "name": "fox.png", key: "image/png", "size": 69},
        {"id": OTHER, "name": "plan.pdf", key: "application/pdf", "size": 1000},
        {"id": OTHER, "name": "plan.pdf", key: "application/pdf", "size": 1000},
    ]
    made = message("m", "user", image(FILE), "Look", metadata={"attachments": listed})

    assert parts(made) == (
        Attachment(ref=FILE, name="fox.png", mime_type="image/png", size=69, width=1, height=1),
        Text(text="Look"),
        Attachment(ref=OTHER, name="plan.pdf", mime_type="application/pdf", size=1000),
    )


def test_attachment_under_another_id_is_shown_once() -> None:
    """A picture of the same size and dimensions is the same picture."""
    listed = [{"id": OTHER, "name": "fox.png", "size": 69, "width": 1, "height": 1}]
    made = message("m", "user", image(FILE), metadata={"attachments": listed})

    assert parts(made) == (Attachment(ref=FILE, name="fox.png", size=69, width=1, height=1),)


def test_attachments_alone() -> None:
    """A message may be nothing but files, and a file nothing but a name."""
    listed = [{"name": "a.txt"}, {"name": "b.txt", "size": -1, "width": True}]
    made = message("m", "user", "", metadata={"attachments": listed})

    assert parts(made) == (Attachment(name="a.txt"), Attachment(name="b.txt"))


def test_voice() -> None:
    """A voice message is its transcript, and the sound behind it."""
    sound = {
        "content_type": "audio_asset_pointer",
        "asset_pointer": f"sediment://{SEDIMENT}",
        "size_bytes": 4000,
        "format": "wav",
    }
    heard = {"content_type": "audio_transcription", "text": "Good morning", "direction": "in"}
    made = message("m", "user", heard, sound, metadata={"voice_mode_message": True})

    (read,) = said(made).values()

    assert read.parts == (
        Text(text="Good morning"),
        Attachment(ref=SEDIMENT, mime_type="audio/wav", size=4000),
    )
    assert read.metadata == {"voice": True}


def test_live_video() -> None:
    """Sound, frames and film are one level deeper."""
    made = {
        "content_type": "real_time_user_audio_video_asset_pointer",
        "audio_asset_pointer": {"asset_pointer": f"sediment://{SEDIMENT}", "format": "wav"},
        "frames_asset_pointers": [image(FILE)],
        "video_container_asset_pointer": f"sediment://{OTHER}",
    }

    assert parts(message("m", "user", made)) == (
        Attachment(ref=SEDIMENT, mime_type="audio/wav"),
        Attachment(ref=FILE, size=69, width=1, height=1),
        Attachment(ref=OTHER),
    )


def test_search_result_among_parts() -> None:
    """A search result among the parts is a quotation."""
    found = {"type": "search_result", "title": "Tea", "url": "https://t.example", "snippet": "Hot."}

    assert parts(message("m", "assistant", found)) == (
        Quote(text="Hot.", source=Source(title="Tea", url="https://t.example")),
    )


# --- Reasoning ------------------------------------------------------------------------------------


def test_thoughts() -> None:
    """Each thought is one part; its chunks stand in for missing content; an empty one is nothing."""
    thoughts = [
        {"summary": "Planning", "content": "First tea.", "chunks": [], "finished": True},
        {"summary": "", "content": "", "chunks": ["Then ", "cake."]},
        {"summary": "", "content": ""},
        "no object",
    ]

    assert _of({"content_type": "thoughts", "thoughts": thoughts}) == (
        Thinking(title="Planning", text="First tea."),
        Thinking(text="Then cake."),
    )


def test_no_thoughts() -> None:
    """An empty list of thoughts is no message."""
    assert (
        said(message("m", "assistant", content={"content_type": "thoughts", "thoughts": []})) == {}
    )


def test_recap_is_told_once() -> None:
    """The time of thinking is repeated on several nodes of an answer and told once."""

    def recap(key: str, title: str, seconds: object = 12) -> dict[str, Any]:
        content = {"content_type": "reasoning_recap", "content": title}
        return message(
            key, "assistant", content=content, metadata={"finished_duration_sec": seconds}
        )

    made = said(
        recap("a", "Thought for 12s"),
        recap("b", "Thought for 12s"),
        recap("c", "Thought again"),
        recap("d", "Thought", "12"),
        message("u", "user", "And now?"),
        recap("e", "Thought for 12s"),
    )

    assert {key: read.parts for key, read in made.items() if key != "u"} == {
        "a": (Thinking(title="Thought for 12s", seconds=12.0),),
        "c": (Thinking(title="Thought again"),),
        "d": (Thinking(title="Thought"),),
        "e": (Thinking(title="Thought for 12s", seconds=12.0),),
    }


# --- Context --------------------------------------------------------------------------------------


def test_custom_instructions_are_hidden_context() -> None:
    """Custom instructions are nobody's prompt; the clean words win over the boilerplate."""
    content = {
        "content_type": "user_editable_context",
        "user_profile": "Preamble:\n```I drink tea```",
        "user_instructions": "Preamble:\n```Be brief```",
    }
    data = {"about_user_message": "I drink tea", "about_model_message": "Be brief"}

    (clean,) = said(
        message("m", "user", content=content, metadata={"user_context_message_data": data})
    ).values()
    (wrapped,) = said(message("m", "user", content=content)).values()

    assert clean.hidden
    assert clean.parts == (
        Context(title="About the user", text="I drink tea"),
        Context(title="Custom instructions", text="Be brief"),
    )
    assert wrapped.hidden
    assert "I drink tea" in wrapped.parts[0].text  # type: ignore[union-attr]


def test_old_custom_instructions() -> None:
    """Before that, a system message carried them."""
    made = message("m", "system", "Be brief", metadata={"is_user_system_message": True})

    (read,) = said(made).values()

    assert read.hidden
    assert read.parts == (Context(title="Custom instructions", text="Be brief"),)


def test_system_messages_are_hidden_context() -> None:
    """What the system says is kept and not shown."""
    (read,) = said(message("m", "system", "You are helpful.")).values()

    assert read.hidden
    assert read.parts == (Context(title="System message", text="You are helpful."),)


def test_memory_snapshot() -> None:
    """What the model was told to remember is hidden context."""
    content = {
        "content_type": "model_editable_context",
        "model_set_context": "1. Likes tea",
        "repository": None,
        "repo_summary": "",
        "structured_context": {"b": 1, "a": [2]},
    }

    (read,) = said(message("m", "assistant", content=content)).values()

    assert read.hidden
    assert read.parts == (
        Context(title="Memory", text="1. Likes tea"),
        Context(title="Structured context", text='{"a":[2],"b":1}'),
    )


def test_paired_app() -> None:
    """What a desktop app showed to the model is context."""
    content = {
        "content_type": "app_pairing_content",
        "workspaces": [{"app_name": "Editor", "title": "notes.txt", "id": "w1"}],
        "context_parts": ["line one", {"text": "line two"}, {"other": 1}],
    }

    assert _of(content, "user") == (
        Context(title="Editor — notes.txt", text='{"id":"w1"}'),
        Context(title="App", text="line one"),
        Context(title="App", text="line two"),
        Context(title="App", text='{"other":1}'),
    )


def test_start_of_a_computer() -> None:
    """The start of an agent's computer is kept, and not shown."""
    made = message("m", "tool", content={"content_type": "computer_initialize_state", "os": "x"})

    (read,) = said(made).values()

    assert read.hidden
    assert read.parts == (Context(title="Computer", text='{"os":"x"}'),)


# --- From elsewhere -------------------------------------------------------------------------------


def test_pages_of_the_old_browser() -> None:
    """The list of pages is what the browser gave back."""
    content = {"content_type": "tether_browsing_display", "result": "# 【0†Tea†t.example】"}

    assert _of(content, "tool", name="browser") == (
        ToolResult(name="browser", output="# 【0†Tea†t.example】"),
    )


@pytest.mark.parametrize(
    ("content", "quote"),
    [
        (
            {
                "content_type": "tether_quote",
                "url": "https://t.example/?utm_source=chatgpt.com",
                "domain": "t.example",
                "title": "Tea",
                "text": "Hot.",
            },
            Quote(text="Hot.", source=Source(title="Tea", url="https://t.example/")),
        ),
        (
            {"content_type": "tether_quote", "url": FILE, "domain": "plan.pdf", "text": "Page 1"},
            Quote(text="Page 1", source=Source(title="plan.pdf", ref=FILE)),
        ),
        (
            {
                "content_type": "sonic_webpage",
                "url": "https://t.example",
                "title": "Tea",
                "snippet": "Hot.",
                "text": "",
            },
            Quote(text="Hot.", source=Source(title="Tea", url="https://t.example")),
        ),
    ],
    ids=["page", "file", "search hit"],
)
def test_quotes(content: dict[str, Any], quote: Quote) -> None:
    """Passages that entered the chat are quotations with their source."""
    assert _of(content, "tool") == (quote,)


def test_system_error() -> None:
    """An error is an error, although its status says success."""
    content = {"content_type": "system_error", "name": "AceInternal", "text": "Lost."}

    assert _of(content, "tool", name="python") == (
        ToolResult(name="python", output="AceInternal: Lost.", is_error=True),
    )


def test_screen_of_an_agent() -> None:
    """What an agent saw is a picture and a line that says where it was."""
    content = {
        "content_type": "computer_output",
        "screenshot": image(FILE),
        "state": {"title": "Shop", "url": "https://s.example"},
    }

    assert _of(content, "tool") == (
        Attachment(ref=FILE, size=69, width=1, height=1),
        Notice(kind="computer", text="Shop — https://s.example"),
    )


def test_answer_of_a_connector() -> None:
    """A connector's answer is a result, and says where it stands."""
    content = {
        "content_type": "citable_code_output",
        "output_str": "three mails",
        "metadata": {"display_title": "Inbox", "display_url": "https://m.example"},
    }

    assert _of(content, "tool", name="api_tool") == (
        ToolResult(name="api_tool", output="three mails"),
        Notice(kind="source", text="Inbox — https://m.example"),
    )


def test_reply_to_a_passage() -> None:
    """The passage that a prompt answers stands before it."""
    made = message("m", "user", "Why?", metadata={"targeted_reply": "Green."})

    assert parts(made) == (Quote(text="Green.", source=Source()), Text(text="Why?"))


# --- Unknown --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "unknown", "entry"),
    [
        (
            message("m", "assistant", content={"content_type": "super_widget", "b": 1, "a": "ü"}),
            Unknown(kind="super_widget", json='{"a":"ü","b":1,"content_type":"super_widget"}'),
            ("message.content.content_type", "super_widget"),
        ),
        (
            message("m", "user", {"content_type": "hologram", "x": None}),
            Unknown(kind="hologram", json='{"content_type":"hologram","x":null}'),
            ("message.content.parts.content_type", "hologram"),
        ),
        (
            message("m", "user", {"a": 1}),
            Unknown(kind="object", json='{"a":1}'),
            ("message.content.parts.content_type", "object"),
        ),
        (
            message("m", "user") | {"content": "bare"},
            Unknown(kind="string", json='"bare"'),
            ("message.content", "string"),
        ),
    ],
    ids=["content type", "part type", "object without type", "no object"],
)
def test_what_nobody_understands(
    made: dict[str, Any], unknown: Unknown, entry: tuple[str, str]
) -> None:
    """An unknown kind is kept as JSON, keys in order, and counted in the ledger."""
    assert parts(made) == (unknown,)
    assert ledger(made) == {entry: 1}


def test_unknown_roles_and_tools_are_open() -> None:
    """A new role or tool is no unknown: the role becomes the author."""
    made = message("m", "narrator", "Once upon a time")

    (read,) = said(made).values()

    assert (read.role, read.author) == ("tool", "narrator")
    assert ledger(made) == {}


# --- Around the content ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "metadata"),
    [
        ({}, {}),
        ({"status": "in_progress"}, {"status": "in_progress"}),
        ({"weight": 0.0}, {"weight": 0}),
        ({"channel": "commentary"}, {"channel": "commentary"}),
        ({"channel": "final"}, {}),
        ({"metadata": {"finish_details": {"type": "max_tokens"}}}, {"finish": "max_tokens"}),
        ({"metadata": {"finish_details": {"type": "stop"}}}, {}),
        ({"metadata": {"thinking_effort": "extended"}}, {"thinking_effort": "extended"}),
        ({"metadata": {"gizmo_id": "g-abc"}}, {"gizmo": "g-abc"}),
        ({"metadata": {"request_id": "r", "turn_exchange_id": "t"}}, {}),
    ],
    ids=str,
)
def test_metadata(fields: dict[str, Any], metadata: dict[str, Any]) -> None:
    """Only what is unusual and stable is kept beside the parts."""
    (read,) = said(message("m", "assistant", "Hi", **fields)).values()

    assert read.metadata == metadata


def test_hidden_by_the_client() -> None:
    """What the client does not show is kept, and hidden."""
    made = message("m", "assistant", "Hi", metadata={"is_visually_hidden_from_conversation": True})

    assert said(made)["m"].hidden
