"""Files that a chunk names: in Drive, on YouTube, or behind an address.

A file in Drive is known by its id alone; its bytes come from Drive.
"""

import re
from collections.abc import Iterator

from polylogue.model import Attachment, Json, Part, Quote, Source
from polylogue.parsers.narrow import keys, word

_SIZE = re.compile("[0-9]{1,18}")


def in_drive(value: dict[str, Json]) -> Attachment | None:
    """Return the Attachment of a `driveImage` and its like; None without an id."""
    ref = word(value.get("id"))
    return _attachment(value, ref) if ref else None


def by_address(value: dict[str, Json]) -> Attachment | None:
    """Return the Attachment of a `fileData`; None without an address."""
    ref = word(value.get("fileUri"))
    return _attachment(value, ref) if ref else None


def youtube(value: dict[str, Json], about: Json) -> Iterator[Part]:
    """Yield the film with the id in `value`; `about` is the `videoMetadata` beside it."""
    film = word(value.get("id"))
    if film:
        url = f"https://www.youtube.com/watch?v={film}"
        told = (word(keys(about).get(key)) for key in ("startOffset", "endOffset"))
        yield Quote(
            text=" to ".join(filter(None, told)), source=Source(title="YouTube video", url=url)
        )


def _attachment(value: dict[str, Json], ref: str) -> Attachment:
    size = word(value.get("sizeBytes"))
    return Attachment(
        ref=ref,
        name=word(value.get("name")) or word(value.get("displayName")),
        mime_type=word(value.get("mimeType")),
        size=int(size) if _SIZE.fullmatch(size) else None,
    )
