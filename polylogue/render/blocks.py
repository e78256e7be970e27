"""What a note is made of between its headings, and what a part must know of where it stands."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec

from polylogue.model import StoredAttachment, ToolResult
from polylogue.render.dialect import Dialect
from polylogue.render.footnotes import Footnotes

#: Gives the path of the note of another conversation of the same provider, None when it has none.
PathOf: TypeAlias = Callable[[str], str | None]


def nowhere(_conversation_id: str) -> str | None:
    """Say of every conversation that it has no note."""
    return None


class Block(msgspec.Struct, frozen=True):
    """A piece of a note between blank lines.

    `kind` is `text` (only `body`), `embed` or `link` (`path` in the vault), or else the type of a
    callout: `label` is its title, `body` and then the blocks `inside` are in it.
    """

    kind: str
    label: str = ""
    body: str = ""
    path: str = ""
    inside: tuple["Block", ...] = ()


class Place(msgspec.Struct, frozen=True):
    """What a part needs to know of where it stands.

    `dialect` is that of the format, `results` answer the part (a tool call), `stored` is what became
    of it (an attachment), `file` is where the vault has its text as a file. `path_of` finds the notes
    that it links to, and `folder`, with its slash, is where the session worked.
    """

    dialect: Dialect
    footnotes: Footnotes
    results: Sequence[ToolResult] = ()
    stored: StoredAttachment | None = None
    file: str = ""
    path_of: PathOf = nowhere
    folder: str = ""
