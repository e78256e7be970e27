"""Notes show everything a conversation holds, each thing once, in a shape that Obsidian reads."""

import os
import random
import re
import zoneinfo
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_markdown import HOSTILE
from obsidian_reader import Note
from stored_chats import NOON, chatgpt, claude_code, conversation, message

from polylogue.model import (
    Attachment,
    AttachmentStatus,
    Citation,
    Context,
    Head,
    Part,
    Role,
    Source,
    StoredAttachment,
    StoredConversation,
    StoredMessage,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from polylogue.render.note import NoteOptions, Renderer

GOLDEN = Path(__file__).parent / "golden"
RENDERER = Renderer()

#: `POLYLOGUE_UPDATE_GOLDEN=1 pytest tests/render` writes the golden notes anew.
_UPDATE = bool(os.environ.get("POLYLOGUE_UPDATE_GOLDEN"))


def _note(*messages: StoredMessage) -> str:
    return RENDERER.note(conversation(*messages))


def _body(*messages: StoredMessage) -> str:
    """Return the note without its properties and block ids."""
    return re.sub(r"\n\^m-\w+\n", "", Note(_note(*messages)).body).strip()


# --- Whole notes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("chat", [chatgpt, claude_code, conversation])
def test_notes_are_as_they_were_reviewed(chat: Callable[[], StoredConversation]) -> None:
    """The notes of the examples are those in golden/, byte for byte."""
    golden = GOLDEN / f"{chat.__name__}.md"
    note = RENDERER.note(chat())
    if _UPDATE:
        golden.write_text(note, encoding="utf-8")

    assert note == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("chat", [chatgpt, claude_code])
def test_notes_are_sound_for_obsidian(chat: Callable[[], StoredConversation]) -> None:
    """Fences and links are whole, block ids are unique, every footnote is defined once and used."""
    note = Note(RENDERER.note(chat()))
    used = set(re.findall(r"\[\^(\d+)\](?!:)", note.body))

    assert note.problems == []
    assert len(set(note.blocks)) == len(note.blocks)
    assert sorted(used) == sorted(note.footnotes)


def test_the_same_conversation_gives_the_same_note() -> None:
    """A note depends on nothing but its conversation and the options."""
    assert Renderer().note(chatgpt()) == RENDERER.note(chatgpt())


def test_times_are_those_of_the_time_zone() -> None:
    """Headings and properties show local time, without an offset."""
    tokyo = Renderer(NoteOptions(timezone=zoneinfo.ZoneInfo("Asia/Tokyo")))
    note = Note(tokyo.note(chatgpt()))

    assert note.headings[0] == "## You · 2026-01-02 21:00"
    assert note.properties["updated"].isoformat() == "2026-01-02T21:00:31"


def test_properties_are_of_the_types_that_obsidian_knows() -> None:
    """Text, numbers, dates, flags and flat lists; whatever is not known is left out."""
    properties = Note(RENDERER.note(chatgpt())).properties

    assert properties | {"created": "", "updated": "", "date": ""} == {
        "aliases": ['Tides: "C#" [draft] / plan? <% x %>'],
        "source": "chatgpt",
        "conversation_id": "5e1f0a52-0001",
        "url": "https://chatgpt.com/c/5e1f0a52-0001",
        "created": "",
        "updated": "",
        "date": "",
        "models": ["gpt-5", "gpt-5-mini", "o3"],
        "messages": 15,
        "branches": 5,
        "attachments": 3,
        "project": "Sea: 1",
        "starred": True,
        "tags": ["ai/chatgpt"],
        "cssclasses": ["polylogue"],
    }


# --- Speakers -------------------------------------------------------------------------------------


def test_a_turn_has_one_heading() -> None:
    """An assistant's messages and those of its tools stand under one heading."""
    note = Note(RENDERER.note(claude_code()))

    assert note.headings == [
        "## You · 2026-01-02 12:00",
        "## Claude Code · claude-opus-4 · 2026-01-02 12:00",
    ]


def test_another_model_has_another_heading() -> None:
    """A heading is never false about the model."""
    note = Note(
        _note(
            message("a", "assistant", "x", model="m1"),
            message("b", "assistant", "y", position=1, model="m2"),
        )
    )

    assert note.headings == ["## ChatGPT · m1", "## ChatGPT · m2"]


def test_an_author_speaks_under_its_own_name() -> None:
    """A custom assistant has its name in the heading, escaped."""
    assert "## Sea `Dog`".replace("`", "\\`") in _note(
        message("a", "assistant", "x", author="Sea `Dog`")
    )


def test_hidden_messages_are_folded_and_labelled() -> None:
    """What the provider does not show is there, folded, without a heading."""
    body = _body(
        message("a", "user", "hello"),
        message("b", "assistant", "psst", "#x", position=1, hidden=True),
        message("c", "system", Context(title="Memory", text="likes tea"), position=2, hidden=True),
        message("d", "system", "You are kind.", position=3),
    )

    assert body == (
        "## You\n\nhello\n\n"
        "> [!context]- Hidden by ChatGPT · from the assistant\n> psst\n>\n> \\#x\n\n"
        "> [!context]- Hidden by ChatGPT · from the system · Memory\n> likes tea\n\n"
        "> [!context]- System\n> You are kind."
    )


# --- Parts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_part_breaks_out_of_its_place(text: str) -> None:
    """Hostile text in any field of any part leaves the structure of the note as it was."""
    note = Note(
        _note(
            message(
                "a",
                "assistant",
                Text(
                    text=text, citations=(Citation(at=3, sources=(Source(title=text, url=text),)),)
                ),
                Thinking(title=text, text=text),
                ToolCall(name=text, input=text, language=text, title=text),
                Attachment(name=text, caption=text),
                Attachment(name=text, extracted_text=text),
                author=text,
                model=text,
            )
        )
    )

    assert note.problems == []
    assert note.callouts == ["thinking", "tool", "missing", "extract"]
    assert len(note.headings) == 1
    assert (note.embeds, note.links, note.footnotes) == ([], [], ["1"])


def test_results_stand_with_their_calls() -> None:
    """A call and all its results are one callout; results without ids follow the last open call."""
    body = _body(
        message(
            "a",
            "assistant",
            ToolCall(name="x", input="1", call_id="k"),
            ToolCall(name="y", input="2"),
        ),
        message("b", "tool", ToolResult(output="for y"), position=1),
        message(
            "c",
            "tool",
            ToolResult(output="for x", call_id="k"),
            ToolResult(output="more", call_id="k"),
            position=2,
        ),
    )

    assert re.findall(r"\[!tool\]- (.*)|^> (\w.*)$", body, re.MULTILINE) == [
        ("x · 1", ""),
        ("", "for x"),
        ("", "more"),
        ("y · 2", ""),
        ("", "for y"),
    ]


def test_a_result_on_another_branch_does_not_answer_the_path_taken() -> None:
    """Nothing from a branch is mixed into another."""
    body = _body(
        message("u", "user", "go"),
        message(
            "a", "assistant", ToolCall(name="x", input="1", call_id="k"), parent="u", position=1
        ),
        message("b", "tool", ToolResult(output="ours", call_id="k"), parent="a", position=2),
        message(
            "c", "tool", ToolResult(output="theirs", call_id="k"), parent="a", branch=1, position=2
        ),
    )

    assert body.index("> ours") < body.index("[!branch]") < body.index("> theirs")
    assert body.count("> ours") == body.count("> theirs") == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("not_in_export", "not in the export"),
        ("forbidden", "the provider refused to give it"),
        ("missing", "gone at the provider"),
        ("too_large", "larger than the limit"),
        ("stored", "in the archive, but not written to the vault"),
    ],
)
def test_a_file_that_is_not_there_says_why(status: AttachmentStatus, reason: str) -> None:
    """A stub names the file and the reason in words."""
    body = _body(
        message(
            "a", "user", Attachment(name="a.png"), attachments=(StoredAttachment(status=status),)
        )
    )

    assert body == f"## You\n\n> [!missing] a.png · {reason}"


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Attachment(ref="file-9"), "> [!missing] file-9 · not in the export"),
        (Attachment(mime_type="image/png"), "> [!missing] image/png · not in the export"),
        (
            Attachment(ref="sediment://file_9", name="file_9-sea.png"),
            "> [!missing] file_9-sea.png · not in the export",
        ),
        (
            Attachment(ref="file-9", name="a.png"),
            "> [!missing]- a.png · not in the export\n> file-9",
        ),
    ],
    ids=["id", "type", "id in name", "name and id"],
)
def test_a_file_that_is_not_there_is_named_once(part: Attachment, expected: str) -> None:
    """Neither the name nor the id of a missing file is said twice."""
    assert _body(message("a", "user", part)) == f"## You\n\n{expected}"


# --- Thinking and the unknown ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "seconds", "expected"),
    [
        ("", 13, "Thought for 13 s"),
        ("Tides", 13, "Tides · thought for 13 s"),
        ("已思考 13s", 13.2, "已思考 13s"),
        ("Thought for a couple of seconds", 2, "Thought for a couple of seconds"),
        ("Reasoned for 1m 5s", 65, "Reasoned for 1m 5s"),
        ("Reading page 13", 13, "Reading page 13 · thought for 13 s"),
    ],
)
def test_the_time_of_thinking_is_told_once(title: str, seconds: float, expected: str) -> None:
    """A title that tells the time is not followed by it; alone it is a line without a fold."""
    body = _body(message("a", "assistant", Thinking(title=title, seconds=seconds)))

    assert body == f"## ChatGPT\n\n> [!thinking] {expected}"


_THOUGHT = Thinking(title="Tides", text="First the port.")
_RECAP = Thinking(title="Thought for 4 seconds", seconds=4)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([_THOUGHT, _RECAP], ["- Tides · Thought for 4 seconds"]),
        ([_RECAP, _THOUGHT], ["- Thought for 4 seconds · Tides"]),
        ([_RECAP, _RECAP, Thinking(text="x")], ["- Thought for 4 seconds"]),
        ([_THOUGHT, _THOUGHT, _RECAP], ["- Tides", "- Tides · Thought for 4 seconds"]),
        ([_THOUGHT, Text(text="x"), _RECAP], ["- Tides", " Thought for 4 seconds"]),
    ],
    ids=["after", "before", "twice", "last", "apart"],
)
def test_empty_thoughts_go_into_their_neighbours(parts: list[Part], expected: list[str]) -> None:
    """A thought without text is no box beside another one, in one message or in several."""
    several = [message(f"m{n}", "assistant", part, position=n) for n, part in enumerate(parts)]

    for body in (_body(message("a", "assistant", *parts)), _body(*several)):
        assert re.findall(r"\[!thinking\](.*)", body) == expected


def test_the_unknown_shows_its_text_and_is_indented() -> None:
    """Text in a part that nobody understands can be read, inert; its JSON is laid out and folded."""
    json = '{"parts":["see [[x]]",{"a":1},"and #y"],"more":"' + "z" * 80 + '"}'
    body = _body(message("a", "assistant", Unknown(kind="odd", json=json)))

    assert body.startswith(
        "## ChatGPT\n\nsee \\[\\[x]]\n\nand \\#y\n\n"
        '> [!unknown]- not understood: odd\n> ```json\n> {\n>   "parts": [\n>     "see [[x]]",\n'
    )


@pytest.mark.parametrize("json", ["{" * 60_000, "[" * 5_000, "x" * 300, "[" * 900 + "]" * 900])
def test_unknown_json_need_not_be_json(json: str) -> None:
    """What cannot be read as JSON is shown as it came."""
    note = Note(_note(message("a", "assistant", Unknown(kind="odd", json=json))))

    assert note.callouts == ["unknown"]
    assert note.problems == []


# --- Files and citations --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("_attachments/aa/x.PNG", "![[_attachments/aa/x.PNG]]"),
        ("_attachments/aa/x.pdf", "![[_attachments/aa/x.pdf]]"),
        ("_attachments/aa/x.csv", "[[_attachments/aa/x.csv|my file.csv]]"),
    ],
)
def test_files_are_shown_or_linked_to(path: str, expected: str) -> None:
    """What Obsidian can show is shown; to all else there is a link under its own name."""
    stored = StoredAttachment(status="stored", path=path)

    body = _body(message("a", "user", Attachment(name="my file.csv"), attachments=(stored,)))

    assert body == f"## You\n\n{expected}"


def test_citations_are_footnotes_numbered_through_the_note() -> None:
    """The same sources have one number; references keep apart from what stands around them."""
    one, other = Source(title="One", url="https://one.example"), Source(title="Two", ref="file-2")
    body = _body(
        message(
            "a",
            "assistant",
            Text(
                text="See [a](https://a.example)(b).", citations=(Citation(at=26, sources=(one,)),)
            ),
        ),
        message(
            "b",
            "assistant",
            Text(
                text="Two. One.",
                citations=(
                    Citation(at=9, sources=(one,)),
                    Citation(at=5, sources=(other,)),
                    Citation(at=2, sources=()),
                ),
            ),
            position=1,
        ),
    )

    assert body == (
        "## ChatGPT\n\nSee [a](https://a.example)[^1] (b).\n\nTwo.[^2] One.[^1]\n\n"
        "[^1]: [One](https://one.example)\n\n[^2]: Two (file-2)"
    )


# --- Branches -------------------------------------------------------------------------------------


def test_branches_stand_after_the_turn_in_their_stead() -> None:
    """An alternative is folded, labelled, whole, and after the turn that it might have been."""
    note = RENDERER.note(chatgpt())
    labels = re.findall(r"\[!branch\]- (.*)", note)

    assert labels == [
        "Another version of the prompt, not taken",
        "Another answer (1 of 2), not taken",
        "Another answer, not taken, in the branch that begins “At four.”",
        "Another answer (2 of 2), not taken",
    ]
    assert note.index("thank") < note.index("At four.") < note.index("Thanks")


def test_every_message_is_shown_once() -> None:
    """However the tree grew, each text is in the note exactly once."""
    chooser = random.Random(7)  # noqa: S311 - a tree, always the same
    for size in (1, 2, 10, 60):
        messages = [message("m0", "user", "text-0-end")]
        tips = {0: ("m0", 0)}
        for n in range(1, size):
            if chooser.random() < 0.6:
                branch = chooser.choice(list(tips))
                parent, position = tips[branch]
            else:
                branch = len(tips)
                chosen = chooser.choice(messages)
                parent, position = chosen.message.message_id, chosen.position
            role: Role = chooser.choice(["user", "assistant"])
            messages.append(
                message(
                    f"m{n}",
                    role,
                    f"text-{n}-end",
                    parent=parent,
                    branch=branch,
                    position=position + 1,
                )
            )
            tips[branch] = (f"m{n}", position + 1)
        note = _note(*messages)

        assert [note.count(f"text-{n}-end") for n in range(size)] >= [1] * size
        shown = re.sub(r"\[!branch\]-.*", "", note)
        assert [shown.count(f"text-{n}-end") for n in range(size)] == [1] * size


def test_branches_off_one_another_are_shown() -> None:
    """Even a damaged tree, whose branches have no way to the path taken, loses nothing."""
    body = _body(
        message("a", "user", "root"),
        message("b", "user", "one", parent="c", branch=1, position=1),
        message("c", "user", "two", parent="b", branch=2, position=1),
        message("d", "user", "other root", parent="nowhere", branch=3),
    )

    assert all(body.count(text) >= 1 for text in ("root", "one", "two", "other root"))


def test_deep_branches_are_whole() -> None:
    """A branch of 5,000 messages is no deeper than any other."""
    taken = [message("u", "user", "go"), message("a", "assistant", "yes", parent="u", position=1)]
    branch = [
        message(
            f"b{n}",
            "user" if n % 2 else "assistant",
            f"t{n};",
            parent=f"b{n - 1}" if n else "u",
            branch=1,
            position=n + 1,
        )
        for n in range(5_000)
    ]
    body = _body(*taken, *branch)

    assert all(f"> t{n};" in body for n in range(5_000))
    assert "> > " not in body


def test_branches_in_branches_are_not_nested() -> None:
    """500 branches, each off the one before, are 500 callouts of one depth."""
    chain = [message("m0", "user", "go"), message("x0", "user", "end", parent="m0", position=1)]
    chain += [
        message(f"m{n}", "user", f"t{n};", parent=f"m{n - 1}", branch=n, position=n)
        for n in range(1, 501)
    ]
    body = _body(*chain)

    assert body.count("[!branch]-") == 500
    assert "> > " not in body


def test_many_siblings_are_numbered() -> None:
    """200 answers to one prompt are 199 branches beside the one that was taken."""
    taken = [
        message("u", "user", "go"),
        message("a0", "assistant", "first", parent="u", position=1),
    ]
    others = [
        message(f"a{n}", "assistant", f"t{n};", parent="u", branch=n, position=1)
        for n in range(1, 200)
    ]
    note = _note(*taken, *others)

    assert "Another answer (199 of 199), not taken" in note
    assert len(set(Note(note).blocks)) == 201


def test_an_empty_conversation_has_a_note() -> None:
    """A conversation without messages says that it has none."""
    note = Note(RENDERER.note(conversation(head=Head())))

    assert note.body == "> [!missing] The export has no messages of this chat\n"
    assert note.properties["messages"] == 0


def test_empty_messages_are_told_of() -> None:
    """Where no message has anything to read, the note says so."""
    body = _body(message("a", "user", "  "))

    assert body == "## You\n\n> [!missing] The export has only empty messages of this chat"


def test_a_time_before_1971_is_not_shown() -> None:
    """What cannot be the time of a chat stands neither in the properties nor in a heading."""
    note = Note(
        RENDERER.note(
            conversation(
                message("a", "user", "x", seconds=-NOON / 1000), head=Head(created_at=1_000)
            )
        )
    )

    assert note.headings == ["## You"]
    assert not {"created", "updated", "date"} & note.properties.keys()
