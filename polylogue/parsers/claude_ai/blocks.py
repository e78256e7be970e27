"""The content of a message → parts: one entry for each type of block.

Exports of 2024 have a flat `text` only, new ones blocks of which `text` is a poor copy, and dumps of
the API an empty `text`: so blocks come first, and `text` speaks where they say nothing. A type that
has no entry becomes an Unknown part, and an entry of the ledger.
"""

from collections.abc import Callable, Iterator

from polylogue.model import Json, Notice, Part, Text, Thinking, Unknown
from polylogue.parsers.claude_ai import files
from polylogue.parsers.claude_ai.citations import cited, titles
from polylogue.parsers.claude_ai.joins import CALLS, is_result, join, kind_of
from polylogue.parsers.claude_ai.markup import is_marked, unmarked
from polylogue.parsers.claude_ai.reading import Reading
from polylogue.parsers.claude_ai.results import result
from polylogue.parsers.claude_ai.tools import call
from polylogue.parsers.narrow import as_json, json_type, keys, objects, text, word
from polylogue.parsers.text import to_ms

_PATH = "chat_messages.content"


def read(reading: Reading, message: dict[str, Json]) -> Iterator[Part]:
    """Yield what a message says; its files are read elsewhere."""
    parts = list(_blocks(reading, message.get("content")))
    yield from parts
    flat = message.get("text")
    if isinstance(flat, str):
        if flat.strip() and all(isinstance(part, Unknown) for part in parts):
            yield from _said(reading, flat)
    elif flat is not None:
        yield reading.unknown("chat_messages.text", json_type(flat), flat)


def _blocks(reading: Reading, content: Json) -> Iterator[Part]:
    if isinstance(content, str):
        yield from _said(reading, content)
    elif isinstance(content, list):
        yield from _listed(reading, content)
    elif content is not None:
        yield reading.unknown(_PATH, json_type(content), content)


def _listed(reading: Reading, content: list[Json]) -> Iterator[Part]:
    joins, reading.titles = join(reading.message_id, content), None
    applied: set[int] = set()
    for place, block in enumerate(content):
        if not isinstance(block, dict):
            yield from _bare(reading, block)
            continue
        kind = kind_of(block)
        if kind == "text":
            yield from _text(reading, block, content)
        elif kind in CALLS:
            called = call(reading, block, joins.ids[place], failed=place in joins.failed)
            if called.applied:
                applied.add(place)
            yield from called.parts
        elif is_result(kind):
            quiet = joins.calls.get(place) in applied
            yield from result(reading, block, joins.ids[place], quiet=quiet)
        elif (reader := _READERS.get(kind)) is not None:
            yield from reader(reading, block)
        else:
            yield reading.unknown(f"{_PATH}.type", kind or "?", block)


def _bare(reading: Reading, block: Json) -> Iterator[Part]:
    if isinstance(block, str):
        yield from _said(reading, block)
    else:
        yield reading.unknown(_PATH, json_type(block), block)


def _said(reading: Reading, raw: str) -> Iterator[Part]:
    if not reading.typed and is_marked(raw):
        yield from unmarked(reading, raw)
    elif raw and not raw.isspace():
        yield Text(text=text(raw))
    else:
        reading.folded["blank-text"] += 1


# --- Types of blocks ------------------------------------------------------------------------------


def _text(reading: Reading, block: dict[str, Json], content: list[Json]) -> Iterator[Part]:
    raw, citations = block.get("text"), block.get("citations")
    if raw is not None and not isinstance(raw, str):
        yield reading.unknown(f"{_PATH}.text", json_type(raw), block)
    elif raw and citations:
        reading.titles = titles(content) if reading.titles is None else reading.titles
        yield cited(raw, citations, reading.titles)
    else:
        yield from _said(reading, raw or "")


def _thinking(reading: Reading, block: dict[str, Json]) -> Iterator[Part]:
    thought = text(block.get("thinking")) or text(block.get("text"))
    summaries = [word(entry.get("summary")) for entry in objects(block.get("summaries"))]
    summaries = [summary for summary in summaries if summary]
    seconds = _seconds(block)
    if thought.strip() or summaries:
        yield Thinking(
            text=thought if thought.strip() else "\n\n".join(summaries[:-1]),
            title=summaries[-1] if summaries else "",
            seconds=seconds,
        )
    elif seconds:
        yield Thinking(seconds=seconds)
    else:
        reading.folded["blank-thinking"] += 1
    if block.get("cut_off") is True or block.get("truncated") is True:
        yield Notice(kind="interrupted", text="The thinking was cut off.")


def _seconds(block: dict[str, Json]) -> float | None:
    start, stop = to_ms(block.get("start_timestamp")), to_ms(block.get("stop_timestamp"))
    return (
        (stop - start) / 1000 if start is not None and stop is not None and stop > start else None
    )


def _redacted(_reading: Reading, _block: dict[str, Json]) -> Iterator[Part]:
    yield Thinking(title="Redacted by Claude")


def _housekeeping(reading: Reading, block: dict[str, Json]) -> Iterator[Part]:
    reading.folded[word(block.get("type"))] += 1
    return iter(())


def _flag(_reading: Reading, block: dict[str, Json]) -> Iterator[Part]:
    told = (text(block.get(key)) for key in ("text", "message", "title", "flag", "reason"))
    envelope = {"start_timestamp", "stop_timestamp", "flags", "type"}
    rest = {key: value for key, value in block.items() if key not in envelope and value}
    yield Notice(kind="flag", text=next(filter(None, told), "") or (as_json(rest) if rest else ""))


def _error(_reading: Reading, block: dict[str, Json]) -> Iterator[Part]:
    yield Notice(kind="error", text=text(block.get("message")) or text(block.get("text")))


def _interjection(reading: Reading, block: dict[str, Json]) -> Iterator[Part]:
    said = block.get("message", block.get("text"))
    yield Notice(kind="user interjection", text="")
    yield from _said(reading, text(said) or text(keys(said).get("content")))


def _voice_note(reading: Reading, block: dict[str, Json]) -> Iterator[Part]:
    yield Notice(kind="voice note", text=word(block.get("title")))
    yield from _said(reading, text(block.get("text")))


def _document(reading: Reading, block: dict[str, Json]) -> Iterator[Part]:
    known = next(files.listed_objects([block, block.get("source")]), None)
    yield known or reading.unknown(f"{_PATH}.document", "without name", block)


#: Type of a block → its reader; calls and results are read by `tools` and `results`. Errors and
#: interjections occur in design chats.
_READERS: dict[str, Callable[[Reading, dict[str, Json]], Iterator[Part]]] = {
    "document": _document,
    "error": _error,
    "flag": _flag,
    "image": files.picture,
    "redacted_thinking": _redacted,
    "thinking": _thinking,
    "token_budget": _housekeeping,
    "user_interjection": _interjection,
    "voice_note": _voice_note,
}
