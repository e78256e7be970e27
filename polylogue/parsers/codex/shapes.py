"""Which of Codex's files is this? Told by the keys of its lines, never by its name.

`codex exec --json` prints another stream of JSON lines (`thread.started`, `item.completed`), which
is no rollout and is not claimed.
"""

from collections.abc import Sequence

from polylogue.parsers.base import Probe, Session, Shape
from polylogue.parsers.codex import index, rollout
from polylogue.parsers.codex.item import ITEMS
from polylogue.parsers.codex.line import ENVELOPES
from polylogue.parsers.probes import raw, type_of

_FOREIGN = {"sessionId", "uuid", "parentUuid", "projectHash", "chat_messages", "mapping"}
_HEADER = {"id", "timestamp"}
_BESIDE = {"instructions", "git", "cwd", "model", "cli_version"}


def _is_rollout(probes: Sequence[Probe]) -> bool:
    return any(map(_is_enveloped, probes)) or _is_bare(probes)


def _is_enveloped(probe: Probe) -> bool:
    """Tell a line with type and payload; a rollout that was cut off at its head has no header."""
    return (
        raw(probe, "payload").startswith(b"{")
        and type_of(probe) in ENVELOPES
        and not _FOREIGN & probe.keys()
    )


def _is_bare(probes: Sequence[Probe]) -> bool:
    """Tell the lines of 2025: a header without a type, then items, or nothing yet."""
    if not probes or not _is_bare_header(probes[0]):
        return False
    return all("record_type" in probe or type_of(probe) in ITEMS for probe in probes[1:2])


def _is_bare_header(probe: Probe) -> bool:
    return (
        probe.keys() >= _HEADER
        and bool(_BESIDE & probe.keys())
        and not ({"type", "role", "content", "messages"} | _FOREIGN) & probe.keys()
    )


def _is_names(probes: Sequence[Probe]) -> bool:
    return bool(probes) and {"id", "thread_name"} <= probes[0].keys()


def _is_prompts(probes: Sequence[Probe]) -> bool:
    return bool(probes) and probes[0].keys() == {"session_id", "ts", "text"}


def _is_legacy(probe: Probe) -> bool:
    session, listed = raw(probe, "session"), raw(probe, "items")
    return session.startswith(b"{") and b'"id"' in session and listed.startswith(b"[")


SHAPES = (Shape("legacy-rollout", _is_legacy, rollout.legacy),)

SESSIONS = (
    Session("rollout", _is_rollout, rollout.parse),
    Session("session-index", _is_names, index.names),
    Session("prompt-history", _is_prompts, index.prompts),
)
