"""The mapping of a conversation → its nodes, parents before children.

Only `parent` makes the tree: slim exports have no `children`, so these serve as the
order of siblings at most. Siblings that `children` does not order stand by time, then by key; the
order of the mapping, which changes between exports, plays no part. Everything is iterative and
linear in the number of nodes; a cycle is cut at its least node.
"""

from collections.abc import Iterator, Mapping

from polylogue.parsers.chatgpt.wire import WireNode
from polylogue.parsers.narrow import items
from polylogue.parsers.text import to_ms

Mapped = Mapping[str, WireNode | None]
_LATE = 2**63


def walk(mapping: Mapped) -> Iterator[tuple[str, WireNode | None, str | None]]:
    """Yield (key, node, parent's key) of every node, depth first; a root's parent is None."""
    below: dict[str | None, list[str]] = {}
    for key, node in mapping.items():
        below.setdefault(_parent(mapping, key, node), []).append(key)
    seen: set[str] = set()
    for root in _siblings(mapping, None, below.get(None, [])):
        yield from _descend(mapping, below, root, seen)
    if len(seen) < len(mapping):
        for key in sorted(mapping.keys() - seen):
            if key not in seen:
                yield from _descend(mapping, below, _cycle_start(mapping, key), seen)


def _parent(mapping: Mapped, key: str, node: WireNode | None) -> str | None:
    parent = node.parent if node is not None else None
    return parent if isinstance(parent, str) and parent in mapping and parent != key else None


def _descend(
    mapping: Mapped, below: Mapping[str | None, list[str]], root: str, seen: set[str]
) -> Iterator[tuple[str, WireNode | None, str | None]]:
    stack: list[tuple[str, str | None]] = [(root, None)]
    while stack:
        key, parent = stack.pop()
        if key in seen:
            continue
        seen.add(key)
        yield key, mapping[key], parent
        children = below.get(key)
        if children:
            stack.extend((child, key) for child in reversed(_siblings(mapping, key, children)))


def _siblings(mapping: Mapped, parent: str | None, children: list[str]) -> list[str]:
    if len(children) < 2:
        return children
    node = mapping[parent] if parent is not None else None
    listed = items(node.children) if node is not None else []
    place = {key: index for index, key in enumerate(listed) if isinstance(key, str)}
    return sorted(children, key=lambda key: (place.get(key, _LATE), _time(mapping[key]), key))


def _time(node: WireNode | None) -> int:
    message = node.message if node is not None else None
    time = to_ms(message.create_time) if message is not None else None
    return _LATE if time is None else time


def _cycle_start(mapping: Mapped, key: str) -> str:
    """Return the least node of the cycle that the ancestors of `key` run into."""
    path: list[str] = []
    place: dict[str, int] = {}
    at: str | None = key
    while at is not None and at not in place:
        place[at] = len(path)
        path.append(at)
        at = _parent(mapping, at, mapping[at])
    return min(path[place[at] :]) if at is not None else key
