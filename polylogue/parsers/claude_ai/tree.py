"""The messages of a conversation → their ids, parents and order: parents before children.

New exports name each message's parent, and siblings are branches. Old ones are a flat array in
which prompts and answers may have equal times, or times that run backwards: there the array's order
is the only order, and each message hangs from the one before it. A parent that is not in the export
is kept by name, since another export may have it. Everything is linear and iterative.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from polylogue.model import Json
from polylogue.parsers.claude_ai.reading import Reading
from polylogue.parsers.narrow import as_json, items, json_type, word

_NO_PARENT = {"00000000-0000-4000-8000-000000000000", "00000000-0000-0000-0000-000000000000"}
_OWN_WORDS = ("sender", "role", "created_at", "text", "content")


class Node(NamedTuple):
    """A message with its place; `is_linked` when the export tells the parents."""

    message_id: str
    parent_id: str | None
    raw: dict[str, Json]
    is_linked: bool


def once(reading: Reading, listed: Json, path: str) -> dict[str, dict[str, Json]]:
    """Return the messages `listed` at `path` by id, in their order; of those with one id the longest.

    What is left out is counted: repeated messages, and what is no message.
    """
    chosen: dict[str, dict[str, Json]] = {}
    for message in items(listed):
        if not isinstance(message, dict):
            reading.ledger[path, json_type(message)] += 1
            continue
        message_id = word(message.get("uuid")) or _own_id(message)
        if (other := chosen.get(message_id)) is None:
            chosen[message_id] = message
        else:
            chosen[message_id] = max(other, message, key=_rank)
            reading.folded["repeated-message"] += 1
    return chosen


def _rank(message: dict[str, Json]) -> tuple[int, str]:
    told = as_json(message)
    return len(told), told


def _own_id(message: dict[str, Json]) -> str:
    """Return an id for a message that has none: from what it says, not from where it stands."""
    told = as_json([message.get(key) for key in _OWN_WORDS])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def walk(messages: Mapping[str, dict[str, Json]]) -> Iterator[Node]:
    """Yield every message, depth first; siblings and roots in the order of the array."""
    before = dict(zip(messages, [None, *messages], strict=False))
    told = _parents(messages)
    parents = told or before
    below: dict[str | None, list[str]] = {}
    for message_id, parent in parents.items():
        below.setdefault(parent if parent in messages else None, []).append(message_id)
    seen: set[str] = set()
    for message_id in _descend(below, below.get(None, []), seen):
        yield Node(message_id, parents[message_id], messages[message_id], bool(told))
    for lost in messages:
        if lost not in seen:
            start = _cycle_start(parents, lost)
            parents[start] = None
            for message_id in _descend(below, [start], seen):
                yield Node(message_id, parents[message_id], messages[message_id], bool(told))


def _parents(messages: Mapping[str, dict[str, Json]]) -> dict[str, str | None]:
    """Return the parents that the messages name; {} when no message names any."""
    told = {
        message_id: word(message.get("parent_message_uuid"))
        for message_id, message in messages.items()
    }
    if not any(told.values()):
        return {}
    return {
        message_id: parent if parent and parent not in _NO_PARENT else None
        for message_id, parent in told.items()
    }


def _descend(
    below: Mapping[str | None, list[str]], starts: Sequence[str], seen: set[str]
) -> Iterator[str]:
    stack = list(reversed(starts))
    while stack:
        message_id = stack.pop()
        if message_id not in seen:
            seen.add(message_id)
            yield message_id
            stack.extend(reversed(below.get(message_id, ())))


def _cycle_start(parents: Mapping[str, str | None], message_id: str) -> str:
    """Return the least id of the cycle that the ancestors of `message_id` run into."""
    path: dict[str, int] = {}
    at: str | None = message_id
    while at is not None and at not in path:
        path[at] = len(path)
        at = parents.get(at)
    cycle = list(path)[path[at] :] if at is not None else [message_id]
    return min(cycle)
