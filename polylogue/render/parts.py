"""The parts of a message → blocks of a note: one function for each kind of part, in one table.

Every text in a block is inert; templates put it where it belongs and never escape.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import structs

from polylogue.model import (
    Artifact,
    Attachment,
    AttachmentStatus,
    Context,
    Notice,
    Part,
    Quote,
    StoredAttachment,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from polylogue.render import calls
from polylogue.render.blocks import Block, Place
from polylogue.render.cut import LONGEST, cut
from polylogue.render.dates import duration
from polylogue.render.names import file_stem

_LONGEST_TEXT: Final = 200_000  # characters of the text of a file; the rest is in the archive
_LONGEST_LINE: Final = 100  # characters of JSON that are shown as they came
_LONGEST_INDENTED: Final = 50_000  # hostile JSON grows a thousand times when it is indented
_THINKING: Final = "Thinking"


def blocks_of(part: Part, place: Place) -> Iterable[Block]:
    """Return the blocks that show `part`; none when there is nothing to see."""
    return _BLOCKS[type(part)](part, place)


def _text(part: Text, place: Place) -> tuple[Block, ...]:
    body = place.footnotes.said(part)
    return (Block("text", body=body),) if body else ()


_AMOUNT = re.compile(r"\d+(?=\s*[^\W\d_])")  # a number before a unit, in any language


def _thinking(part: Thinking, place: Place) -> Iterator[Block]:
    time = duration(part.seconds) if part.seconds is not None else ""
    if time and _tells(part.title, time):
        time = ""
    label = " · ".join(
        filter(None, (place.dialect.line(part.title), time and f"thought for {time}"))
    )
    body = place.dialect.text(part.text)
    if label or body:
        yield Block("thinking", label[:1].upper() + label[1:] or _THINKING, body)


def _tells(title: str, time: str) -> bool:
    """Say whether the title of a thought tells its time already, as in `已思考 13s`."""
    told = {*_AMOUNT.findall(title)}.issuperset(_AMOUNT.findall(time))
    return told or title.lower().startswith("thought for")


def merged(one: Block, other: Block) -> Block | None:
    """Return two blocks of thinking as one where one of them is a label only; None elsewhere."""
    if not one.kind == other.kind == "thinking" or (one.body and other.body):
        return None
    labels = dict.fromkeys(b.label for b in (one, other) if b.label != _THINKING)
    return Block("thinking", " · ".join(labels) or _THINKING, one.body or other.body)


# --- Attachments ----------------------------------------------------------------------------------

#: What Obsidian shows inside a note, by extension (Obsidian help, "Accepted file formats").
_EMBEDDED: Final = frozenset(
    {"avif", "bmp", "gif", "jpeg", "jpg", "png", "svg", "webp"}  # images
    | {"flac", "m4a", "mp3", "ogg", "wav", "webm", "3gp"}  # sound
    | {"mkv", "mov", "mp4", "ogv", "pdf"}
)

_WHY_MISSING: Final[Mapping[AttachmentStatus, str]] = {
    "stored": "in the archive, but not written to the vault",
    "not_in_export": "not in the export",
    "forbidden": "the provider refused to give it",
    "missing": "gone at the provider",
    "too_large": "larger than the limit",
}
_ABSENT: Final = StoredAttachment(status="not_in_export")


def _attachment(part: Attachment, place: Place) -> Iterator[Block]:
    stored = place.stored or _ABSENT
    name = part.name or stored.name
    title = name or part.ref or part.mime_type or "file"
    text = (
        cut(part.extracted_text, place.dialect, longest=LONGEST if place.file else _LONGEST_TEXT)
        if part.extracted_text.strip()
        else ""
    )
    why = _WHY_MISSING[stored.status]
    if stored.path:
        embedded = stored.path.rpartition(".")[2].lower() in _EMBEDDED
        yield Block(
            "embed" if embedded else "link", label=file_stem(name or "file"), path=stored.path
        )
    elif not text:
        yield Block("missing", f"{place.dialect.line(title)} · {why}", _known(part, place, title))
    if part.caption.strip():
        yield Block("text", body=place.dialect.text(part.caption))
    if stored.path and text:
        yield Block("extract", f"Text of {place.dialect.line(name) or 'the file'}", text)
    elif text:
        body = "\n\n".join(filter(None, (_known(part, place, title), text)))
        label = f"{place.dialect.line(title)} · its text only ({why})"
        yield _in_file(Block("extract", label, body), place, title)


def _known(part: Attachment, place: Place, title: str) -> str:
    """Return in a line what is known of a file that is not there, beyond its title."""
    stored = place.stored or _ABSENT
    size = part.size if part.size is not None else stored.size
    ref = "" if part.ref.rpartition("/")[2] in title else part.ref
    facts = (part.mime_type or stored.mime_type, f"{size:,} bytes" if size else "", ref)
    return " · ".join(place.dialect.line(fact) for fact in facts if fact and fact != title)


# --- All else -------------------------------------------------------------------------------------


def _artifact(part: Artifact, place: Place) -> Iterator[Block]:
    version = f" (version {part.version})" if part.version is not None else ""
    markdown = part.language.lower() in {"markdown", "md", ""}
    body = (
        place.dialect.text(part.text)
        if markdown
        else place.dialect.code(part.text.strip("\n"), part.language)
    )
    title = part.title.strip() or "Untitled"
    yield _in_file(
        Block("artifact", place.dialect.line(title) + version, body), place, title + version
    )


def _in_file(block: Block, place: Place, name: str) -> Block:
    """Return a block of text, after a link to the file that holds the text, where there is one."""
    if not place.file:
        return block
    inside = (
        Block("link", label=file_stem(name), path=place.file),
        *((Block("text", body=block.body),) if block.body else ()),
    )
    return structs.replace(block, body="", inside=inside)


def _quote(part: Quote, place: Place) -> Iterator[Block]:
    source = part.source
    label = place.dialect.line(source.title or source.ref or source.url) or "Quote"
    origin = place.dialect.link(source.url, source.url) if source.url else ""
    yield Block("quote", label, "\n\n".join(filter(None, (origin, place.dialect.text(part.text)))))


def _context(part: Context, place: Place) -> Iterator[Block]:
    yield Block(
        "context", place.dialect.line(part.title) or "Context", place.dialect.text(part.text)
    )


def _notice(part: Notice, place: Place) -> Iterator[Block]:
    kind, text = (
        place.dialect.line(part.kind).capitalize() or "Notice",
        place.dialect.line(part.text),
    )
    yield Block("notice", f"{kind}: {text}" if text else kind)


def _unknown(part: Unknown, place: Place) -> Iterator[Block]:
    if body := place.dialect.text(_text_in(part.json)):
        yield Block("text", body=body)
    json = cut(_indented(part.json), place.dialect, "json", longest=_LONGEST_TEXT)
    yield Block("unknown", f"not understood: {place.dialect.line(part.kind)}", json)


def _text_in(json: str) -> str:
    """Return what is plainly text in an object: its `text`, or the texts among its `parts`."""
    try:
        value = msgspec.json.decode(json)
    except (msgspec.DecodeError, RecursionError):
        return ""
    if not isinstance(value, dict):
        return ""
    parts = value.get("parts")
    pieces = [value.get("text"), *(parts if isinstance(parts, list) else ())]
    return "\n\n".join(piece for piece in pieces if isinstance(piece, str))


def _indented(json: str) -> str:
    """Return JSON that is more than a line indented, if it is JSON."""
    if not _LONGEST_LINE < len(json) <= _LONGEST_INDENTED:
        return json
    try:
        return msgspec.json.format(json, indent=2)
    except (msgspec.DecodeError, RecursionError):
        return json


_Show: TypeAlias = Callable[[Any, Place], Iterable[Block]]

_BLOCKS: Final[Mapping[type, _Show]] = {
    Text: _text,
    Thinking: _thinking,
    ToolCall: calls.call,
    ToolResult: calls.result,
    Attachment: _attachment,
    Artifact: _artifact,
    Quote: _quote,
    Context: _context,
    Notice: _notice,
    Unknown: _unknown,
}
