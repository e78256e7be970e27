"""`polylogue search` and `show`, on an archive of a few conversations."""

import json
from pathlib import Path

import archives
import pytest
from cli_place import Place
from records import chain, conversation, message

from polylogue.model import Attachment, Citation, Notice, Part, Source, Text, Thinking, ToolCall
from polylogue.store.archive import open_archive

PARTS: tuple[Part, ...] = (
    Thinking(title="Plan", text="Compare both."),
    ToolCall(name="python", input="print(6 * 7)", language="python"),
    Text(
        text="It is 42.",
        citations=(Citation(at=9, sources=(Source(title="Why", url="https://example.org"),)),),
    ),
    Attachment(ref="file-1", name="chart.png", mime_type="image/png"),
    Attachment(ref="file-2", name="lost.pdf"),
    Notice(kind="error", text="It broke off."),
)


@pytest.fixture
def filled(place: Place) -> Place:
    """Fill the archive of the place with three conversations."""
    with open_archive(place.config.archive) as archive, archive.transaction() as connection:
        bread = chain("How do I bake bread?", "Knead the dough, then bake.", prefix="b")
        fork = message("b2", "Use no yeast at all.", parent="b0", role="assistant")
        hidden = message("b3", "You are a baker.", parent="b1", role="system", hidden=True)
        archives.tell(
            connection,
            conversation(
                *bread,
                fork,
                hidden,
                conversation_id="aaaa-1",
                title="Bread\x1b[2J",
                model="gpt-5",
                created_at=1_700_000_000_000,
                current_id="b1",
                url="https://example.org/c/1",
            ),
        )
        archives.bring(connection, "file-1", b"\x89PNG" * 300)
        parts = message("p0", PARTS, role="assistant", timestamp=1_700_000_060_000)
        archives.tell(connection, conversation(parts, conversation_id="aaaa-2"))
        other = chain("Bread in France", prefix="f")
        archives.tell(connection, conversation(*other, conversation_id="aaaa", provider="codex"))
    return place


def test_search(filled: Place) -> None:
    """A hit names conversation, day and speaker, with the words around the match."""
    result = filled.run("search", "bake", "bread")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Bread�[2J · chatgpt · aaaa-1",
        "  2023-11-14 You: How do I bake bread?",
    ]


def test_search_heads_each_conversation_once(place: Place) -> None:
    """All hits of a conversation stand below one heading, wherever others rank between them."""
    bread = ("Bread.", "Bread, and much else that makes it rank behind.")
    with open_archive(place.config.archive) as archive, archive.transaction() as connection:
        for number, prefix in enumerate("ab"):
            chat = conversation(*chain(*bread, prefix=prefix), conversation_id=f"c-{number}")
            archives.tell(connection, chat)
    lines = place.run("search", "bread").stdout.splitlines()
    assert [line.startswith("  ") for line in lines] == [False, True, True] * 2


def test_search_marks_matches_on_a_terminal(filled: Place) -> None:
    """Where there are colours, matches have one, and the text around them keeps its blanks."""
    lines = filled.run("search", "France", color=True).stdout.splitlines()
    assert lines[1] == "  2023-11-14 You: Bread in \x1b[33m\x1b[1mFrance\x1b[0m"


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["bread"], {"aaaa", "aaaa-1"}),
        (["bread", "--provider", "codex"], {"aaaa"}),
        (["--limit", "1", "bread"], None),
        (['"bread in"'], {"aaaa"}),
    ],
    ids=["all", "provider", "limit", "phrase"],
)
def test_search_for_programs(filled: Place, words: list[str], ids: set[str] | None) -> None:
    """With --json every hit is an object with the ids that lead to it."""
    answer = json.loads(filled.run("search", "--json", *words).stdout)
    assert answer["schema"] == 1
    found = [hit["conversation_id"] for hit in answer["hits"]]
    assert len(found) == 1 if ids is None else set(found) == ids


def test_nothing_found(filled: Place) -> None:
    """That nothing was found is said beside the output, which stays empty."""
    result = filled.run("search", "zebra")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Nothing was found.\n")


def test_show(filled: Place) -> None:
    """A conversation is printed with its head and all that is not hidden, branches told apart."""
    result = filled.run("show", "aaaa-1")
    assert result.stdout.splitlines() == [
        "Bread�[2J",
        "chatgpt · 2023-11-14 22:13 · gpt-5 · aaaa-1 · https://example.org/c/1",
        "",
        "You · 2023-11-14 22:13",
        "How do I bake bread?",
        "",
        "Assistant · 2023-11-14 22:13",
        "Knead the dough, then bake.",
        "",
        "Assistant · branch 1",
        "Use no yeast at all.",
    ]


def test_show_all_kinds_of_parts(filled: Place) -> None:
    """What is not plain text is labelled; files are named with their fate, sources with address."""
    result = filled.run("show", "aaaa-2")
    assert result.stdout.splitlines()[3:] == [
        "Assistant · 2023-11-14 22:14",
        "[thinking] Plan",
        "",
        "Compare both.",
        "[call] print(6 * 7)",
        "It is 42.",
        "[source] Why https://example.org",
        "[file] chart.png · image/png · 1.2 kB",
        "[file] lost.pdf · not in export",
        "[notice] It broke off.",
    ]


def test_show_for_programs(filled: Place) -> None:
    """With --json the conversation is given as the archive knows it, hidden messages too."""
    answer = json.loads(filled.run("show", "aaaa-1", "--json").stdout)
    said = answer["conversation"]
    assert (answer["schema"], said["conversation_id"]) == (1, "aaaa-1")
    assert len(said["messages"]) == 4


def test_a_whole_id_is_enough(filled: Place) -> None:
    """An id that is also the beginning of others means the one that it names in full."""
    assert "codex" in filled.run("show", "aaaa").stdout


@pytest.mark.parametrize(
    ("wanted", "code", "said"),
    [
        ("aaaa-", "ambiguous-id", "aaaa- may mean 2 conversations: aaaa-1 (chatgpt), aaaa-2"),
        ("zzz", "no-such-conversation", "No conversation has an id that begins with zzz."),
    ],
)
def test_ids_that_name_no_one(filled: Place, wanted: str, code: str, said: str) -> None:
    """An id that names several conversations, or none, is one sentence and exit code 2."""
    result = filled.run("show", wanted, "--json")
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert json.loads(result.stdout)["error"]["code"] == code


@pytest.mark.parametrize("words", [["search", "x"], ["show", "x"], ["verify"]])
def test_without_an_archive(place: Place, words: list[str]) -> None:
    """Before anything was imported, reading says how to begin, and makes no file."""
    result = place.run(*words)
    assert result.exit_code == 65
    assert "There is no archive" in result.stderr
    assert "polylogue import" in result.stderr
    assert not Path(place.config.paths.data).exists()
