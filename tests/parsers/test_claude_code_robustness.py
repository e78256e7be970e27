"""However lines are grouped and whatever they hold: the same rows, nothing raised, nothing lost."""

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from claude_code_sessions import (
    Object,
    Session,
    call,
    conversations,
    dump,
    image,
    read,
    text,
    thinking,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from polylogue.model import Conversation, Document, Head, Message, Parsed, Problem
from polylogue.parsers.base import detect, detect_session
from polylogue.parsers.claude_code import PARSER
from polylogue.parsers.claude_code.state import dump as dump_state
from polylogue.parsers.claude_code.state import load
from polylogue.parsers.text import probe


def rich() -> Session:
    """Return a session in which most of the format occurs."""
    chat = Session("s1")
    chat.bare("file-history-snapshot", messageId="x", snapshot={})
    chat.bare("summary", summary="Tea", leafUuid="s1-9")
    chat.prompt("<command-name>/clear</command-name>")
    chat.progress("hook_progress", hookName="Start")
    chat.prompt([text("Make tea"), image(b"leaf")])
    chat.fragment("m1", thinking("Water first."), 1)
    chat.progress("hook_progress")
    chat.fragment("m1", text("I will."), 1)
    chat.fragment("m1", call("c1", "Bash", command="boil"), 1)
    chat.progress("bash_progress", output="…")
    chat.result("c1", "Exit code 1\nno water", is_error=True)
    chat.fragment("m1", call("c2", "Edit", file_path="/a", old_string="x", new_string="y"), 90)
    hunk = {"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1, "lines": [" w", "-x", "+y"]}
    chat.result("c2", "ok", structuredPatch=[hunk])
    chat.answer(
        text("\n\n"),
        call("c3", "Task", description="Cups", prompt="Find cups"),
        call("c4", "Task", description="Tray", prompt="Find a tray"),
        usage=(1, 5, 50),
    )
    chat.prompt("Find cups", parentUuid=None, isSidechain=True)
    chat.fragment("m7", text("Cups"), isSidechain=True)
    chat.bare("queue-operation", operation="enqueue", content="And milk", timestamp="2026-02-03")
    chat.fragment("m7", text("Found"), isSidechain=True)
    chat.bare("queue-operation", operation="remove", timestamp="2026-02-03T04:00:00Z")
    chat.result("c4", [text("Tray"), image(b"tray")], agentId="a4", totalTokens=5)
    chat.result("c3", "Cups")
    chat.add("attachment", attachment={"type": "queued_command", "prompt": "And milk"})
    chat.system("compact_boundary", "Conversation compacted", parentUuid=None)
    chat.prompt("The story so far", isCompactSummary=True)
    chat.lines += chat.lines[4:9]
    chat.raw(b"42")
    chat.raw(b"\0\0\0\0")
    chat.raw(b"")
    chat.raw(b'{"type":"user","uuid":"cut')
    chat.add("dance", content={"la": "la"})
    chat.prompt("From afar", sessionId="s2")
    chat.answer(text("Hello"), sessionId="s2")
    chat.prompt("Copied", forkedFrom={"sessionId": "s0", "messageUuid": "s0-1"}, sessionId="s3")
    chat.prompt("Forked", sessionId="s3")
    chat.bare("custom-title", customTitle="Afternoon", sessionId="s1")
    chat.bare("ai-title", aiTitle="Tea time", sessionId="s3")
    return chat


LINES = rich().data().count(b"\n")

# --- Any grouping ---------------------------------------------------------------------------------

Rows = dict[str, dict[str, Message]]


def _rank(message: Message) -> tuple[int, bytes]:
    """Say how rich a version is: of two the larger one stays, as in the archive."""
    said = msgspec.json.encode((message.parts, message.metadata), order="deterministic")
    placed = msgspec.json.encode(message, order="deterministic")
    return len(said.decode()), placed


def _united(records: Iterable[Parsed]) -> tuple[Rows, dict[str, Head]]:
    rows: Rows = {}
    heads: dict[str, Head] = {}
    for record in records:
        if isinstance(record, Conversation):
            known = rows.setdefault(record.conversation_id, {})
            heads[record.conversation_id] = record.head
            for message in record.messages:
                there = known.get(message.message_id)
                if there is None or _rank(message) > _rank(there):
                    known[message.message_id] = message
    return rows, heads


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(1, LINES)))
def test_any_grouping_unites_to_the_same(cuts: set[int]) -> None:
    """A session that is read while it grows ends in the same rows as one read at once."""
    data = rich().data()

    assert _united(read(data, cuts)) == _united(read(data))


def test_line_by_line() -> None:
    """The smallest groups there are."""
    data = rich().data()

    assert _united(read(data, range(LINES))) == _united(read(data))


def test_a_version_only_grows() -> None:
    """What is given again has more in it: the archive keeps the larger version."""
    sizes: dict[tuple[str, str, int | None], list[int]] = {}
    for record in read(rich().data(), range(LINES)):
        if isinstance(record, Conversation):
            for message in record.messages:
                key = (record.conversation_id, message.message_id, message.line)
                sizes.setdefault(key, []).append(_rank(message)[0])

    again = [told for told in sizes.values() if len(told) > 1]

    assert len(again) >= 3
    assert all(one < other for told in again for one, other in pairwise(told))


def test_every_line_is_accounted_for() -> None:
    """A line is a message, a part of one, a fold, an entry in the ledger or a problem."""
    chat = rich()
    records = read(chat.data())
    told = [record for record in records if isinstance(record, Conversation)]

    problems = sum(isinstance(record, Problem) for record in records)
    folds = sum(fold.count for record in told for fold in record.folds)
    shown = sum(len(record.messages) for record in told)

    assert problems == 3
    assert shown + folds + problems == sum(line != b"" for line in chat.lines)
    assert {u.kind for record in told for u in record.unknowns} == {"dance"}


def test_the_state_is_bounded() -> None:
    """What must be remembered does not grow with the file."""
    chat = Session("s1")
    for number in range(700):
        chat.prompt(f"Prompt {number}", sessionId=f"s{number % 60}")
        chat.answer(call(f"c{number}", "Bash", command="x" * 100), sessionId=f"s{number % 60}")
        chat.bare("queue-operation", operation="enqueue", content=f"Wait {number}")
        chat.bare("summary", summary="x", leafUuid=f"no-{number}")
        chat.add(f"kind-{number}")
    parse = PARSER.sessions[0].parse
    assert parse is not None

    *_, carry = parse(Document(data=chat.data()))

    assert len(carry.state) < 100_000  # type: ignore[union-attr]


@pytest.mark.parametrize(("lines", "length"), [(600, 10), (5, 500_000)])
def test_an_answer_without_end_is_several_messages(lines: int, length: int) -> None:
    """An answer that may still grow is in the state: it is closed when it has become large."""
    chat = Session("s1")
    for number in range(lines):
        chat.fragment("m1", text(f"{number} " + "x" * length))
    parse = PARSER.sessions[0].parse
    assert parse is not None

    *_, carry = parse(Document(data=chat.data()))
    told = conversations(read(chat.data()))["s1"].messages

    assert 1 < len(told) < lines
    assert sum(len(message.parts) for message in told) == lines
    assert len(carry.state) < 2_000_000  # type: ignore[union-attr]


def test_many_bad_lines_are_few_problems() -> None:
    """Twenty are told one by one, the rest by their number."""
    problems = [r for r in read(b"nonsense\n" * 100) if isinstance(r, Problem)]

    assert len(problems) == 21
    assert problems[-1].text == "80 more lines cannot be read."


def test_a_foreign_state_is_none() -> None:
    """A state that cannot be read is an empty one."""
    assert dump_state(load(b"\xc1nonsense")) == dump_state(load(b""))


# --- Any JSON anywhere ----------------------------------------------------------------------------

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud83d", "\0", "text", "s1", "s1-6", "m1", "<command-name>", "c1", "user"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        inner: list[tuple[str | int, object]] = list(value.items())
    else:
        inner = list(enumerate(value)) if isinstance(value, list) else []
    return [(*path, key) for key, _ in inner] + [
        deeper for key, item in inner for deeper in _paths(item, (*path, key))
    ]


PATHS = [
    (at, path)
    for at, line in enumerate(rich().lines)
    if isinstance(line, dict)
    for path in _paths(line)
]


def _put(line: Object, path: tuple[str | int, ...], value: object) -> Object:
    changed: Object = json.loads(json.dumps(line))
    at: Any = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PATHS), JSON, st.sets(st.integers(1, LINES), max_size=3))
def test_any_value_anywhere(
    place: tuple[int, tuple[str | int, ...]], value: object, cuts: set[int]
) -> None:
    """Nothing is raised, all of it can be stored, and the other lines are read."""
    chat = rich()
    at, path = place
    line = chat.lines[at]
    assert isinstance(line, dict)
    chat.lines[at] = _put(line, path, value)

    records = read(chat.data(), cuts)

    assert msgspec.json.encode(records)
    assert sum(len(told) for told in _united(records)[0].values()) >= 12


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(rich().data())), st.binary(max_size=4))
def test_torn_and_overwritten_bytes(at: int, junk: bytes) -> None:
    """Broken bytes cost their line."""
    data = rich().data()

    for broken in (data[:at], data[:at] + junk + data[at + len(junk) :]):
        assert msgspec.json.encode(read(broken)) is not None


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_side_files_never_raise(value: object) -> None:
    """Every reader takes whatever it is given."""
    for name in ("loglines", "entries", ""):
        data = dump({name: value, "version": 1} if name else {"": value})
        for parse in [kind.parse for kind in PARSER.shapes] + [k.parse for k in PARSER.sessions]:
            if parse is not None:
                assert msgspec.json.encode(list(parse(Document(data=data))))
                assert list(parse(Document(data=b"[1", state=b"x")))


@pytest.mark.parametrize("depth", [500, 100_000])
def test_depth(depth: int) -> None:
    """Nesting is bounded by words."""
    bomb = b'{"a":' * depth + b"1" + b"}" * depth
    chat = Session("s1")
    chat.prompt("Go")
    chat.answer(call("c1", "Deep", x="BOMB"))
    chat.answer(text("Deep"), usage=[1])
    data = (
        chat.data().replace(b'"BOMB"', bomb).replace(b'"service_tier":"standard"', b'"x":' + bomb)
    )

    records = read(data)

    assert conversations(records)["s1"].messages[0].message_id == "s1-1"


def test_order_of_keys_plays_no_part() -> None:
    """A line with its keys in another order is the same message."""
    chat = rich()
    turned = [
        json.dumps(dict(reversed(line.items()))).encode() if isinstance(line, dict) else line
        for line in chat.lines
    ]

    assert _united(read(b"\n".join(turned))) == _united(read(chat.data()))


def test_lone_surrogates_and_nul() -> None:
    """Text is mended, the line is not lost."""
    chat = Session("s1")
    chat.raw(
        b'{"type":"user","uuid":"u","sessionId":"s1","message":{"content":"a\\ud83d\\u0000b"}}'
    )

    ((said,),) = [m.parts for m in conversations(read(chat.data()))["s1"].messages]

    assert said.text == "a\ufffd\u2400b"  # type: ignore[union-attr]


# --- Whose file is it? ----------------------------------------------------------------------------


def _claimed(*lines: Object) -> bool:
    return detect_session([probe(dump(line)) for line in lines], (PARSER,)) is not None


@pytest.mark.parametrize(
    "line",
    [
        {"type": "user"},
        {"type": "user", "uuid": "a", "label": "graph edge"},
        {"type": "user", "id": "1", "content": [{"text": "Gemini"}], "timestamp": "2026-01-01"},
        {"sessionId": "a", "projectHash": "b", "startTime": "2026-01-01", "kind": "main"},
        {"type": "user", "uuid": "a", "timestamp": "t", "message": {"parts": [{"text": "Qwen"}]}},
        {"type": "response_item", "timestamp": "t", "payload": {"type": "message"}},
        {"type": "message", "id": "1", "message": {"role": "user", "content": "Pi"}},
        {"session_id": "a", "ts": 1, "text": "Codex history"},
        {"type": "result", "value": 1, "sessionId": "a"},
        {"role": "user", "message": {"content": "Cursor"}},
    ],
)
def test_lines_of_others_are_left_alone(line: Object) -> None:
    """A type called `user` is no evidence."""
    assert not _claimed(line)


def test_own_files_are_claimed() -> None:
    """By the first lines that are objects, whatever stands first."""
    for line in rich().lines[:10]:
        assert isinstance(line, dict)
        assert _claimed({}, line)


def test_history_tells_the_first_words() -> None:
    """The list of prompts says how sessions may be called, once each, however it is cut."""
    lines: list[Object] = [
        {"display": said, "timestamp": 1770000000000 + n, "project": "/home/me/tea", "sessionId": s}
        for n, (s, said) in enumerate([("s1", "/clear"), ("s1", "Go"), ("s2", "Hi"), ("s1", "On")])
    ]
    found = detect_session([probe(dump(line)) for line in lines], (PARSER,))
    assert found is not None
    assert found[1].name == "history"
    assert found[1].parse is not None
    titles: list[tuple[str, str]] = []
    state = b""
    for line in lines:
        *abouts, carry = found[1].parse(Document(data=dump(line) + b"\n", state=state))
        titles += [(a.conversation_id, a.head.title) for a in abouts]  # type: ignore[union-attr]
        state = carry.state  # type: ignore[union-attr]

    assert titles == [("s1", "Go"), ("s2", "Hi")]


def test_the_index_gives_titles() -> None:
    """Junk in the index is no title."""
    entries = [
        {"sessionId": "s1", "summary": "Tea", "firstPrompt": "Go", "projectPath": "/home/me/tea"},
        {"sessionId": "s2", "summary": "main", "gitBranch": "main", "firstPrompt": "Go on"},
        {"sessionId": "s3", "isSidechain": True, "summary": "Agent"},
    ]
    data = dump({"version": 1, "entries": entries})
    found = detect(probe(data), (PARSER,))
    assert found is not None
    assert found[1].parse is not None

    told = [(a.conversation_id, a.head.title) for a in found[1].parse(Document(data=data))]  # type: ignore[union-attr]

    assert told == [("s1", "Tea"), ("s2", "Go on")]


def test_a_session_as_one_json() -> None:
    """The web keeps the same records in one object."""
    data = dump({"loglines": [line for line in rich().lines if isinstance(line, dict)]})
    found = detect(probe(data), (PARSER,))
    assert found is not None
    assert found[1].parse is not None

    told = conversations(found[1].parse(Document(data=data)))

    assert told["s1"].head.title == "Afternoon"
    assert set(told) == set(conversations(read(rich().data())))
