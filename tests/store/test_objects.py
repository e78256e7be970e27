"""Tier 1: byte strings come out as they went in, are stored once, and show when they are damaged."""

import sqlite3

import pytest
from archives import add_delta, chunk, keep, memory, noise, sha, tell
from hypothesis import given
from hypothesis import strategies as st
from records import conversation, message

from polylogue.errors import ArchiveError
from polylogue.store.codec import encode
from polylogue.store.objects import (
    NewChunk,
    add_chunk,
    append_chunks,
    begin_object,
    find_chunk,
    finish_object,
    object_bytes,
    read_chunk,
)


def count(connection: sqlite3.Connection, table: str) -> int:
    """Return how many rows a table has."""
    (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - a name of ours
    return int(rows)


@given(st.lists(st.lists(st.binary(max_size=200), max_size=5), max_size=5))
def test_objects_come_out_as_they_went_in(contents: list[list[bytes]]) -> None:
    """Whatever the pieces, an object's bytes are its pieces put together, and each is stored once."""
    connection = memory()
    ids = [keep(connection, *pieces) for pieces in contents]

    for object_id, pieces in zip(ids, contents, strict=True):
        assert b"".join(object_bytes(connection, object_id)) == b"".join(pieces)
    assert count(connection, "chunks") == len({piece for pieces in contents for piece in pieces})
    assert count(connection, "objects") == len({b"".join(pieces) for pieces in contents})


def test_a_part_of_an_object_can_be_read() -> None:
    """A document inside an export is read by its first chunk and their number."""
    connection = memory()
    object_id = keep(connection, b"[", b"one", b",", b"two", b"]")

    assert list(object_bytes(connection, object_id, first=1, count=3)) == [b"one", b",", b"two"]
    assert list(object_bytes(connection, object_id, first=3)) == [b"two", b"]"]
    assert list(object_bytes(connection, object_id, first=1, count=0)) == []


def test_known_bytes_are_not_stored_again() -> None:
    """A chunk is known by its hash, also when it is a delta the first time and whole the second."""
    connection = memory()
    base = noise(1000)
    data = base + b"world"
    first = add_delta(connection, data, base)

    assert add_chunk(connection, chunk(data)) == first == find_chunk(connection, sha(data))
    assert find_chunk(connection, sha(b"else")) is None
    assert read_chunk(connection, first) == data


def test_a_whole_chunk_keeps_no_base() -> None:
    """A chunk for which a delta did not pay refers to no other."""
    connection = memory()
    base_id = add_chunk(connection, chunk(b"base"))
    new = NewChunk(sha(b"whole"), 5, encode(b"whole"), base_id)

    added = add_chunk(connection, new)

    assert connection.execute("SELECT base_id FROM chunks WHERE id = ?", (added,)).fetchone() == (
        None,
    )


def test_finishing_bytes_that_are_known_keeps_the_first() -> None:
    """The second copy of an object is dropped; what was parsed from it points at the first."""
    connection = memory()
    told = conversation(message("m", "hi"))
    tell(connection, told)
    connection.execute("UPDATE objects SET sha256 = NULL, size = NULL")
    (unfinished,) = connection.execute("SELECT object_id FROM conversation_sources").fetchone()
    data = b"".join(object_bytes(connection, unfinished))
    connection.execute("DELETE FROM raw_members")
    first = keep(connection, data)
    assert first != unfinished

    assert finish_object(connection, unfinished, sha(data), len(data)) == first
    assert connection.execute("SELECT object_id FROM conversation_sources").fetchall() == [(first,)]
    assert count(connection, "objects") == 1
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_an_unfinished_object_is_in_nobodys_way() -> None:
    """What a crash left of an object can be told of again, and the bytes are found by their hash."""
    connection = memory()
    left = begin_object(connection)
    append_chunks(connection, left, 0, [add_chunk(connection, chunk(b"half"))])

    whole = keep(connection, b"half", b" and half")

    assert whole != left
    assert list(object_bytes(connection, whole)) == [b"half", b" and half"]
    assert count(connection, "chunks") == 2


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param("UPDATE chunks SET data = CAST(x'00' || substr(data, 2) AS BLOB)", id="data"),
        pytest.param("UPDATE chunks SET data = x''", id="no-data"),
        pytest.param("UPDATE chunks SET sha256 = zeroblob(32) WHERE id = 2", id="hash"),
        pytest.param("DELETE FROM chunks WHERE id = 2", id="gone"),
        pytest.param("DELETE FROM chunks WHERE id = 1", id="base-gone"),
        pytest.param("UPDATE chunks SET base_id = id WHERE id = 2", id="its-own-base"),
        pytest.param(
            "UPDATE chunks SET base_id = 2, codec = 'delta' WHERE id = 1", id="base-not-whole"
        ),
    ],
)
def test_damage_is_an_archive_error(damage: str) -> None:
    """Whatever is wrong with a chunk or its base, reading it says so and gives no wrong byte."""
    connection = memory()
    chunk_id = add_delta(connection, noise(1000) + b"world", noise(1000))
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(damage)

    with pytest.raises(ArchiveError) as caught:
        read_chunk(connection, chunk_id)

    assert caught.value.code == "chunk-damaged"
    assert caught.value.advice
