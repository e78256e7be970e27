"""Files of JSON lines as arrivals: sessions, packed ones, side records, and lines of documents."""

import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import chatgpt_exports as exports
import codex_sessions as codex
import pytest
from archives import dirty, tier_2
from session_files import PNG, chunks, count, findings, members, rows, session, take

from polylogue.errors import BadInputError, IncompleteError
from polylogue.ingest import ingest
from polylogue.ingest.sessions import Reader
from polylogue.model import Arrival, Carry, Document, Parsed, Problem
from polylogue.parsers import PARSERS, Session
from polylogue.store.archive import Archive, open_archive
from polylogue.store.load import find, load

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Open an empty archive."""
    with open_archive(tmp_path / "data" / "archive.db") as opened:
        yield opened


def put(path: Path, data: bytes) -> Path:
    """Write a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def said(archive: Archive, conversation_id: str) -> list[int | None]:
    """Return the lines of a conversation's messages, as they are loaded."""
    (row_id,) = find(archive.connection, conversation_id)
    return [stored.message.line for stored in load(archive.connection, row_id).messages]


def test_a_session_is_one_conversation_in_the_order_of_its_lines(
    archive: Archive, tmp_path: Path
) -> None:
    """However many groups it is read in, it is counted once and stands in one source row."""
    receipt = take(archive, put(tmp_path / "s1.jsonl", session(60).data()))

    assert (receipt.counts["conversations"], receipt.counts["new"]) == (1, 1)
    assert count(archive, "object_chunks") > 2
    assert count(archive, "conversation_sources") == 1
    lines = [line or 0 for line in said(archive, "s1")]
    assert len(lines) > 100
    assert lines == sorted(lines)
    assert findings(archive) == []


def test_bad_lines_and_a_cut_end_cost_themselves(archive: Archive, tmp_path: Path) -> None:
    """What cannot be read is told of, and the rest is there."""
    receipt = take(archive, put(tmp_path / "s1.jsonl", session(9).data()[:-30]))

    assert receipt.status == "partial"
    assert any(problem.code == "torn" for problem in receipt.problems)
    assert said(archive, "s1")


def test_a_parser_that_fails_over_a_line_costs_that_line() -> None:
    """The lines around it are read, with what is carried from one to the next."""

    def parse(document: Document) -> Iterator[Parsed]:
        words = document.data.split()
        if b"bad" in words:
            raise ZeroDivisionError
        yield Carry(state=document.state + b"".join(words))

    parser = PARSERS[0]
    reader = Reader(parser, Session("tea", lambda _probes: True, parse), "tea.jsonl", line=7)
    records = reader.read(b"one\ntwo\nbad\nthree\n")

    problems = [record for record in records if isinstance(record, Problem)]
    assert [problem.where for problem in problems] == ["tea.jsonl: line 9"]
    assert (reader.state, reader.line) == (b"onetwothree", 11)


def test_a_session_of_one_line_is_a_session(archive: Archive, tmp_path: Path) -> None:
    """One line alone looks like one document; it is read as what it begins."""
    line = session(1).data().split(b"\n")[0] + b"\n"
    assert take(archive, put(tmp_path / "s1.jsonl", line)).counts["conversations"] == 1
    assert said(archive, "s1") == [1]


def test_a_session_that_is_known_is_not_read_again(archive: Archive, tmp_path: Path) -> None:
    """In another container with other things, it adds no row and is told as the same."""
    put(tmp_path / "one" / "s1.jsonl", session(40).data())
    take(archive, tmp_path / "one")
    before = tier_2(archive.connection)
    put(tmp_path / "two" / "s1.jsonl", session(40).data())
    put(tmp_path / "two" / "empty.json", b"{}")
    with zipfile.ZipFile(tmp_path / "three.zip", "w") as packed:
        packed.writestr("s1.jsonl", session(40).data())

    for name in ("two", "three.zip"):
        counts = take(archive, tmp_path / name).counts
        assert (counts["conversations"], counts["same"]) == (1, 1)
    assert tier_2(archive.connection)["sources"] == before["sources"]
    assert rows(tier_2(archive.connection))["messages"] == before["messages"]


def test_a_longer_copy_adds_what_is_new(archive: Archive, tmp_path: Path) -> None:
    """Next month's copy of a session shares its chunks, and its rows are those of the longer one."""
    short, long = session(40).data(), session(44).data()
    take(archive, put(tmp_path / "1.jsonl", short))
    known = chunks(archive)
    assert take(archive, put(tmp_path / "2.jsonl", long)).counts["changed"] == 1
    assert len(chunks(archive) - known) <= 2
    with open_archive(tmp_path / "other" / "archive.db") as other:
        for name in ("2.jsonl", "1.jsonl"):
            take(other, tmp_path / name)
        assert rows(tier_2(other.connection)) | {"unknowns": []} == rows(
            tier_2(archive.connection)
        ) | {"unknowns": []}


def test_pictures_in_a_session_are_files(archive: Archive, tmp_path: Path) -> None:
    """The bytes that stand in a line are kept as an object that the attachments show."""
    take(archive, put(tmp_path / "s1.jsonl", session(6).data()))
    states = archive.connection.execute(
        "SELECT status, size_bytes, mime_type FROM attachments"
    ).fetchall()

    assert states == [("stored", len(PNG) + 1, "image/png")] * 6
    assert count(archive, "assets") == 5
    assert findings(archive) == []


# --- Side records ---------------------------------------------------------------------------------


def test_a_title_waits_for_its_conversation(archive: Archive, tmp_path: Path) -> None:
    """A conversation of which only a side file tells is nowhere to be seen, and then has its title."""
    index = codex.jsonl({"id": codex.SESSION, "thread_name": "Tea", "updated_at": codex.stamp(9)})
    rollout = codex.rollout(codex.meta(), codex.turn(), codex.user("Which tea?"))
    put(tmp_path / "session_index.jsonl", index)
    put(tmp_path / "rollout.jsonl", rollout)

    take(archive, tmp_path / "session_index.jsonl")
    assert find(archive.connection, codex.SESSION) == []
    assert dirty(archive.connection) == set()
    assert findings(archive) == []
    take(archive, tmp_path / "rollout.jsonl")
    (row_id,) = find(archive.connection, codex.SESSION)
    assert load(archive.connection, row_id).head.title == "Tea"
    assert dirty(archive.connection) == {codex.SESSION}
    with open_archive(tmp_path / "other" / "archive.db") as other:
        for name in ("rollout.jsonl", "session_index.jsonl"):
            take(other, tmp_path / name)
        assert tier_2(other.connection) == tier_2(archive.connection)


# --- Packed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["file", "folder", "zip"])
def test_a_packed_session_is_the_session(archive: Archive, tmp_path: Path, where: str) -> None:
    """It is kept unpacked under its own name, wherever it lies, and may be several frames."""
    data = session(20).data()
    packed = zstd.compress(data[:5000]) + zstd.compress(data[5000:])
    path = put(tmp_path / "in" / "a" / "s1.jsonl.zst", packed)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archived:
        archived.writestr("a/s1.jsonl.zst", packed)
    take(archive, {"file": path, "folder": tmp_path / "in", "zip": tmp_path / "x.zip"}[where])

    name = "s1.jsonl" if where == "file" else "a/s1.jsonl"
    assert members(archive) == {name: data}
    with open_archive(tmp_path / "other" / "archive.db") as other:
        take(other, put(tmp_path / "s1.jsonl", data))
        assert tier_2(other.connection) == tier_2(archive.connection)


@pytest.mark.parametrize(
    ("spoil", "error", "code"),
    [
        (lambda packed: packed[:-20], IncompleteError, "zst-incomplete"),
        (lambda packed: packed[:40] + bytes(40) + packed[80:], BadInputError, "zst-damaged"),
        (lambda _: zstd.compress(bytes(2 << 20)), BadInputError, "zst-bomb"),
    ],
)
def test_a_broken_packed_file_is_refused(
    archive: Archive,
    tmp_path: Path,
    spoil: Callable[[bytes], bytes],
    error: type[BadInputError],
    code: str,
) -> None:
    """Cut short, damaged, or a bomb: nothing of it is kept, and the sentence says which."""
    path = put(tmp_path / "s1.jsonl.zst", spoil(zstd.compress(session(20).data())))
    with pytest.raises(error) as caught:
        ingest(archive, Arrival(path=path, origin="x"), imported_at=1, max_size=1 << 20)
    assert caught.value.code == code
    assert count(archive, "raw_imports") == 0


def test_a_broken_packed_file_in_a_folder_is_kept_as_it_is(
    archive: Archive, tmp_path: Path
) -> None:
    """It costs itself: the other files are read."""
    put(tmp_path / "in" / "bad.jsonl.zst", zstd.compress(session(20).data())[:-20])
    put(tmp_path / "in" / "s1.jsonl", session(2).data())

    assert take(archive, tmp_path / "in").counts["conversations"] == 1
    assert set(members(archive)) == {"bad.jsonl.zst", "s1.jsonl"}


# --- Lines that are documents ---------------------------------------------------------------------


def test_lines_of_conversations_are_conversations(archive: Archive, tmp_path: Path) -> None:
    """Each line is read by itself; what is no chat among them is told of; bytes are what they were."""
    chats = [exports.conversation(f"c{n}", f"Tea {n}", "Which?", "Green.") for n in range(5)]
    lines = [json.dumps(chat).encode() for chat in chats]
    data = b"\n".join([*lines[:3], b'{"recipe": "cake"}', *lines[3:]]) + b"\n"
    receipt = take(archive, put(tmp_path / "chats.jsonl", data))

    assert (receipt.status, receipt.counts["conversations"]) == ("partial", 5)
    assert [problem.code for problem in receipt.problems] == ["stranger"]
    assert members(archive) == {"chats.jsonl": data}
    again = take(archive, exports.write_json(tmp_path / "conversations.json", chats))
    assert again.counts["same"] == 5
    assert findings(archive) == []


def test_lines_that_nobody_knows_are_kept_in_groups(archive: Archive, tmp_path: Path) -> None:
    """A log of another program is a few chunks, not one for each of its lines."""
    data = b'{"level": "info", "recipe": "cake"}\n' * 5000
    assert take(archive, put(tmp_path / "log.jsonl", data)).status == "unrecognized"
    assert members(archive) == {"log.jsonl": data}
    assert count(archive, "object_chunks") == 3
