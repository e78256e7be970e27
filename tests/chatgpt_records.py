"""What the ChatGPT parser makes of conversations that a test wrote."""

import json

import msgspec
from chatgpt_exports import Object, conversation, dump

from polylogue.model import Conversation, Document, Message, Parsed, Part
from polylogue.parsers.base import detect
from polylogue.parsers.chatgpt import PARSER
from polylogue.parsers.text import probe


def shape_of(value: object) -> str | None:
    """Return the name of the shape that claims `value`, None when none does."""
    found = detect(probe(dump(value)), (PARSER,))
    return found[1].name if found else None


def records(value: object) -> list[Parsed]:
    """Return all records of the document `value`."""
    found = detect(probe(dump(value)), (PARSER,))
    assert found is not None, "no shape claims the document"
    parse = found[1].parse
    return list(parse(Document(data=dump(value), name="a.json"))) if parse else []


def read(chat: Object) -> Conversation:
    """Return the conversation in `chat`, and prove that it survives being stored as JSON."""
    (record,) = records(chat)
    assert isinstance(record, Conversation)
    stored = msgspec.json.encode(record)
    assert msgspec.json.decode(stored, type=Conversation) == record
    assert json.loads(stored)
    return record


def said(*messages: Object) -> dict[str, Message]:
    """Return what becomes of `messages`, one below the other, by id."""
    return {
        message.message_id: message for message in read(conversation("c1", "T", *messages)).messages
    }


def parts(*messages: Object) -> tuple[Part, ...]:
    """Return the parts of the last of `messages`."""
    return said(*messages)[messages[-1]["id"]].parts


def ledger(*messages: Object) -> dict[tuple[str, str], int]:
    """Return what nobody understood in `messages`: (path, kind) → count."""
    unknowns = read(conversation("c1", "T", *messages)).unknowns
    return {(unknown.path, unknown.kind): unknown.count for unknown in unknowns}
