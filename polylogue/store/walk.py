"""A walk through the tables of an archive that may be damaged, in short reads.

A table is read by ranges of ids, a few dozen rows at a time, so that no snapshot is held for long and
no read stops at a damaged page: where a range cannot be read its rows are tried one by one, those on
the page are reported, and the walk goes on behind it.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: Called with (rows done, rows in all) now and then.
Progress: TypeAlias = Callable[[int, int], None]

_STEP = 64  # rows of one read
_HOPELESS = 1000  # reads in a row that find only damage, after which a table is given up

RESTORE = "Restore a backup of the archive."


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be: a stable code, one sentence, and what to do."""

    code: str
    text: str
    advice: str


@dataclass(slots=True)
class Walk:
    """A walk through the archive: where it reads, what it found, how far it is."""

    connection: sqlite3.Connection
    progress: Progress
    total: int = 0
    done: int = 0
    findings: list[Finding] = field(default_factory=list)
    chunks: dict[int, bool] = field(default_factory=dict)
    """Which chunks were read, and whether they were whole."""

    def found(self, code: str, text: str, advice: str) -> None:
        """Write down a finding."""
        self.findings.append(Finding(code, text, advice))

    def step(self) -> None:
        """Count a row as done, and tell now and then."""
        self.done += 1
        if self.done % _STEP == 0:
            self.progress(self.done, max(self.done, self.total))

    def rows(self, table: str, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query that begins with `id` and ends in a condition, by ranges of ids."""
        (last,) = self.connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
        after, failed = 0, 0
        while after < last and failed < _HOPELESS:
            try:
                rows = self.connection.execute(
                    f"{query} AND {table}.id > ? ORDER BY {table}.id LIMIT {_STEP}", (after,)
                ).fetchall()
            except sqlite3.DatabaseError:
                yield from self._one_by_one(table, query, after)
                after, failed = after + _STEP, failed + 1
                continue
            yield from rows
            after, failed = (rows[-1][0] if len(rows) == _STEP else last), 0
        if failed == _HOPELESS:
            text = f"Rows of {table} after {after} were not read; there was too much damage."
            self.found("check-failed", text, RESTORE)

    def _one_by_one(self, table: str, query: str, after: int) -> Iterator[tuple[Any, ...]]:
        lost = []
        for row_id in range(after + 1, after + 1 + _STEP):
            try:
                yield from self.connection.execute(
                    f"{query} AND {table}.id = ?", (row_id,)
                ).fetchall()
            except sqlite3.DatabaseError:
                lost.append(row_id)
        if lost:
            text = f"Rows {lost[0]} to {lost[-1]} of {table} cannot be read."
            self.found("row-unreadable", text, RESTORE)
