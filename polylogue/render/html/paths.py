"""Paths of the vault → addresses in a page, from where the page stands, with or without a server."""

from typing import Final
from urllib.parse import quote

_NOTE: Final = ".md"

#: How files are shown in a page, by the end of their names; all others are links.
_MEDIA: Final = {
    "image": frozenset({"avif", "bmp", "gif", "jpeg", "jpg", "png", "svg", "webp"}),
    "audio": frozenset({"flac", "m4a", "mp3", "oga", "ogg", "opus", "wav"}),
    "video": frozenset({"3gp", "m4v", "mkv", "mov", "mp4", "ogv", "webm"}),
}


def root_of(path: str) -> str:
    """Return what leads from the page at `path` to the top of the vault."""
    return "../" * path.count("/")


def address(path: str) -> str:
    """Return the path of a file as a relative address."""
    return quote(path, safe="/._-~")


def page_address(path: str) -> str:
    """Return the address of a page, given its path or that of the note of the same conversation."""
    return address(path.removesuffix(_NOTE) + ".html" if path.endswith(_NOTE) else path)


def name_of(path: str) -> str:
    """Return what a note or page is called, to link to it by."""
    return path.rpartition("/")[2].removesuffix(_NOTE).removesuffix(".html")


def medium(path: str) -> str:
    """Return `image`, `audio` or `video`; '' for a file that is only linked to."""
    ending = path.rpartition(".")[2].lower()
    return next((medium for medium, endings in _MEDIA.items() if ending in endings), "")
