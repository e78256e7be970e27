"""Files of coding agents for the tests of ingest: long ones with all that can be in them."""

from pathlib import Path
from typing import Any

import claude_code_sessions as sessions

from polylogue.ingest import Receipt, ingest
from polylogue.model import Arrival
from polylogue.store.archive import Archive
from polylogue.store.objects import object_bytes
from polylogue.store.verify import verify

PNG = b"\x89PNG\r\n\x1a\n" + bytes(300)


def session(rounds: int, session_id: str = "s1", words: int = 400) -> sessions.Session:
    """Return a session of so many rounds: each a prompt with a picture, a call, its result."""
    chat = sessions.Session(session_id)
    for number in range(rounds):
        chat.prompt(
            [sessions.text(f"Which tea? {number}"), sessions.image(PNG + bytes([number % 5]))]
        )
        chat.answer(sessions.thinking("Hm."), sessions.call(f"c{number}", "Bash", command="ls"))
        chat.result(f"c{number}", f"tea {number} " * words, stdout="tea", stderr="")
        if number % 7 == 3:
            chat.raw(b'{"type": "user", broken')
            chat.bare("weather", sky=number)
        chat.answer(sessions.text(f"Green, and {number} more."))
    return chat


def take(archive: Archive, path: Path, *, origin: str = "import") -> Receipt:
    """Ingest a file or folder."""
    arrival = Arrival(path=path, origin=origin)
    return ingest(archive, arrival, imported_at=1, max_size=1 << 40)


def findings(archive: Archive) -> list[str]:
    """Return what `verify` finds, in words."""
    return [str(f) for f in verify(archive.connection, progress=lambda _done, _all: None)]


def members(archive: Archive) -> dict[str, bytes]:
    """Return the bytes of all members by name; of several of one name the last."""
    return {
        name: b"".join(object_bytes(archive.connection, object_id))
        for name, object_id in archive.connection.execute(
            "SELECT name, object_id FROM raw_members ORDER BY import_id, seq"
        ).fetchall()
    }


def chunks(archive: Archive) -> set[bytes]:
    """Return the hashes of all chunks."""
    return {sha256 for (sha256,) in archive.connection.execute("SELECT sha256 FROM chunks")}


def count(archive: Archive, table: str) -> int:
    """Return how many rows a table has."""
    number: int = archive.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own words
    return number


def rows(tables: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Return what tier 2 says, but for which files said it."""
    return {table: found for table, found in tables.items() if table != "sources"}
