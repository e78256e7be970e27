"""A conversation while it is read: what is gathered beside its messages.

Documents that grow in the chat are followed along each path of the tree, so that branches do not
mix: whoever reads a message sets `documents` to what stands above it, and keeps what stands there
afterwards for the messages below.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from polylogue.model import Blob, Fold, Json, Unknown, UnknownKind
from polylogue.parsers.narrow import as_json
from polylogue.parsers.text import clean

PROVIDER = "claude-ai"


class Written(NamedTuple):
    """A document as it stands at some message."""

    title: str
    language: str
    text: str
    version: int


#: Artifact id or path → the document.
Documents: TypeAlias = Mapping[str, Written]


@dataclass(slots=True)
class Reading:
    """What is known at one message: `typed` says that a person wrote it, `titles` are those of pages.

    `room` is how many code points of text that is not in the input may still be made.
    """

    message_id: str = ""
    typed: bool = False
    titles: Mapping[str, str] | None = None
    documents: Documents = field(default_factory=dict)
    room: int = 32 * 2**20
    ledger: Counter[tuple[str, str]] = field(default_factory=Counter)
    folded: Counter[str] = field(default_factory=Counter)
    blobs: dict[str, Blob] = field(default_factory=dict)

    def unknown(self, path: str, kind: str, value: Json) -> Unknown:
        """Return `value` as a part that nobody understands, and enter it in the ledger."""
        self.ledger[path, clean(kind)] += 1
        return Unknown(kind=clean(kind), json=as_json(value))

    def unknowns(self) -> tuple[UnknownKind, ...]:
        """Return the ledger."""
        return tuple(
            UnknownKind(path=path, kind=kind, count=count)
            for (path, kind), count in sorted(self.ledger.items())
        )

    def folds(self) -> tuple[Fold, ...]:
        """Return what was understood and is no message of its own."""
        return tuple(Fold(kind=kind, count=count) for kind, count in sorted(self.folded.items()))
