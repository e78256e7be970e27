"""Files in a chat: pointers and `attachments` → Attachment parts; member names → file ids.

An image is often told twice, as a pointer in the content and in the message's `attachments`: it is shown once, where the pointer stands, with what either of them knows. The bytes
are found by the provider's file id.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from polylogue.model import Attachment, Json, Part
from polylogue.parsers.narrow import keys, objects, text, whole, word

#: A file id at the start of a base name, and its boundary: a prefix is another file.
_FILE_ID = re.compile(r"(file-[0-9A-Za-z]{22,26}|file_[0-9a-f]{32})(?=$|[.\-_])")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_AUDIO_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg", "aac": "audio/aac", "ogg": "audio/ogg"}


def asset_ref(member_name: str) -> str | None:
    """Return the provider's id of the file that an export keeps as `member_name`, else None."""
    found = _FILE_ID.match(member_name.replace("\\", "/").rpartition("/")[2])
    return found[1] if found else None


def pointer_ref(pointer: Json) -> str:
    """Return the file id in an asset pointer: no scheme, and none of `#page` and `?share`."""
    return re.split(r"[#?]", _SCHEME.sub("", word(pointer)), maxsplit=1)[0]


def image(part: dict[str, Json], caption: str = "") -> Iterator[Part]:
    """Yield the Attachment of an `image_asset_pointer`; its own prompt goes before `caption`."""
    ref = pointer_ref(part.get("asset_pointer"))
    if ref:
        prompt = text(keys(keys(part.get("metadata")).get("dalle")).get("prompt"))
        yield Attachment(
            ref=ref,
            size=whole(part.get("size_bytes")),
            width=whole(part.get("width")),
            height=whole(part.get("height")),
            caption=prompt or caption,
        )


def audio(part: dict[str, Json]) -> Iterator[Part]:
    """Yield the Attachment of an `audio_asset_pointer`."""
    ref = pointer_ref(part.get("asset_pointer"))
    if ref:
        kind = word(part.get("format")).lower()
        yield Attachment(
            ref=ref, mime_type=_AUDIO_TYPES.get(kind, ""), size=whole(part.get("size_bytes"))
        )


def live_video(part: dict[str, Json]) -> Iterator[Part]:
    """Yield sound, frames and film of a `real_time_user_audio_video_asset_pointer`."""
    yield from audio(keys(part.get("audio_asset_pointer")))
    for frame in objects(part.get("frames_asset_pointers")):
        yield from image(frame)
    film = part.get("video_container_asset_pointer")
    ref = pointer_ref(keys(film).get("asset_pointer") if isinstance(film, dict) else film)
    if ref:
        yield Attachment(ref=ref)


def with_attachments(parts: Sequence[Part], attachments: Json) -> tuple[Part, ...]:
    """Return `parts` with each file once, completed by and followed by what `attachments` lists."""
    shown = list(_once(parts))
    listed = [_listed(entry) for entry in objects(attachments)]
    place = {part.ref: at for at, part in enumerate(shown) if isinstance(part, Attachment)}
    twins = _twins(shown, {entry.ref for entry in listed})
    for entry in listed:
        at = place.get(entry.ref) if entry.ref else None
        at = twins.pop(_measures(entry), None) if at is None else at
        if at is None:
            place[entry.ref] = len(shown)
            shown.append(entry)
        else:
            shown[at] = _united(shown[at], entry)
    return tuple(shown)


def _once(parts: Iterable[Part]) -> Iterator[Part]:
    seen: set[str] = set()
    for part in parts:
        if isinstance(part, Attachment):
            if part.ref in seen:
                continue
            seen.add(part.ref)
        yield part


def _listed(entry: dict[str, Json]) -> Attachment:
    return Attachment(
        ref=pointer_ref(entry.get("id")),
        name=word(entry.get("name")),
        mime_type=word(entry.get("mime_type")) or word(entry.get("mimeType")),
        size=whole(entry.get("size")),
        width=whole(entry.get("width")),
        height=whole(entry.get("height")),
    )


def _twins(shown: Sequence[Part], listed: set[str]) -> dict[tuple[int, int, int] | None, int]:
    """Find the pictures that are not listed by their id: the same bytes may be under another."""
    twins = {
        _measures(part): at
        for at, part in enumerate(shown)
        if isinstance(part, Attachment) and part.ref not in listed
    }
    twins.pop(None, None)
    return twins


def _measures(part: Attachment) -> tuple[int, int, int] | None:
    if part.size is None or part.width is None or part.height is None:
        return None
    return part.size, part.width, part.height


def _united(part: Part, listed: Attachment) -> Part:
    if not isinstance(part, Attachment):
        return part
    return msgspec.structs.replace(
        part,
        name=part.name or listed.name,
        mime_type=part.mime_type or listed.mime_type,
        size=listed.size if part.size is None else part.size,
        width=listed.width if part.width is None else part.width,
        height=listed.height if part.height is None else part.height,
    )
