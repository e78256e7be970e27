"""The conversation that a line belongs to.

- It is its session's (`sessionId`); a line that names none belongs to the session before it. A
  file in which no line names one is called after its first record.
- A line of a sub-agent (`isSidechain`) belongs to `<session>:agent-<id>`. Old versions wrote them
  among the lines of the session without naming the agent: such a chain is called after its root.
- A line that was copied when a session was forked (`forkedFrom`) belongs to the session that it came from.
"""

from polylogue.model import Json
from polylogue.parsers.claude_code.group import Group
from polylogue.parsers.claude_code.state import THREADS, Thread, remember
from polylogue.parsers.claude_code.wire import WireRecord
from polylogue.parsers.ids import content_id
from polylogue.parsers.narrow import keys, word

_CONTENT = frozenset({"user", "assistant", "system", "attachment"})


def thread_of(group: Group, record: WireRecord) -> Thread:
    """Return the conversation that the record belongs to, and make it the latest one."""
    state = group.state
    before = state.current
    session = word(record.session_id) or word(record.stream_session) or before
    if not session and record.type in _CONTENT:
        session = record_id(record)
    if session != before:
        state.current = session
        if not before:
            _adopt(group, session)
    source = _source(record, session)
    group.copied = bool(source)
    if source:
        own = _thread(group, session)
        own.parent_id, own.relation = source, "fork"
        return _thread(group, source)
    if record.is_sidechain is True and session:
        return _sub_agent(group, session, record)
    thread = _thread(group, session)
    if before and before != session and not thread.told and not thread.parent_id:
        _continue(group, thread, record)
    return thread


def record_id(record: WireRecord) -> str:
    """Return the record's id; one that has none gets it from what it says."""
    source = keys(record.forked_from)
    own = word(source.get("messageUuid")) or word(record.uuid)
    if own:
        return own
    message = record.message
    said = message.content if message is not None else record.content or record.attachment
    named = word(message.id) if message is not None else ""
    return named or content_id(record.type, record.timestamp, said)


def _thread(group: Group, conversation_id: str) -> Thread:
    threads = group.state.threads
    thread = threads.get(conversation_id)
    if thread is None:
        thread = Thread(conversation_id)
    remember(threads, conversation_id, thread, THREADS)
    return thread


def _adopt(group: Group, session: str) -> None:
    """Give what stood before the first line with a name to the session that this line names."""
    nameless = group.state.threads.pop("", None)
    told = group.told.pop("", None)
    if nameless is not None and session not in group.state.threads:
        nameless.conversation_id = session
        remember(group.state.threads, session, nameless, THREADS)
        if told is not None:
            group.told[session] = told


def _source(record: WireRecord, session: str) -> str:
    source = record.forked_from
    if not isinstance(source, dict) or not word(source.get("messageUuid")):
        return ""
    copied = word(source.get("sessionId"))
    return copied if copied != session else ""


def _sub_agent(group: Group, session: str, record: WireRecord) -> Thread:
    agent = word(record.agent_id).removeprefix("agent-")
    if agent:
        thread = _thread(group, f"{session}:agent-{agent}")
    else:
        thread = _chain(group, session, record.parent_uuid, record)
    thread.parent_id, thread.relation = session, "sub-agent"
    return thread


def _chain(group: Group, session: str, parent: Json, record: WireRecord) -> Thread:
    """Return the chain of a sub-agent that is not named: its parent's, else a new one."""
    prefix = f"{session}:agent-"
    place = group.state.links.get(word(parent))
    if place is not None and place[0].startswith(prefix):
        return _thread(group, place[0])
    if parent is not None:
        known = [name for name in group.state.threads if name.startswith(prefix)]
        if known:
            return _thread(group, known[-1])
    return _thread(group, prefix + record_id(record))


def _continue(group: Group, thread: Thread, record: WireRecord) -> None:
    """Note that a session goes on with another: its first line answers a message of that one."""
    place = group.state.links.get(word(record.parent_uuid))
    if place is not None and place[0] not in {"", thread.conversation_id}:
        thread.parent_id, thread.relation = place[0].partition(":agent-")[0], "continuation"
