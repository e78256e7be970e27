"""Files of a message → Attachment parts, each file once.

`attachments` are texts that were pasted or read out of a file: the export has their words. `files`
and `files_v2` are named only; their bytes are never in an export.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator

from polylogue.model import Attachment, Blob, Json, Part
from polylogue.parsers.claude_ai.reading import Reading
from polylogue.parsers.narrow import items, keys, objects, text, whole, word

_MIME_TYPES = {"csv": "text/csv", "md": "text/markdown", "pdf": "application/pdf"}
_LISTS = ("attachments", "files", "files_v2")


def attached(reading: Reading, message: dict[str, Json]) -> Iterator[Part]:
    """Yield the files that `message` lists beside its content."""
    seen: set[str] = set()
    for listed in filter(None, map(message.get, _LISTS)):
        for entry in items(listed):
            part = _listed(keys(entry) or {"name": entry})
            if part is None:
                reading.folded["nameless-file"] += 1
            elif part.ref and part.ref in seen:
                reading.folded["repeated-file"] += 1
            else:
                seen.add(part.ref)
                yield part


def _listed(entry: dict[str, Json]) -> Attachment | None:
    preview = keys(entry.get("preview_asset"))
    kind = word(entry.get("file_type")) or word(entry.get("mime_type"))
    part = Attachment(
        ref=word(entry.get("file_uuid")) or word(entry.get("id")),
        name=word(entry.get("file_name")) or word(entry.get("name")),
        mime_type=kind if "/" in kind else _MIME_TYPES.get(kind, "text/plain" if kind else ""),
        size=_first(entry.get("file_size"), entry.get("size_bytes")),
        width=whole(preview.get("image_width")),
        height=whole(preview.get("image_height")),
        extracted_text=text(entry.get("extracted_content")) or text(entry.get("content")),
    )
    return part if part.ref or part.name or part.extracted_text else None


def _first(*sizes: Json) -> int | None:
    return next((size for size in map(whole, sizes) if size is not None), None)


def resource(entry: dict[str, Json]) -> Attachment:
    """Return the file that a tool names: a `local_resource`."""
    path = word(entry.get("file_path")) or word(entry.get("path"))
    name = word(entry.get("name")) or word(entry.get("file_name"))
    return Attachment(
        ref=word(entry.get("uuid")) or word(entry.get("file_uuid")) or path,
        name=name or path.rpartition("/")[2],
        mime_type=word(entry.get("mime_type")),
    )


def picture(reading: Reading, entry: dict[str, Json]) -> Iterator[Part]:
    """Yield the picture in an `image`: named by a file id or an address, or inline in base64."""
    source = keys(entry.get("source"))
    mime_type = word(source.get("media_type")) or word(entry.get("mime_type"))
    ref = next(filter(None, (word(entry.get(key)) for key in ("file_uuid", "uuid", "url"))), "")
    ref = ref or word(source.get("url")) or word(source.get("file_uuid"))
    data = _decoded(source.get("data") or entry.get("data"))
    if data:
        ref = ref or f"sha256:{hashlib.sha256(data).hexdigest()}"
        reading.blobs[ref] = Blob(ref=ref, data=data, mime_type=mime_type)
    if ref:
        yield Attachment(ref=ref, mime_type=mime_type)
    else:
        yield reading.unknown("chat_messages.content.image", "without source", entry)


def _decoded(data: Json) -> bytes:
    try:
        return base64.b64decode(data, validate=True) if isinstance(data, str) else b""
    except (binascii.Error, ValueError):
        return b""


def listed_objects(value: Json) -> Iterator[Attachment]:
    """Yield the files in a list of objects with `name`, `content`, `path` (Claude Design)."""
    for entry in objects(value):
        part = _listed(entry)
        if part is not None:
            yield part
