"""A long session → its parts, each of which is a note: short enough to be opened and rendered again.

A part ends at the first prompt after a thousand messages, or where none comes for a while. So where
it ends is decided by what stands before that place: what is appended changes the last part alone.
What no lines order has one part.
"""

import sqlite3
from typing import Final, NamedTuple

_LONG: Final = 1000  # messages of a part
_PATIENCE: Final = 250  # messages above that among which a prompt is looked for
_LAST: Final = 2**63 - 1


class Lines(NamedTuple):
    """Lines of a file, from `first` to before `end`; 0 stands for its beginning."""

    first: int
    end: int


#: No lines at all: a part that is no more.
NO_LINES: Final = Lines(_LAST, _LAST)


def parts_of(connection: sqlite3.Connection, row_id: int) -> list[Lines | None]:
    """Return the parts of the conversation with this row id; None is all of it."""
    starts = [0]
    while start := _next(connection, row_id, starts[-1]):
        starts.append(start)
    if len(starts) == 1:
        return [None]
    return [Lines(*ends) for ends in zip(starts, [*starts[1:], _LAST], strict=True)]


def _next(connection: sqlite3.Connection, row_id: int, start: int) -> int:
    """Return the first line of the part behind the one that begins at `start`; 0 if none does."""
    rows = connection.execute(
        "SELECT line, role = 'user' AND NOT hidden FROM messages INDEXED BY messages_line"
        " WHERE conversation_id = ? AND line >= ? ORDER BY line LIMIT ? OFFSET ?",
        (row_id, start, _PATIENCE + 1, _LONG),
    ).fetchall()
    for number, (line, is_prompt) in enumerate(rows):
        if line > start and (is_prompt or number == _PATIENCE):
            return int(line)
    return 0
