"""Which tool results answer which calls, so that both can stand in one callout."""

from collections.abc import Sequence
from typing import TypeAlias

from polylogue.model import StoredMessage, ToolCall, ToolResult

#: Where a part stands: the message's place in its chain, and the part's in its message.
Place: TypeAlias = tuple[int, int]


def answers(
    chain: Sequence[StoredMessage],
) -> tuple[dict[Place, list[ToolResult]], frozenset[Place]]:
    """Return the results of each call in `chain`, and the places of the results among them.

    A result answers the call that it names; one that names none, the last call that has no name
    and stands before it in the same turn. A call on another branch is another chain's.
    """
    results: dict[Place, list[ToolResult]] = {}
    taken: set[Place] = set()
    named: dict[str, Place] = {}
    nameless: Place | None = None
    for i, stored in enumerate(chain):
        if stored.message.role == "user":
            nameless = None
        for j, part in enumerate(stored.message.parts):
            if type(part) is ToolCall:
                results[i, j] = []
                if part.call_id:
                    named[part.call_id] = (i, j)
                else:
                    nameless = (i, j)
            elif type(part) is ToolResult:
                call = named.get(part.call_id) if part.call_id else nameless
                if call:
                    results[call].append(part)
                    taken.add((i, j))
    return results, frozenset(taken)
