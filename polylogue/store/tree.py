"""Where each message of a conversation stands: which branch, and how deep.

A function of the united messages alone (ids, parents, times), so that every order of imports ends in
the same places. Branch 0 is the path taken: from a root to the message that was shown last, and on
from there to the newest leaf below it. Every other branch starts where it leaves another one, and
follows its newest child. Positions are depths, so an appended message moves no other row.

Everything is iterative and linear but for sorting; conversations of 40,000 messages occur.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

#: message_id → (branch, position)
Places: TypeAlias = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Node:
    """What decides a message's place: its parent's id and its time in milliseconds, if known."""

    parent_id: str | None
    timestamp: int | None


def arrange(nodes: Mapping[str, Node], current_id: str) -> Places:
    """Return the place of every node. Missing parents make roots; cycles are cut at their least id."""
    if not nodes:
        return {}
    children = _children(nodes)
    depths = _depths(children)
    parents = {child: parent for parent, some in children.items() if parent for child in some}
    leaf = _newest_leaf(nodes, children, depths, current_id)
    taken = _path(parents, leaf)
    branches = dict.fromkeys(taken, 0)
    starts = [
        child
        for parent, some in children.items()
        for child in some
        if child not in branches and (not parent or parent in branches or child != _continues(some))
    ]
    starts.sort(key=lambda start: _age(nodes, start))
    for number, start in enumerate(starts, start=1):
        for message_id in _follow(start, children):
            branches[message_id] = number
    return {message_id: (branches[message_id], depths[message_id]) for message_id in nodes}


def _age(nodes: Mapping[str, Node], message_id: str) -> tuple[int, str]:
    timestamp = nodes[message_id].timestamp
    return (timestamp if timestamp is not None else -1, message_id)


def _children(nodes: Mapping[str, Node]) -> dict[str, list[str]]:
    """Return each parent's children, oldest first; roots stand under ''. Cycles are cut."""
    children: dict[str, list[str]] = {"": []}
    for message_id, node in nodes.items():
        parent = node.parent_id if node.parent_id in nodes else ""
        children.setdefault(parent or "", []).append(message_id)
    reached = _reach(children, [""])
    while len(reached) - 1 < len(nodes):
        root = min(message_id for message_id in nodes if message_id not in reached)
        children[nodes[root].parent_id or ""].remove(root)
        children[""].append(root)
        reached |= _reach(children, [root])
    for some in children.values():
        if len(some) > 1:
            some.sort(key=lambda message_id: _age(nodes, message_id))
    return children


def _reach(children: Mapping[str, Sequence[str]], starts: Iterable[str]) -> set[str]:
    reached = set(starts)
    waiting = list(reached)
    while waiting:
        some = children.get(waiting.pop(), ())
        reached.update(some)
        waiting.extend(some)
    return reached


def _depths(children: Mapping[str, Sequence[str]]) -> dict[str, int]:
    depths: dict[str, int] = {}
    level: list[str] = list(children[""])
    depth = 0
    while level:
        depths.update(dict.fromkeys(level, depth))
        level = [child for parent in level for child in children.get(parent, ())]
        depth += 1
    return depths


def _newest_leaf(
    nodes: Mapping[str, Node],
    children: Mapping[str, Sequence[str]],
    depths: Mapping[str, int],
    current_id: str,
) -> str:
    below = _reach(children, [current_id]) if current_id in nodes else nodes
    leaves = (message_id for message_id in below if not children.get(message_id))
    return max(leaves, key=lambda leaf: (_age(nodes, leaf)[0], depths[leaf], leaf))


def _path(parents: Mapping[str, str], leaf: str) -> list[str]:
    path = [leaf]
    while parent := parents.get(path[-1]):
        path.append(parent)
    return path


def _continues(siblings: Sequence[str]) -> str:
    return siblings[-1]


def _follow(start: str, children: Mapping[str, Sequence[str]]) -> list[str]:
    chain = [start]
    while some := children.get(chain[-1]):
        chain.append(_continues(some))
    return chain
