"""A conversation of an export, or of the API → a Conversation.

Nothing that is in the document is lost: each message is a record, or counted as a fold (a repeated
id, a message of a blank shell) or in the ledger (what is no object). A conversation that was deleted
comes back as a shell, newer and with all its texts empty: it has no messages then, so that it can
take nothing away. `parse` never raises: what cannot be read is a Problem.
"""

from collections.abc import Iterator
from urllib.parse import quote

from polylogue.errors import BadInputError
from polylogue.model import Blob, Conversation, Document, Head, Json, Message, Parsed, Problem
from polylogue.parsers.claude_ai import messages
from polylogue.parsers.claude_ai.reading import PROVIDER, Documents, Reading
from polylogue.parsers.claude_ai.tree import once, walk
from polylogue.parsers.narrow import keys, word
from polylogue.parsers.text import decode_tolerant, to_ms


def parse(document: Document) -> Iterator[Parsed]:
    """Yield the conversation in `document` and the pictures in it, or why there is none."""
    told = opened(document)
    if isinstance(told, Problem):
        yield told
        return
    conversation_id = word(told.get("uuid")) or document.conversation_id
    if not conversation_id:
        yield unreadable(document, "conversation-without-id", "A conversation has no id.")
        return
    conversation, blobs = assemble(told, conversation_id)
    yield conversation
    yield from blobs


def opened(document: Document) -> dict[str, Json] | Problem:
    """Return the object in `document`, or the Problem that there is none."""
    try:
        value = decode_tolerant(document.data)
    except BadInputError as error:
        return unreadable(document, "unreadable-conversation", error.message)
    if isinstance(value, dict):
        return value
    return unreadable(document, "unreadable-conversation", "A conversation is no JSON object.")


def unreadable(document: Document, code: str, text: str) -> Problem:
    """Return the Problem `code` of `document`."""
    return Problem(code=code, text=text, where=document.name)


def assemble(told: dict[str, Json], conversation_id: str) -> tuple[Conversation, list[Blob]]:
    """Return the conversation that `told` tells, and the bytes that stood in it."""
    reading = Reading()
    read = _messages(reading, told.get("chat_messages"))
    if not any(message.parts for message in read):
        reading.folded["blank-message"] += len(read)
        read = []
    conversation = Conversation(
        provider=PROVIDER,
        conversation_id=conversation_id,
        head=_head(told, conversation_id),
        messages=tuple(read),
        unknowns=reading.unknowns,
        folds=reading.folds,
    )
    return conversation, list(reading.blobs.values())


def _messages(reading: Reading, listed: Json) -> list[Message]:
    documents: dict[str | None, Documents] = {}
    read: list[Message] = []
    for node in walk(once(reading, listed, "chat_messages")):
        reading.documents = documents.get(node.parent_id, {})
        read.append(messages.read(reading, node))
        documents[node.message_id] = reading.documents
    return read


def _head(told: dict[str, Json], conversation_id: str) -> Head:
    project = keys(told.get("project"))
    besides: dict[str, Json] = {
        "summary": word(told.get("summary")),
        "starred": told.get("is_starred") is True,
        "temporary": told.get("is_temporary") is True,
    }
    return Head(
        title=word(told.get("name")) or word(told.get("title")),
        created_at=to_ms(told.get("created_at")),
        updated_at=to_ms(told.get("updated_at")),
        account=word(keys(told.get("account")).get("uuid")),
        project=word(project.get("name"))
        or word(project.get("uuid"))
        or word(told.get("project_uuid")),
        model=word(told.get("model")),
        url=f"https://claude.ai/chat/{quote(conversation_id, safe='')}",
        current_id=word(told.get("current_leaf_message_uuid")),
        metadata={key: value for key, value in besides.items() if value},
    )
