"""Patches: the text that `apply_patch` takes, and what an event tells of the changes it made."""

import re
from collections.abc import Iterator

from polylogue.model import Json
from polylogue.parsers.narrow import keys, text, word

_FILE = re.compile(
    r"^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (?P<path>[^\n]{1,1000})", re.MULTILINE
)
_FILES = 5  # files that a title names
_VERBS = {"add": "Add", "delete": "Delete", "update": "Update"}


def title(patch: str) -> str:
    """Return the names of the files that a patch touches."""
    return _named([match["path"].strip() for match in _FILE.finditer(patch)])


def from_changes(changes: Json) -> tuple[str, str]:
    """Return title and text of a patch, given the changes that an event tells: path → change."""
    told = {path: keys(change) for path, change in keys(changes).items()}
    lines = [line for path, change in told.items() for line in _lines(text(path), change)]
    return _named(list(map(text, told))), "\n".join(lines)


def _lines(path: str, change: dict[str, Json]) -> Iterator[str]:
    kind = word(change.get("type")) or next(iter(change), "update")
    change = keys(change.get(kind)) or change
    yield f"*** {_VERBS.get(kind, 'Update')} File: {path}"
    if moved := word(change.get("move_path")):
        yield f"*** Move to: {moved}"
    if difference := text(change.get("unified_diff")):
        yield difference.rstrip("\n")
    else:
        sign = "-" if kind == "delete" else "+"
        yield from (f"{sign}{line}" for line in text(change.get("content")).splitlines())


def _named(paths: list[str]) -> str:
    files = list(dict.fromkeys(paths))
    more = f" and {len(files) - _FILES} more" if len(files) > _FILES else ""
    return ", ".join(files[:_FILES]) + more
