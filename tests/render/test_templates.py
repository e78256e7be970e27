"""Templates of a person's own: what they are given, what they may do, and how they fail."""

import re
import typing
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from markdown_it import MarkdownIt
from obsidian_reader import Note
from stored_chats import chatgpt, claude_code, conversation, message

import polylogue.render
from polylogue.errors import TemplateError
from polylogue.model import Attachment, Context, StoredAttachment, Text, Thinking, ToolCall
from polylogue.render.blocks import Block
from polylogue.render.note import NoteContext, NoteOptions, Overrides, Renderer
from polylogue.render.options import Look
from polylogue.render.properties import Property
from polylogue.render.sandbox import _FILTERS, MACROS
from polylogue.render.turns import Branch, Shown, Turn

BUILT_IN = Path(polylogue.render.__file__).parent / "templates"
DOCS = (Path(__file__).parents[2] / "docs/templates.md").read_text("utf-8")
NAMES = sorted(["conversation.md.j2", *MACROS])


def _renderer(**sources: str) -> Renderer:
    """Return a renderer with templates of these kinds: `part="…"` is `part.md.j2`."""
    named = {f"{kind}.md.j2": text for kind, text in sources.items()}
    return Renderer(None, Overrides("/own", named))


# --- The documentation ------------------------------------------------------------------------------


def _words(kind: object) -> str:
    """Return a type as docs/templates.md calls it."""
    arguments = [each for each in typing.get_args(kind) if each is not ...]
    if arguments:
        return f"list of {_words(arguments[0])}"
    name = str(getattr(kind, "__forward_arg__", "") or getattr(kind, "__name__", kind))
    return "text" if name == "str" else name


@pytest.mark.parametrize("record", [NoteContext, Property, Turn, Shown, Branch, Block])
def test_what_templates_are_given_is_documented(record: type) -> None:
    """Each record has a table of its fields, with their types and an example of each."""
    section = re.search(rf"### {record.__name__}\n(.*?)(?=\n### |\Z)", DOCS, re.DOTALL)
    assert section
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| (.+) \|$", section[1], re.MULTILINE)
    fields = (
        {field.name: field.type for field in msgspec.structs.fields(record)}
        if issubclass(record, msgspec.Struct)
        else typing.get_type_hints(record)
    )

    assert [(name, kind) for name, kind, _ in rows] == [
        (name, _words(kind)) for name, kind in fields.items()
    ]


def test_templates_and_filters_are_documented() -> None:
    """Every template, macro and filter is named, and no other."""
    documented = re.findall(r"^\| `(\w+\.md\.j2)` \|", DOCS, re.MULTILINE)
    safe = DOCS[DOCS.index("## What is safe") : DOCS.index("## What templates")]

    assert sorted(documented) == NAMES
    assert all(f"macro `{macro}(" in DOCS for macro in MACROS.values())
    filters = re.search(r"the filters (.*?)\. A note", safe, re.DOTALL)
    assert filters
    assert set(re.findall(r"`(\w+)`", filters[1])) == _FILTERS


def test_the_example_of_the_documentation_works() -> None:
    """The template that docs/templates.md shows does what it says there."""
    example = next(t.content for t in MarkdownIt().parse(DOCS) if t.info == "jinja")
    note = Note(_renderer(part=example).note(chatgpt()))

    assert note.problems == []
    assert "thinking" not in note.callouts
    assert set(note.callouts) == set(Note(Renderer().note(chatgpt())).callouts) - {"thinking"}


# --- Overriding -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_of_a_template_changes_nothing(name: str) -> None:
    """Whichever template a person copies: in the sandbox it makes the same notes."""
    copied = Overrides("/own", {name: (BUILT_IN / name).read_text("utf-8")})

    for chat in (chatgpt(), claude_code(), conversation()):
        assert Renderer(None, copied).note(chat) == Renderer().note(chat)


def test_one_template_is_overridden_and_the_others_stay() -> None:
    """An own stub for files is used wherever a file is shown."""
    own = "{% macro attachment(block) %}\nFILE {{ block.kind }}\n\n{% endmacro %}"
    stored = (StoredAttachment(status="stored", path="_attachments/aa/x.png"),)
    chat = conversation(
        message("a", "user", "see", Attachment(name="a"), Attachment(name="b"), attachments=stored)
    )

    assert "see\n\nFILE embed\n\nFILE missing\n\n" in _renderer(attachment=own).note(chat)


def test_own_templates_may_include_others() -> None:
    """A folder may hold templates under further names."""
    sources = {"conversation.md.j2": "{% include 'greeting.j2' %}", "greeting.j2": "{{ title }}"}

    assert Renderer(None, Overrides("/own", sources)).note(chatgpt()).startswith("Tides")


# --- Mistakes ---------------------------------------------------------------------------------------

MISTAKES: Mapping[str, tuple[dict[str, str], str]] = {
    "syntax": ({"part": "a\n{% if %}"}, "/own/part.md.j2, line 2: Expected an expression"),
    "undefined": (
        {"conversation": "\n\n{{ nix }}"},
        "/own/conversation.md.j2, line 3: 'nix' is un",
    ),
    "field": (
        {"part": "{% macro part(block) %}\n{{ block.nix }}{% endmacro %}"},
        "/own/part.md.j2, line 2: 'polylogue.render.blocks.Block object' has no attribute 'nix'",
    ),
    "macro": ({"part": "hello"}, "/own/part.md.j2, line 1: the macro part is missing"),
    "filter": ({"message": "{{ 1 | nix }}"}, "/own/message.md.j2, line 1: No filter named 'nix'"),
    "included": ({"conversation": "\n{% include 'x' %}"}, "/own/conversation.md.j2, line 2: x"),
    "division": ({"conversation": "{{ 1 / 0 }}"}, "/own/conversation.md.j2, line 1: division"),
}


@pytest.mark.parametrize(("sources", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_file_and_line(sources: dict[str, str], said: str) -> None:
    """Whatever is wrong in a template is one sentence with its place."""
    with pytest.raises(TemplateError) as caught:
        _renderer(**sources).note(chatgpt())
    assert caught.value.message.startswith(f"The template {said}")
    assert (caught.value.code, caught.value.exit_code) == ("notes-template", 78)


HOSTILE = {
    "class": "{{ ''.__class__.__mro__ }}",
    "attr": "{{ '' | attr('__class__') }}",
    "globals": "{{ range.__globals__ }}",
    "struct": "{{ turns[0].__class__.__init__ }}",
    "format": "{{ '{0.__class__}'.format(turns) }}",
    "width": "{{ '%99999999999d' % 1 }}",
    "padding": "{{ 'x'.center(10 ** 9) }}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "repeat": "{{ 'x' * 999999999 }}",
    "list": "{{ [1] * 999999999 }}",
    "change": "{{ turns.clear() }}",
    "loop": "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "list loop": "{% for a in range(9999) | list %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "recursion": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "tree": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "recursive loop": "{% for a in [1] recursive %}{{ loop([1, 1]) }}{% endfor %}",
    "doubling": "{% set n = namespace(x='x') %}{% for a in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "adding": "{% set n = namespace(x='x') %}{% for a in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "printing": "{% set x = 'x ' ~ title %}{% for a in range(90000) %}{{ [a] * 0 }}{% for b in turns %}{{ turns }}{% endfor %}{% endfor %}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_is_stopped(text: str) -> None:
    """What reaches for more than it is given, or would not end, is a mistake like any other."""
    with pytest.raises(TemplateError):
        _renderer(conversation=text).note(chatgpt())


# --- Wishes -----------------------------------------------------------------------------------------

CHAT = conversation(
    message("s", "system", "You are kind."),
    message("c", "user", Context(title="Memory", text="likes tea"), hidden=True),
    message("u", "user", "Go. ![map](https://map.example/a.png)", seconds=0),
    message("a", "assistant", Thinking(text="hm"), ToolCall(name="ls", input="-l"), "Gone."),
)


def _wished(**wishes: typing.Any) -> Note:  # noqa: ANN401 - whatever Look takes
    return Note(Renderer(NoteOptions(look=Look(**wishes))).note(CHAT))


@pytest.mark.parametrize(
    ("wishes", "callouts"),
    [
        ({}, ["context", "context", "thinking", "tool"]),
        ({"thinking": False}, ["context", "context", "tool"]),
        ({"tools": False}, ["context", "context", "thinking"]),
        ({"system": False}, ["thinking", "tool"]),
        ({"thinking": False, "tools": False, "system": False}, []),
    ],
)
def test_parts_are_left_out_on_wish(wishes: dict[str, bool], callouts: list[str]) -> None:
    """Thoughts, tools and the system's words are folded or left out; what was said always stays."""
    note = _wished(**wishes)

    assert note.callouts == callouts
    assert "Go." in note.body
    assert "Gone." in note.body


def test_a_note_of_nothing_but_what_is_left_out_says_so() -> None:
    """It is not said that the export has nothing."""
    note = Renderer(NoteOptions(look=Look(thinking=False))).note(
        conversation(message("a", "assistant", Thinking(text="hm")))
    )

    assert "is not shown, as the configuration says" in note


def test_properties_have_the_names_that_are_wished() -> None:
    """Another name, of any alphabet, is what YAML reads; one without a name is left out."""
    names = {"created": "date created", "source": "quelle-ä", "messages": "yes", "tags": ""}
    properties = _wished(properties=names).properties

    assert {"date created", "quelle-ä", "yes"} <= properties.keys()
    assert not {"created", "source", "messages", "tags"} & properties.keys()


def test_dates_have_the_form_that_is_wished() -> None:
    """Headings show it, escaped; properties stay what Obsidian sorts by."""
    note = _wished(date_format="%d.%m.%y [%H]")

    assert note.headings[0] == "## You · 02.01.26 \\[12\\]"
    assert note.properties["created"].isoformat() == "2026-01-02T12:00:00"


def test_images_on_the_web_are_embedded_on_wish_only() -> None:
    """By default nothing is fetched; on wish a plain image stays one."""
    assert "Go. [map](https://map.example/a.png)" in _wished().body
    assert "Go. ![map](https://map.example/a.png)" in _wished(remote_images="embed").body


def test_only_plain_images_are_embedded() -> None:
    """Whatever else looks like an image is as inert as ever."""
    kept = Renderer(NoteOptions(look=Look(remote_images="embed")))
    hostile = (
        "![a](javascript:x) ![b](data:image/png;base64,AA) ![[c]] `![d](https://d.example)` "
        "![e<b>](https://e.example) ![f](https://f.example/%%x) ![g](sandbox:![h](https://h.example))"
    )
    note = kept.note(conversation(message("a", "user", Text(text=hostile))))

    assert "`![d](https://d.example)`" in note
    assert note.replace("`![d]", "").count("![") == 0
