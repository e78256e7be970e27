"""Long text of tools → its beginning and its end, with the size of all of it between them.

What is cut is in the archive. The limits are in lines and in characters: a log has too many of the
one, a page without line ends too many of the other.
"""

from typing import Final

from polylogue.render.dialect import Dialect

#: Text above these is cut; so much of its beginning and of its end is shown.
LONGEST: Final = 16_000  # characters
MOST_LINES: Final = 200
_HEAD, _HEAD_LINES = 12_000, 150
_TAIL, _TAIL_LINES = 3_000, 40


def cut(text: str, dialect: Dialect, language: str = "text", *, longest: int = LONGEST) -> str:
    """Return `text` as code, or as Markdown if it is; cut in its middle when it is very long.

    With another limit than the usual one there is none for lines, and the end is not kept.
    """
    text = text.strip("\n")
    if len(text) <= longest and (longest > LONGEST or text.count("\n") < MOST_LINES):
        return _shown(text, language, dialect)
    if longest > LONGEST:
        head, tail = text[:longest].rpartition("\n")[0] or text[:longest], ""
    else:
        head, tail = _head(text), _tail(text)
    size = f"{text.count(chr(10)) + 1:,} lines, {len(text):,} characters in all"
    missing = f"… {len(text) - len(head) - len(tail):,} characters are not shown here ({size}) …"
    pieces = (
        _shown(head, language, dialect),
        dialect.aside(missing),
        _shown(tail, language, dialect),
    )
    return "\n\n".join(filter(None, pieces))


def _shown(text: str, language: str, dialect: Dialect) -> str:
    if not text:
        return ""
    return dialect.text(text) if language == "markdown" else dialect.code(text, language)


def _head(text: str) -> str:
    """Return the first lines of a long text; where it has none, its first characters."""
    some = text[:_HEAD].split("\n", _HEAD_LINES)
    return "\n".join(some[:-1]) or text[:_HEAD]


def _tail(text: str) -> str:
    """Return the last lines of a long text; where it has none, its last characters."""
    some = text[-_TAIL:].rsplit("\n", _TAIL_LINES)
    return "\n".join(some[1:]) or text[-_TAIL:]
