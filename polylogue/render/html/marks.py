"""The marks of citations, on their way through Markdown.

A mark is numbered before the text is read, so that one which a reader swallows takes no other's
number; it looks like a bracket to Markdown, so that `**so**` before it still ends; and it is moved
from where it would make something else of a line: behind a fence, a row of a table, in an address.
"""

import re
from itertools import count
from typing import Final

from polylogue.render.code import MARK

#: A numbered mark. No other text holds MARK (`footnotes` sees to that).
_NUMBERED = re.compile(rf"⸨{MARK}(\d+)⸩")
_TAG_OR_NUMBERED = re.compile(rf'<(?:[^<>"]|"[^"]*")*>|{_NUMBERED.pattern}')

_MARKS: Final = rf"((?:⸨{MARK}\d+⸩)+)"
#: Where marks are moved. Behind a rule, as under the head of a table, they are dropped, and so lost.
_MOVES: Final = tuple(
    (re.compile(pattern, re.MULTILINE), to)
    for pattern, to in (
        (rf"^([ \t>]*[|:*_=-][ \t|:*_=-]*){_MARKS}[ \t]*$", r"\1"),
        (rf"^([ \t>]*)(`{{3,}}|~{{3,}})[ \t]*{_MARKS}[ \t]*$", r"\1\2\n\1\3"),
        (rf"^([ \t>]*\|.*)\|[ \t]*{_MARKS}[ \t]*$", r"\1\2|"),
        (rf"(\]\([^\s(){MARK}]{{0,2000}}){_MARKS}([^\s(){MARK}]{{0,2000}}\))", r"\1\3\2"),
    )
)


def numbered(text: str) -> str:
    """Return raw Markdown with its marks numbered, where they do no harm."""
    if MARK not in text:
        return text
    numbers = count()
    text = re.sub(MARK, lambda _: f"⸨{MARK}{next(numbers)}⸩", text)
    for pattern, to in _MOVES:
        text = pattern.sub(to, text)
    return text


def outside(code: str) -> tuple[str, str]:
    """Return code without its marks, and those marks."""
    if MARK not in code:
        return code, ""
    marks = "".join(found[0] for found in _NUMBERED.finditer(code))
    return _NUMBERED.sub("", code), marks


def replaced(made: str, references: list[str]) -> str:
    """Return HTML with a reference for each mark; those of marks that were lost come at its end.

    A mark in a tag, as in the address of a link, comes behind the tag.
    """
    left = dict(enumerate(references))

    def written(found: re.Match[str]) -> str:
        numbers = [int(mark[1]) for mark in _NUMBERED.finditer(found[0])]
        behind = "".join(left.pop(number, "") for number in numbers)
        return _NUMBERED.sub("", found[0]) + behind

    made = _TAG_OR_NUMBERED.sub(written, made) if MARK in made else made
    return f"{made}<p>{''.join(left.values())}</p>" if left else made
