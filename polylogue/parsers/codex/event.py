"""Events for the screen (`event_msg`) → messages, or folds: one entry a type.

Most of them are the other copy of an item. What only events tell is kept: what happened
(`happened`), plans, what a token count says of the answer before.
"""

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from polylogue.model import Attachment, Context, Json, Part, Text, ToolCall
from polylogue.parsers.codex import calls, happened, images, item, patches, results, speech, tools
from polylogue.parsers.codex.reading import Reading, place_of
from polylogue.parsers.codex.state import key_of
from polylogue.parsers.narrow import as_json, items, keys, text, whole, word

_Payload: TypeAlias = dict[str, Json]
_SAYING = ("message", "text", "content", "output", "summary", "result", "prompt")


def read(reading: Reading, payload: _Payload) -> None:
    """Read one event; one that nobody knows is shown when it seems to say something."""
    kind = word(payload.get("type"))
    reader = _EVENTS.get(kind)
    if reader is not None:
        reader(reading, payload)
    elif kind in _BOOKKEEPING or kind.endswith(_PASSING):
        reading.fold(kind)
    else:
        unknown(reading, "event_msg", kind, payload)


def unknown(reading: Reading, path: str, kind: str, payload: _Payload) -> None:
    """Enter what nobody knows in the ledger, and show it if there is text in it."""
    if any(payload.get(key) for key in _SAYING):
        part = reading.unknown(path, kind, payload)
        reading.say(reading.identity(f"{path}/{kind}", payload), "system", (part,))
    else:
        reading.ledger[path, kind] += 1
        reading.fold("unknown")


# --- What was said --------------------------------------------------------------------------------


def _user_message(reading: Reading, payload: _Payload) -> None:
    told = list(speech.parts(reading, payload.get("message"), "user"))
    shown = (images.attachment(reading, url) for url in items(payload.get("images")))
    told += filter(None, shown)
    if any(isinstance(part, Text) for part in told):
        told += (_local(word(path)) for path in items(payload.get("local_images")))
    if all(isinstance(part, Context) for part in told):
        reading.fold("doubled" if told else "empty")
    else:
        speech.tell(reading, payload, "user", told, event=True)


def _local(path: str) -> Attachment:
    return Attachment(ref=path, name=path.rpartition("/")[2])


def _agent_message(reading: Reading, payload: _Payload) -> None:
    told = list(speech.parts(reading, payload.get("message"), "assistant"))
    if told:
        speech.tell(reading, payload, "assistant", told, event=True)
    else:
        reading.fold("empty")


def _task_complete(reading: Reading, payload: _Payload) -> None:
    """Read the end of a turn: it repeats the last answer, which is missing in some files."""
    told = list(speech.parts(reading, payload.get("last_agent_message"), "assistant"))
    if told and not reading.state.spoke:
        speech.tell(reading, payload, "assistant", told, event=True)
    else:
        reading.fold("task_complete")


def _reasoning(reading: Reading, payload: _Payload) -> None:
    thought = text(payload.get("text"))
    _once(reading, payload, "thinking", (speech.thought(thought),), thought)


def _item_completed(reading: Reading, payload: _Payload) -> None:
    """Read a plan; other items that are completed come as events of their own."""
    told = keys(payload.get("item"))
    plan = text(told.get("text"))
    if word(told.get("type")).lower() == "plan":
        _once(reading, payload, "plan", (Text(text=plan),), plan)
    else:
        reading.fold("doubled")


def _once(
    reading: Reading, payload: _Payload, kind: str, parts: tuple[Part, ...], said: str
) -> None:
    """Say what an event tells, unless an item has told it."""
    key = key_of(said)
    if not said.strip():
        reading.fold("empty")
    elif reading.state.twin(kind, key, event=True) is not None:
        reading.fold("doubled")
    else:
        message = reading.say(reading.identity(kind, payload), "assistant", parts)
        reading.state.expect_twin(kind, key, place_of(message), event=True)


# --- Tools ----------------------------------------------------------------------------------------


def _exec_end(reading: Reading, payload: _Payload) -> None:
    made = calls.call("shell", {"command": payload.get("command"), "workdir": payload.get("cwd")})
    tools.whole(reading, payload, made, results.exec_end(reading, payload))


def _patch_end(reading: Reading, payload: _Payload) -> None:
    title, patch = patches.from_changes(payload.get("changes"))
    made = ToolCall(name="apply_patch", input=patch, language="diff", title=title)
    tools.whole(reading, payload, made, results.patch_end(reading, payload))


def _mcp_end(reading: Reading, payload: _Payload) -> None:
    told = keys(payload.get("invocation"))
    name = ".".join(filter(None, (word(told.get("server")), word(told.get("tool")))))
    made = calls.call(name or "mcp", told.get("arguments") or "")
    tools.whole(reading, payload, made, results.mcp_end(reading, payload))


def _web_search_end(reading: Reading, payload: _Payload) -> None:
    tools.search(reading, payload, calls.web_search(payload), event=True)


def _view_image(reading: Reading, payload: _Payload) -> None:
    tools.call(reading, "call", payload, calls.call("view_image", payload), event=True)


def _spawn_end(reading: Reading, payload: _Payload) -> None:
    known = reading.state.calls.get(word(payload.get("call_id")))
    if known is not None:
        tools.spawned(reading, known.message_id, payload)
    reading.fold("doubled" if known else "collab_agent_spawn_end")


# --- What it cost ---


def _token_count(reading: Reading, payload: _Payload) -> None:
    """Tell the last answer what it cost. The same count comes again and again; it is told once."""
    state = reading.state
    info = keys(payload.get("info"))
    total, last = keys(info.get("total_token_usage")), keys(info.get("last_token_usage"))
    usage = {key: count for key, value in last.items() if (count := whole(value)) is not None}
    told = key_of(as_json(total)) if total else ""
    reading.fold("token_count")
    if not usage or (told and told == state.total):
        return
    state.total = told
    if state.answer is not None:
        answer = state.answer
        richer = msgspec.structs.replace(answer, metadata={**answer.metadata, "usage": usage})
        reading.grow(richer)
        state.answer = None


# --- The table ---


_EVENTS: dict[str, Callable[[Reading, _Payload], None]] = {
    "agent_message": _agent_message,
    "agent_reasoning": _reasoning,
    "agent_reasoning_raw_content": _reasoning,
    "collab_agent_spawn_end": _spawn_end,
    "context_compacted": happened.compacted,
    "entered_review_mode": happened.review_entered,
    "error": happened.error,
    "exec_command_end": _exec_end,
    "exited_review_mode": happened.review_exited,
    "guardian_warning": happened.error,
    "image_generation_end": item.image_generation,
    "item_completed": _item_completed,
    "mcp_tool_call_end": _mcp_end,
    "patch_apply_end": _patch_end,
    "stream_error": happened.error,
    "task_complete": _task_complete,
    "thread_goal_updated": happened.goal,
    "thread_name_updated": happened.named,
    "thread_rolled_back": happened.rolled_back,
    "token_count": _token_count,
    "turn_aborted": happened.turn_aborted,
    "turn_complete": _task_complete,
    "undo_completed": happened.undone,
    "user_message": _user_message,
    "view_image_tool_call": _view_image,
    "warning": happened.error,
    "web_search_end": _web_search_end,
}

_BOOKKEEPING = {
    "agent_reasoning_section_break",
    "background_event",
    "collab_agent_interaction_end",
    "collab_close_end",
    "collab_resume_end",
    "collab_waiting_end",
    "deprecation_notice",
    "guardian_assessment",
    "item_started",
    "model_reroute",
    "model_verification",
    "plan_update",
    "raw_response_item",
    "session_configured",
    "shutdown_complete",
    "sub_agent_activity",
    "task_started",
    "terminal_interaction",
    "thread_settings_applied",
    "turn_diff",
    "turn_moderation_metadata",
    "turn_started",
}

#: How the types of events end that only tell that something goes on, or is asked.
_PASSING = ("_begin", "_delta", "_request", "_started", "_update", "_updated", "_response")
