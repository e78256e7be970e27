"""`explain`: what a file is taken for, and what is in it, without an archive."""

import zipfile
from pathlib import Path

import chatgpt_exports as chatgpt
import claude_ai_exports as claude_ai
import claude_code_sessions as claude_code
import codex_sessions as codex
import gemini_takeout as gemini
import msgspec
import pytest
from parser_examples import EXAMPLES, Example, dump

from polylogue.errors import BadInputError, IncompleteError
from polylogue.ingest import ingest
from polylogue.ingest.explain import explain
from polylogue.ingest.explanation import Explained, Explanation, Seen
from polylogue.model import Arrival
from polylogue.store.archive import open_archive

GIB = 1 << 30


def put(path: Path, data: bytes) -> Path:
    """Write a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def explained(path: Path) -> Explanation:
    """Explain a file or folder."""
    return explain(Arrival(path=path, origin="import"), max_size=GIB)


def only(path: Path) -> Explained:
    """Explain a file with one member."""
    (member,) = explained(path).members
    return member


def _bytes(example: Example) -> bytes:
    if example.page:
        return gemini.page(example.page.decode())
    if example.lines:
        return b"".join(dump(line) + b"\n" for line in example.lines)
    return dump(example.value)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_kind_of_file(tmp_path: Path, example: Example) -> None:
    """It is taken for what it is, and holds what an import makes of it."""
    path = put(tmp_path / "a-file", _bytes(example))
    told, member = explained(path), only(path)
    with open_archive(tmp_path / "data" / "archive.db") as archive:
        arrival = Arrival(path=path, origin="import")
        receipt = ingest(archive, arrival, imported_at=0, max_size=GIB)
        (messages,) = archive.connection.execute("SELECT count(*) FROM messages").fetchone()
    assert [(one.provider, one.shape) for one in member.taken] == [
        (example.provider, example.shape)
    ]
    assert sum(told.conversations.values()) == receipt.counts["conversations"] > 0
    assert member.messages == messages > 0
    assert member.problem_count == len(receipt.problems)
    assert told.sentence.startswith(f"a-file is taken for {example.provider}: 1 ")


def test_the_evidence_is_keys_in_their_order(tmp_path: Path) -> None:
    """For a document those of the first one; for a session those of its first lines."""
    chat = chatgpt.conversation("c1", "Tea", "Which tea?", "Green.")
    (taken,) = only(put(tmp_path / "c.json", dump([chat, chat]))).taken
    assert taken.count == 2
    assert taken.keys == tuple(chat)[:12]
    rollout = codex.rollout(codex.meta(), codex.user("Hello"), codex.assistant("Hi."))
    assert only(put(tmp_path / "r.jsonl", rollout)).taken[0].keys == (
        "timestamp",
        "type",
        "payload",
    )


def test_a_chat_in_many_places_is_one_conversation(tmp_path: Path) -> None:
    """Within a member and in several; each member says what is in it."""
    chat = chatgpt.conversation("c1", "Tea", "Which tea?", "Green.")
    put(tmp_path / "f" / "1.json", dump([chat, chat]))
    put(tmp_path / "f" / "2.json", dump(chat))
    told = explained(tmp_path / "f")
    assert told.conversations == {"chat": 1}
    assert [member.conversations for member in told.members] == [{"chat": 1}] * 2


def test_a_message_that_grows_over_groups_counts_once(tmp_path: Path) -> None:
    """A long session is read in groups; what an answer adds to is one message."""
    chat = claude_code.Session("s1")
    for number in range(200):
        chat.prompt(f"Question {number} " + "x" * 400)
        chat.answer(*(claude_code.text(f"{number} {part} " + "y" * 400) for part in "abc"))
    member = only(put(tmp_path / "s1.jsonl", chat.data()))
    assert member.messages == 400
    assert member.size > 4 * 65_536


def test_kinds_of_notes(tmp_path: Path) -> None:
    """Projects and memories are told apart from conversations."""
    chats = [claude_ai.conversation("c1", "Tea", "Which tea?", "Green.")]
    path = claude_ai.export_zip(
        tmp_path / "d.zip", chats, projects=[claude_ai.project("p1", "Beds")]
    )
    told = explained(path)
    assert told.container == "zip"
    assert told.conversations == {"chat": 1, "project": 1, "memory": 1}
    assert told.sentence.startswith("d.zip is taken for claude-ai: 1 conversation, 1 memory, 1 ")
    (users,) = (member for member in told.members if member.name == "users.json")
    assert (users.conversations, users.messages) == ({}, 0)


def test_what_is_not_understood(tmp_path: Path) -> None:
    """Unknown content is told by path and kind, folds by kind, strangers by their keys."""
    widget = chatgpt.message("w", "assistant", content={"content_type": "super_widget", "x": 1})
    chat = chatgpt.conversation("c1", "Tea", "Which tea?", widget)
    told = explained(put(tmp_path / "c.json", dump([chat, {"novel": 1, "shape": 2}, {"other": 1}])))
    (member,) = told.members
    assert [(seen.kind, seen.count) for seen in member.unknowns] == [("super_widget", 1)]
    assert (member.strangers, member.stranger_keys) == (2, ("novel", "shape"))
    assert "1 kind of content in it is not understood" in told.sentence
    assert "2 records are of no kind that polylogue knows" in told.sentence


def test_lines_that_nobody_knows(tmp_path: Path) -> None:
    """Lines of documents are counted, and so are the strangers among them."""
    chat = chatgpt.conversation("c1", "Tea", "Which tea?", "Green.")
    data = b"\xef\xbb\xbf" + dump(chat) + b"\n\n" + dump({"novel": 1}) + b"\nnot JSON\n"
    member = only(put(tmp_path / "c.jsonl", data))
    assert (member.kind, member.taken[0].count, member.strangers) == ("lines", 1, 2)
    assert member.stranger_keys == ("novel",)


def test_problems_have_places(tmp_path: Path) -> None:
    """What is broken is told with where it is, and does not hide the rest."""
    lines = codex.lines(codex.meta(), codex.user("Hello"), codex.assistant("Hi."))
    data = b"".join([*lines, b'{"broken": \n', b'{"timestamp": "2026'])
    member = only(put(tmp_path / "r.jsonl", data))
    assert member.messages == 2
    places = [problem.where for problem in member.problems]
    assert len(places) == member.problem_count == 2
    assert all("line 4" in place or "line 5" in place for place in places)


def test_many_problems_are_counted_not_kept(tmp_path: Path) -> None:
    """Memory stays bounded when everything is broken."""
    chat = chatgpt.conversation("c1", "Tea", "Which tea?", "Green.")
    nameless = {key: chat[key] for key in chat if not key.endswith("id")}
    member = only(put(tmp_path / "c.json", dump([nameless] * 500)))
    assert member.problem_count == 500
    assert len(member.problems) == 100


def test_members_with_nothing_to_say_are_numbers(tmp_path: Path) -> None:
    """Attachments, pages without chats of their own, pictures and litter are summed up by kind."""
    chats = [chatgpt.conversation("c1", "Tea", "Which tea?", "Green.")]
    more = {f"file-{'Ab3' * 8}-{number}.png": b"\x89PNG" for number in range(5)}
    path = chatgpt.export_zip(
        tmp_path / "e.zip", chats, extra_members=more | {"__MACOSX/._x": b"", "a.txt": b"hello"}
    )
    told = explained(path)
    assert all(member.taken for member in told.members)
    assert told.silent["attachment"] == 5
    assert (told.silent["litter"], told.silent["binary"]) == (1, 1)
    with zipfile.ZipFile(path) as archive:
        number = len(archive.namelist())
    assert len(told.members) + sum(told.silent.values()) == number


def test_a_damaged_member_costs_itself(tmp_path: Path) -> None:
    """The rest of the ZIP is explained."""
    chats = [chatgpt.conversation("c1", "Tea", "Which tea?", "Green.")]
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", dump(chats))
        archive.writestr("z.json", dump([{"novel": "marker-here"}]))
    path.write_bytes(path.read_bytes().replace(b"marker-here", b"marker-gone"))
    told = explained(path)
    assert told.conversations == {"chat": 1}
    (broken,) = (member for member in told.members if member.name == "z.json")
    assert broken.problem_count == 1
    assert broken.problems[0].where == "z.json"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"Dear Anna, all is well.", "Nothing in a-file is a chat that polylogue knows."),
        (b"[]", "Nothing in a-file is a chat that polylogue knows."),
        (b'{"user_id": "u", "email": "", "mobile": null}', "a-file belongs to deepseek, but"),
        (
            b'{"novel": 1}',
            "Nothing in a-file is a chat that polylogue knows; 1 record is of no kind",
        ),
        (b'\xff\xfe[\x00{\x00"\x00', "Nothing in a-file is a chat that polylogue knows; 1 problem"),
    ],
    ids=["letter", "empty list", "account", "stranger", "utf-16"],
)
def test_what_is_no_chat(tmp_path: Path, data: bytes, sentence: str) -> None:
    """It is told what it is instead, as far as that is known."""
    told = explained(put(tmp_path / "a-file", data))
    assert not told.is_chat
    assert told.sentence.startswith(sentence)


def test_what_cannot_be_read_at_all(tmp_path: Path) -> None:
    """An empty file and a ZIP without its end are errors, as they are for an import."""
    with pytest.raises(BadInputError):
        explained(put(tmp_path / "a.json", b""))
    whole = chatgpt.export_zip(tmp_path / "e.zip", []).read_bytes()
    with pytest.raises(IncompleteError):
        explained(put(tmp_path / "b.zip", whole[:-30]))


def test_nothing_is_changed(tmp_path: Path) -> None:
    """No file is made or touched, wherever it is read from."""
    chats = [chatgpt.conversation("c1", "Tea", "Which tea?", "Green.")]
    inner = chatgpt.export_zip(tmp_path / "i.zip", chats)
    with zipfile.ZipFile(tmp_path / "o.zip", "w") as outer:
        outer.write(inner, "part1of2.zip")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert explained(tmp_path / "o.zip").conversations == {"chat": 1}
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_it_is_plain_json(tmp_path: Path) -> None:
    """All of it, also what is empty, can be printed for programs."""
    told = explained(put(tmp_path / "a.json", dump([{"novel": 1}])))
    fields = msgspec.to_builtins(told)
    assert fields["members"][0]["unknowns"] == ()
    assert msgspec.convert(fields, Explanation) == told
    assert msgspec.to_builtins(Seen(path="a", kind="b", count=1))["count"] == 1
