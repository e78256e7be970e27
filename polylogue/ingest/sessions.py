"""A file of JSON lines as a session: who reads it, and its groups of lines read one after another.

What a parser must know of the lines before goes from group to group (`Carry`), so a reader can stop
at any group and go on from there, in another process on another day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from polylogue.model import Carry, Document, Parsed, Problem
from polylogue.parsers import PARSERS, Parser, Session, detect_session
from polylogue.parsers.base import FIRST_LINES
from polylogue.parsers.text import probe

#: Bytes in which the first lines are looked for.
FIRST_BYTES = 1 << 20


@dataclass(slots=True)
class Reader:
    """Reads the groups of one file in their order.

    `line` is the number of the first line of the next group, `state` what the parser carries to it.
    """

    parser: Parser
    session: Session
    name: str
    modified_at: int | None = None
    uri: str = ""
    line: int = 1
    state: bytes = b""

    def read(self, data: bytes) -> tuple[Parsed, ...]:
        """Return the records of the next group of whole lines, and go on behind it.

        A parser that fails over a group is given its lines one by one: the bad one costs itself.
        """
        try:
            return self._read(data)
        except Exception:  # noqa: BLE001 - a bug in a parser must not cost the rest
            return tuple(record for line in BytesIO(data) for record in self._read_line(line))

    def pass_over(self, data: bytes) -> None:
        """Go on behind bytes that are no whole lines or hold nothing."""
        self.line += data.count(b"\n")

    def _read_line(self, line: bytes) -> tuple[Parsed, ...]:
        try:
            return self._read(line)
        except Exception as error:  # noqa: BLE001 - see above
            bug = parser_bug(self.parser, error, f"{self.name}: line {self.line}")
            self.pass_over(line)
            return (bug,)

    def _read(self, data: bytes) -> tuple[Parsed, ...]:
        """Return the records of the group; goes on behind it unless the parser raises."""
        records = tuple(self.session.parse(self._document(data))) if self.session.parse else ()
        self.pass_over(data)
        for record in records:
            if isinstance(record, Carry):
                self.state = record.state
        return records

    def _document(self, data: bytes) -> Document:
        return Document(
            data=bytes(data),
            name=self.name,
            modified_at=self.modified_at,
            uri=self.uri,
            line=self.line,
            state=self.state,
        )


def parser_bug(parser: Parser, error: Exception, where: str) -> Problem:
    """Return what it means that a parser raised."""
    text = f"The {parser.provider} parser failed ({type(error).__name__}); please report it."
    return Problem(code="parser-bug", text=text, where=where)


def claim(beginning: Iterable[bytes]) -> tuple[Parser, Session] | None:
    """Return who reads a file of lines that begins with these bytes, None when nobody does.

    The last line counts, too, when it is whole.
    """
    lines = b"".join(beginning).split(b"\n", FIRST_LINES)[:FIRST_LINES]
    probes = [found for found in map(probe, lines) if found]
    return detect_session(probes, PARSERS) if probes else None


def session_named(provider: str, version: int, name: str) -> tuple[Parser, Session] | None:
    """Return the session of this name of a provider, None when there is no such version any more."""
    for parser in PARSERS:
        if (parser.provider, parser.version) == (provider, version):
            for session in parser.sessions:
                if session.name == name:
                    return parser, session
    return None
