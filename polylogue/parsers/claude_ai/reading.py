"""A conversation while it is read: what is gathered beside its messages.

Documents that grow in the chat are followed along each path of the tree, so that branches do not
mix: whoever reads a message sets `documents` to what stands above it, and keeps what stands there
afterwards for the messages below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from polylogue.parsers.findings import Findings

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
class Reading(Findings):
    """What is known at one message: `typed` says that a person wrote it, `titles` are those of pages.

    `room` is how many code points of text that is not in the input may still be made.
    """

    message_id: str = ""
    typed: bool = False
    titles: Mapping[str, str] | None = None
    documents: Documents = field(default_factory=dict)
    room: int = 32 * 2**20
