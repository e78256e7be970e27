"""What a probe says without being decoded; values may be of any type."""

import msgspec

from polylogue.parsers.base import Probe

_NOTHING = msgspec.Raw(b"null")


def raw(probe: Probe, name: str) -> bytes:
    """Return the bytes of a value, b"" where there is none."""
    return bytes(probe.get(name, b""))


def type_of(probe: Probe) -> str:
    """Return the `type` that the object gives itself, "" where that is no text."""
    try:
        value = msgspec.json.decode(probe.get("type", _NOTHING))
    except (ValueError, RecursionError):
        return ""
    return value if isinstance(value, str) else ""
