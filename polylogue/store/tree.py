"""Where each message of a conversation stands: which branch, and how deep.

A function of the united messages alone (ids, parents, times), so that every order of imports ends in
the same places. Branch 0 is the path taken: from a root to the message that was shown last, and on
from there to the newest leaf below it. Every other branch starts where it leaves another one, and
follows its newest child. Positions are depths, so an appended message moves no other row.

A message that has a line stands at it, on branch 0, whatever else there is: a chat told in lines is
shown in their order, and what is appended is placed without a look at the rest.

Everything is iterative and linear but for sorting; conversations of 40,000 messages occur.
"""

from collections.abc import Mapping, Sequence
from itertools import dropwhile
from typing import NamedTuple, TypeAlias

#: message_id → (branch, position)
Places: TypeAlias = dict[str, tuple[int, int]]

#: message_id → its children, oldest first; the roots stand under None.
_Children: TypeAlias = dict[str | None, list[str]]


class Node(NamedTuple):
    """What decides a message's place: its parent's id, its time in ms and its line, if known."""

    parent_id: str | None
    timestamp: int | None
    line: int | None = None


def arrange(nodes: Mapping[str, Node], current_id: str) -> Places:
    """Return the place of every node. Missing parents make roots; cycles are cut at their least id.

    Nodes with a line take no part in the tree of the others.
    """
    lines = {name: (0, node.line) for name, node in nodes.items() if node.line is not None}
    if not lines:
        return _grown(nodes, current_id)
    tree = {name: node for name, node in nodes.items() if node.line is None}
    return lines | _grown(tree, current_id)


def _grown(nodes: Mapping[str, Node], current_id: str) -> Places:
    if not nodes:
        return {}
    children = _children(nodes)
    depths = _depths(children)
    parents = {child: parent for parent, some in children.items() for child in some}
    leaf = _newest_leaf(nodes, children, depths, current_id)
    taken = _path(parents, leaf)
    branches = dict.fromkeys(taken, 0)
    starts = [
        child
        for parent, some in children.items()
        for child in some
        if child not in branches
        and (parent is None or parent in branches or child != _continues(some))
    ]
    starts.sort(key=lambda start: _age(nodes, start))
    for number, start in enumerate(starts, start=1):
        for message_id in _follow(start, children):
            branches[message_id] = number
    return {message_id: (branches[message_id], depths[message_id]) for message_id in nodes}


def _age(nodes: Mapping[str, Node], message_id: str) -> tuple[int, str]:
    timestamp = nodes[message_id].timestamp
    return (timestamp if timestamp is not None else -1, message_id)


def _children(nodes: Mapping[str, Node]) -> _Children:
    """Return each parent's children. What hangs from a cycle stays there; the cycle is cut."""
    parents = {
        message_id: node.parent_id if node.parent_id in nodes else None
        for message_id, node in nodes.items()
    }
    parents |= dict.fromkeys(_least_of_cycles(parents))
    children: _Children = {None: []}
    for message_id, parent_id in parents.items():
        children.setdefault(parent_id, []).append(message_id)
    for some in children.values():
        if len(some) > 1:
            some.sort(key=lambda message_id: _age(nodes, message_id))
    return children


def _least_of_cycles(parents: Mapping[str, str | None]) -> list[str]:
    """Return the least id of each cycle: walk up from every node, over no node twice."""
    least: list[str] = []
    walked: set[str] = set()
    for start in parents:
        walk: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in walked:
            walked.add(at)
            walk[at] = None
            at = parents[at]
        if at in walk:
            least.append(min(dropwhile(at.__ne__, walk)))
    return least


def _reach(children: _Children, start: str) -> list[str]:
    reached = [start]
    for message_id in reached:
        reached.extend(children.get(message_id, ()))
    return reached


def _depths(children: _Children) -> dict[str, int]:
    depths: dict[str, int] = {}
    level = children[None]
    depth = 0
    while level:
        depths.update(dict.fromkeys(level, depth))
        level = [child for parent in level for child in children.get(parent, ())]
        depth += 1
    return depths


def _newest_leaf(
    nodes: Mapping[str, Node],
    children: _Children,
    depths: Mapping[str, int],
    current_id: str,
) -> str:
    below = _reach(children, current_id) if current_id in nodes else nodes
    leaves = (message_id for message_id in below if not children.get(message_id))
    return max(leaves, key=lambda leaf: (_age(nodes, leaf)[0], depths[leaf], leaf))


def _path(parents: Mapping[str, str | None], leaf: str) -> list[str]:
    path = [leaf]
    while (parent := parents[path[-1]]) is not None:
        path.append(parent)
    return path


def _continues(siblings: Sequence[str]) -> str:
    return siblings[-1]


def _follow(start: str, children: _Children) -> list[str]:
    chain = [start]
    while some := children.get(chain[-1]):
        chain.append(_continues(some))
    return chain
