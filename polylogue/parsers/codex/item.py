"""Items for the model (`response_item`, and the bare lines of 2025) → messages: one entry a type."""

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from polylogue.model import Json, Role, Text
from polylogue.parsers.codex import calls, images, results, speech, tools
from polylogue.parsers.codex.reading import Reading, place_of
from polylogue.parsers.codex.state import key_of
from polylogue.parsers.narrow import json_type, keys, objects, text, word

_Payload: TypeAlias = dict[str, Json]
Reader: TypeAlias = Callable[[Reading, _Payload], None]

_ROLES: dict[str, Role] = {
    "assistant": "assistant",
    "developer": "system",
    "system": "system",
    "tool": "tool",
    "user": "user",
}


def read(reading: Reading, payload: _Payload) -> None:
    """Read one item; one that nobody knows is shown as it came."""
    kind = kind_of(payload)
    reader = ITEMS.get(kind)
    if reader is not None:
        reader(reading, payload)
    elif kind in _BOOKKEEPING:
        reading.fold(kind)
    else:
        part = reading.unknown("response_item", kind or json_type(None), payload)
        reading.say(reading.identity(kind, payload), "assistant", (part,))


def kind_of(payload: _Payload) -> str:
    """Return an item's type; what has a role and no type is a message."""
    return word(payload.get("type")) or ("message" if "role" in payload else "")


def _message(reading: Reading, payload: _Payload) -> None:
    speaker = word(payload.get("role"))
    role = _ROLES.get(speaker)
    if role is None:
        reading.ledger["message.role", speaker] += 1
    told = list(speech.parts(reading, payload.get("content"), speaker))
    if not told:
        reading.fold("empty")
    elif role == "user" or role == "assistant":  # noqa: PLR1714
        speech.tell(reading, payload, role, told, event=False)
    else:
        reading.say(reading.identity("message", payload), role or "system", told, hidden=True)


def agent_message(reading: Reading, payload: _Payload, *, event: bool = False) -> None:
    """Read what another agent said to this one; an item tells it, and a line of its own."""
    content = payload.get("content") or payload.get("message")
    told = list(speech.parts(reading, content, "agent"))
    if not told:
        reading.fold("encrypted" if content else "empty")
        return
    key = key_of("\n".join(part.text for part in told if isinstance(part, Text)))
    if reading.state.twin("agent", key, event=event) is not None:
        reading.fold("doubled")
        return
    author = word(payload.get("author")) or "another agent"
    message = reading.say(reading.identity("agent_message", payload), "user", told, author=author)
    reading.state.expect_twin("agent", key, place_of(message), event=event)


def _reasoning(reading: Reading, payload: _Payload) -> None:
    """Read the summaries, but those that came as events; what is encrypted has nothing to show."""
    state = reading.state
    said = [
        text(block.get("text"))
        for field in ("summary", "content")
        for block in objects(payload.get(field))
    ]
    said = list(filter(str.strip, said))
    new = [one for one in said if state.twin("thinking", key_of(one), event=False) is None]
    if not new:
        reading.fold("doubled" if said else "encrypted")
        return
    told = list(map(speech.thought, new))
    message = reading.say(reading.identity("reasoning", payload), "assistant", told)
    for one in new:
        state.expect_twin("thinking", key_of(one), place_of(message), event=False)


# --- Tools ----------------------------------------------------------------------------------------


def _function_call(reading: Reading, payload: _Payload) -> None:
    arguments = payload.get("arguments")
    if arguments is None:
        arguments = payload.get("input")
    made = calls.call(_name(payload), arguments)
    title = made.title or word(payload.get("summary"))
    tools.call(reading, "call", payload, msgspec.structs.replace(made, title=title))


def _local_shell_call(reading: Reading, payload: _Payload) -> None:
    made = calls.call("local_shell", keys(payload.get("action")))
    tools.call(reading, "call", payload, made)


def _web_search_call(reading: Reading, payload: _Payload) -> None:
    tools.search(reading, payload, calls.web_search(payload), event=False)


def _output(reading: Reading, payload: _Payload) -> None:
    told = payload.get("output")
    if told is None:
        told = payload.get("tools")
    tools.answer(reading, "output", payload, results.output(reading, told))


def image_generation(reading: Reading, payload: _Payload) -> None:
    """Read a picture that was made, told as an item or as an event."""
    call_id = word(payload.get("call_id")) or word(payload.get("id"))
    shown = images.from_base64(reading, payload.get("result"), "image/png")
    made = calls.call("image_generation", payload.get("revised_prompt") or "")
    result = results.Result(pictures=[shown] if shown else [], output="")
    tools.whole(reading, {**payload, "call_id": call_id}, made, result)


def _name(payload: _Payload) -> str:
    name, namespace = word(payload.get("name")), word(payload.get("namespace"))
    if not namespace or name.startswith(namespace):
        return name or "tool"
    return f"{namespace}{name}" if namespace.endswith(("_", ".")) else f"{namespace}.{name}"


def _tool_search_call(reading: Reading, payload: _Payload) -> None:
    arguments = payload.get("arguments")
    tools.call(reading, "call", payload, calls.call("tool_search", arguments))


ITEMS: dict[str, Reader] = {
    "agent_message": agent_message,
    "custom_tool_call": _function_call,
    "custom_tool_call_output": _output,
    "function_call": _function_call,
    "function_call_output": _output,
    "image_generation_call": image_generation,
    "local_shell_call": _local_shell_call,
    "local_shell_call_output": _output,
    "message": _message,
    "reasoning": _reasoning,
    "tool_search_call": _tool_search_call,
    "tool_search_output": _output,
    "web_search_call": _web_search_call,
}

_BOOKKEEPING = {
    "compaction",
    "compaction_summary",
    "compaction_trigger",
    "context_compaction",
    "ghost_snapshot",
    "token_count",
}
