"""Files that went with a prompt. They lie beside the record, under a longer name.

    image_89b1bd.png  →  Takeout/My Activity/Gemini Apps/image_89b1bd-1e9873211d1a6157.png

The name without its extension is the file's id: the ZIP may have another extension, or "(1)".
"""

import re
from collections.abc import Iterable

from polylogue.model import Attachment

_MEMBER = re.compile(
    r"(?:^|/)[^/]*(?:Gemini|Bard)[^/]*/([^/]+-[0-9a-f]{16})(?:\(\d{1,3}\))?\.(?!json|html)\w{1,8}$"
)
_NAME = re.compile(r"(.+-[0-9a-f]{16})(?:\(\d{1,3}\))?\.\w{1,8}", re.DOTALL)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_DASH = re.compile(r"\s*-\s+")


def asset_ref(member_name: str) -> str | None:
    """Return the id of the file that a Takeout keeps as `member_name`, else None."""
    found = _MEMBER.search(member_name.replace("\\", "/"))
    return found[1] if found else None


def attachments(links: Iterable[tuple[str, str]]) -> tuple[Attachment, ...]:
    """Return the files that are named as (link, words), each once; what has an address is none."""
    known: dict[str, Attachment] = {}
    for link, words in links:
        if link and not _ADDRESS.match(link):
            own = _NAME.fullmatch(link)
            name = _DASH.sub("", words, count=1).strip() or link
            known.setdefault(link, Attachment(ref=own[1] if own else link, name=name))
    return tuple(known.values())
