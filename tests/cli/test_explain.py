"""`polylogue import --explain`: what people and programs are told of a file, and that nothing changes."""

import json
from pathlib import Path

import chatgpt_exports
import codex_sessions as codex
import pytest
from cli_place import Place

from polylogue.cli.samples import write_exports, write_sessions


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Write the exports and sessions of the demonstration."""
    folder = tmp_path / "made"
    folder.mkdir()
    write_exports(folder)
    write_sessions(folder, last=False)
    return folder


def test_for_a_person(place: Place, made: Path) -> None:
    """Each member with its kind, parser, evidence and numbers; at the end one sentence."""
    result = place.run("import", "--explain", str(made / "claude-ai.zip"))
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0].startswith("claude-ai.zip: a ZIP, ")
    assert lines[1].startswith("  conversations.json: a list of JSON values, ")
    assert lines[2:4] == [
        (
            "    taken for   claude-ai conversation, by the keys uuid, name, summary, created_at,"
            " updated_at, account, chat_messages"
        ),
        "    holds       1 conversation, 4 messages",
    ]
    assert lines[-1] == (
        "claude-ai.zip is taken for claude-ai: 1 conversation, 1 memory, 1 project, 6 messages."
    )


def test_it_changes_nothing(place: Place, made: Path) -> None:
    """No archive is made or opened, nothing is moved."""
    before = sorted(made.rglob("*"))
    assert place.run("import", "--explain", *map(str, made.iterdir())).exit_code == 0
    assert not place.config.paths.data.exists()
    assert sorted(made.rglob("*")) == before


def test_what_was_not_understood(place: Place, tmp_path: Path) -> None:
    """Unknown content with its path, strangers with their keys, problems with their place."""
    widget = {"content_type": "super_widget", "x": 1}
    message = chatgpt_exports.message("w", "assistant", content=widget)
    chat = chatgpt_exports.conversation("c1", "Tea", "Which tea?", message)
    (tmp_path / "c.json").write_text(json.dumps([chat, {"novel": 1}])[:-1], encoding="utf-8")
    result = place.run("import", "--explain", str(tmp_path / "c.json"))
    rows = {line[4:14].strip(): line[16:] for line in result.stdout.splitlines()}
    assert result.exit_code == 0
    assert rows["unknown"].startswith("super_widget in ")
    assert rows["unknown"].endswith(" (1)")
    assert rows["no chat"] == "1 record that no parser knows; the first has the keys novel"
    assert rows["problem"].startswith("c.json is cut off or broken")
    assert result.stdout.rstrip().endswith(
        "; 1 kind of content in it is not understood; 1 record is of no kind that polylogue knows;"
        " 1 problem."
    )


def test_folds_and_facts(place: Place, made: Path, tmp_path: Path) -> None:
    """What became no message is told by kind; side files say what they are for."""
    told = place.run("import", "--explain", str(made / "codex")).stdout
    assert "    folded      session_meta (1), turn_context (1)" in told
    index = codex.jsonl({"session_id": codex.SESSION, "ts": 1, "text": "Hello"})
    (tmp_path / "history.jsonl").write_bytes(index)
    result = place.run("import", "--explain", str(tmp_path / "history.jsonl"))
    assert result.exit_code == 1
    assert "    holds       1 fact about chats in other files" in result.stdout
    assert result.stdout.endswith("history.jsonl belongs to codex, but there is no chat in it.\n")


def test_many_members_are_summed_up(place: Place, tmp_path: Path) -> None:
    """Of a large folder the first are told one by one, all others as one."""
    for number in range(30):
        path = tmp_path / "many" / f"{number:02}.jsonl"
        path.parent.mkdir(exist_ok=True)
        said = codex.user(f"Hello {number}"), codex.assistant("Hi.")
        path.write_bytes(codex.rollout(codex.meta(codex.uuid7(number)), *said))
    result = place.run("import", "--explain", str(tmp_path / "many"))
    lines = result.stdout.splitlines()
    at = next(
        number for number, line in enumerate(lines) if line.startswith("  11 more: JSON lines")
    )
    assert (
        lines[at + 1]
        == "    taken for   codex rollout, 11 times, by the keys timestamp, type, payload"
    )
    assert lines[at + 2] == "    holds       11 conversations, 22 messages"
    assert sum(line.startswith("    taken for") for line in lines) == 20
    assert lines[-1] == "many is taken for codex: 30 conversations, 60 messages."


def test_nothing_to_say(place: Place, tmp_path: Path) -> None:
    """Exit code 1 says that nothing in a file is a chat, 65 that one could not be read at all."""
    (tmp_path / "letter.txt").write_text("Dear Anna", encoding="utf-8")
    result = place.run("import", "--explain", str(tmp_path / "letter.txt"))
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        ["  1 file that is no JSON", "Nothing in letter.txt is a chat that polylogue knows."],
    )
    (tmp_path / "empty.zip").touch()
    paths = (str(tmp_path / name) for name in ("empty.zip", "missing.zip", "letter.txt"))
    result = place.run("import", "--explain", *paths)
    assert result.exit_code == 65
    assert len(result.stderr.splitlines()) == 2
    assert result.stdout.endswith("Nothing in letter.txt is a chat that polylogue knows.\n")


def test_for_programs(place: Place, made: Path, tmp_path: Path) -> None:
    """With --json there is one object with an explanation, or an error, for each path."""
    missing, grok = str(tmp_path / "missing.zip"), str(made / "grok.zip")
    result = place.run("import", "--explain", "--json", missing, grok)
    answer = json.loads(result.stdout)
    failed, told = answer["explanations"]
    assert (result.exit_code, answer["schema"]) == (65, 1)
    assert (failed["path"], failed["error"]["code"]) == (missing, "unreadable")
    assert (told["path"], told["is_chat"], told["container"]) == (grok, True, "zip")
    assert told["conversations"] == {"chat": 1}
    (member,) = told["members"]
    assert member["taken"] == [
        {
            "provider": "grok",
            "shape": "conversation",
            "count": 1,
            "keys": ["conversation", "responses"],
        }
    ]
    assert (member["messages"], member["unknowns"], member["problems"]) == (2, [], [])


def test_names_cannot_speak_to_the_terminal(place: Place, tmp_path: Path) -> None:
    """Names and keys out of a file are shown, not obeyed."""
    (tmp_path / "a.json").write_text(json.dumps({"\x1b[2Jnovel": 1}), encoding="utf-8")
    result = place.run("import", "--explain", str(tmp_path / "a.json"))
    assert "novel" in result.stdout
    assert "\x1b" not in result.stdout
