"""Which result answers which call, and what to make of both when events and items tell them.

A call is known by its `call_id`. Some models count their calls anew in each turn, so an id that was
answered may come again, for another call.
"""

import msgspec

from polylogue.model import Json, Message, Part, ToolCall
from polylogue.parsers.codex.reading import Reading, is_real, place_of
from polylogue.parsers.codex.results import Result
from polylogue.parsers.codex.state import Call, key_of
from polylogue.parsers.narrow import from_json, keys, word

_SPAWNED = ("agent_id", "new_thread_id", "thread_id")


def call(
    reading: Reading, kind: str, payload: dict[str, Json], made: ToolCall, *, event: bool = False
) -> None:
    """Add the call that `payload` tells; fold it when it was told before."""
    state = reading.state
    call_id = word(payload.get("call_id")) or word(payload.get("id"))
    key = _key(made)
    known = state.calls.get(call_id) if call_id else None
    if known and (event or known.whole or (not known.answered and known.key == key)):
        reading.fold("doubled")
        return
    message_id = _message_id(reading, kind, payload, call_id)
    message = reading.say(message_id, "assistant", (_with_id(made, message_id),))
    state.remember_call(call_id or message_id, Call(message_id, made.name, key))
    if made.name.endswith("spawn_agent"):
        state.remember_spawn(message)


def search(reading: Reading, payload: dict[str, Json], made: ToolCall, *, event: bool) -> None:
    """Add a search of the web; its item often has no id, so its copies are told by the query."""
    key = key_of(made.input)
    if reading.state.twin("search", key, event=event) is not None:
        reading.fold("doubled")
        return
    call(reading, "call", payload, made, event=event)
    reading.state.expect_twin("search", key, reading.here(), event=event)


def answer(
    reading: Reading, kind: str, payload: dict[str, Json], result: Result, *, event: bool = False
) -> None:
    """Add the result that `payload` tells, or fold it into what was told of it before."""
    state = reading.state
    call_id = word(payload.get("call_id"))
    known = state.calls.get(call_id) if call_id else None
    if known is None:
        parts = result.parts(word(payload.get("name")), call_id)
        reading.say(reading.identity(kind, payload), "tool", tuple(parts))
        return
    if event and result.exit_code is not None:
        known.exit_code = result.exit_code
    parts = result.parts(known.name, known.message_id, known.exit_code)
    if known.whole or (event and known.answered):
        reading.fold("doubled")
    elif known.result is not None and not event:
        reading.retell(known.result, "tool", tuple(parts))
        known.result = None
    else:
        message_id = state.unique(f"{known.message_id}/result")
        message = reading.say(message_id, "tool", tuple(parts))
        known.result = place_of(message) if event else None
    known.answered = True
    if known.message_id in state.spawns:
        spawned(reading, known.message_id, keys(from_json(result.output)))


def whole(reading: Reading, payload: dict[str, Json], made: ToolCall, result: Result) -> None:
    """Add a call and its result, which one event tells; only the result where the call is known."""
    state = reading.state
    kind = word(payload.get("type"))
    call_id = word(payload.get("call_id"))
    if call_id in state.calls:
        answer(reading, kind, payload, result, event=True)
        return
    message_id = _message_id(reading, kind, payload, call_id)
    parts: tuple[Part, ...] = (
        _with_id(made, message_id),
        *result.parts(made.name, message_id),
    )
    reading.say(message_id, "assistant", parts)
    if call_id:
        known = Call(message_id, made.name, _key(made), answered=True, whole=True)
        state.remember_call(call_id, known)


def spawned(reading: Reading, message_id: str, told: dict[str, Json]) -> None:
    """Tell the call of a sub-agent which session that has."""
    message = reading.state.spawns.get(message_id)
    child = next(filter(None, (word(told.get(key)) for key in _SPAWNED)), "")
    if message is not None and child:
        reading.grow(_naming(message, child))
        reading.state.spawns.pop(message_id, None)


def _naming(message: Message, conversation_id: str) -> Message:
    parts = tuple(
        msgspec.structs.replace(part, conversation_id=conversation_id)
        if isinstance(part, ToolCall)
        else part
        for part in message.parts
    )
    return msgspec.structs.replace(message, parts=parts)


def _message_id(reading: Reading, kind: str, payload: dict[str, Json], call_id: str) -> str:
    """Return the id of a call's message: the call's where that is one."""
    return reading.state.unique(call_id) if is_real(call_id) else reading.identity(kind, payload)


def _key(made: ToolCall) -> str:
    return key_of(f"{made.name}\n{made.title}\n{made.input}")


def _with_id(made: ToolCall, call_id: str) -> ToolCall:
    return msgspec.structs.replace(made, call_id=call_id)
