"""Pictures inside a rollout: data URLs → the bytes, and an attachment that shows them."""

import base64
import binascii
import hashlib
import re
from urllib.parse import unquote_to_bytes

from polylogue.model import Attachment, Blob, Json
from polylogue.parsers.codex.reading import Reading
from polylogue.parsers.narrow import keys, word

_IN_TEXT = re.compile(r"data:(image/[a-z0-9.+-]{1,40});base64,([A-Za-z0-9+/=_-]{64,})")


def attachment(reading: Reading, url: Json) -> Attachment | None:
    """Return the picture at `url` (a text, or an object with one) as an attachment, None if none."""
    address = word(url) or word(keys(url).get("url"))
    if not address.startswith("data:"):
        return Attachment(ref=address, name=address.rpartition("/")[2]) if address else None
    about, _, body = address[5:].partition(",")
    mime_type = about.partition(";")[0]
    try:
        data = base64.b64decode(body) if about.endswith(";base64") else unquote_to_bytes(body)
    except (binascii.Error, ValueError):
        data = b""
    return picture(reading, data, mime_type)


def from_base64(reading: Reading, body: Json, mime_type: str) -> Attachment | None:
    """Return the picture that `body` says in base64 as an attachment, None if there is none."""
    try:
        data = base64.b64decode(word(body))
    except (binascii.Error, ValueError):
        data = b""
    return picture(reading, data, mime_type) if word(body) else None


def picture(reading: Reading, data: bytes, mime_type: str) -> Attachment:
    """Keep the bytes of a picture and return the attachment that shows it."""
    if not data:
        reading.ledger["image", "unreadable"] += 1
        return Attachment(name="image", mime_type=mime_type, caption="This image cannot be read.")
    ref = f"sha256:{hashlib.sha256(data).hexdigest()}"
    reading.blobs[ref] = Blob(ref=ref, data=data, mime_type=mime_type)
    return Attachment(ref=ref, mime_type=mime_type, size=len(data))


def taken_out(reading: Reading, text: str) -> tuple[str, list[Attachment]]:
    """Return `text` without the pictures in it, each replaced by a word, and the pictures."""
    if ";base64," not in text:
        return text, []
    found: list[Attachment] = []

    def take(match: re.Match[str]) -> str:
        shown = from_base64(reading, match[2], match[1])
        found.extend([shown] if shown else [])
        return f"[{match[1]}]"

    return _IN_TEXT.sub(take, text), found
