"""How a chunk's bytes are stored: as they are, compressed, or as a delta against an earlier chunk.

Level 2 costs a third less than level 3 and keeps chats in a hundredth more (measured). Deltas use the earlier
chunk as a zstd *prefix*; their base is always stored whole, so that a chunk needs at most one other.
Decoding needs nothing but a zstd library and this page:

    raw     data
    zstd    decompress(data)
    delta   decompress(data, prefix = bytes of the base chunk)
"""

import sys
from dataclasses import dataclass

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_TOO_SMALL = 64  # bytes; below, a zstd frame costs more than it saves
_WORTH_IT = 0.95  # compressed by less than this is stored as it is: images, archives
_LEAST_PREFIX = 8  # bytes; zstd takes no shorter one
_DELTA_WORTH_IT = 0.5  # a delta above half of the whole becomes a new base instead

_whole = zstd.ZstdCompressor(level=2)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A chunk as its row holds it."""

    codec: str
    data: bytes


def encode(data: bytes) -> Encoded:
    """Return `data` compressed, or as it is where compression gains nothing."""
    if len(data) > _TOO_SMALL:
        packed = _whole.compress(data, _whole.FLUSH_FRAME)
        if len(packed) < len(data) * _WORTH_IT:
            return Encoded("zstd", packed)
    return Encoded("raw", data)


def encode_delta(data: bytes, base: bytes, whole: Encoded) -> Encoded:
    """Return `data` as a delta against `base` when that is well below `whole`, else `whole`.

    Long-distance matching finds the base's text however far back it lies; without it, level 3 sees
    no further than about a megabyte, and deltas of longer conversations fail.
    """
    if len(base) < _LEAST_PREFIX:
        return whole
    window = max(20, min(27, (len(data) + len(base)).bit_length()))
    packed = zstd.compress(
        data,
        options={
            zstd.CompressionParameter.compression_level: 3,
            zstd.CompressionParameter.window_log: window,
            zstd.CompressionParameter.enable_long_distance_matching: 1,
        },
        zstd_dict=zstd.ZstdDict(base, is_raw=True).as_prefix,
    )
    return Encoded("delta", packed) if len(packed) < len(whole.data) * _DELTA_WORTH_IT else whole


def decode(codec: str, data: bytes, base: bytes | None) -> bytes:
    """Return the bytes that were encoded. Raises ValueError when they cannot be decoded."""
    try:
        if codec == "raw":
            return data
        if codec == "zstd":
            return zstd.decompress(data)
        if codec == "delta" and base is not None:
            return zstd.decompress(data, zstd_dict=zstd.ZstdDict(base, is_raw=True).as_prefix)
    except zstd.ZstdError as error:
        raise ValueError(str(error)) from error
    raise ValueError(f"unknown codec {codec!r}")
