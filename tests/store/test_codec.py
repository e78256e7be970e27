"""How chunks are stored: whatever goes in comes out, and deltas are used where they pay."""

import pytest
from archives import noise
from hypothesis import given
from hypothesis import strategies as st

from polylogue.store.codec import Encoded, decode, encode, encode_delta

_PATTERNS = st.builds(
    lambda seed, times, tail: seed * times + tail,
    st.binary(max_size=40),
    st.integers(0, 300),
    st.binary(max_size=200),
)


@given(_PATTERNS)
def test_what_goes_in_comes_out(data: bytes) -> None:
    """Every byte string decodes to itself, and is never stored larger than it is."""
    encoded = encode(data)

    assert decode(encoded.codec, encoded.data, None) == data
    assert len(encoded.data) <= len(data)


@given(_PATTERNS, _PATTERNS)
def test_deltas_come_out_whole(base: bytes, data: bytes) -> None:
    """Against any base, a delta or what it falls back to decodes to the bytes that went in."""
    encoded = encode_delta(data, base, encode(data))

    assert decode(encoded.codec, encoded.data, base) == data


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        pytest.param(b"", "raw", id="empty"),
        pytest.param(b"short", "raw", id="short"),
        pytest.param(noise(100_000), "raw", id="noise"),
        pytest.param(b"a word and " * 1000, "zstd", id="text"),
    ],
)
def test_compression_is_used_where_it_gains(data: bytes, codec: str) -> None:
    """What is tiny or does not shrink is stored as it is."""
    assert encode(data).codec == codec


def test_a_changed_conversation_is_a_small_delta() -> None:
    """A new version that repeats the old one costs about what is new, however large it is."""
    base = noise(3 << 20)
    data = base[: 1 << 20] + b"a new message" + base[1 << 20 :]

    delta = encode_delta(data, base, encode(data))

    assert delta.codec == "delta"
    assert len(delta.data) < len(data) / 500
    assert decode("delta", delta.data, base) == data


def test_the_largest_chunks_can_be_deltas() -> None:
    """Two chunks of the largest size fit into the window of a delta."""
    base = noise(8 << 20)
    data = base[:-5] + b"other"

    delta = encode_delta(data, base, encode(data))

    assert (delta.codec, decode("delta", delta.data, base) == data) == ("delta", True)
    assert len(delta.data) < len(data) / 500


def test_a_delta_that_does_not_pay_is_stored_whole() -> None:
    """Against a base that has little in common the whole is stored, and becomes a new base."""
    whole = encode(b"all is new " * 10 + noise(5000))

    assert encode_delta(b"all is new " * 10 + noise(5000), noise(5000, 1), whole) is whole


@pytest.mark.parametrize(
    ("codec", "data", "base"),
    [
        pytest.param("zstd", b"no frame", None, id="no-frame"),
        pytest.param("zstd", encode(b"abc" * 100).data[:-1], None, id="cut-off"),
        pytest.param("zstd", encode(b"abc" * 100).data + b"x", None, id="tail"),
        pytest.param("zstd", b"", None, id="empty"),
        pytest.param("delta", encode(b"abc" * 100).data, None, id="no-base"),
        pytest.param("lzma", b"", None, id="unknown"),
    ],
)
def test_what_cannot_be_decoded_is_a_value_error(
    codec: str, data: bytes, base: bytes | None
) -> None:
    """Damage ends in one kind of exception, whatever the codec says."""
    with pytest.raises(ValueError, match=r"."):
        decode(codec, data, base)


@given(st.binary(min_size=65, max_size=300), st.integers(min_value=0))
def test_a_flipped_bit_is_other_bytes_or_an_error(data: bytes, where: int) -> None:
    """A flipped bit never crashes the decoder; what comes out wrong is found by its hash."""
    packed = bytearray(encode(data * 9).data)
    packed[where // 8 % len(packed)] ^= 1 << where % 8

    try:
        decode("zstd", bytes(packed), None)
    except ValueError:
        return


def test_encoded_is_a_value() -> None:
    """Two encodings of the same bytes are equal, in any process."""
    assert encode(b"abc" * 100) == encode(b"abc" * 100) != Encoded("raw", b"abc" * 100)
