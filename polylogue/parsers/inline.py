"""Files that stand inside a document, in base64: their bytes are kept once, by their hash."""

import base64
import binascii
import hashlib
import re

from polylogue.model import Attachment, Blob, Json
from polylogue.parsers.narrow import word

_DATA_URL = re.compile(r"data:([^;,]{0,100})(?:;[^,;]{0,100}){0,8};base64,", re.IGNORECASE)


def inline(data: Json, mime_type: Json = "", name: Json = "") -> tuple[Attachment, Blob] | None:
    """Return the file in `data` (base64, or a `data:` address) and how a message shows it.

    None when it holds no bytes that can be read.
    """
    if not isinstance(data, str):
        return None
    address = _DATA_URL.match(data)
    kind = word(mime_type) or (address[1] if address else "")
    content = _decoded(data[address.end() :] if address else data)
    if not content:
        return None
    ref = f"sha256:{hashlib.sha256(content).hexdigest()}"
    shown = Attachment(ref=ref, name=word(name), mime_type=kind, size=len(content))
    return shown, Blob(ref=ref, data=content, name=word(name), mime_type=kind)


def _decoded(text: str) -> bytes:
    """Return the bytes in base64 of either alphabet, with or without padding; b"" for anything else."""
    plain = text.translate(_TO_STANDARD)
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


_TO_STANDARD = str.maketrans({"-": "+", "_": "/", "\n": None, "\r": None, " ": None, "=": None})
