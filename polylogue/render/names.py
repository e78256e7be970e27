"""File names: short, readable, the same on Linux, macOS and Windows, and safe to link to in Obsidian.

A name is at most 120 bytes of NFC without anything that a file system, a shell habit or a wikilink
trips over. Two names that differ only in case or composition are one name (`path_key`). Names are
functions of what they name; whoever writes files asks for a suffix when a name is taken.
"""

import datetime as dt
import hashlib
import re
import string
import unicodedata
from typing import Final

from polylogue.errors import ConfigError
from polylogue.model import StoredConversation
from polylogue.render.dates import began, local

_LONGEST: Final = 120  # bytes of a name without its extension
_LONGEST_ATTACHMENT: Final = 60
_UNTITLED: Final = "Untitled"
_UNDATED: Final = "undated"

# --- Names from titles ----------------------------------------------------------------------------

_FORBIDDEN = re.compile(r'[/\\:*?"<>|#^\[\]%\s]+')
_PERIODS = re.compile(r"\.{2,}|…")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINER: Final = "\N{ZERO WIDTH JOINER}"
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\s*\..*)?", re.IGNORECASE
)


def file_stem(title: str, limit: int = _LONGEST) -> str:
    """Return `title` as a file name without extension, at most `limit` bytes; never empty."""
    name = title if title.isascii() and title.isprintable() else _visible(title)
    name = _PERIODS.sub(".", _FORBIDDEN.sub(" ", name))
    name = _cut(name.lstrip(" .-"), limit).strip(" .")
    if _RESERVED.fullmatch(name):
        return _cut(f"_{name}", limit).rstrip(" .")
    return name or _UNTITLED


def _visible(title: str) -> str:
    """Return `title` in NFC without what cannot be seen; joiners stay inside emoji."""
    title = unicodedata.normalize("NFC", title)
    kept: list[str] = []
    for character in title:
        category = unicodedata.category(character)
        if category == "So" and len(kept) > 1 and kept[-1] is _JOINER:
            kept.append(character)
            continue
        if kept and kept[-1] is _JOINER:
            kept.pop()
        if character == _JOINER and kept and _ends_emoji(kept[-1]):
            kept.append(_JOINER)
        elif category not in _INVISIBLE or character in "\t\n\r":
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept).rstrip(_JOINER))


def _ends_emoji(character: str) -> bool:
    return character == "\N{VARIATION SELECTOR-16}" or unicodedata.category(character) in {
        "So",
        "Sk",
    }


def _cut(name: str, limit: int) -> str:
    """Return the beginning of `name` that fits into `limit` bytes of UTF-8."""
    encoded = name.encode(errors="ignore")
    if len(encoded) <= limit:
        return name
    return encoded[:limit].decode(errors="ignore").rstrip(_JOINER)


# --- Notes ----------------------------------------------------------------------------------------

_FIELDS: Final = ("provider", "year", "month", "day", "project")


def check_layout(layout: str) -> None:
    """Check `layout`, a pattern of folders such as `{provider}/{year}/{month}`; '' means none.

    Raises ConfigError when it holds an unknown field, or a folder that is no safe name.
    """
    advice = "Use folders made of {" + "}, {".join(_FIELDS) + "} and plain words."
    for folder in _folders(layout):
        try:
            pieces = list(string.Formatter().parse(folder))
        except ValueError as error:
            raise ConfigError(
                f"The layout {layout!r} in [vault] has a brace without its other half.",
                advice=advice,
            ) from error
        for _, field, spec, conversion in pieces:
            if field is not None and (field not in _FIELDS or spec or conversion):
                raise ConfigError(
                    f"The layout {layout!r} in [vault] has an unknown field {{{field}}}.",
                    advice=advice,
                )
        sample = folder.format_map(dict.fromkeys(_FIELDS, "x"))
        if file_stem(sample) != sample or sample.startswith("_"):
            raise ConfigError(
                f"The layout {layout!r} in [vault] has a folder {folder!r}, which is no safe name.",
                advice=advice,
            )


def _folders(layout: str) -> list[str]:
    return layout.split("/") if layout else []


def note_path(conversation: StoredConversation, layout: str, timezone: dt.tzinfo) -> str:
    """Return where the vault shows the conversation: `chatgpt/2026/01/2026-01-02 Title.md`.

    `layout` is one that `check_layout` took. Without a date, its parts become one `undated`.
    """
    day = _day(conversation, timezone)
    year, month, date = day.split("-") if day else (_UNDATED,) * 3
    fields = {
        "provider": file_stem(conversation.provider),
        "year": year,
        "month": month,
        "day": date,
        "project": file_stem(conversation.head.project or "No project", _LONGEST // 2),
    }
    folders: list[str] = []
    for pattern in _folders(layout):
        folder = file_stem(pattern.format_map(fields))
        if folder != _UNDATED or _UNDATED not in folders:
            folders.append(folder)
    stem = file_stem(f"{day} {file_stem(conversation.head.title)}".lstrip())
    return "/".join([*folders, stem + ".md"])


def _day(conversation: StoredConversation, timezone: dt.tzinfo) -> str:
    """Return the day on which the conversation began, as `2026-01-02`; '' when nobody knows."""
    time = local(began(conversation), timezone)
    return str(time.date()) if time else ""


def part_path(path: str, part: int) -> str:
    """Return where the vault shows a further part of a long session, given the path of the first."""
    folder, _, name = path.rpartition("/")
    suffix = f" ({part})"
    stem = _cut(name.removesuffix(".md"), _LONGEST - len(suffix)).rstrip(" .")
    return f"{folder}/{stem}{suffix}.md".lstrip("/")


def with_suffix(path: str, conversation_id: str) -> str:
    """Return `path` with a short id at the end of its name, which stays as short as names are."""
    folder, _, name = path.rpartition("/")
    suffix = " " + hashlib.sha256(conversation_id.encode(errors="replace")).hexdigest()[:8]
    stem = _cut(name.removesuffix(".md"), _LONGEST - len(suffix)).rstrip(" .")
    return f"{folder}/{stem}{suffix}.md".lstrip("/")


def path_key(path: str) -> str:
    """Return what two paths have in common when some file system takes them for one."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


# --- Attachments ----------------------------------------------------------------------------------

#: Media types that say what a file is better than its name does.
_EXTENSIONS: Final = {
    "application/gzip": "gz",
    "application/json": "json",
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/zip": "zip",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/webm": "webm",
    "audio/x-wav": "wav",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tiff",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/ogg": "ogv",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
}
_OWN = re.compile(r"[a-z0-9]{1,10}")

#: Extensions that Obsidian reads as part of the vault: what came with a chat must not be a note.
_NOTES: Final = frozenset({"md", "markdown", "base", "canvas", "excalidraw", "dat"})


def attachment_path(sha256: str, name: str, mime_type: str) -> str:
    """Return where the vault keeps a file: `_attachments/3f/plot-3f9a2c1d.png`.

    `sha256` is hex; `name` and `mime_type` are what the provider said, and may be empty.
    """
    stem, dot, own = name.rpartition(".")
    own = own.lower() if dot and _OWN.fullmatch(own.lower()) else ""
    media = mime_type.partition(";")[0].strip().lower()
    extension = _EXTENSIONS.get(media) or _shown(own, media)
    kind = media.partition("/")[0]
    title = (stem if own else name) or (kind if kind in {"image", "audio", "video"} else "file")
    return f"_attachments/{sha256[:2]}/{file_stem(title, _LONGEST_ATTACHMENT)}-{sha256[:8]}.{extension}"


def _shown(own: str, media: str) -> str:
    if own and own not in _NOTES:
        return own
    return "txt" if media.startswith("text/") or own in _NOTES - {"dat"} else "bin"
