"""The index files beside the rollouts: `session_index.jsonl` and `history.jsonl` → titles.

The first has a line for each name that a session was given; the last one counts. The second has a
line for each prompt that was typed; a session's first prompt is a title where there is no better.
"""

import contextlib
from collections.abc import Iterator

import msgspec

from polylogue.errors import BadInputError
from polylogue.model import TITLE_DERIVED, About, Carry, Document, Head, Json, Parsed, Problem
from polylogue.parsers.codex.speech import title
from polylogue.parsers.lines import BadLines, numbered
from polylogue.parsers.narrow import keys, text, word
from polylogue.parsers.text import decode_tolerant, to_ms

_KNOWN = 4096  # sessions whose first prompt is remembered to have been told

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[str]).decode


def names(document: Document) -> Iterator[Parsed]:
    """Yield the name of each session in a group of lines of `session_index.jsonl`."""
    for record in _objects(document):
        if isinstance(record, Problem):
            yield record
        elif (session := word(record.get("id"))) and (name := word(record.get("thread_name"))):
            yield About(session, Head(title=name, updated_at=to_ms(record.get("updated_at"))))
    yield Carry(state=b"")


def prompts(document: Document) -> Iterator[Parsed]:
    """Yield the title that the first prompt of each session makes, from lines of `history.jsonl`."""
    known = dict.fromkeys(_known(document.state))
    for record in _objects(document):
        if isinstance(record, Problem):
            yield record
            continue
        session, first = word(record.get("session_id")), title(text(record.get("text")))
        if session and first and session not in known:
            known[session] = None
            yield About(session, Head(title=first, title_trust=TITLE_DERIVED))
    yield Carry(state=_encode(list(known)[-_KNOWN:]))


def _known(state: bytes) -> list[str]:
    with contextlib.suppress(msgspec.DecodeError):
        return _decode(state) if state else []
    return []


def _objects(document: Document) -> Iterator[dict[str, Json] | Problem]:
    bad = BadLines(document.name)
    for number, raw in numbered(document):
        try:
            yield keys(decode_tolerant(raw))
        except BadInputError as error:
            bad.add(number, error.message)
    yield from bad.problems()
