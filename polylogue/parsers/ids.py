"""Ids for what a provider gives none: made from what was said, never from where it stood.

A position changes between exports, and a name when a person renames the file.
"""

import hashlib

import msgspec

from polylogue.model import Json
from polylogue.parsers.narrow import as_json

_encode = msgspec.json.Encoder(order="deterministic").encode


def content_id(*told: Json) -> str:
    """Return the same id for the same values, whatever the order of keys in them."""
    try:
        said = _encode(told)
    except (ValueError, TypeError, RecursionError):
        said = as_json(told).encode()
    return f"sha256:{hashlib.sha256(said).hexdigest()[:32]}"
