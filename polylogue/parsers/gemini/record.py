"""A record of `MyActivity.json` → an Activity."""

from collections.abc import Iterator

from polylogue.errors import BadInputError
from polylogue.model import Document, Json, Parsed, Problem, UnknownKind
from polylogue.parsers.gemini.activity import Activity, addresses, records
from polylogue.parsers.gemini.files import attachments
from polylogue.parsers.gemini.markdown import to_markdown
from polylogue.parsers.gemini.verbs import Said, take_apart, without_count
from polylogue.parsers.narrow import items, objects, text, word
from polylogue.parsers.text import clean, decode_tolerant, to_ms

_KNOWN = frozenset(
    {
        *("activityControls", "attachedFiles", "audioFiles", "description", "details", "header"),
        *("imageFile", "locationInfos", "products", "safeHtmlItem", "subtitles", "time", "title"),
        "titleUrl",
    }
)


def parse(document: Document) -> Iterator[Parsed]:
    """Yield what the record in `document` adds to, or a Problem that says why there is nothing."""
    try:
        value = decode_tolerant(document.data)
    except BadInputError as error:
        yield Problem(code="unreadable-activity", text=error.message, where=document.name)
        return
    if not isinstance(value, dict):
        reason = "An activity is no JSON object."
        yield Problem(code="unreadable-activity", text=reason, where=document.name)
        return
    yield from records(_activity(value), document.name)


def _activity(record: dict[str, Json]) -> Activity:
    said = take_apart(text(record.get("title")))
    subtitles = [text(one.get("name")) for one in objects(record.get("subtitles"))]
    told = (record.get("titleUrl"), *(one.get("url") for one in objects(record.get("details"))))
    return Activity(
        said=Said(said.kind, without_count(said.words), said.known),
        time=to_ms(record.get("time")),
        told_time=word(record.get("time")),
        answers=tuple(
            to_markdown(text(one.get("html"))) for one in objects(record.get("safeHtmlItem"))
        ),
        files=attachments(_links(record)),
        document="\n\n".join(subtitles) if said.kind == "canvas" else "",
        chats=addresses(" ".join(map(word, told))),
        unknowns=tuple(_unknowns(record, said)),
    )


def _links(record: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield link and words of the files; those without words repeat what the subtitles say."""
    for one in objects(record.get("subtitles")):
        yield word(one.get("url")), text(one.get("name"))
    for key in ("attachedFiles", "imageFile", "audioFiles"):
        value = record.get(key)
        for name in items(value) if isinstance(value, list) else (value,):
            yield word(name), ""


def _unknowns(record: dict[str, Json], said: Said) -> Iterator[UnknownKind]:
    for key, value in sorted(record.items()):
        if key not in _KNOWN and value not in (None, "", [], {}):
            yield UnknownKind(path="record", kind=clean(key))
    if not said.known and said.words:
        yield UnknownKind(path="record.title", kind="unknown verb")
