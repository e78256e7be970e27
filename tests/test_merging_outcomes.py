"""What several tellings of one conversation come to, whichever came first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import claude_ai_exports as claude_ai
import crashing
import pytest
from claude_code_sessions import Session, call, dump
from histories import write
from telling import Account

from polylogue.model import StoredConversation
from polylogue.publish import publish
from polylogue.store.archive import Archive
from polylogue.store.load import find, load


@contextmanager
def _told(folder: Path, *tellings: dict[str, bytes]) -> Iterator[Archive]:
    """Open an archive in which these tellings are."""
    account = Account(write(folder, lambda: iter(tellings)))
    with account.place() as place:
        for name in account.told:
            place.tell(name)
        yield place.archive


def _conversation(archive: Archive, conversation_id: str) -> StoredConversation:
    (row_id,) = find(archive.connection, conversation_id)
    return load(archive.connection, row_id)


def _session(*titles: tuple[str, str]) -> dict[str, bytes]:
    chat = Session("s1")
    chat.prompt("Fix main.py")
    for kind, title in titles:
        chat.bare(kind, **{"aiTitle" if kind == "ai-title" else "customTitle": title})
    return {"s1.jsonl": chat.data()}


_ZERO, _ALL = ("ai-title", "Zero bugs"), ("ai-title", "All bugs")
_CHOSEN = ("custom-title", "Bugs")
_INDEX = {
    "sessions-index.json": dump(
        {"version": 1, "entries": [{"sessionId": "s1", "summary": "Zzz", "firstPrompt": "Fix"}]}
    )
}


@pytest.mark.parametrize(
    ("tellings", "title"),
    [
        ([_session(_ZERO), _session(_ZERO, _ALL)], "All bugs"),
        ([_session(_CHOSEN), _session(_CHOSEN, _ZERO)], "Bugs"),
        ([_session(_ALL), _INDEX], "All bugs"),
        ([_session(), _INDEX], "Zzz"),
        ([_session(_ALL), {"live.jsonl": _session(_ALL, _ZERO)["s1.jsonl"]}], "Zero bugs"),
    ],
    ids=["later", "chosen", "index", "only-index", "followed"],
)
def test_titles_have_no_times(tmp_path: Path, tellings: list[dict[str, bytes]], title: str) -> None:
    """What stands further down in a session is newer; what the session says goes before the index."""
    for number, order in enumerate((tellings, tellings[::-1])):
        with _told(tmp_path / str(number), *order) as archive:
            assert _conversation(archive, "s1").head.title == title


def test_a_parent_that_is_named_goes_before_one_that_is_guessed(tmp_path: Path) -> None:
    """An export without parents has its own order; it decides nothing that another one tells."""
    linked = claude_ai.linked(claude_ai.conversation("c1", "Tea", "A?", "B.", "C?", "D."))
    flat = claude_ai.flat(linked)
    flat["chat_messages"] = [flat["chat_messages"][at] for at in (2, 0, 3, 1)]
    for one in flat["chat_messages"]:
        one.pop("parent_message_uuid", None)
    tellings = [{"conversations.json": claude_ai.dump([chat])} for chat in (flat, linked)]
    for number, order in enumerate((tellings, tellings[::-1])):
        with _told(tmp_path / str(number), *order) as archive:
            found = [one.message for one in _conversation(archive, "c1").messages]
            assert [one.parent_id for one in found] == [None, "c1-1", "c1-2", "c1-3"]


def test_an_agent_whose_file_never_came_is_not_shown(tmp_path: Path) -> None:
    """Its call says what it is called; without its file there is no note."""
    chat = Session("s1")
    chat.prompt("Go")
    chat.answer(call("t1", "Task", description="Look around", prompt="Look"))
    chat.result("t1", "Seen.", agentId="a1", status="completed")
    with _told(tmp_path, {"s1.jsonl": chat.data()}) as archive:
        shown = "SELECT conversation_id, shown FROM conversations ORDER BY 1"
        assert archive.connection.execute(shown).fetchall() == [("s1", 1), ("s1:agent-a1", 0)]
        target = crashing.target(tmp_path)
        assert publish(archive, target).written == 1


def test_one_file_twice_in_one_export_is_told_once(tmp_path: Path) -> None:
    """Also what was not understood in it is counted once."""
    chat = Session("s1")
    chat.prompt("Go")
    chat.add("dream", content="x")
    with _told(tmp_path, {"a/s1.jsonl": chat.data(), "b/s1.jsonl": chat.data()}) as archive:
        assert archive.connection.execute("SELECT sum(count) FROM unknowns").fetchone() == (1,)
