"""Gemini CLI: sessions below `~/.gemini/tmp/…/chats`.

session ─► messages ─► content
"""

from collections.abc import Sequence

from polylogue.parsers.base import Parser, Probe, Session, Shape
from polylogue.parsers.gemini_cli.session import METADATA, parse_lines, parse_object


def _begins(probe: Probe) -> bool:
    return "projectHash" in probe or {"startTime", "lastUpdated"} <= probe.keys()


def _is_session(probe: Probe) -> bool:
    return {"sessionId", "messages"} <= probe.keys() and _begins(probe)


def _is_first_line(probe: Probe) -> bool:
    return "sessionId" in probe and not probe.keys() - METADATA and _begins(probe)


def _is_answer(probe: Probe) -> bool:
    return "id" in probe and "content" in probe and bytes(probe.get("type", b"")) == b'"gemini"'


def _is_prompt_log(probe: Probe) -> bool:
    return {"sessionId", "messageId", "type", "message", "timestamp"} == probe.keys()


def _are_lines(probes: Sequence[Probe]) -> bool:
    return any(
        _is_first_line(probe) or _is_answer(probe) or probe.keys() & {"$set", "$rewindTo"}
        for probe in probes
    )


PARSER = Parser(
    provider="gemini-cli",
    version=1,
    shapes=(
        Shape("session", _is_session, parse_object),
        Shape("empty-session", _is_first_line),
        Shape("prompt-log", _is_prompt_log),
    ),
    sessions=(Session("session", _are_lines, parse_lines),),
)
