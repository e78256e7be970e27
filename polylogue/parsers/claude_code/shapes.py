"""Which of the files of Claude Code is this? Told by what is in it, never by a file's name.

Others write lines that look alike: Codex (`payload`), Gemini CLI (`projectHash`), Qwen Code (the
same envelope around `parts`), and many use the types `user` and `assistant`.
"""

from collections.abc import Sequence

from polylogue.parsers.base import Probe, Session, Shape
from polylogue.parsers.claude_code import sidecars
from polylogue.parsers.claude_code.reader import KINDS, parse
from polylogue.parsers.probes import raw, type_of

_FOREIGN = frozenset({"payload", "projectHash", "$set", "chat_messages", "mapping"})
_PLACES = frozenset({"uuid", "leafUuid", "sessionId", "session_id", "messageId"})
_SPOKEN = frozenset({"user", "assistant"})
_BODIES = {"attachment": "attachment", "progress": "data", "system": "subtype"}
#: Types whose names are so common that they prove nothing.
_COMMON = frozenset({"init", "mode", "result", "summary", "tag"})


def _is_session(probes: Sequence[Probe]) -> bool:
    if any(not _FOREIGN.isdisjoint(probe) for probe in probes):
        return False
    return any(_is_evidence(probe) for probe in probes)


def _is_evidence(probe: Probe) -> bool:
    kind = type_of(probe)
    if kind in _SPOKEN:
        message = raw(probe, "message")
        return (
            message.startswith(b"{")
            and b'"content"' in message
            and not probe.keys().isdisjoint(_PLACES | {"timestamp"})
        )
    if kind == "summary":
        return "summary" in probe and "leafUuid" in probe
    if kind not in KINDS or kind in _COMMON or _PLACES.isdisjoint(probe):
        return kind == "custom-title" and "customTitle" in probe
    return kind not in _BODIES or _BODIES[kind] in probe


def _is_history(probes: Sequence[Probe]) -> bool:
    return bool(probes) and all(
        "display" in probe and "timestamp" in probe and "project" in probe for probe in probes
    )


def _is_web_session(probe: Probe) -> bool:
    return raw(probe, "loglines").startswith(b"[")


def _is_index(probe: Probe) -> bool:
    entries = raw(probe, "entries")
    return entries.startswith(b"[") and b'"sessionId"' in entries and "version" in probe


def _is_agent(probe: Probe) -> bool:
    """Know what stands beside a sub-agent's file: what it is, as its call says, too."""
    return "agentType" in probe and len(probe) <= 8 and "messages" not in probe


def _is_todo(probe: Probe) -> bool:
    return (
        {"content", "status"}
        <= probe.keys()
        <= {"content", "status", "activeForm", "id", "priority"}
    )


SESSIONS = (
    Session("session", _is_session, parse),
    Session("history", _is_history, sidecars.history),
)
SHAPES = (
    Shape("web-session", _is_web_session, sidecars.web_session),
    Shape("sessions-index", _is_index, sidecars.index),
    Shape("agent", _is_agent),
    Shape("todo", _is_todo),
)
