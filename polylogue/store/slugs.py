"""A title as one short ASCII word, to name a conversation on the command line."""

import re
import unicodedata

_MAX = 60  # characters
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def slug(title: str) -> str:
    """Return `title` in lower-case ASCII letters, digits and dashes; '' when nothing is left."""
    plain = title.lower() if title.isascii() else _without_accents(title).casefold()
    return _NOT_WORD.sub("-", plain).strip("-")[:_MAX].rstrip("-")


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(char for char in parts if not unicodedata.combining(char))
