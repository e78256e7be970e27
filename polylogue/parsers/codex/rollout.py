"""A group of a rollout's lines → records; and the one object that the oldest rollouts are.

The session's id is the header's. Where that cannot be read, it is the one that Codex itself writes
into the name of a rollout file. Lines of a session without any id are a Problem.
"""

import re
from collections.abc import Iterator

from polylogue.errors import BadInputError
from polylogue.model import (
    Carry,
    Conversation,
    Document,
    Json,
    Parsed,
    Problem,
)
from polylogue.parsers.codex import copied, header, line
from polylogue.parsers.codex.reading import Reading
from polylogue.parsers.codex.state import decode, encode
from polylogue.parsers.lines import BadLines, numbered
from polylogue.parsers.narrow import items, json_type, keys, word
from polylogue.parsers.text import decode_tolerant

_PROVIDER = "codex"
_NAME = re.compile(
    r"rollout-[\dT-]{19}-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl?(?:\.zst)?",
    re.IGNORECASE,
)


def parse(document: Document) -> Iterator[Parsed]:
    """Yield what a group of lines tells: problems, blobs, the conversation, and the Carry."""
    reading = Reading(state=decode(document.state))
    yield from _read_lines(reading, document).problems()
    yield from _records(reading, document)
    yield Carry(state=encode(reading.state))


def legacy(document: Document) -> Iterator[Parsed]:
    """Yield the conversation in one object with `session` and `items`."""
    try:
        told = keys(decode_tolerant(document.data))
    except BadInputError as error:
        yield Problem(code="unreadable-session", text=error.message, where=document.name)
        return
    reading = Reading(state=decode(b""))
    header.read(reading, keys(told.get("session")))
    for number, record in enumerate(items(told.get("items")), start=1):
        reading.line = number
        if isinstance(record, dict):
            _read(reading, record, document)
        else:
            reading.ledger["items", json_type(record)] += 1
            reading.fold("unknown")
    yield from _records(reading, document)


# --- Lines ----------------------------------------------------------------------------------------


def _read_lines(reading: Reading, document: Document) -> BadLines:
    """Read every line; return those that cannot be read."""
    bad = BadLines(document.name)
    for reading.line, raw in numbered(document):
        try:
            record = decode_tolerant(raw)
        except BadInputError as error:
            bad.add(reading.line, error.message)
            continue
        if not isinstance(record, dict):
            bad.add(reading.line, f"This is no object but {json_type(record)}.")
        elif not copied.is_copy(reading, record, raw):
            _after_copy(reading, document)
            _read(reading, record, document)
    return bad


def _after_copy(reading: Reading, document: Document) -> None:
    """Read the lines that were held back while it was not known whether they are copies."""
    ended = reading.state.copied
    if ended is None:
        return
    number = reading.line
    reading.state.copied = None
    for reading.line, raw in ended.held:
        _read(reading, keys(decode_tolerant(raw)), document)
    reading.line = number


def _read(reading: Reading, record: dict[str, Json], document: Document) -> None:
    state = reading.state
    if not state.conversation_id and not _is_header(record):
        name = _NAME.fullmatch(document.name.rpartition("/")[2])
        state.conversation_id = document.conversation_id or (name[1].lower() if name else "")
        if not state.conversation_id:
            reading.fold("without-id")
            return
    line.read(reading, record)


def _is_header(record: dict[str, Json]) -> bool:
    return word(record.get("type")) == "session_meta" or line.is_header(record)


# --- Records --------------------------------------------------------------------------------------


def _records(reading: Reading, document: Document) -> Iterator[Parsed]:
    state = reading.state
    if not state.conversation_id:
        if not document.state:  # said once, with the first group
            text = "A session has no header, and its file's name has no id."
            yield Problem(code="session-without-id", text=text, where=document.name)
        return
    yield from reading.blobs.values()
    yield Conversation(
        provider=_PROVIDER,
        conversation_id=state.conversation_id,
        head=state.head(),
        messages=tuple(reading.messages),
        unknowns=reading.unknowns,
        folds=reading.folds,
    )
