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
from polylogue.render.line import one_line, wikilink

_LONGEST_TITLE: Final = 120  # characters
_LONGEST_LINE: Final = 4096  # characters in which that title is looked for


def call(part: ToolCall, place: Place) -> Iterator[Block]:
    """Show a call with its results."""
    pieces = [cut(part.input, part.language)] if part.input.strip() else []
    pieces += [
        cut(result.output, result.language) for result in place.results if result.output.strip()
    ]
    label = (one_line(part.name) or "tool", _done(part, place), outcome(place.results))
    yield Block("tool", " · ".join(filter(None, label)), "\n\n".join(pieces))


def result(part: ToolResult, _: Place) -> Iterator[Block]:
    """Show a result whose call is not known, or stands in another branch."""
    body = cut(part.output, part.language) if part.output.strip() else ""
    label = (one_line(part.name) or "tool", outcome((part,)))
    yield Block("tool", " · ".join(filter(None, label)), body)


def outcome(results: Sequence[ToolResult]) -> str:
    """Return `exit 1` or `error`; '' when all went well, or nobody knows."""
    codes = [result.exit_code for result in results if result.exit_code]
    if codes:
        return f"exit {codes[0]}"
    return "error" if any(result.is_error for result in results) else ""


def _done(part: ToolCall, place: Place) -> str:
    """Return in a few words what the call does, linked to the note of what it started."""
    words = _words(part.title, place.folder)
    if not words and part.language == "bash":
        words = _words(part.input, "")
    if part.conversation_id and (path := place.path_of(part.conversation_id)):
        return wikilink(path, words)
    return one_line(words) if words else ""


def _words(title: str, folder: str) -> str:
    """Return the first line of `title`, with paths from the folder of the session on."""
    words = title[:_LONGEST_LINE].strip().partition("\n")[0]
    if folder and folder[:-1] in words:
        words = "" if words == folder[:-1] else words.replace(folder, "")
    if len(words) > _LONGEST_TITLE:
        words = words[:_LONGEST_TITLE].rstrip() + "…"
    return words
