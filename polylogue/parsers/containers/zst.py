"""A file packed by zstd → the bytes in it, as a stream: one frame or several, one after another.

What comes out is counted, and no more than the limit is given out, whatever a small file unpacks
to; a frame may ask for 128 MiB of memory, as zstd itself allows, and no more.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, BinaryIO, Final

from polylogue.errors import BadInputError, IncompleteError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_READ: Final = 1 << 20  # bytes that are unpacked at a time
_WINDOW_LOG: Final = 27


def looks_like_zst(head: bytes) -> bool:
    """Whether a file that begins with `head` is packed by zstd."""
    return head.startswith(_MAGIC)


@contextmanager
def open_zst(file: IO[bytes], *, name: str, limit: int) -> Iterator[BinaryIO]:
    """Unpack `file` while it is read, from where it stands; `name` is for messages.

    Reading raises IncompleteError when the end is missing, BadInputError when the file is damaged or
    holds more than `limit` bytes; who reads until b"" has all of it.
    """
    with io.BufferedReader(_Unpacked(file, name, limit), _READ) as stream:
        yield stream


class _Unpacked(io.RawIOBase):
    """The bytes in a packed file, as its frames say."""

    def __init__(self, file: IO[bytes], name: str, limit: int) -> None:
        super().__init__()
        options = {int(zstd.DecompressionParameter.window_log_max): _WINDOW_LOG}
        self._frames = zstd.ZstdFile(file, options=options)
        self._name = name
        self._limit = limit
        self._left = limit

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Unpack into `buffer`; 0 is the end."""
        try:
            size: int = self._frames.readinto(buffer)
        except EOFError as error:
            raise IncompleteError(
                f"{self._name} is not complete: its end is missing.",
                advice="Wait until it is written, or copy it again.",
                code="zst-incomplete",
            ) from error
        except zstd.ZstdError as error:
            raise BadInputError(
                f"{self._name} is damaged: it cannot be unpacked.",
                advice="Copy it again from where it came.",
                code="zst-damaged",
            ) from error
        self._left -= size
        if self._left < 0:
            raise BadInputError(
                f"{self._name} would unpack to more than the limit of {self._limit / 2**30:g} GiB.",
                advice="If you trust it, unpack it and drop the file.",
                code="zst-bomb",
            )
        return size
