"""Untrusted JSON values → values of one type. A wrong type is no value; nothing here raises."""

import json
from collections.abc import Iterator

import msgspec

from polylogue.model import Json
from polylogue.parsers.text import clean

_TYPES: dict[type, str] = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "number",
    list: "array",
    str: "string",
}
_TOO_DEEP = "nested too deep to be shown"


def text(value: Json) -> str:
    """Return `value` as clean text when it is a string, "" otherwise."""
    return clean(value) if isinstance(value, str) else ""


def word(value: Json) -> str:
    """Return `value` as clean text without blanks around it when it is a string, "" otherwise."""
    return clean(value).strip() if isinstance(value, str) else ""


def whole(value: Json) -> int | None:
    """Return `value` when it is a whole number from 0 to 2^63 - 1 (a row can hold it), else None."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    return None


def seconds(value: Json) -> float | None:
    """Return `value` as a duration in seconds when it is a number from 0 to a year, else None."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 31_622_400:
        return float(value)
    return None


def items(value: Json) -> list[Json]:
    """Return `value` when it is a list, an empty one otherwise."""
    return value if isinstance(value, list) else []


def keys(value: Json) -> dict[str, Json]:
    """Return `value` when it is an object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def objects(value: Json) -> Iterator[dict[str, Json]]:
    """Yield the objects in the list `value`."""
    return (item for item in items(value) if isinstance(item, dict))


def json_type(value: Json) -> str:
    """Return JSON's own word for the type of `value`."""
    return _TYPES.get(type(value), "null")


def as_json(value: Json) -> str:
    """Return `value` as JSON text: compact, keys sorted, so that the order of keys plays no part."""
    try:
        return clean(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    except RecursionError:
        return json.dumps(_TOO_DEEP)


def from_json(source: str) -> Json:
    """Return what the JSON text `source` says; None when it is not JSON."""
    try:
        return msgspec.json.decode(source)
    except (ValueError, RecursionError):
        return None
