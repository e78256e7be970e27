"""What every parser needs at the border to untrusted JSON: text, times, and decoding that forgives.

Valid JSON takes the strict and fast way through msgspec. What strict readers refuse although it was
exported that way (a lone surrogate, NaN, a byte-order mark, bytes that are not UTF-8, a bad escape,
a number that no column can hold) takes the tolerant way, which is slower and mends. The bytes stay
in tier 1 as they came; only what is read from them is mended.
"""

import contextlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from polylogue.errors import BadInputError
from polylogue.model import Json

BOM: Final = b"\xef\xbb\xbf"
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

# --- Text -----------------------------------------------------------------------------------------

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Return `text` as valid Unicode without NUL: lone surrogates → U+FFFD, NUL → U+2400.

    SQLite cannot store the first, and hides whatever stands behind the second.
    """
    if "\0" in text:
        text = text.replace("\0", "\N{SYMBOL FOR NULL}")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub(REPLACEMENT, text)
    return text


# --- Times ----------------------------------------------------------------------------------------

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_2100 = 4_102_444_800_000
_NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?")


def to_ms(value: Json) -> int | None:
    """Return the time that `value` tells, in ms since the epoch, UTC; None when it tells none.

    Numbers, also as text, are seconds below 1e11, milliseconds up to 1e14, else microseconds. Text
    is ISO 8601, without a zone UTC. `{"$date": …}` and `{"$numberLong": …}`, as MongoDB writes them
    and Grok exports them, are unwrapped. Zero, what lies before 1970 or after 2099, NaN and
    booleans are no times.
    """
    match value:
        case bool():
            return None
        case int() | float():
            return _in_range(_number_to_ms(value))
        case str():
            return _in_range(_text_to_ms(value.strip()))
        case {"$date": inner} | {"$numberLong": inner} if not isinstance(inner, dict | list):
            return to_ms(inner)
        case {"$date": {"$numberLong": str() as inner}}:
            return to_ms(inner)
        case _:
            return None


def _number_to_ms(number: float) -> float | None:
    if number < 1e11:
        return number * 1000
    return number if number <= 1e14 else number / 1000 if number < 1e17 else None


def _text_to_ms(text: str) -> float | None:
    if _NUMBER.fullmatch(text):
        return _number_to_ms(float(text) if "." in text else int(text))
    with contextlib.suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text.upper())
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (zoned - _EPOCH) / timedelta(milliseconds=1)
    return None


def _in_range(ms: float | None) -> int | None:
    return round(ms) if ms is not None and 0.5 < ms < _YEAR_2100 else None


# --- JSON -----------------------------------------------------------------------------------------

_PROBE = msgspec.json.Decoder(dict[str, msgspec.Raw])

# Nineteen digits in a row may be more than 64 bits hold. To map all digits to one and search that
# is eight times as fast as a regular expression, and next to nothing beside the decoding.
_DIGITS_TO_ZERO = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
_LONG_NUMBER = b"0" * 19

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair of surrogates
    r"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|u[0-9a-fA-F]{4}"
    r"|(?P<bad>[^\"\\/bfnrt])"
    r"|.)",
    re.DOTALL,
)


def decode_tolerant(data: bytes) -> Json:
    """Return the JSON value in `data`, forgiving what real exports contain.

    Lone surrogates and bytes that are not UTF-8 become U+FFFD, NaN and infinities None, integers
    beyond 64 bits text; a byte-order mark, control characters in strings and unknown escapes are
    accepted. Raises BadInputError (`not-json`, `too-deep`) when there is no value to be had.
    """
    if _LONG_NUMBER not in data.translate(_DIGITS_TO_ZERO):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return msgspec.json.decode(data)
    return _decode_slowly(data)


def probe(data: bytes) -> dict[str, msgspec.Raw]:
    """Return the top level of the one JSON object in `data`; {} when it is anything else.

    The values are undecoded and may refer to `data`. Never raises.
    """
    try:
        return _PROBE.decode(data)
    except msgspec.ValidationError:
        return {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _probe_slowly(data)


def _probe_slowly(data: bytes) -> dict[str, msgspec.Raw]:
    try:
        value = decode_tolerant(data)
        fields = value.items() if isinstance(value, dict) else ()
        return {key: msgspec.Raw(msgspec.json.encode(item)) for key, item in fields}
    except (BadInputError, RecursionError):
        return {}


def _decode_slowly(data: bytes) -> Json:
    text = _ESCAPE.sub(_mend_escape, data.removeprefix(BOM).decode("utf-8", "replace"))
    try:
        return json.loads(
            text,
            strict=False,
            parse_constant=lambda _name: None,
            parse_float=_finite,
            parse_int=_storable,
        )
    except RecursionError:
        raise BadInputError("The JSON is nested too deeply to be read.", code="too-deep") from None
    except ValueError as error:
        raise BadInputError(f"This is no valid JSON: {error}.", code="not-json") from None


def _mend_escape(match: re.Match[str]) -> str:
    if match["lone"]:
        return REPLACEMENT
    return f"\\\\{match['bad']}" if match["bad"] else match[0]


def _finite(text: str) -> float | None:
    number = float(text)
    return number if abs(number) != float("inf") else None


def _storable(text: str) -> int | str:
    if len(text) > 20:
        return text
    number = int(text)
    return number if -(2**63) <= number < 2**63 else text
