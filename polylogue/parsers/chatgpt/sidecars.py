"""Side files: a thumb, names of files, and documents that look like conversations but are none."""

from collections.abc import Iterator

from polylogue.errors import BadInputError
from polylogue.model import AssetName, Document, Feedback, Json, Parsed, Problem
from polylogue.parsers.chatgpt.assets import asset_ref, pointer_ref
from polylogue.parsers.narrow import from_json, items, keys, text, word
from polylogue.parsers.text import decode_tolerant, to_ms


def feedback(document: Document) -> Iterator[Parsed]:
    """Yield the Feedback in an element of `message_feedback.json`; its comment is JSON in JSON."""
    told = _object(document)
    message_id, rating = word(told.get("id")), word(told.get("rating"))
    if message_id and rating:
        yield Feedback(
            message_id=message_id,
            rating=rating,
            comment=_comment(told.get("content")),
            created_at=to_ms(told.get("create_time")),
        )
    else:
        yield _unreadable(document, "a thumb without message or rating")


def library_file(document: Document) -> Iterator[Parsed]:
    """Yield the AssetName in an element of `library_files.json`."""
    told = _object(document)
    ref = pointer_ref(told.get("file_id"))
    if ref:
        name, mime_type = word(told.get("file_name")), word(told.get("mime_type"))
        yield AssetName(ref=ref, name=name, mime_type=mime_type)
    else:
        yield _unreadable(document, "a file without id")


def asset_names(document: Document) -> Iterator[Parsed]:
    """Yield an AssetName for each pair of `conversation_asset_file_names.json`."""
    strangers = 0
    for member, original in _object(document).items():
        ref = asset_ref(member)
        name = word(original).replace("\\", "/").rpartition("/")[2]
        if ref is not None and name:
            yield AssetName(ref=ref, name=name)
        else:
            strangers += 1
    if strangers:
        yield _unreadable(document, f"{strangers} entries that name no file")


def conversation_list(document: Document) -> Iterator[Parsed]:
    """Yield the Problem that a list of conversations holds no messages."""
    count = len(items(_object(document).get("items")))
    yield Problem(
        code="conversation-list",
        text=f"This is a list of {count} conversations without their messages.",
        where=document.name,
    )


def _object(document: Document) -> dict[str, Json]:
    try:
        return keys(decode_tolerant(document.data))
    except BadInputError:
        return {}


def _comment(content: Json) -> str:
    told = from_json(content) if isinstance(content, str) else content
    if isinstance(told, dict):
        return text(told.get("text"))
    return text(told) or text(content)


def _unreadable(document: Document, what: str) -> Problem:
    return Problem(
        code="unreadable-side-file", text=f"A side file has {what}.", where=document.name
    )
