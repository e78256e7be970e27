"""The header of a session, and the context of its turns → what is known of it as a whole.

A fork, a sub-agent and a resumed session hold their parent's header behind their own; so the first
header is the session's, and another one's id is at most its parent.
"""

import re

from polylogue.model import Json
from polylogue.parsers.codex.copied import begins, born
from polylogue.parsers.codex.reading import Reading
from polylogue.parsers.codex.state import State
from polylogue.parsers.narrow import keys, whole, word
from polylogue.parsers.text import to_ms

_LAST_FOLDER = re.compile(r"([^/\\]+)[/\\]*\Z")


def read(reading: Reading, payload: dict[str, Json]) -> None:
    """Read a header: `session_meta`, the first line of 2025's files, `session` of the oldest."""
    state = reading.state
    own_id = word(payload.get("id")) or word(payload.get("session_id"))
    reading.fold("session_meta")
    if own_id and state.conversation_id and own_id != state.conversation_id:
        _parent(state, own_id)
        begins(reading)
    elif not state.headed:
        state.headed = True
        state.conversation_id = own_id or state.conversation_id
        _own(reading, payload)


def _own(reading: Reading, payload: dict[str, Json]) -> None:
    """Take what the session's own header says."""
    state = reading.state
    state.created_at = to_ms(payload.get("timestamp")) or reading.at
    state.born = born(state.conversation_id) or state.created_at
    state.model = word(payload.get("model")) or state.model
    _relation(state, payload)
    _place(state, word(payload.get("cwd")))
    _facts(state, payload)


def turn(reading: Reading, payload: dict[str, Json]) -> None:
    """Read a turn's context: the model, and the folder where none is known."""
    state = reading.state
    state.model = word(payload.get("model")) or state.model
    if "cwd" not in state.metadata:
        _place(state, word(payload.get("cwd")))
    reading.fold("turn_context")


def _parent(state: State, other: str) -> None:
    """Note that the session goes on from another one, unless its own header said how already."""
    if state.last is None and not state.parent_id:
        state.parent_id = other
        state.relation = state.relation or "continuation"


def _relation(state: State, payload: dict[str, Json]) -> None:
    agent = keys(payload.get("source")).get("subagent")
    spawn = keys(keys(agent).get("thread_spawn"))
    spawner = word(spawn.get("parent_thread_id")) or word(payload.get("parent_thread_id"))
    forked = word(payload.get("forked_from_id"))
    if agent or word(payload.get("thread_source")) == "subagent":
        state.relation, state.parent_id = "sub-agent", spawner or forked
    elif forked or spawner:
        state.relation, state.parent_id = "fork", forked or spawner


def _place(state: State, folder: str) -> None:
    last = _LAST_FOLDER.search(folder[-4096:])
    if folder:
        state.project = last[1] if last else folder
        state.metadata["cwd"] = folder


def _facts(state: State, payload: dict[str, Json]) -> None:
    git, source = keys(payload.get("git")), payload.get("source")
    agent = keys(source).get("subagent")
    spawn = keys(keys(agent).get("thread_spawn"))
    told = {
        "git_branch": git.get("branch"),
        "repository": git.get("repository_url"),
        "cli_version": payload.get("cli_version"),
        "originator": payload.get("originator"),
        "agent": payload.get("agent_nickname") or spawn.get("agent_nickname"),
        "agent_role": payload.get("agent_role") or spawn.get("agent_role") or agent,
    }
    state.metadata |= {key: said for key, value in told.items() if (said := word(value))}
    depth = whole(spawn.get("depth"))
    if depth is not None:
        state.metadata["agent_depth"] = depth
