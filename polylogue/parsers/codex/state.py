"""What the reader of a rollout remembers from one line to the next, and how it is carried.

Everything in it is bounded: what lies further back than the bounds below is forgotten. The two
copies of a message stand a few lines apart, and a result stands near its call.
"""

import hashlib
from typing import TypeVar

import msgspec

from polylogue.model import Head, Json, Message, Relation

_TWINS = 48  # messages whose other copy may still come
_CALLS = 128  # tool calls that may still be answered
_SEEN = 256  # ids that may come again
_TURNS = 64  # prompts that may still be rolled back
_SPAWNS = 16  # calls of sub-agents that are not named yet
_ANSWER = 64 << 10  # characters of an answer that may still be told its cost

_V = TypeVar("_V")


class Place(msgspec.Struct, array_like=True, frozen=True):
    """Where a message was told first: whatever is told of it later belongs there."""

    message_id: str
    parent_id: str | None
    line: int
    at: int | None


class Twin(msgspec.Struct, array_like=True, frozen=True):
    """A message that was told once, as an event or as an item; `key` stands for its text."""

    kind: str
    key: str
    event: bool
    place: Place


class Call(msgspec.Struct, array_like=True):
    """A tool call. `whole` says that an event told both it and its result."""

    message_id: str
    name: str
    key: str
    answered: bool = False
    whole: bool = False
    exit_code: int | None = None
    result: Place | None = None


class Copied(msgspec.Struct, array_like=True):
    """The reader stands in history that was copied from another session.

    `at` is the time of the line before; `marked` says that a turn's id has proved the copying;
    `held` are the numbers and bytes of lines that may be the first ones after it.
    """

    at: int | None
    marked: bool = False
    held: list[tuple[int, bytes]] = []


class State(msgspec.Struct, kw_only=True, omit_defaults=True):
    """All that is known of the session so far.

    `headed` says that its own header was read, `before` is the key of the line before where lines
    have no time, `last` the message before, `answer` the last one of the assistant, `spoke` whether
    the assistant has said anything since the last prompt, `turns` what stood before each prompt.
    """

    conversation_id: str = ""
    headed: bool = False
    born: int | None = None
    parent_id: str = ""
    relation: Relation = ""
    title: str = ""
    is_named: bool = False
    created_at: int | None = None
    updated_at: int | None = None
    project: str = ""
    model: str = ""
    metadata: dict[str, Json] = {}
    copied: Copied | None = None
    last: str | None = None
    before: str = ""
    spoke: bool = False
    answer: Message | None = None
    total: str = ""
    seen: dict[str, int] = {}
    twins: list[Twin] = []
    calls: dict[str, Call] = {}
    spawns: dict[str, Message] = {}
    turns: list[str | None] = []

    # --- Twins -----------------------------------------------------------------------------------

    def twin(self, kind: str, key: str, *, event: bool) -> Place | None:
        """Return where the other copy of this event (or item) was told, once; None if nowhere."""
        for number, twin in enumerate(self.twins):
            if twin.key == key and twin.kind == kind and twin.event is not event:
                return self.twins.pop(number).place
        return None

    def expect_twin(self, kind: str, key: str, place: Place, *, event: bool) -> None:
        """Remember what was told once."""
        self.twins.append(Twin(kind, key, event, place))
        del self.twins[:-_TWINS]

    # --- Calls, ids, turns -----------------------------------------------------------------------

    def remember_call(self, call_id: str, call: Call) -> None:
        """Remember a call by its id, which other calls may have had before."""
        _put(self.calls, call_id, call, _CALLS)

    def remember_spawn(self, message: Message) -> None:
        """Remember the call of a sub-agent until that is named."""
        _put(self.spawns, message.message_id, message, _SPAWNS)

    def remember_turn(self) -> None:
        """Remember what stands before the prompt that comes next."""
        self.turns.append(self.last)
        del self.turns[:-_TURNS]

    def remember_answer(self, message: Message, size: int) -> None:
        """Remember the assistant's last message, unless it is too large to be carried."""
        self.answer = message if size <= _ANSWER else None

    def unique(self, key: str) -> str:
        """Return `key`, with a number behind it when it comes again."""
        count = self.seen.get(key, 0) + 1
        _put(self.seen, key, count, _SEEN)
        return key if count == 1 else f"{key}#{count}"

    def head(self) -> Head:
        """Return what is known of the session as a whole."""
        return Head(
            title=self.title,
            title_trust=0 if self.is_named or not self.title else -1,
            parent_id=self.parent_id,
            relation=self.relation,
            created_at=self.created_at,
            updated_at=self.updated_at,
            project=self.project,
            model=self.model,
            metadata=self.metadata,
        )


def _put(memory: dict[str, _V], key: str, value: _V, bound: int) -> None:
    """Put an entry last, and forget the oldest ones beyond the bound."""
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > bound:
        del memory[next(iter(memory))]


def key_of(text: str) -> str:
    """Return a short key for a text, blind to its blanks: the copies differ in them."""
    words = " ".join(text.split())
    return hashlib.blake2b(words.encode(errors="replace"), digest_size=8).hexdigest()


encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode


def decode(carried: bytes) -> State:
    """Return the state that the group before left behind, a new one at the beginning of a file.

    What cannot be read is taken for none: the session's id comes from the file's name then.
    """
    try:
        return _decode(carried) if carried else State()
    except msgspec.DecodeError:
        return State()
