"""Answers of the API, which come in several lines, one block in each → one Message.

The lines of an answer have one `message.id`, and results of its calls may stand between them. Its
parts are in the order of the lines; the message is given out with each line that adds to it. Every
version is larger than the one before, so that the last one stays wherever the lines were cut.
What only the result of a call knows is put into the call: the sub-agent, the lines around an edit.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from polylogue.model import About, Head, Json, Message, Part, ToolCall
from polylogue.parsers.claude_code.diffs import patch
from polylogue.parsers.claude_code.group import Group
from polylogue.parsers.claude_code.results import Told
from polylogue.parsers.claude_code.routing import record_id
from polylogue.parsers.claude_code.state import (
    LONGEST_ANSWER,
    MOST_PARTS,
    OPEN,
    Growing,
    Thread,
    last,
)
from polylogue.parsers.claude_code.tools import AGENTS
from polylogue.parsers.claude_code.wire import WireRecord
from polylogue.parsers.narrow import keys, whole, word
from polylogue.parsers.text import to_ms

_USUAL_ENDS: Final = frozenset({"", "end_turn", "tool_use", "stop_sequence"})


def add(group: Group, thread: Thread, record: WireRecord, parts: Sequence[Part]) -> None:
    """Give out the answer that this line begins or adds to."""
    uuid = word(record.uuid)
    answer = _open(thread, record)
    if answer is not None and uuid and uuid in answer.uuids:
        group.fold(thread, "repeated")
    elif answer is None and not parts:
        group.fold(thread, "empty")
        group.link(thread, uuid, group.parent(word(record.parent_uuid)))
    else:
        if answer is not None:
            group.fold(thread, "part of an answer" if parts else "empty")
        _grow(answer := answer or _begin(group, thread, record), record, parts)
        group.link(thread, uuid, answer.message.message_id)
        group.put(thread, answer.message)
        if answer.size > LONGEST_ANSWER or len(answer.message.parts) >= MOST_PARTS:
            thread.answers = [known for known in thread.answers if known is not answer]


def _grow(answer: Growing, record: WireRecord, parts: Sequence[Part]) -> None:
    said = answer.message
    metadata = _metadata(said.metadata, record)
    if not parts and _written(metadata) <= _written(said.metadata):
        return
    answer.uuids.append(word(record.uuid))
    answer.size += _written(parts)
    answer.message = msgspec.structs.replace(said, parts=(*said.parts, *parts), metadata=metadata)


def _open(thread: Thread, record: WireRecord) -> Growing | None:
    api_id = word(record.message.id) if record.message is not None else ""
    request_id = word(record.request_id)
    for answer in thread.answers:
        if answer.api_id == api_id != "" and _agree(answer.request_id, request_id):
            return answer
    return None


def _agree(one: str, other: str) -> bool:
    return one == other or not one or not other


def _begin(group: Group, thread: Thread, record: WireRecord) -> Growing:
    wire = record.message
    model = word(wire.model) if wire is not None else ""
    message = Message(
        message_id=record_id(record),
        role="assistant",
        parent_id=group.parent(word(record.parent_uuid)),
        model=model.replace("<synthetic>", ""),
        timestamp=to_ms(record.timestamp),
        line=group.place,
    )
    api_id = word(wire.id) if wire is not None else ""
    answer = Growing(api_id, word(record.request_id), message, [], 0)
    others = [known for known in thread.answers if not api_id or known.api_id != api_id]
    thread.answers = last([*others, answer], OPEN)
    thread.current_id = message.message_id
    thread.model = message.model or thread.model
    return answer


def _metadata(before: dict[str, Json], record: WireRecord) -> dict[str, Json]:
    """Return usage, cost and unusual end. A placeholder of an early line gives way to the largest number."""
    wire = record.message
    usage = keys(wire.usage) if wire is not None else {}
    end = word(wire.stop_reason) if wire is not None else ""
    after = dict(before)
    if usage:
        after["usage"] = larger(keys(before.get("usage")), usage)
    if isinstance(record.cost, float) or whole(record.cost):
        after.setdefault("costUSD", record.cost)
    if end not in _USUAL_ENDS:
        after.setdefault("stop_reason", end)
    return after


def larger(one: dict[str, Json], other: dict[str, Json], depth: int = 3) -> dict[str, Json]:
    """Unite two accounts of what was used: the larger number of each kind, never their sum."""
    united = dict(one)
    for kind, told in other.items():
        known = united.get(kind)
        if isinstance(told, dict):
            if depth and (inner := larger(keys(known), told, depth - 1)):
                united[kind] = inner
        elif (number := whole(told)) is not None:
            if number > (whole(known) or 0):
                united[kind] = number
        elif isinstance(told, str) and told:
            united.setdefault(kind, told)
    return united


# --- What a result says of its call ---------------------------------------------------------------


def complete(group: Group, thread: Thread, call_id: str, beside: Told) -> None:
    """Put what the result knows into the call."""
    agent = word(beside.agent_id)
    if agent:
        name_agent(group, thread, call_id, agent)
    if beside.structured_patch:
        diff = patch(beside.structured_patch)
        _change(group, thread, call_id, lambda call: _patched(call, diff))


def name_agent(group: Group, thread: Thread, call_id: str, agent: str) -> None:
    """Put into the call `call_id` which sub-agent it started."""
    session = thread.conversation_id.partition(":agent-")[0]
    child = f"{session}:agent-{agent.removeprefix('agent-')}"
    changed = _change(group, thread, call_id, lambda call: _linked(call, child))
    if changed is not None and changed.title:
        head = Head(title=changed.title, parent_id=session, relation="sub-agent")
        group.abouts[child] = About(conversation_id=child, head=head)


def name_agent_by_prompt(group: Group, parent_id: str, child: str, prompt: str) -> None:
    """Find the call that started a sub-agent without a name: it has these words as its prompt."""
    parent = group.state.threads.get(parent_id)
    for answer in parent.answers if parent is not None else ():
        for part in answer.message.parts:
            if type(part) is ToolCall and part.name in AGENTS and part.input == prompt:
                agent = child.partition(":agent-")[2]
                if parent is not None and not part.conversation_id:
                    name_agent(group, parent, part.call_id, agent)
                    return


def _linked(call: ToolCall, child: str) -> ToolCall:
    if call.conversation_id:
        return call
    return msgspec.structs.replace(call, conversation_id=child)


def _patched(call: ToolCall, diff: str) -> ToolCall:
    if call.language != "diff" or _written(diff) <= _written(call.input):
        return call
    return msgspec.structs.replace(call, input=diff)


def _change(
    group: Group, thread: Thread, call_id: str, change: Callable[[ToolCall], ToolCall]
) -> ToolCall | None:
    """Change the call `call_id` of an open answer; return it when it has become another."""
    for answer in thread.answers:
        parts = answer.message.parts
        for at, part in enumerate(parts):
            if type(part) is ToolCall and part.call_id == call_id != "":
                changed = change(part)
                if changed is part:
                    return None
                parts = (*parts[:at], changed, *parts[at + 1 :])
                answer.message = msgspec.structs.replace(answer.message, parts=parts)
                group.put(thread, answer.message)
                return changed
    return None


def _written(value: object) -> int:
    """Return how long `value` is where messages are compared: in characters of JSON."""
    try:
        return len(msgspec.json.encode(value).decode())
    except (ValueError, TypeError, RecursionError):
        return 0
