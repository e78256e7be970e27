"""One member of a ZIP as a stream of bytes that proves itself.

Nothing is unpacked beyond the size that the directory declares, and at the end size and CRC must be
right; so whoever read the stream to its end has the member as it was packed. Members are stored or
deflated: no export uses another of the methods that ZIP knows.
"""

import io
import struct
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from polylogue.errors import BadInputError
from polylogue.parsers.containers.zip_directory import Entry
from polylogue.parsers.containers.zip_file import ZipFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 256 << 10  # bytes of packed data that are read at a time
_LOCAL: Final = struct.Struct("<4s22x2H")


class MemberStream(io.RawIOBase):
    """The bytes of `entry`, whose data end before the offset `stop` of the archive.

    Reading raises BadInputError (`zip-member-damaged`) when the member is not what was packed, and
    BusyError when the file cannot be read. Several streams of one archive can be open at a time.
    """

    def __init__(self, archive: ZipFile, entry: Entry, stop: int) -> None:
        super().__init__()
        self._archive = archive
        self._entry = entry
        self._offset = self._data_offset(stop)
        self._packed_left = entry.compressed_size
        self._left = entry.size
        self._crc = 0
        self._decompressor = METHODS[entry.method]()

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Unpack into `buffer`; 0 is the end, and says that all was as it should be."""
        view = memoryview(buffer).cast("B")
        data = self._unpack(len(view)) if view else b""
        view[: len(data)] = data
        return len(data)

    def _data_offset(self, stop: int) -> int:
        local = self._archive.read(self._entry.offset, _LOCAL.size)
        if not local.startswith(b"PK\x03\x04") or len(local) < _LOCAL.size:
            raise self._damaged("it does not lie where the directory says")
        _, name_length, extra_length = _LOCAL.unpack(local)
        offset: int = self._entry.offset + _LOCAL.size + name_length + extra_length
        if offset + self._entry.compressed_size > stop:
            raise self._damaged("it runs into what follows it")
        return offset

    def _unpack(self, size: int) -> bytes:
        """Return up to `size` bytes, b"" after the last one and when all of them were right."""
        while not self._decompressor.eof:
            packed = self._packed()
            try:
                data = self._decompressor.decompress(packed, size)
            except zlib.error as error:
                raise self._damaged("its data cannot be unpacked") from error
            if data:
                self._count(data)
                return data
            if not packed:
                break
        self._check()
        return b""

    def _packed(self) -> bytes:
        if not self._packed_left or not self._decompressor.needs_input:
            return b""
        packed = self._archive.read(self._offset, min(_CHUNK, self._packed_left))
        if not packed:
            raise self._damaged("the file ends inside it")
        self._offset += len(packed)
        self._packed_left -= len(packed)
        return packed

    def _count(self, data: bytes) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._left -= len(data)
        if self._left < 0:
            raise self._damaged(f"it holds more than the {self._entry.size:,} bytes it declares")

    def _check(self) -> None:
        if self._left:
            raise self._damaged(f"it holds less than the {self._entry.size:,} bytes it declares")
        if self._crc != self._entry.crc:
            raise self._damaged("its check sum is wrong")

    def _damaged(self, what: str) -> BadInputError:
        return self._archive.damaged(
            f"the member {self._entry.name} cannot be read, {what}", code="zip-member-damaged"
        )


# --- Methods -------------------------------------------------------------------------------------


class _Stored:
    """Not packed at all; gives out in portions what it was given."""

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


#: The methods that can be read, by their number in the directory.
METHODS: Final[Mapping[int, type[_Stored] | type[_Deflated]]] = {0: _Stored, 8: _Deflated}
