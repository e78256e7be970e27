"""Which of AI Studio's JSON documents is this? Told by its keys; the files have no extension."""

from polylogue.parsers.aistudio.prompt import parse
from polylogue.parsers.base import Probe, Shape


def _is_prompt(probe: Probe) -> bool:
    """Tell a prompt. The older kind has `chunks` at the top, and one that never ran may have none."""
    if "chunkedPrompt" in probe:
        return _begins(probe, "chunkedPrompt", b"{") or "runSettings" in probe
    if "runSettings" not in probe:
        return False
    return _begins(probe, "chunks", b"[") or (
        "systemInstruction" in probe and not _is_other_prompt(probe)
    )


def _is_other_prompt(probe: Probe) -> bool:
    """Forms to be filled in and tables of examples, which lie in the same folder."""
    return "runSettings" in probe and ("textPrompt" in probe or "dataPrompt" in probe)


def _is_applet_history(probe: Probe) -> bool:
    return probe.keys() == {"applets"} and _begins(probe, "applets", b"[")


def _begins(probe: Probe, name: str, bracket: bytes) -> bool:
    return name in probe and bytes(probe[name])[:1] == bracket


SHAPES = (
    Shape("prompt", _is_prompt, parse),
    Shape("other-prompt", _is_other_prompt),
    Shape("applet-history", _is_applet_history),
)
