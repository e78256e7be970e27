"""Calls of tools and what they gave back → one folded callout, whose label says what was done.

    > [!tool]- Bash · Run the tests · exit 1
    > [!tool]- Edit · src/app.py
    > [!tool]- Task · [[claude-code/2026-01-02 Look for tests|Look for tests]]

All went well where the label does not say otherwise.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from polylogue.model import ToolCall, ToolResult
from polylogue.render.blocks import Block, Place
from polylogue.render.cut import cut

_LONGEST_TITLE: Final = 120  # characters
_TYPED: Final = {"bash", "text"}  # languages of what a person might have typed
_LONGEST_LINE: Final = 4096  # characters in which that title is looked for


def call(part: ToolCall, place: Place) -> Iterator[Block]:
    """Show a call with its results."""
    dialect = place.dialect
    words = _words(part, place.folder)
    told = part.input.strip()
    pieces = (
        [cut(part.input, dialect, part.language)]
        if told and (told != words or part.language == "bash")
        else []
    )
    pieces += [
        cut(result.output, dialect, result.language)
        for result in place.results
        if result.output.strip()
    ]
    label = (dialect.line(part.name) or "tool", _done(part, words, place), outcome(place.results))
    yield Block("tool", " · ".join(filter(None, label)), "\n\n".join(pieces))


def result(part: ToolResult, place: Place) -> Iterator[Block]:
    """Show a result whose call is not known, or stands in another branch."""
    body = cut(part.output, place.dialect, part.language) if part.output.strip() else ""
    label = (place.dialect.line(part.name) or "tool", outcome((part,)))
    yield Block("tool", " · ".join(filter(None, label)), body)


def outcome(results: Sequence[ToolResult]) -> str:
    """Return `exit 1` or `error`; '' when all went well, or nobody knows."""
    codes = [result.exit_code for result in results if result.exit_code]
    if codes:
        return f"exit {codes[0]}"
    return "error" if any(result.is_error for result in results) else ""


def _done(part: ToolCall, words: str, place: Place) -> str:
    """Return in a few words what the call does, linked to the note of what it started."""
    if part.conversation_id and (path := place.path_of(part.conversation_id)):
        return place.dialect.page(path, words)
    return place.dialect.line(words) if words else ""


def _words(part: ToolCall, folder: str) -> str:
    """Return what the call does: its title, or where that says nothing, its input if that is a line.

    Paths are told from the folder of the session on.
    """
    words = _line(part.title) if part.title.lower() not in part.name.lower() else ""
    if folder and folder[:-1] in words:
        words = "" if words == folder[:-1] else words.replace(folder, "")
    if not words and part.language in _TYPED:
        line = _line(part.input)
        words = line if part.language == "bash" or line == part.input.strip() else ""
    return words if len(words) <= _LONGEST_TITLE else words[:_LONGEST_TITLE].rstrip() + "…"


def _line(text: str) -> str:
    return text[:_LONGEST_LINE].strip().partition("\n")[0]
