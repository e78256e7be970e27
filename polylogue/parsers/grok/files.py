"""Files in a chat → Attachments; member names → file ids."""

import re
from collections.abc import Iterator

from polylogue.model import Attachment, Json, Part
from polylogue.parsers.grok.body import Cards
from polylogue.parsers.narrow import items, keys, text, word

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_ASSET = re.compile(rf"(?:^|/)prod-mc-asset-server/({_UUID})(?:/|$)")
_GENERATED = re.compile(rf"/generated/({_UUID})/")


def read_files(told: dict[str, Json], cards: Cards) -> Iterator[Part]:
    """Yield each file once, under the id by which the export keeps it if it does."""
    shown: dict[str, Attachment] = {}
    for key in ("file_attachments", "image_attachments"):
        for file in items(told.get(key)):
            _add(shown, _file(file))
    for url in items(told.get("generated_image_urls")):
        _add(shown, Attachment(ref=_picture(url)))
    for card in cards.values():
        chunk = keys(card.get("image_chunk"))
        prompt = text(keys(chunk.get("imagePrompt")).get("prompt"))
        ref = word(chunk.get("imageUuid")) or _picture(chunk.get("imageUrl"))
        _add(shown, Attachment(ref=ref, caption=prompt))
    yield from shown.values()


def _add(shown: dict[str, Attachment], file: Attachment) -> None:
    if file.ref:
        shown.setdefault(file.ref, file)


def _file(file: Json) -> Attachment:
    told = keys(file)
    ref = word(file) or next(
        filter(None, (word(told.get(key)) for key in ("asset_id", "file_id", "id", "url"))), ""
    )
    name = word(told.get("file_name")) or word(told.get("name"))
    return Attachment(ref=ref, name=name, mime_type=word(told.get("mime_type")))


def _picture(url: Json) -> str:
    found = _GENERATED.search(word(url))
    return found[1] if found else word(url)


def asset_ref(member_name: str) -> str | None:
    """Return the id of the file that an export keeps as `…/prod-mc-asset-server/ID/content`."""
    found = _ASSET.search(member_name.replace("\\", "/"))
    return found[1] if found else None
