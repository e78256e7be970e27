"""History that a fork, a sub-agent or a resumed session copied from its parent: told apart, folded.

Such a file holds the parent's header behind its own and then the parent's lines, written in one go
and stamped with the time of the copying. Nothing marks the end. What is known for certain:

- a turn's id tells when the turn began (UUID version 7): the first turn that is not older than the
  session itself is its own;
- the copying takes no time: a line that comes a second after the one before it was not copied.

A prompt can follow the copy at once. So where no turn's id has proved the copying, prompts wait for
what comes behind them, another copied line or a pause. Without the parent's header, before all own
messages, nothing is taken for a copy: rather twice than not at all.
"""

import re

from polylogue.model import Json
from polylogue.parsers.codex.reading import Reading
from polylogue.parsers.codex.state import Copied
from polylogue.parsers.narrow import keys, word
from polylogue.parsers.text import to_ms

_UUID_7 = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f-]{17}", re.IGNORECASE)
_PAUSE = 1000  # milliseconds
_HELD = 4 << 20  # bytes
_OPENING = {"turn_context", "user_message", "task_started", "turn_started"}


def born(uuid: str) -> int | None:
    """Return the time in milliseconds that a UUID of version 7 tells, None for any other id."""
    match = _UUID_7.fullmatch(uuid)
    return int(match[1] + match[2], 16) if match else None


def begins(reading: Reading) -> None:
    """Note that another session's header was read: before all messages, a copy begins with it."""
    state = reading.state
    if state.last is None and state.copied is None and state.conversation_id and reading.at:
        state.copied = Copied(reading.at)


def is_copy(reading: Reading, record: dict[str, Json], raw: bytes) -> bool:
    """Say whether the line in hand is a copy, or held back until that is known.

    When it is not, the copy has ended; lines that were held are the caller's to read first.
    """
    state, copied = reading.state, reading.state.copied
    if copied is None:
        return False
    at = to_ms(record.get("timestamp"))
    paused = at is None or copied.at is None or at - copied.at >= _PAUSE
    turn = _turn(record)
    own = turn is not None and state.born is not None and turn >= state.born
    if paused or own or sum(len(line) for _, line in copied.held) > _HELD:
        return False
    copied.at = at
    copied.marked = copied.marked or turn is not None
    if _opens(record) and not copied.marked:
        copied.held.append((reading.line, raw))
    else:
        reading.folded["inherited"] += 1 + len(copied.held)
        copied.held = []
    return True


def _turn(record: dict[str, Json]) -> int | None:
    return born(word(keys(record.get("payload")).get("turn_id")))


def _opens(record: dict[str, Json]) -> bool:
    """Say whether a line may begin a turn."""
    payload = keys(record.get("payload"))
    kind = word(payload.get("type")) or word(record.get("type"))
    if word(record.get("type")) == "turn_context":
        return True
    return kind in _OPENING or word(payload.get("role")) in {"user", "developer", "system"}
