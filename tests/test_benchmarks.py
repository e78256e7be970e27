"""The benchmarks measure what they say: exports of known content, a floor that does its work."""

import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from benchmarks import floor
from benchmarks.generate import Account, write_array, write_json, write_zip
from benchmarks.measure import (
    PeakMemory,
    percentile,
    processor_seconds,
    proportional_bytes,
    tree,
)
from benchmarks.projects import write_session, write_sessions
from benchmarks.sessions import Appender
from benchmarks.shown import Notes
from benchmarks.table import Failure, Row, as_json, as_text
from polylogue.model import Conversation, Document, Problem
from polylogue.parsers.claude_code import PARSER

ACCOUNT = Account(conversations=100, seed=7)
CHANGES = 1

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc"
)


def array(account: Account, *, later: bool = False, shuffle_keys: bool = False) -> bytes:
    """Return an export of `account` as bytes."""
    out = io.BytesIO()
    chats = account.next_month() if later else account.month()
    write_array(out, chats, shuffle_keys=shuffle_keys)
    return out.getvalue()


def messages(chat: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of an exported conversation."""
    return [node["message"] for node in chat["mapping"].values() if node["message"]]


@pytest.fixture(scope="module")
def first() -> list[dict[str, Any]]:
    """Give the conversations of the first export, decoded."""
    return list(json.loads(array(ACCOUNT)))


@pytest.fixture(scope="module")
def second() -> list[dict[str, Any]]:
    """Give the conversations of the export a month later, decoded."""
    return list(json.loads(array(ACCOUNT, later=True)))


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    """An export depends on the seed alone, the ZIP's directory included."""
    account = Account(conversations=3, seed=1)
    for name in ("one.zip", "two.zip"):
        write_zip(tmp_path / name, account, account.month())
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert array(account) != array(Account(conversations=3, seed=2))


def test_other_processes_make_the_same_bytes(tmp_path: Path) -> None:
    """Nothing depends on the process that runs, such as its hash seed."""
    out = tmp_path / "conversations.json"
    command = [sys.executable, "-m", "benchmarks.generate", str(out), "--json"]
    words = ["--conversations", "3", "--seed", "1", "--next-month", "--shuffle-keys"]
    subprocess.run([*command, *words], check=True, cwd=Path(__file__).parents[1])
    account = Account(conversations=3, seed=1)
    assert out.read_bytes() == array(account, later=True, shuffle_keys=True)


def test_size_is_that_of_real_exports() -> None:
    """A conversation has about 22 messages and 31 KB of JSON."""
    data = array(Account(conversations=400, seed=1))
    chats = json.loads(data)
    assert len({chat["id"] for chat in chats}) == 400
    assert 19 < sum(len(messages(chat)) for chat in chats) / 400 < 25
    assert 26_000 < len(data) / 400 < 37_000


def test_mapping_is_a_tree(first: list[dict[str, Any]]) -> None:
    """Each node is a child of its parent, one root has no message, the current node is a leaf."""
    for chat in first:
        nodes = chat["mapping"]
        assert [node["id"] for node in nodes.values() if node["parent"] is None] == [
            "client-created-root"
        ]
        children = [child for node in nodes.values() for child in node["children"]]
        assert sorted(children) == sorted(set(nodes) - {"client-created-root"})
        for node in nodes.values():
            assert all(nodes[child]["parent"] == node["id"] for child in node["children"])
        assert nodes[chat["current_node"]]["children"] == []


def test_every_kind_of_message_occurs(first: list[dict[str, Any]]) -> None:
    """Prompts, answers, reasoning, tool calls and output are there, and answers made anew."""
    said = [message for chat in first for message in messages(chat)]
    kinds = {(message["author"]["role"], message["content"]["content_type"]) for message in said}
    assert kinds == {
        ("system", "text"),
        ("user", "text"),
        ("assistant", "text"),
        ("assistant", "thoughts"),
        ("assistant", "reasoning_recap"),
        ("assistant", "code"),
        ("tool", "execution_output"),
    }
    prompts = sum(message["author"]["role"] == "user" for message in said)
    forks = sum(len(node["children"]) > 1 for chat in first for node in chat["mapping"].values())
    assert 0.05 < forks / prompts < 0.15


def test_text_is_markdown_of_mostly_rare_words(first: list[dict[str, Any]]) -> None:
    """Bold, lists, fences, tables and links occur, and so does what is not ASCII."""
    answers = "\n".join(
        part
        for chat in first
        for message in messages(chat)
        for part in message["content"].get("parts", ())
    )
    for mark in ("**", "\n- ", "\n1. ", "```python\n", "|---|", "](https://", "\n## ", "\n> "):
        assert mark in answers
    assert not answers.isascii()
    assert len(set(answers.split())) > 8_000


def test_zip_holds_the_same_array(tmp_path: Path, first: list[dict[str, Any]]) -> None:
    """The ZIP has the array and the side files, deflated, and the thumb is on a message of it."""
    path = tmp_path / "export.zip"
    write_zip(path, ACCOUNT, ACCOUNT.month())
    with ZipFile(path) as archive:
        assert archive.namelist() == ["conversations.json", "user.json", "message_feedback.json"]
        assert {member.compress_type for member in archive.infolist()} == {ZIP_DEFLATED}
        assert archive.read("conversations.json") == array(ACCOUNT)
        thumb = json.loads(archive.read("message_feedback.json"))[0]
    assert thumb["id"] in {message["id"] for message in messages(first[0])}


def test_next_month_changes_one_in_a_hundred(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    """1 % are new, 1 % go on, these come first, and the others are the same in their old order."""
    before = {chat["id"]: chat for chat in first}
    new, extended, rest = second[:CHANGES], second[CHANGES : 2 * CHANGES], second[2 * CHANGES :]
    assert not any(chat["id"] in before for chat in new)
    for chat in extended:
        old = before[chat["id"]]
        assert len(messages(chat)) > len(messages(old))
        assert chat["update_time"] > max(other["update_time"] for other in first)
        assert {m["id"] for m in messages(old)} < {m["id"] for m in messages(chat)}
    going_on = {chat["id"] for chat in extended}
    assert rest == [chat for chat in first if chat["id"] not in going_on]


def test_shuffled_keys_say_the_same() -> None:
    """With shuffled keys every byte string of a conversation differs and its content does not."""
    account = Account(conversations=3, seed=1)
    plain, shuffled = array(account), array(account, shuffle_keys=True)
    assert json.loads(plain) == json.loads(shuffled)
    for one, other in zip(json.loads(plain), json.loads(shuffled), strict=True):
        assert list(one) != list(other)
        assert list(one["mapping"]) != list(other["mapping"])


def test_no_conversations_is_an_empty_array() -> None:
    """An array of nothing is still an array."""
    out = io.BytesIO()
    write_array(out, iter(()))
    assert json.loads(out.getvalue()) == []


@pytest.mark.parametrize("form", ["json", "zip"])
def test_floor_does_all_the_work(tmp_path: Path, form: str) -> None:
    """The floor leaves every message as a row and in the index, and a note per conversation."""
    account, export = Account(conversations=5, seed=1), tmp_path / f"export.{form}"
    if form == "zip":
        write_zip(export, account, account.month())
    else:
        write_json(export, account.month())
    workdir = tmp_path / "work"
    workdir.mkdir()
    seconds = floor.run(export, workdir)
    chats = json.loads(array(account))
    said = [message for chat in chats for message in messages(chat)]
    with closing(sqlite3.connect(workdir / "floor.db")) as database:
        assert database.execute("SELECT count(*) FROM messages").fetchone() == (len(said),)
        word = said[1]["content"]["parts"][0].split()[0].strip("*`,.?!:")
        found = "SELECT count(*) FROM messages_fts WHERE messages_fts MATCH ?"
        assert database.execute(found, (f'"{word}"',)).fetchone()[0] > 0
    notes = [path.read_text(encoding="utf-8") for path in (workdir / "notes").iterdir()]
    assert len(notes) == 5
    assert any(said[1]["content"]["parts"][0] in note for note in notes)
    assert list(seconds) == [
        "read", "sha256", "zstd", "parse", "rows", "insert", "fts", "commit", "notes"
    ]  # fmt: skip


# --- Sessions ------------------------------------------------------------------------------------


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a session, decoded."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def blocks(session: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the blocks of all messages that are no prompts."""
    contents = [line["message"]["content"] for line in session if "message" in line]
    return [block for content in contents if isinstance(content, list) for block in content]


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of twenty sessions, 4 MB."""
    folder = tmp_path_factory.mktemp("projects")
    write_sessions(folder, 20, 4_000_000, seed=7)
    return folder


def test_same_seed_same_session(tmp_path: Path) -> None:
    """A session depends on its seed, number and size alone, and a longer one begins like it."""
    one, other = (write_session(tmp_path / name, 3, 50_000, 1) for name in "ab")
    assert one.relative_to(tmp_path / "a") == other.relative_to(tmp_path / "b")
    short = one.read_bytes()
    assert short == other.read_bytes()
    assert write_session(tmp_path / "a", 3, 90_000, 1).read_bytes().startswith(short)
    assert write_session(tmp_path / "a", 3, 50_000, 2).read_bytes() != short


def test_sessions_have_the_size_of_real_ones(projects: Path) -> None:
    """Lines are as long as real ones on average, some are very long, and sizes differ."""
    files = sorted(projects.rglob("*.jsonl"))
    sizes = [path.stat().st_size for path in files]
    found = [line for path in files for line in path.read_bytes().splitlines()]
    assert len(files) == 20
    assert len({path.parent for path in files}) > 5
    assert 4_000_000 <= sum(sizes) < 5_000_000
    assert 1_300 < sum(sizes) / len(found) < 2_300
    assert max(map(len, found)) > 50_000
    assert max(sizes) > 5 * min(sizes)


def test_lines_hang_from_one_another(projects: Path) -> None:
    """Each line answers the one before, and each result answers a call before it."""
    for path in projects.rglob("*.jsonl"):
        session = lines(path)
        chain = [line for line in session if "uuid" in line]
        assert [line["parentUuid"] for line in chain] == [None, *(line["uuid"] for line in chain)][
            :-1
        ]
        assert {line["sessionId"] for line in chain} == {path.stem}
        called = {block["id"] for block in blocks(session) if block["type"] == "tool_use"}
        told = {block["tool_use_id"] for block in blocks(session) if block["type"] == "tool_result"}
        assert told <= called


def test_answers_come_in_several_lines(projects: Path) -> None:
    """There are thoughts, texts, calls of every tool, and answers of more than one line."""
    said = [line for path in projects.rglob("*.jsonl") for line in lines(path)]
    assert {block["type"] for block in blocks(said)} == {
        "thinking",
        "text",
        "tool_use",
        "tool_result",
    }
    assert {block["name"] for block in blocks(said) if block["type"] == "tool_use"} == {
        "Bash",
        "Read",
        "Edit",
        "Grep",
        "TodoWrite",
    }
    answers = [line["message"]["id"] for line in said if line["type"] == "assistant"]
    assert len(set(answers)) < 0.8 * len(answers)


def test_nothing_in_sessions_is_unknown(projects: Path) -> None:
    """The parser understands all of a session: what is measured is the usual way."""
    parse = PARSER.sessions[0].parse
    assert parse is not None
    for path in projects.rglob("*.jsonl"):
        records = list(parse(Document(data=path.read_bytes())))
        told = [record for record in records if isinstance(record, Conversation)]
        assert [conversation.conversation_id for conversation in told] == [path.stem]
        assert not any(conversation.unknowns for conversation in told)
        assert not any(isinstance(record, Problem) for record in records)


def test_a_session_goes_on(projects: Path, tmp_path: Path) -> None:
    """What is appended hangs from the last line, and each line holds its own word."""
    for source in sorted(projects.rglob("*.jsonl"))[:8]:
        path = tmp_path / source.name
        path.write_bytes(source.read_bytes())
        last = [line for line in lines(path) if "uuid" in line][-1]
        appender = Appender(path, "more")
        words = [appender.append()[0] for _ in range(4)]
        added = lines(path)[-4:]
        assert [line["parentUuid"] for line in added] == [
            last["uuid"],
            *(line["uuid"] for line in added[:-1]),
        ]
        assert all(line["sessionId"] == path.stem for line in added)
        assert all(line["timestamp"] > last["timestamp"] for line in added)
        assert all(word in json.dumps(line) for word, line in zip(words, added, strict=True))


def test_floor_does_all_the_work_of_sessions(projects: Path, tmp_path: Path) -> None:
    """The floor leaves a row for each line that says something, and a note for each session."""
    floor.run(projects, tmp_path)
    files = sorted(projects.rglob("*.jsonl"))
    said = [line for path in files for line in lines(path) if "message" in line]
    with closing(sqlite3.connect(tmp_path / "floor.db")) as database:
        assert database.execute("SELECT count(*) FROM messages").fetchone() == (len(said),)
        assert database.execute("SELECT count(*) FROM chunks").fetchone() == (len(files),)
    notes = [path.read_text(encoding="utf-8") for path in (tmp_path / "notes").iterdir()]
    assert len(notes) == len(files)
    results = [block for block in blocks(said) if block["type"] == "tool_result"]
    assert any(results[-1]["content"] in note for note in notes)


def test_words_are_found_in_notes_that_were_written(tmp_path: Path) -> None:
    """A word is seen when its note takes its place; hidden files and old words do not count."""
    folder, note = tmp_path / "2025", tmp_path / "2025" / "note.md"
    folder.mkdir()
    note.write_text("before", encoding="utf-8")
    notes = Notes(tmp_path)
    (folder / ".note.md").write_text("early", encoding="utf-8")
    fresh = folder / "fresh"
    fresh.write_text("early and late", encoding="utf-8")
    fresh.replace(note)
    assert notes.until_shown(["late", "early"]) == dict.fromkeys(
        ["late", "early"], note.stat().st_ctime
    )
    assert (len(notes), notes.written) == (1, 1)


# --- Measuring -----------------------------------------------------------------------------------

PARENT_OF_A_LARGE_CHILD = """
import subprocess, sys
child = "held = b'x' * 40_000_000; sum(range(2_000_000)); print(flush=True); input()"
subprocess.run([sys.executable, "-c", child], check=True)
print("over", flush=True)
input()
"""


@needs_proc
def test_grandchildren_are_measured() -> None:
    """Memory counts processes below the one asked for; processor time also those that ended."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT_OF_A_LARGE_CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdout.readline()
        assert len(list(tree(parent.pid))) == 2
        assert proportional_bytes(parent.pid) > 40_000_000
        with PeakMemory(parent.pid) as sampled:
            pass  # the first sample is taken at once
        parent.stdin.write(b"\n")
        parent.stdin.flush()
        assert parent.stdout.readline() == b"over\n"
        assert list(tree(parent.pid)) == [parent.pid]
        assert processor_seconds(parent.pid) > 0
        parent.communicate(b"\n")
    assert sampled.peak > 40_000_000


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([3.0], 99, 3.0), ([4.0, 1.0, 3.0, 2.0], 50, 3.0), ([float(n) for n in range(100)], 99, 99.0)],
    ids=["one", "unsorted", "hundred"],
)
def test_percentile(values: list[float], percent: float, expected: float) -> None:
    """The percentile is one of the values: the nearest rank, upwards."""
    assert percentile(values, percent) == expected


def test_table_says_what_was_missed_and_what_failed() -> None:
    """A row says whether its aim is met; a scenario that failed is named with its reason."""
    rows = [Row("cold", 1.25, "x floor", 1.5), Row("again", 0.4, "s", 0.3), Row("other", 7, "MB")]
    text = as_text(rows, [Failure("vault", "no daemon")])
    assert "1.25 x floor | ≤ 1.5 x floor | met " in text
    assert "≤ 0.3 s       | MISSED" in text
    assert "vault: not measured: no daemon" in text
    answer = as_json(rows, [])
    assert [row["met"] for row in answer["rows"]] == [True, False, None]
