"""What stands beside the sessions: the index of a project, the history of prompts, a session as one JSON."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from polylogue.errors import BadInputError
from polylogue.model import (
    TITLE_DERIVED,
    TITLE_GIVEN,
    About,
    Carry,
    Document,
    Head,
    Json,
    Parsed,
    Problem,
)
from polylogue.parsers.claude_code.group import start
from polylogue.parsers.claude_code.reader import read_line
from polylogue.parsers.claude_code.state import remember
from polylogue.parsers.claude_code.titles import derived
from polylogue.parsers.lines import BadLines, numbered
from polylogue.parsers.narrow import items, keys, objects, text, word
from polylogue.parsers.text import decode_tolerant, to_ms

_NO_TITLES: Final = frozenset({"", "No prompt", "User Exits CLI Session"})
_KNOWN: Final = 512  # sessions of the history that are remembered as told


def web_session(document: Document) -> Iterator[Parsed]:
    """Yield a session that stands in one JSON object, as the web has it."""
    try:
        value = keys(decode_tolerant(document.data))
    except BadInputError as error:
        yield Problem(code="unreadable-session", text=error.message, where=document.name)
        return
    group = start(document)
    group.state.current = group.state.current or word(value.get("sessionId"))
    for number, entry in enumerate(items(value.get("loglines")), start=1):
        group.line = number
        read_line(group, _encoded(entry))
    yield from group.records()


def index(document: Document) -> Iterator[Parsed]:
    """Yield what `sessions-index.json` says of each session."""
    try:
        value = keys(decode_tolerant(document.data))
    except BadInputError as error:
        yield Problem(code="unreadable-index", text=error.message, where=document.name)
        return
    for entry in objects(value.get("entries")):
        session = word(entry.get("sessionId"))
        if session and entry.get("isSidechain") is not True:
            yield About(conversation_id=session, head=_indexed(entry))


def _indexed(entry: dict[str, Json]) -> Head:
    branch, given = word(entry.get("gitBranch")), word(entry.get("summary"))
    title = "" if given in _NO_TITLES or given == branch else given
    return Head(
        title=title or derived(text(entry.get("firstPrompt"))),
        title_trust=TITLE_GIVEN if title else TITLE_DERIVED,
        created_at=to_ms(entry.get("created")),
        project=_folder(entry.get("projectPath")),
    )


class _Prompts(msgspec.Struct):
    """The sessions whose first prompt has been told."""

    told: dict[str, bool] = {}


_load = msgspec.msgpack.Decoder(_Prompts).decode


def history(document: Document) -> Iterator[Parsed]:
    """Yield what `history.jsonl`, the list of prompts, says of each session: its first words."""
    prompts = _loaded(document.state)
    bad = BadLines(document.name)
    for number, line in numbered(document):
        try:
            entry = decode_tolerant(line)
        except BadInputError as error:
            bad.add(number, error.message)
            continue
        yield from _prompt(keys(entry), prompts)
    yield from bad.problems()
    yield Carry(state=msgspec.msgpack.encode(prompts))


def _loaded(state: bytes) -> _Prompts:
    try:
        return _load(state) if state else _Prompts()
    except (ValueError, RecursionError):
        return _Prompts()


def _prompt(entry: dict[str, Json], prompts: _Prompts) -> Iterator[About]:
    session, title = word(entry.get("sessionId")), derived(text(entry.get("display")))
    if session and title and session not in prompts.told:
        remember(prompts.told, session, True, _KNOWN)
        head = Head(
            title=title,
            title_trust=TITLE_DERIVED,
            created_at=to_ms(entry.get("timestamp")),
            project=_folder(entry.get("project")),
        )
        yield About(conversation_id=session, head=head)


def _folder(path: Json) -> str:
    return word(path).replace("\\", "/").rstrip("/").rpartition("/")[2]


def _encoded(value: Any) -> bytes:  # noqa: ANN401 (any JSON)
    try:
        return msgspec.json.encode(value)
    except (ValueError, TypeError, RecursionError):
        return b"null"
