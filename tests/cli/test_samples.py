"""The exports and sessions of the demonstration: one set for every provider, all of it understood."""

from pathlib import Path

import pytest
from cli_place import Place

from polylogue.cli.samples import SESSIONS, write_exports, write_sessions
from polylogue.model import (
    Artifact,
    Part,
    StoredConversation,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from polylogue.parsers import PARSERS
from polylogue.store.archive import open_readonly
from polylogue.store.load import find, load


def _written(folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    write_exports(folder)
    write_sessions(folder / "sessions", last=False)
    write_sessions(folder / "sessions", last=True)
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_they_are_always_the_same(tmp_path: Path) -> None:
    """They are made of constants: every run shows the same notes."""
    assert _written(tmp_path / "one") == _written(tmp_path / "two")


@pytest.fixture
def chats(place: Place, tmp_path: Path) -> list[StoredConversation]:
    """Import everything, and return what the archive then has."""
    _written(tmp_path / "made")
    result = place.run("import", *map(str, sorted((tmp_path / "made").iterdir())))
    assert (result.exit_code, result.stderr) == (0, "")
    with open_readonly(place.config.archive) as archive:
        assert archive.connection.execute("SELECT path, kind FROM unknowns").fetchall() == []
        return [load(archive.connection, row) for row in find(archive.connection, "")]


def test_every_provider_has_one(chats: list[StoredConversation]) -> None:
    """Each provider that is read is shown, with questions and answers."""
    assert {chat.provider for chat in chats} == {parser.provider for parser in PARSERS}
    for chat in chats:
        roles = {stored.message.role for stored in chat.messages}
        assert {"user", "assistant"} <= roles or chat.head.kind != "chat", chat.provider


def test_what_they_are_to_show_is_there(chats: list[StoredConversation]) -> None:
    """Thinking, tools and their results, documents in versions, citations, notes of other kinds."""
    stored = [one for chat in chats if chat.provider != "chatgpt" for one in chat.messages]
    parts: list[Part] = [part for one in stored for part in one.message.parts]
    assert {Text, Thinking, ToolCall, ToolResult, Artifact} <= set(map(type, parts))
    versions = [part.text for part in parts if isinstance(part, Artifact) if "July" in part.text]
    assert ["September" in text for text in versions] == [False, True]
    assert sum(bool(part.citations) for part in parts if isinstance(part, Text)) == 3
    assert {part.language for part in parts if isinstance(part, ToolCall)} >= {"bash", "diff"}
    assert {chat.head.kind for chat in chats} == {"chat", "project", "memory"}


def test_sessions_grow(tmp_path: Path) -> None:
    """Without their last line they are complete files; the last line is an answer."""
    write_sessions(tmp_path, last=False)
    before = {
        agent: (tmp_path / agent / place).read_bytes() for agent, (place, _) in SESSIONS.items()
    }
    write_sessions(tmp_path, last=True)
    for agent, (place, made) in SESSIONS.items():
        after = (tmp_path / agent / place).read_bytes()
        assert after == b"".join(made())
        assert after.removeprefix(before[agent]) == made()[-1]
        assert before[agent].endswith(b"\n")
