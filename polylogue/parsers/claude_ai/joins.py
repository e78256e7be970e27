"""Which result answers which call, within one message.

By id where there are ids. Older exports have none: there a result answers the first call of its
name that waits, among the calls made since the last result. Such a pair gets an id that serves
nothing but to join it.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from polylogue.model import Json
from polylogue.parsers.narrow import word

CALLS = {"mcp_tool_use", "server_tool_use", "tool_use"}
_RESULT = "tool_result"


class Joins(NamedTuple):
    """By place in the content: ids of calls and results, calls of results, calls that failed."""

    ids: dict[int, str]
    calls: dict[int, int]
    failed: set[int]


def kind_of(block: dict[str, Json]) -> str:
    """Return the type of a block, "" when it tells none."""
    kind = block.get("type")
    return kind if isinstance(kind, str) else ""


def is_result(kind: str) -> bool:
    """Tell whether a block of this type is a result; there are `web_search_tool_result`, etc."""
    return kind.endswith(_RESULT)


def join(message_id: str, blocks: Sequence[Json]) -> Joins:
    """Return how calls and results among the `blocks` of a message belong together."""
    joins = Joins({}, {}, set())
    named: dict[str, int] = {}
    waiting: dict[str, deque[int]] = {}
    answered = False
    for place, block in enumerate(blocks):
        kind = kind_of(block) if isinstance(block, dict) else ""
        if kind in CALLS:
            if answered:
                waiting.clear()
                answered = False
            joins.ids[place] = word(block.get("id"))
            if joins.ids[place]:
                named[joins.ids[place]] = place
            else:
                waiting.setdefault(word(block.get("name")), deque()).append(place)
        elif is_result(kind):
            answered = True
            _answer(joins, message_id, place, _call(block, named, waiting), block)
    return joins


def _call(
    block: dict[str, Json], named: dict[str, int], waiting: dict[str, deque[int]]
) -> int | None:
    call_id = word(block.get("tool_use_id"))
    if call_id:
        return named.get(call_id)
    queue = waiting.get(word(block.get("name")))
    return queue.popleft() if queue else None


def _answer(
    joins: Joins, message_id: str, place: int, call: int | None, block: dict[str, Json]
) -> None:
    if call is None:
        joins.ids[place] = word(block.get("tool_use_id"))
        return
    joins.ids[call] = joins.ids[call] or f"{message_id}/{call}"
    joins.ids[place] = joins.ids[call]
    joins.calls[place] = call
    if block.get("is_error") is True:
        joins.failed.add(call)
