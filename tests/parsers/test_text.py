"""Text, times and JSON at the border."""

import contextlib
import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylogue.errors import BadInputError
from polylogue.model import Json
from polylogue.parsers.text import clean, decode_tolerant, probe, to_ms

NOON = int(datetime(2025, 6, 15, 12, tzinfo=UTC).timestamp()) * 1000

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain", "plain", id="nothing to do"),
        pytest.param("é 😀 ", "é 😀 ", id="unicode stays"),
        pytest.param("a\0b", "a␀b", id="nul"),
        pytest.param("a\ud83d b", "a\ufffd b", id="high surrogate"),
        pytest.param("\ude00", "\ufffd", id="low surrogate"),
        pytest.param("é\0\ud83d", "é␀\ufffd", id="all at once"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    """Lone surrogates and NUL are replaced by something that can be stored; the rest stays."""
    assert clean(text) == expected


@given(st.text(st.characters(exclude_categories=())))
def test_clean_text_can_be_stored(text: str) -> None:
    """Whatever goes in, what comes out encodes as UTF-8, has no NUL and keeps its length."""
    cleaned = clean(text)

    cleaned.encode()
    assert "\0" not in cleaned
    assert len(cleaned) == len(text)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(NOON // 1000, id="seconds"),
        pytest.param(NOON / 1000, id="float seconds"),
        pytest.param(NOON, id="milliseconds"),
        pytest.param(NOON * 1000, id="microseconds"),
        pytest.param(str(NOON // 1000), id="seconds as text"),
        pytest.param(f"{NOON // 1000}.000", id="float seconds as text"),
        pytest.param(str(NOON), id="milliseconds as text"),
        pytest.param("2025-06-15T12:00:00Z", id="iso"),
        pytest.param("2025-06-15T12:00:00.000Z", id="iso ms"),
        pytest.param("2025-06-15T12:00:00.000000000Z", id="iso with nine digits"),
        pytest.param("2025-06-15T20:00:00.000+08:00", id="iso with a zone"),
        pytest.param("2025-06-15 12:00:00", id="naive is UTC"),
        pytest.param(" 2025-06-15t12:00:00z\n", id="lower case, white space"),
        pytest.param({"$date": {"$numberLong": str(NOON)}}, id="mongo long"),
        pytest.param({"$date": "2025-06-15T12:00:00Z"}, id="mongo iso"),
    ],
)
def test_a_time_in_any_dress(value: object) -> None:
    """Seconds, milliseconds, microseconds and ISO text all tell the same time."""
    assert to_ms(value) == NOON


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, 0.0, -1, -1.5e9, 1e300, 10**400, float("nan"), float("inf"),
        4_102_444_800, "2100-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "None", "", "yesterday",
        "2025-02-30", "9" * 5000, "0001-01-01T00:00:00+23:59", [], {}, {"$date": {"$date": 1}},
        {"$date": None}, b"1",
    ],
    ids=lambda value: f"{value!r:.20}",
)  # fmt: skip
def test_what_is_no_time(value: object) -> None:
    """Zero, negatives, what lies beyond 2099, NaN, booleans and words are no times."""
    assert to_ms(value) is None


def test_parts_of_a_millisecond_are_rounded() -> None:
    """A float's noise below a millisecond does not show."""
    assert to_ms(1718452800.9996) == 1718452801000
    assert to_ms("2024-06-15T12:00:00.123999Z") == 1718452800124


@given(json_values)
def test_valid_json_is_decoded_as_it_is(value: Json) -> None:
    """What every reader accepts is read as every reader reads it, by both ways."""
    text = json.dumps(value, ensure_ascii=False).encode()

    assert decode_tolerant(text) == json.loads(text)
    assert decode_tolerant(b"\xef\xbb\xbf" + text) == json.loads(text)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(rb'"\ud83d!"', "\ufffd!", id="lone high surrogate"),
        pytest.param(rb'"\ude00"', "\ufffd", id="lone low surrogate"),
        pytest.param(rb'"\ud83d\ud83d\ude00"', "\ufffd😀", id="lone before a pair"),
        pytest.param(rb'["\ud83d", "\\ud83d"]', ["\ufffd", r"\ud83d"], id="escaped backslash"),
        pytest.param(rb'{"\udfff": 1}', {"\ufffd": 1}, id="surrogate in a key"),
        pytest.param(b"[NaN, Infinity, -Infinity, 1e999]", [None] * 4, id="not finite"),
        pytest.param(b'"caf\xe9"', "caf\ufffd", id="latin-1 bytes"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', {"a": 1}, id="byte-order mark"),
        pytest.param(b'"a\nb\x01"', "a\nb\x01", id="control characters"),
        pytest.param(rb'["\q", "\u12"]', [r"\q", r"\u12"], id="unknown escapes"),
        pytest.param(b"[9223372036854775807]", [2**63 - 1], id="the largest integer"),
        pytest.param(b"[9223372036854775808]", ["9223372036854775808"], id="one more"),
        pytest.param(b"-9223372036854775808", -(2**63), id="the smallest integer"),
        pytest.param(b"1" * 5000, "1" * 5000, id="5,000 digits"),
        pytest.param(b"[" * 900 + b"NaN" + b"]" * 900, None, id="900 levels"),
    ],
)
def test_what_strict_readers_refuse(data: bytes, expected: object) -> None:
    """Each fault that real exports have is mended, and the value is had."""
    value = decode_tolerant(data)
    while isinstance(value, list) and len(value) == 1 and expected is None:
        value = value[0]

    assert value == expected


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "not-json", id="empty"),
        pytest.param(b'{"a": 1', "not-json", id="cut off"),
        pytest.param(b'{"a": 1} x', "not-json", id="something behind"),
        pytest.param(b'{"a": 1,}', "not-json", id="trailing comma"),
        pytest.param('{"a": 1}'.encode("utf-16"), "not-json", id="utf-16"),
        pytest.param(b"[" * 100_000, "too-deep", id="100,000 levels"),
        pytest.param(b'{"a":' * 100_000, "too-deep", id="100,000 objects"),
    ],
)
def test_what_is_no_json(data: bytes, code: str) -> None:
    """What holds no value is refused with polylogue's own error, never with a crash."""
    with pytest.raises(BadInputError) as caught:
        decode_tolerant(data)

    assert caught.value.code == code


@given(st.binary(max_size=40))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    """No bytes make anything but a value or a BadInputError."""
    probe(data)
    with contextlib.suppress(BadInputError):
        decode_tolerant(data)


def test_probe_leaves_values_undecoded() -> None:
    """A probe tells the keys of an object; the values stay as they were."""
    found = probe(b'{"a": [1,  2], "b": {"c": null}}')

    assert {key: bytes(raw) for key, raw in found.items()} == {
        "a": b"[1,  2]",
        "b": b'{"c": null}',
    }


@pytest.mark.parametrize(
    "data", [b"[1]", b"1", b'"x"', b"null", b"", b"<html>", b'{"a": 1}\n{"b": 2}', b"[" * 100_000]
)
def test_probe_of_what_is_no_object(data: bytes) -> None:
    """What is not one JSON object has no keys."""
    assert probe(data) == {}


def test_probe_is_tolerant() -> None:
    """A conversation with one broken character can still be told by its keys."""
    found = probe(b'\xef\xbb\xbf{"title": "\\ud83d", "mapping": {"x": NaN}}')

    assert msgspec.json.decode(found["title"]) == "\ufffd"
    assert msgspec.json.decode(found["mapping"]) == {"x": None}
