"""What the Claude.ai parser makes of documents that a test wrote."""

import msgspec
from claude_ai_exports import Object, conversation, dump, message

from polylogue.model import Conversation, Document, Message, Parsed, Part
from polylogue.parsers import PARSERS
from polylogue.parsers.base import detect
from polylogue.parsers.claude_ai import PARSER
from polylogue.parsers.text import probe


def shape_of(value: object) -> str | None:
    """Return the name of the shape that claims `value` among all providers; None when none does."""
    found = detect(probe(dump(value)), PARSERS)
    return f"{found[0].provider}/{found[1].name}" if found else None


def records(value: object, modified_at: int | None = None) -> list[Parsed]:
    """Return all records of the document `value`."""
    found = detect(probe(dump(value)), (PARSER,))
    assert found is not None, "no shape claims the document"
    document = Document(data=dump(value), name="a.json", modified_at=modified_at)
    return list(found[1].parse(document)) if found[1].parse else []


def read(value: object) -> Conversation:
    """Return the conversation in `value`, and prove that it survives being stored as JSON."""
    record = records(value)[0]
    assert isinstance(record, Conversation)
    assert msgspec.json.decode(msgspec.json.encode(record), type=Conversation) == record
    return record


def told(*messages: str | Object) -> dict[str, Message]:
    """Return what becomes of `messages`, by id."""
    return {one.message_id: one for one in read(conversation("c1", "T", *messages)).messages}


def parts(*blocks: str | Object, **fields: object) -> tuple[Part, ...]:
    """Return the parts of an assistant's message made of `blocks`."""
    return told(message("m", "assistant", *blocks, **fields))["m"].parts


def ledger(*blocks: str | Object, **fields: object) -> dict[tuple[str, str], int]:
    """Return what nobody understood in an assistant's message: (path, kind) → count."""
    unknowns = read(conversation("c1", "T", message("m", "assistant", *blocks, **fields))).unknowns
    return {(unknown.path, unknown.kind): unknown.count for unknown in unknowns}
