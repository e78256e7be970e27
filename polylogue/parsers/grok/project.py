"""A project → a note of its own, with its instructions."""

from collections.abc import Iterator

from polylogue.errors import BadInputError
from polylogue.model import Context, Conversation, Document, Head, Message, Parsed, Problem
from polylogue.parsers.narrow import keys, text, word
from polylogue.parsers.text import decode_tolerant, to_ms


def parse(document: Document) -> Iterator[Parsed]:
    """Yield the project in `document` as a note of its own, with its instructions."""
    try:
        told = keys(decode_tolerant(document.data))
    except BadInputError:
        told = {}
    project_id = word(told.get("workspace_id"))
    if not project_id:
        what = "A project has no id."
        yield Problem(code="unreadable-side-file", text=what, where=document.name)
        return
    rules = text(told.get("custom_personality"))
    parts = (Context(title="Instructions", text=rules),)
    said = Message(message_id=f"{project_id}/instructions", role="system", parts=parts)
    yield Conversation(
        provider="grok",
        conversation_id=project_id,
        head=Head(
            kind="project",
            title=word(told.get("name")),
            created_at=to_ms(told.get("create_time")),
            project=project_id,
        ),
        messages=(said,) if rules.strip() else (),
    )
