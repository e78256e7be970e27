"""Pictures inside a rollout: data URLs → the bytes, and an attachment that shows them."""

import base64
import re
from urllib.parse import unquote_to_bytes

from polylogue.model import Attachment, Json
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
    written = body if about.endswith(";base64") else _in_base64(body)
    return from_base64(reading, written, mime_type) or _unreadable(reading, mime_type)


def from_base64(reading: Reading, body: Json, mime_type: str) -> Attachment | None:
    """Keep the picture that `body` says in base64, and return what shows it; None if there is none."""
    if not word(body):
        return None
    return reading.file(body, mime_type) or _unreadable(reading, mime_type)


def _in_base64(body: str) -> str:
    return base64.b64encode(unquote_to_bytes(body)).decode()


def _unreadable(reading: Reading, mime_type: str) -> Attachment:
    reading.ledger["image", "unreadable"] += 1
    return Attachment(name="image", mime_type=mime_type, caption="This image cannot be read.")


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
