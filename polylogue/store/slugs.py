"""A title as one short ASCII word, to name a conversation on the command line."""

import re
import unicodedata

_MAX = 60  # characters
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def slug(title: str) -> str:
    """Return `title` in lower-case ASCII letters, digits and dashes; '' when nothing is left."""
    plain = title.lower() if title.isascii() else unicodedata.normalize("NFKD", title).casefold()
    return _NOT_WORD.sub("-", plain).strip("-")[:_MAX].rstrip("-")
