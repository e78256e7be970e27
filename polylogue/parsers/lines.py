"""A group of lines of a session: those that hold something, and what is told of the unreadable ones."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from polylogue.model import Document, Problem

_TOLD: Final = 20  # that are told one by one


def numbered(document: Document) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, each behind its number in the file."""
    for number, line in enumerate(document.data.split(b"\n"), start=document.line):
        if line and not line.isspace():
            yield number, line


@dataclass(slots=True)
class BadLines:
    """The lines of a group that cannot be read; above a number they are only counted.

    `name` is that of the file.
    """

    name: str
    _told: list[Problem] = field(default_factory=list)
    _more: int = 0
    _last: int = 0

    def add(self, number: int, fault: str) -> None:
        """Take a line into account, and what is wrong with it."""
        if len(self._told) < _TOLD:
            self._told.append(self._problem("unreadable-line", fault, number))
        else:
            self._more += 1
            self._last = number

    def problems(self) -> Iterator[Problem]:
        """Yield what is to be told of them."""
        yield from self._told
        if self._more:
            text = f"{self._more:,} more lines cannot be read."
            yield self._problem("unreadable-lines", text, self._last)

    def _problem(self, code: str, text: str, number: int) -> Problem:
        where = f"{self.name}: line {number}" if self.name else f"line {number}"
        return Problem(code=code, text=text, where=where)
