"""Sessions of coding agents as their files told them at several times, dropped and followed.

They are resumed, forked, compacted and renamed late; their sub-agents have files of their own, and
side files say what they are called. File name → bytes; `live` is a file that is followed.
"""

import copy
from collections.abc import Iterator

import claude_code_sessions
import codex_sessions
from backports import zstd

from polylogue.parsers.narrow import keys

Telling = dict[str, bytes]


def claude_code() -> Iterator[Telling]:
    """Yield what the files of Claude Code told of a session, its fork, and its sub-agent."""
    made = claude_code_sessions
    young = made.Session("s1")
    young.bare("mode", mode="normal")
    young.prompt("Fix main.py")
    young.answer(made.thinking("Hm."), made.call("t1", "Bash", command="ls"))
    grown = copy.deepcopy(young)
    grown.result("t1", "main.py", stdout="main.py", stderr="")
    grown.prompt([made.text("See"), made.image(b"\x89PNG\r\n\x1a\n picture")])
    grown.answer(made.call("t2", "Task", description="Look around", prompt="Look"))
    grown.result("t2", "Seen.", agentId="a1", status="completed")
    grown.raw(b'{"type": "user", broken')
    titled = copy.deepcopy(grown)
    titled.bare("ai-title", aiTitle="Zero bugs")
    renamed = copy.deepcopy(titled)
    renamed.bare("ai-title", aiTitle="All bugs")
    compacted = copy.deepcopy(renamed)
    compacted.system("compact_boundary", "Compacted", compactMetadata={"trigger": "auto"})
    compacted.prompt("It was about tea.", isCompactSummary=True)
    compacted.add("dream", content="x")
    compacted.bare("custom-title", customTitle="My bugs")
    yield {"s1.jsonl": young.data()}
    yield {"live.jsonl": young.data()}
    yield {"projects/tea/s1.jsonl": renamed.data(), "projects/tea/s2.jsonl": _fork(renamed)}
    yield {"s1.jsonl": titled.data()}
    yield {"live.jsonl": compacted.data()}
    yield {"s2.jsonl": _fork(grown)}
    yield {"s1.jsonl": compacted.data(), "s1/subagents/agent-a1.jsonl": _sub_agent()}
    yield {"sessions-index.json": _index("Index title")}
    yield {"history.jsonl": made.dump(_PROMPT) + b"\n", "sessions-index.json": _index("Later")}


_PROMPT = {"display": "Fix it", "timestamp": 1770000000000, "project": "/tea", "sessionId": "s1"}


def _index(summary: str) -> bytes:
    entries = [
        {"sessionId": session, "summary": summary, "firstPrompt": "Fix", "projectPath": "/tea"}
        for session in ("s1", "s9")
    ]
    return claude_code_sessions.dump({"version": 1, "entries": entries})


def _fork(parent: claude_code_sessions.Session) -> bytes:
    """Return a session that begins as a copy of all messages of its parent."""
    fork = claude_code_sessions.Session("s2")
    fork.bare("agent-name", agentName="Forked")
    fork.bare("mode", mode="normal")
    for line in parent.lines:
        if "uuid" in (told := keys(line)):
            source = {"sessionId": told["sessionId"], "messageUuid": told["uuid"]}
            fork.lines.append(told | {"sessionId": "s2", "forkedFrom": source})
    fork.prompt("Another way?")
    fork.answer(claude_code_sessions.text("Yes."))
    return fork.data()


def _sub_agent() -> bytes:
    agent = claude_code_sessions.Session("s1", {"isSidechain": True, "agentId": "a1"})
    agent.answers = 40
    agent.prompt("Look", uuid="a1-1")
    agent.answer(claude_code_sessions.text("Seen."))
    return agent.data().replace(b'"s1-', b'"a1-')


def codex() -> Iterator[Telling]:
    """Yield what the files of Codex told of a session, its fork, and its names."""
    made = codex_sessions
    parent, child = made.SESSION, made.uuid7(100, 2)
    young = [
        made.meta(),
        made.turn(turn_id=made.uuid7(1)),
        made.user("List the files"),
        made.shown("user_message", message="List the files"),
        made.call("shell", {"command": ["ls"]}),
    ]
    more = [
        made.output("a b"),
        made.shown("agent_message", message="Two."),
        made.assistant("Two."),
        made.tokens(5, 3),
        made.item("hologram", x=1),
    ]
    later = [
        ("compacted", {"message": "It was about files."}, 60.0),
        (*made.user("Which?"), 61.0),
        (*made.assistant("a and b."), 62.0),
    ]
    copied = [
        (one[0], one[1], 100 + number / 1000) for number, one in enumerate([*young[1:], *more])
    ]
    own = [(*made.user("Another way?"), 110.0), (*made.assistant("Yes."), 111.0)]
    fork = made.rollout(
        (*made.meta(child, forked_from_id=parent), 100.0), (*made.meta(), 100.0), *copied, *own
    )
    name = f"rollout-2026-05-01T00-00-00-{parent}.jsonl"
    yield {name: made.rollout(*young)}
    yield {"live.jsonl": made.rollout(*young, *more)}
    yield {f"sessions/{name}": made.rollout(*young, *more), "sessions/fork.jsonl": fork}
    yield {f"{name}.zst": zstd.compress(made.rollout(*young, *more, *later))}
    yield {"live.jsonl": made.rollout(*young, *more, *later)}
    yield {"session_index.jsonl": made.jsonl(_named(parent, "Two files", 5))}
    names = [
        _named(parent, "Two files", 5),
        _named(parent, "All files", 70),
        _named("gone", "X", 1),
    ]
    first = {"session_id": child, "ts": 1, "text": "Another way?"}
    yield {"session_index.jsonl": made.jsonl(*names), "history.jsonl": made.jsonl(first)}


def _named(session: str, name: str, second: float) -> codex_sessions.Object:
    return {"id": session, "thread_name": name, "updated_at": codex_sessions.stamp(second)}
