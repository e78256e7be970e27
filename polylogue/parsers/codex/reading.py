"""A group of lines while it is read: messages, blobs, folds and the ledger so far.

Identity. Items mostly have no ids. A rollout only ever grows, but it is compressed, expanded, moved
and copied, and a fork stamps the lines that it copies anew; so neither the line's number nor the
bytes are identity. A message is the provider's item or call id where there is one (a short one is a
number that other makers' models begin anew, and is none), else the hash of (session, time, type,
payload with sorted keys). Two equal lines of one time differ by a counter.
The lines of 2025 have no times; the payload of the line before stands in for it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from polylogue.model import Json, Message, Part, Role, Text, Thinking, ToolCall
from polylogue.parsers.codex.state import Place, State
from polylogue.parsers.findings import Findings
from polylogue.parsers.narrow import as_json, word

_REAL_ID = 12  # characters at least

_sorted_json = msgspec.json.Encoder(order="deterministic").encode


@dataclass(slots=True)
class Reading(Findings):
    """What a group of lines has come to; `line`, `at` and `stamp` are those of the line in hand."""

    state: State = field(kw_only=True)
    line: int = 0
    at: int | None = None
    stamp: str = ""
    messages: list[Message] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    # --- Identity --------------------------------------------------------------------------------

    def identity(self, kind: str, payload: dict[str, Json]) -> str:
        """Return the id of the message that `payload`, an item or event of this kind, becomes."""
        own = word(payload.get("id"))
        if is_real(own):
            return self.state.unique(own)
        said = _canonical(payload)
        when = self.stamp or self.state.before
        whole = b"\0".join(
            (self.state.conversation_id.encode(), when.encode(), kind.encode(), said)
        )
        if not self.stamp:
            self.state.before = hashlib.sha256(said).hexdigest()[:16]
        return self.state.unique(hashlib.sha256(whole).hexdigest()[:32])

    # --- What a line becomes ---------------------------------------------------------------------

    def say(
        self,
        message_id: str,
        role: Role,
        parts: Sequence[Part],
        *,
        author: str = "",
        hidden: bool = False,
        **metadata: Json,
    ) -> Message:
        """Add the message that the line in hand is."""
        place = Place(message_id, self.state.last, self.line, self.at)
        self.state.last = message_id
        return self._add(place, role, parts, author, hidden, metadata)

    def retell(
        self,
        place: Place,
        role: Role,
        parts: Sequence[Part],
        *,
        hidden: bool = False,
        **metadata: Json,
    ) -> None:
        """Add another version of a message that was told before: the line is its other copy."""
        self.fold("doubled")
        self._add(place, role, parts, "", hidden, metadata)

    def grow(self, message: Message) -> None:
        """Put a richer version in the place of a message that was told before."""
        state = self.state
        if state.answer is not None and state.answer.message_id == message.message_id:
            state.answer = message
        if message.message_id in state.spawns:
            state.spawns[message.message_id] = message
        number = self._places.get(message.message_id)
        if number is None:
            self._append(message)
        else:
            self.messages[number] = message

    def fold(self, kind: str) -> None:
        """Count the line in hand, which is no message of its own."""
        self.folded[kind] += 1

    def here(self) -> Place:
        """Return where the line in hand stands, for what is no message of its own."""
        return Place("", self.state.last, self.line, self.at)

    # --- Inside ----------------------------------------------------------------------------------

    def _add(
        self,
        place: Place,
        role: Role,
        parts: Sequence[Part],
        author: str,
        hidden: bool,
        metadata: dict[str, Json],
    ) -> Message:
        message = Message(
            message_id=place.message_id,
            role=role,
            parts=tuple(parts),
            parent_id=place.parent_id,
            author=author,
            model=self.state.model if role == "assistant" else "",
            timestamp=place.at,
            hidden=hidden,
            line=place.line,
            metadata={key: value for key, value in metadata.items() if value not in (None, "")},
        )
        if role == "assistant":
            self.state.remember_answer(message, sum(map(_size, parts)))
        self._append(message)
        return message

    def _append(self, message: Message) -> None:
        number = self._places.get(message.message_id)
        if number is not None and self.messages[number] == message:
            return
        self._places[message.message_id] = len(self.messages)
        self.messages.append(message)


def is_real(own: str) -> bool:
    """Tell whether an id that an item or a call brings is long enough to be no mere number."""
    return len(own) >= _REAL_ID


def place_of(message: Message) -> Place:
    """Return where a message stands."""
    return Place(message.message_id, message.parent_id, message.line or 0, message.timestamp)


def _canonical(payload: dict[str, Json]) -> bytes:
    try:
        return _sorted_json(payload)
    except (ValueError, TypeError, RecursionError):
        return as_json(payload).encode()


def _size(part: Part) -> int:
    match part:
        case Text(text=text) | Thinking(text=text) | ToolCall(input=text):
            return len(text)
        case _:
            return 1 << 10
