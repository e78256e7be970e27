"""Text, and what stands between texts: pictures, sound, code → parts."""

import re
from collections.abc import Callable, Iterator

from polylogue.model import Context, Json, Part, Quote, Source, Text
from polylogue.parsers.chatgpt import assets, tools
from polylogue.parsers.chatgpt.citations import cite, is_plain, unmarked
from polylogue.parsers.chatgpt.reading import Reading
from polylogue.parsers.chatgpt.sources import source
from polylogue.parsers.narrow import items, json_type, keys, text, word
from polylogue.parsers.text import clean

_PART_PATH = "message.content.parts.content_type"


def prose(reading: Reading, raw: str) -> Iterator[Part]:
    """Yield what the string `raw` is in the mouth of this message's author."""
    if not raw.strip():
        return
    if reading.role == "tool":
        yield from tools.result(reading, raw)
    elif reading.role == "system":
        yield Context(title="System message", text=unmarked(raw))
    elif reading.role == "assistant" and (name := tools.plumbing(raw)):
        yield from tools.internal(reading, name, raw)
    elif reading.metadata.content_references or reading.metadata.citations or not is_plain(raw):
        yield cite(raw, reading.markers(raw))
    else:
        yield Text(text=clean(raw))


def mixed(reading: Reading) -> Iterator[Part]:
    """Yield the `parts` of a text in their order; nulls and empty strings are nothing."""
    parts = items(reading.content.get("parts"))
    if not parts and isinstance(reading.content.get("text"), str):
        parts = [reading.content["text"]]
    if reading.is_call:
        yield from tools.call(reading, "\n".join(part for part in parts if isinstance(part, str)))
        parts = [part for part in parts if not isinstance(part, str)]
    for part in parts:
        if isinstance(part, str):
            yield from prose(reading, part)
        elif part is not None:
            yield from _part(reading, part)


def _part(reading: Reading, part: Json) -> Iterator[Part]:
    told = keys(part)
    kind = word(told.get("content_type")) or word(told.get("type"))
    kind = kind or ("text" if told.keys() == {"text"} else "")
    if kind in PARTS:
        yield from PARTS[kind](reading, told)
    else:
        yield reading.unknown(_PART_PATH, kind or json_type(part), part)


def _spoken(reading: Reading, part: dict[str, Json]) -> Iterator[Part]:
    return prose(reading, text(part.get("text")))


def _found(_reading: Reading, part: dict[str, Json]) -> Iterator[Part]:
    passage = text(part.get("text")) or text(part.get("snippet"))
    yield Quote(text=unmarked(passage), source=source(part) or Source())


def _image(reading: Reading, part: dict[str, Json]) -> Iterator[Part]:
    return assets.image(part, reading.trail.prompt if reading.role == "tool" else "")


def _audio(_reading: Reading, part: dict[str, Json]) -> Iterator[Part]:
    return assets.audio(part)


def _live_video(_reading: Reading, part: dict[str, Json]) -> Iterator[Part]:
    return assets.live_video(part)


#: Type of a part object → its reader. Such an object may also be a message's whole content.
PARTS: dict[str, Callable[[Reading, dict[str, Json]], Iterator[Part]]] = {
    "audio_asset_pointer": _audio,
    "audio_transcription": _spoken,
    "image_asset_pointer": _image,
    "real_time_user_audio_video_asset_pointer": _live_video,
    "search_result": _found,
    "text": _spoken,
}


def code(reading: Reading) -> Iterator[Part]:
    """Yield code: the call of a tool, or a fenced block when it is addressed to all."""
    body = text(reading.content.get("text"))
    language = word(reading.content.get("language"))
    language = "" if language == "unknown" else language
    if reading.is_call:
        fallback = "python" if reading.recipient == "python" else ""
        yield from tools.call(reading, body, language or fallback)
    elif reading.role == "tool":
        yield from tools.result(reading, body)
    elif reading.role == "assistant" and (name := tools.plumbing(body)):
        yield from tools.internal(reading, name, body)
    elif body.strip():
        yield Text(text=_fenced(body, language))


def _fenced(body: str, language: str) -> str:
    longest = max(map(len, re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}"
