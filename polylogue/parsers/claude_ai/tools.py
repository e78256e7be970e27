"""Calls of tools → parts, as a person wants to read them.

A call that changes a document is shown as the document after it; when that cannot be known, as a
diff. All else is told by its one telling argument (a command, a query, an address), with the rest in
the title; what has no such argument is JSON with sorted keys.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from polylogue.model import Json, Notice, Part, Source, Text, ToolCall
from polylogue.parsers.claude_ai.citations import link_list
from polylogue.parsers.claude_ai.documents import Change, apply, change, diff
from polylogue.parsers.claude_ai.reading import Reading
from polylogue.parsers.narrow import as_json, keys, objects, text, word

#: The argument that tells what a call does, and the language it is in.
_BODIES = (
    ("command", "text"),
    ("code", "javascript"),
    ("widget_code", "html"),
    ("query", "text"),
    ("url", "text"),
    ("filepaths", "text"),
)
_SHELLS = ("bash", "shell", "terminal")
_TITLES = ("description", "title", "path")
_NOISE = {"loading_messages"}
_LONGEST_FACT = 80  # characters of an argument that stands in the title


class Called(NamedTuple):
    """A call: its parts, and whether it is shown as the document that it made."""

    parts: list[Part]
    applied: bool = False


def call(reading: Reading, block: dict[str, Json], call_id: str, *, failed: bool) -> Called:
    """Return the call in `block`; one that `failed` changed nothing."""
    name, told = word(block.get("name")), keys(block.get("input"))
    wanted = change(name, told)
    if wanted is None:
        return Called([_plain(name, block, call_id)])
    document = None if failed else apply(reading, wanted)
    if document is not None:
        return Called([document, *_sources(told)], applied=True)
    parts: list[Part] = [_unapplied(name, wanted, call_id)]
    if not failed and (name == "artifacts" or wanted.artifact_id in reading.documents):
        parts.append(Notice(kind="artifact", text="This change could not be applied."))
    return Called(parts)


def _unapplied(name: str, wanted: Change, call_id: str) -> ToolCall:
    whole = wanted.content
    return ToolCall(
        name=name,
        title=wanted.title if name == "artifacts" and wanted.title else wanted.artifact_id,
        input=diff(wanted.old, wanted.new) if whole is None else whole,
        language="diff" if whole is None else wanted.language or "text",
        call_id=call_id,
    )


def _sources(told: dict[str, Json]) -> Iterator[Part]:
    """Yield the pages that a document cites: its text has no marks for them."""
    cited = [
        Source(title=word(entry.get("title")), url=word(entry.get("url")))
        for entry in objects(told.get("md_citations"))
        if word(entry.get("title")) or word(entry.get("url"))
    ]
    if cited:
        yield Text(text=f"Sources:\n\n{link_list(cited)}")


def _plain(name: str, block: dict[str, Json], call_id: str) -> ToolCall:
    arguments = block.get("input")
    told = {key: value for key, value in keys(arguments).items() if key not in _NOISE}
    titles = [title for key in _TITLES if (title := word(told.pop(key, None)))]
    body, language = _telling(name, told)
    if body is not None:
        titles += [f"{key}={value}" for key, value in sorted(told.items()) if value is not None]
    elif told:
        body, language = _indented(told), "json"
    elif arguments and not isinstance(arguments, dict):
        body = text(arguments) or as_json(arguments)
    return ToolCall(
        name=name,
        title=text(" · ".join(titles)) or word(block.get("message")),
        input=body or "",
        language=language,
        call_id=call_id,
    )


def _telling(name: str, told: dict[str, Json]) -> tuple[str | None, str]:
    """Take the one telling argument out of `told`, if what is left is short; else None."""
    for key, language in _BODIES:
        value = told.get(key)
        if key == "filepaths" and isinstance(value, list):
            value = "\n".join(map(text, value))
        if isinstance(value, str) and all(_is_short(told[k]) for k in told if k != key):
            del told[key]
            shell = key == "command" and any(shell in name for shell in _SHELLS)
            return text(value), "bash" if shell else language
    return None, "text"


def _is_short(value: Json) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_FACT and "\n" not in value
    return value is None or isinstance(value, bool | int | float)


def _indented(value: Json) -> str:
    return msgspec.json.format(as_json(value), indent=2)
