"""Verify: a sound archive has no findings, and no flipped bit in it stays unseen."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from archives import add_delta, an_import, bring, chunk, keep, memory, noise, sha, tell
from records import chain, conversation, message

from polylogue.model import AssetName, Attachment, Text, Thinking
from polylogue.store.archive import open_archive, open_readonly
from polylogue.store.assets import add_asset_name
from polylogue.store.imports import NewImport, add_member, begin_import
from polylogue.store.objects import add_chunk, append_chunks, begin_object
from polylogue.store.verify import Finding, verify


def check(connection: sqlite3.Connection) -> list[Finding]:
    """Return what verify finds."""
    return verify(connection, progress=lambda _done, _total: None)


def codes(connection: sqlite3.Connection) -> set[str]:
    """Return the codes of what verify finds."""
    return {finding.code for finding in check(connection)}


def fill(connection: sqlite3.Connection) -> None:
    """Put one of everything into an archive."""
    picture = Attachment(ref="file-1", name="cat.png", extracted_text="a cat")
    lost = Attachment(ref="file-2", name="lost.pdf", mime_type="application/pdf", size=5)
    asked = message("q", [Text(text="What is this?"), picture, lost], timestamp=1)
    answer = message(
        "a", [Thinking(text="hm"), Text(text="A cät")], parent="q", role="assistant",
        author="tool", model="gpt", timestamp=2, hidden=True, metadata={"tokens": 3},
    )  # fmt: skip
    tell(connection, conversation(asked, title="Cats", created_at=1, updated_at=5))
    tell(
        connection,
        conversation(
            asked, answer, title="A cat", created_at=1, updated_at=6, current_id="a",
            account="me", project="p", model="gpt", url="https://e.org", metadata={"starred": True},
        ),
    )  # fmt: skip
    tell(connection, conversation(*chain("hello", "hi"), conversation_id="c2", title="Hello"))
    bring(connection, "file-1", b"a picture")
    add_asset_name(connection, "chatgpt", AssetName(ref="file-2", name="lost.pdf"))
    versions = noise(500), noise(500) + b" and more"
    add_delta(connection, versions[1], versions[0])
    add_member(connection, 1, "sessions.jsonl", keep(connection, *versions, b"text " * 99), None)


@pytest.fixture(scope="module")
def sound() -> sqlite3.Connection:
    """Return an archive that has one of everything and nothing wrong."""
    connection = memory()
    fill(connection)
    return connection


@contextmanager
def copy_of(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Give a copy of an archive, without the care that writers take."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        connection.backup(copy)
        yield copy


@pytest.fixture
def damaged(sound: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Return a copy of it that lets itself be damaged."""
    with copy_of(sound) as copy:
        yield copy


def test_a_sound_archive_has_no_findings(path: Path) -> None:
    """Verify reads through a connection that cannot write, finds nothing and changes nothing."""
    with open_archive(path) as archive, archive.transaction() as connection:
        fill(connection)
    before = path.read_bytes()

    with open_readonly(path) as archive:
        assert check(archive.connection) == []

    assert path.read_bytes() == before


def test_an_empty_archive_has_no_findings() -> None:
    """An archive in which nothing is yet is sound."""
    assert check(memory()) == []


def test_progress_rises_to_its_end() -> None:
    """Progress never goes back, and ends with all done."""
    connection = memory()
    tell(connection, conversation(*chain(*["hi"] * 500)))
    calls: list[tuple[int, int]] = []

    verify(connection, progress=lambda done, total: calls.append((done, total)))

    assert len(calls) > 5
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert all(done <= total for done, total in calls)
    assert calls[-1][0] == calls[-1][1]


# --- Single bits ---------------------------------------------------------------------------------

_COVERED = {
    "chunks": "sha256 size codec base_id data",
    "objects": "sha256 size",
    "object_chunks": "object_id seq chunk_id",
    "conversation_sources": "conversation_id sha256 object_id first_seq chunk_count",
    "conversations": (
        "provider conversation_id slug title created_at updated_at account project model url"
        " current_id metadata_json hash"
    ),
    "messages": (
        "conversation_id message_id parent_id branch_id position role author content content_json"
        " model timestamp hidden metadata_json hash"
    ),
    "attachments": (
        "object_id filename mime_type size_bytes extracted_text status provider provider_ref hash"
    ),
}


def flips(value: bytes | str | int) -> Iterator[bytes | int]:
    """Yield the value with single bits flipped: every low bit of a number, many of a text."""
    if isinstance(value, int):
        yield from (value ^ 1 << bit for bit in (0, 1, 2, 7, 40))
        return
    data = value.encode() if isinstance(value, str) else value
    for place in {0, 1, len(data) // 2, len(data) - 1} if len(data) > 1 else range(len(data)):
        for bit in (0, 5, 7):
            yield data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def put(
    connection: sqlite3.Connection, where: str, key: list[int], flipped: bytes | int, kind: str
) -> bool:
    """Put a flipped value in its place as text, blob or integer; return whether SQLite let it in."""
    table, column = where.split(".")
    keys = "object_id = ? AND seq = ?" if table == "object_chunks" else "id = ?"
    connection.execute("PRAGMA ignore_check_constraints = ON")
    try:
        connection.execute(
            f"UPDATE {table} SET {column} = CAST(? AS {kind}) WHERE {keys}",  # noqa: S608 - names of ours
            (flipped, *key),
        )
    except sqlite3.IntegrityError:
        return False
    finally:
        connection.execute("PRAGMA ignore_check_constraints = OFF")
    return True


@pytest.mark.parametrize(
    ("table", "column"),
    [
        pytest.param(table, column, id=f"{table}-{column}")
        for table, columns in _COVERED.items()
        for column in columns.split()
    ],
)
def test_every_flipped_bit_is_found(sound: sqlite3.Connection, table: str, column: str) -> None:
    """A single bit that flips in a column of data is found, whatever else still fits."""
    kinds = {bytes: "BLOB", str: "TEXT", int: "INTEGER"}
    rowid = "object_id, seq" if table == "object_chunks" else "id"
    found: list[tuple[object, object]] = []
    missed: list[tuple[object, object]] = []
    rows = sound.execute(f"SELECT ({column}), {rowid} FROM {table}").fetchall()  # noqa: S608 - names of ours
    for value, *key in rows:
        for flipped in flips(value) if value not in (None, "") else ():
            with copy_of(sound) as damaged:
                if put(damaged, f"{table}.{column}", key, flipped, kinds[type(value)]):
                    (found if check(damaged) else missed).append((value, flipped))

    assert found
    assert not missed


# --- What is wrong, and its words ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param(
            "UPDATE chunks SET data = zeroblob(9) WHERE codec = 'delta'",
            {"chunk-damaged", "object-damaged"},
            id="a-chunk",
        ),
        pytest.param(
            "UPDATE objects SET size = size + 1 WHERE id = 1", {"object-damaged"}, id="a-size"
        ),
        pytest.param(
            "UPDATE messages SET content = 'other' WHERE message_id = 'q'",
            {"message-damaged"},
            id="a-message",
        ),
        pytest.param(
            "UPDATE attachments SET filename = 'other'", {"attachment-damaged"}, id="an-attachment"
        ),
        pytest.param(
            "UPDATE conversations SET title = 'other'", {"conversation-damaged"}, id="a-title"
        ),
        pytest.param(
            "UPDATE conversations SET updated_at = 9", {"conversation-damaged"}, id="a-time"
        ),
        pytest.param(
            "UPDATE conversation_sources SET head_json = '{'", {"conversation-damaged"}, id="a-head"
        ),
        pytest.param(
            "UPDATE messages SET position = 7 WHERE message_id = 'a'",
            {"conversation-damaged"},
            id="a-place",
        ),
        pytest.param(
            "UPDATE conversation_sources SET first_seq = 9 WHERE id = 1",
            {"document-lost"},
            id="a-source",
        ),
        pytest.param(
            "UPDATE messages SET source_id = 3 WHERE message_id = 'a'",
            {"message-astray"},
            id="a-stray",
        ),
        pytest.param(
            "INSERT INTO messages_fts (rowid, content) VALUES (999, 'x')",
            {"index-outdated"},
            id="index-more",
        ),
        pytest.param(
            "INSERT INTO messages_fts (messages_fts, rowid, content)"
            " SELECT 'delete', id, content FROM messages WHERE message_id = 'a'",
            {"index-incomplete"},
            id="index-less",
        ),
        pytest.param(
            "UPDATE messages SET source_id = 999 WHERE message_id = 'a'",
            {"reference-lost"},
            id="a-reference",
        ),
        pytest.param(
            "UPDATE messages SET role = CAST(x'ff' AS TEXT) WHERE message_id = 'a'",
            {"structure-damaged", "row-unreadable"},
            id="not-text",
        ),
        pytest.param("DROP TABLE feedback", set(), id="nothing-that-is-checked"),
        pytest.param("DROP TABLE chunks", {"check-failed"}, id="a-table"),
    ],
)
def test_damage_has_a_name(damaged: sqlite3.Connection, statement: str, expected: set[str]) -> None:
    """Each kind of damage has a stable code, and advice."""
    damaged.execute("PRAGMA ignore_check_constraints = ON")
    damaged.execute(statement)
    damaged.execute("PRAGMA ignore_check_constraints = OFF")

    findings = check(damaged)

    assert expected <= {finding.code for finding in findings}
    assert all(finding.text.endswith(".") and finding.advice for finding in findings)


def test_damage_stops_no_walk(damaged: sqlite3.Connection) -> None:
    """Every damaged row is found, not only the first."""
    damaged.execute("UPDATE chunks SET data = zeroblob(9)")
    damaged.execute("UPDATE messages SET author = author || 'x'")

    found = [finding.code for finding in check(damaged)]

    (chunks,) = damaged.execute("SELECT count(*) FROM chunks").fetchone()
    assert found.count("chunk-damaged") == chunks
    assert found.count("message-damaged") == 4


def test_a_damaged_object_is_named_by_its_file(damaged: sqlite3.Connection) -> None:
    """What is damaged is said in the names that a person knows."""
    damaged.execute("UPDATE chunks SET data = zeroblob(9) WHERE codec = 'delta'")

    texts = [finding.text for finding in check(damaged) if finding.code == "object-damaged"]

    (object_id,) = damaged.execute("SELECT max(id) FROM objects").fetchone()
    assert texts == [
        f"The bytes of sessions.jsonl from export.zip (object {object_id}) are damaged."
    ]


def test_what_an_interrupted_import_left_is_checked(damaged: sqlite3.Connection) -> None:
    """An unfinished object is no fault; a damaged chunk of it is one, and the import is pending."""
    new = NewImport(sha(b"x"), "inbox", "later.zip", "file:///later.zip", 1, None, 1)
    begin_import(damaged, new)
    left = begin_object(damaged)
    chunk_id = add_chunk(damaged, chunk(b"half of it"))
    append_chunks(damaged, left, 0, [chunk_id])
    assert [finding.code for finding in check(damaged)] == ["import-pending"]

    damaged.execute("UPDATE chunks SET data = x'00' WHERE id = ?", (chunk_id,))

    assert codes(damaged) == {"chunk-damaged", "import-pending"}


def test_a_member_without_its_bytes_is_found(damaged: sqlite3.Connection) -> None:
    """A member whose object was never finished is a fault of its import."""
    add_member(damaged, an_import(damaged, "other.zip"), "a.json", begin_object(damaged), None)

    (finding,) = check(damaged)

    assert finding.code == "member-lost"
    assert finding.text == "The bytes of a.json from other.zip are not whole."


def test_a_damaged_page_is_found_and_walked_around(path: Path) -> None:
    """When pages of the file itself are overwritten, the rest is still checked and nothing raises."""
    with open_archive(path) as archive, archive.transaction() as connection:
        for place in range(40):
            texts = (noise(400, seed).hex() for seed in range(20))
            tell(connection, conversation(*chain(*texts), conversation_id=f"c{place}"))
        connection.execute("UPDATE messages SET author = 'x' WHERE id IN (1, 800)")
        (page,) = connection.execute(
            "SELECT pageno FROM dbstat WHERE name = 'messages' AND pagetype = 'leaf'"
            " ORDER BY path LIMIT 1 OFFSET 30"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 8192)
        file.write(b"\xff" * 8192)

    with open_readonly(path) as archive:
        findings = check(archive.connection)

    found = {finding.code for finding in findings}
    assert {"check-failed", "row-unreadable", "conversation-damaged"} <= found
    assert sum(finding.code == "message-damaged" for finding in findings) == 2
