"""What must be known of the lines before to read those that come next.

It goes from group to group as opaque bytes and is a function of the lines alone, however they were
grouped. Everything in it is bounded: what is old falls out.
"""

import itertools
from typing import Any, Final, TypeVar

import msgspec

from polylogue.model import (
    TITLE_CHOSEN,
    TITLE_DERIVED,
    TITLE_GIVEN,
    Fold,
    Head,
    Message,
    Relation,
    UnknownKind,
)
from polylogue.parsers.ids import content_id

_T = TypeVar("_T")

LINKS: Final = 192  # records that a line may answer, or be the leaf of a summary
CALLS: Final = 64  # calls that wait for a result
THREADS: Final = 24  # conversations that are told in turns in one file
QUEUED: Final = 32  # prompts that wait for their turn
SUMMARIES: Final = 32  # titles of leaves that have not been seen
OPEN: Final = 2  # answers that may still grow
LONGEST_ANSWER: Final = 1 << 20  # characters; what comes after is another message
MOST_PARTS: Final = 256
_LONGEST_NAME: Final = 300  # characters


class Growing(msgspec.Struct):
    """An answer of the API whose lines may not all have come, as far as it is known.

    A version only ever grows: of two versions the larger one is the later one.
    """

    api_id: str
    request_id: str
    message: Message
    uuids: list[str]
    size: int


class Thread(msgspec.Struct):
    """One conversation, as far as it has been told."""

    conversation_id: str
    parent_id: str = ""
    relation: Relation = ""
    titles: dict[str, str] = {}
    first: int | None = None
    last: int | None = None
    project: str = ""
    model: str = ""
    current_id: str = ""
    line: int = 0
    metadata: dict[str, str] = {}
    told: bool = False
    answers: list[Growing] = []
    calls: dict[str, str] = {}
    folds: tuple[Fold, ...] = ()
    unknowns: tuple[UnknownKind, ...] = ()

    @property
    def head(self) -> Head:
        """What is known of the conversation as a whole."""
        title, trust = _title(self.titles)
        return Head(
            title=title,
            title_trust=trust,
            parent_id=self.parent_id,
            relation=self.relation,
            created_at=self.first,
            updated_at=self.last,
            project=self.project,
            model=self.model,
            current_id=self.current_id,
            line=self.line,
            metadata=dict(self.metadata),
        )


#: The titles in their order of trust, under the names that they have in `Thread.titles`.
_TITLES: Final = (
    ("custom", TITLE_CHOSEN),
    ("ai", TITLE_GIVEN),
    ("agent", TITLE_GIVEN),
    ("summary", TITLE_GIVEN),
    ("prompt", TITLE_DERIVED),
)


def _title(titles: dict[str, str]) -> tuple[str, int]:
    known = ((titles[name], trust) for name, trust in _TITLES if titles.get(name))
    return next(known, ("", TITLE_GIVEN))


class State(msgspec.Struct):
    """What is known of a file.

    `current` is the session whose lines are being read; `links` say for the uuid of a record
    which message of which conversation it is, or stands below (None at a root); `queued` are prompts that
    wait, `shown` what was shown lately that another record may tell again, and by which it was told.
    """

    current: str = ""
    threads: dict[str, Thread] = {}
    links: dict[str, tuple[str, str | None]] = {}
    summaries: dict[str, str] = {}
    queued: list[str] = []
    shown: list[str] = []


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode


def load(state: bytes) -> State:
    """Return the state in `state`, an empty one at the beginning of a file."""
    try:
        return _decode(state) if state else State()
    except (ValueError, RecursionError):
        return State()


def dump(state: State) -> bytes:
    """Return `state` as bytes."""
    return _encode(state)


def remember(known: dict[str, Any], name: str, value: object, most: int) -> None:
    """Put `value` under `name` at the end of `known`; the oldest entries above `most` go.

    What has a name that no id has is not remembered.
    """
    known.pop(name, None)
    if len(name) <= _LONGEST_NAME:
        known[name] = value
    while len(known) > most:
        del known[next(iter(known))]


def last(known: list[_T], most: int) -> list[_T]:
    """Return the last `most` entries of `known`."""
    return list(itertools.islice(known, max(0, len(known) - most), None))


def shown_before(state: State, words: str, by: str) -> bool:
    """Tell whether another kind of record has shown these words; if not, remember that `by` does."""
    mark = content_id(words.strip())
    for known in state.shown:
        kind, _colon, other = known.partition(":")
        if other == mark and kind != by:
            state.shown = [entry for entry in state.shown if entry != known]
            return True
    state.shown = last([*state.shown, f"{by}:{mark}"], QUEUED)
    return False
