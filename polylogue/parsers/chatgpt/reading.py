"""A message while it is read: what it carries, what stands above it, and what is found out.

Some things are said in one message and meant for another further down the same path: the id of the
call that a tool answers, the prompt of the picture that comes back, search results that an answer
cites, a document that an update changes. They travel in a `Trail`, from parent to child, so that
branches do not mix.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from polylogue.model import Json, Part, Record, Role, Source, Unknown
from polylogue.parsers.chatgpt.budget import Budget
from polylogue.parsers.chatgpt.canvas import Canvases
from polylogue.parsers.chatgpt.references import Ledger, Sheet, sheet
from polylogue.parsers.chatgpt.wire import WireMetadata
from polylogue.parsers.narrow import as_json

_NEAREST = 32  # how many messages of a turn are remembered for what they said


class Trail(Record, frozen=True):
    """What a message needs to know of the path above it.

    `call` is the id of the last tool call, `prompt` what a picture was asked for, `recaps` what has
    been said about the time of thinking in this turn, `results` are the search results of this
    turn, the nearest first. `canvases` outlives the turn.
    """

    call: str = ""
    prompt: str = ""
    recaps: tuple[tuple[str, float | None], ...] = ()
    results: tuple[Mapping[str, Source], ...] = ()
    canvases: Canvases = Canvases()

    def turn(self) -> "Trail":
        """Return what is left when a person speaks."""
        if not (self.call or self.prompt or self.recaps or self.results):
            return self
        return Trail(canvases=self.canvases)


@dataclass(slots=True)
class Reading:
    """One message on its way to a record. `hidden`, `fold` and `trail` are what reading changes.

    `canvas` is the metadata that names the document a canvas call is about; `fold` says why a
    message that has no parts has none.
    """

    message_id: str
    role: Role
    author: str
    recipient: str
    content: dict[str, Json]
    metadata: WireMetadata
    status: str
    canvas: Json
    trail: Trail
    ledger: Ledger
    budget: Budget
    hidden: bool = False
    fold: str = "empty"
    sheet: Sheet | None = None

    @property
    def is_call(self) -> bool:
        """A message of the model to anybody but the person is the call of a tool."""
        return self.role == "assistant" and self.recipient != "all"

    def markers(self, raw: str) -> Sheet:
        """Return what is known about the markers in `raw`, a text of this message."""
        if self.sheet is None:
            typed = self.role == "user"
            self.sheet = sheet(self.metadata, self.trail.results, self.ledger, typed=typed)
        if self.budget.spend(work=len(self.sheet.references) * (64 + len(raw) // 16)):
            return self.sheet
        return self.sheet._replace(references=())

    def unknown(self, path: str, kind: str, value: Json) -> Unknown:
        """Return `value` as a part that nobody understands, and enter it in the ledger."""
        self.ledger[path, kind] += 1
        return Unknown(kind=kind, json=as_json(value))

    def remember(self, **news: object) -> None:
        """Tell the messages below: `news` are fields of the Trail."""
        self.trail = msgspec.structs.replace(self.trail, **news)

    def remember_recap(self, said: tuple[str, float | None]) -> None:
        """Tell the messages below what has been said about the time of thinking."""
        self.remember(recaps=(said, *self.trail.recaps[: _NEAREST - 1]))

    def remember_results(self, found: Mapping[str, Source]) -> None:
        """Tell the messages below what a search found."""
        if found:
            self.remember(results=(found, *self.trail.results[: _NEAREST - 1]))


Reader = Callable[[Reading], Iterator[Part]]
