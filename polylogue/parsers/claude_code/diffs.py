"""Edits → unified diffs, as a person reads them: no file names, which stand in the title.

Linear, but for a small middle that `difflib` aligns; line numbers are told only where they are known.
"""

import difflib
from collections.abc import Iterator, Sequence
from itertools import takewhile

from polylogue.model import Json
from polylogue.parsers.narrow import items, objects, text, whole

_CONTEXT = 3  # lines
_ALIGNED = 120  # lines on both sides together; above it all old lines stand before all new ones


def patch(hunks: Json) -> str:
    """Return the diff in a `structuredPatch`; "" when it holds none."""
    return "\n".join(line for hunk in objects(hunks) for line in _hunk(hunk))


def _hunk(hunk: dict[str, Json]) -> Iterator[str]:
    lines = [text(line) for line in items(hunk.get("lines"))]
    if lines:
        old, new = (
            f"{whole(hunk.get(f'{side}Start')) or 0},{whole(hunk.get(f'{side}Lines')) or 0}"
            for side in ("old", "new")
        )
        yield f"@@ -{old} +{new} @@"
        yield from lines


def changes(edits: Sequence[tuple[str, str]]) -> str:
    """Return what replaces what in `edits`, (old, new) pairs, as one diff."""
    return "\n@@\n".join("\n".join(_change(old.split("\n"), new.split("\n"))) for old, new in edits)


def added(content: str) -> str:
    """Return the diff of a new file."""
    return "\n".join(f"+{line}" for line in content.removesuffix("\n").split("\n"))


def _change(old: list[str], new: list[str]) -> Iterator[str]:
    if old == [""]:
        yield from (f"+{line}" for line in new)
        return
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    yield from (f" {line}" for line in old[max(0, head - _CONTEXT) : head])
    yield from _middle(old[head : len(old) - tail], new[head : len(new) - tail])
    yield from (f" {line}" for line in old[len(old) - tail :][:_CONTEXT])


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _middle(old: list[str], new: list[str]) -> Iterator[str]:
    if not old or not new or len(old) + len(new) > _ALIGNED:
        yield from (f"-{line}" for line in old)
        yield from (f"+{line}" for line in new)
        return
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (f" {line}" for line in old[i:j])
        else:
            yield from (f"-{line}" for line in old[i:j])
            yield from (f"+{line}" for line in new[k:m])
