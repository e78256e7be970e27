"""The compression methods that a ZIP may use, behind one protocol, and the names of all others."""

import contextlib
import zlib
from collections.abc import Callable
from typing import Final, Protocol


class Decompressor(Protocol):
    """Unpacks in portions, as the standard library's bz2 and lzma do.

    `decompress` gives at most `max_length` bytes and keeps what it could not unpack yet.
    """

    @property
    def eof(self) -> bool:
        """Whether the packed data said that it ends here."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more can come without more packed data."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take packed data, give unpacked data."""


class _Stored:
    """Not packed at all."""

    eof = False

    def __init__(self) -> None:
        self._rest = b""

    @property
    def needs_input(self) -> bool:
        return not self._rest

    def decompress(self, data: bytes, max_length: int) -> bytes:
        data = self._rest + data
        self._rest = data[max_length:]
        return data[:max_length]


class _Deflated:
    """Raw deflate. When the output was full zlib may hold back more, without wanting input."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    def decompress(self, data: bytes, max_length: int) -> bytes:
        unpacked = self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)
        self.needs_input = not self._inflate.unconsumed_tail and len(unpacked) < max_length
        return unpacked


DECOMPRESSORS: Final[dict[int, Callable[[], Decompressor]]] = {0: _Stored, 8: _Deflated}

#: What unpacking wrong data can raise.
ERRORS: tuple[type[Exception], ...] = (zlib.error, OSError, EOFError, ValueError)

# Python may have been built without these two.
with contextlib.suppress(ImportError):
    import bz2

    DECOMPRESSORS[12] = bz2.BZ2Decompressor

with contextlib.suppress(ImportError):
    import lzma

    class _Lzma:
        """LZMA as ZIP has it: version, size of the properties, properties, raw data."""

        def __init__(self) -> None:
            self._raw: lzma.LZMADecompressor | None = None

        @property
        def eof(self) -> bool:
            return self._raw is not None and self._raw.eof

        @property
        def needs_input(self) -> bool:
            return self._raw is None or self._raw.needs_input

        def decompress(self, data: bytes, max_length: int) -> bytes:
            if self._raw is None:
                self._raw = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_properties(data[:9])])
                data = data[9:]
            return self._raw.decompress(data, max_length)

    def _properties(head: bytes) -> dict[str, int]:
        dictionary = int.from_bytes(head[5:9], "little")
        if len(head) < 9 or head[2:4] != b"\x05\0" or head[4] >= 225 or dictionary > 64 << 20:
            raise ValueError("no LZMA properties that can be used")
        lc, lp, pb = head[4] % 9, head[4] // 9 % 5, head[4] // 45
        return {"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}

    DECOMPRESSORS[14] = _Lzma
    ERRORS = (*ERRORS, lzma.LZMAError)

#: Names of what is not read, for messages (APPNOTE 4.4.5).
OTHER_METHODS: Final = {
    1: "Shrink", 6: "Implode", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard",
    95: "XZ", 97: "WavPack", 98: "PPMd", 99: "AES encryption",
}  # fmt: skip
