"""A window that moves over a byte stream: the only buffer between a file and its pieces."""

from collections.abc import Callable, Iterator

WINDOW = 4 << 20  # bytes that are read at a time
_LARGEST_STEP = 64 << 20  # bytes
_LARGEST_PORTION = 8 << 20  # bytes


class Window:
    """The part of a stream that is in memory: `data[pos:]` was read and is not given out yet.

    `read(size)` gives up to `size` bytes, and b"" only at the end. How much it gives at a time has
    no influence on what the window shows.
    """

    __slots__ = ("_read", "data", "pos")

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.data = b""
        self.pos = 0

    @property
    def left(self) -> int:
        """How many bytes are here and not given out yet."""
        return len(self.data) - self.pos

    def grow(self) -> bool:
        """Read on, keeping what is left; False at the end of the stream. Offsets start anew at 0.

        The more is left, the more is read (within reason): so the time to look again and again at
        something large until it is whole stays in proportion to its size.
        """
        parts = [self.data[self.pos :]]
        missing = min(max(WINDOW, len(parts[0])), _LARGEST_STEP)
        while missing > 0 and (part := self._read(missing)):
            parts.append(part)
            missing -= len(part)
        if len(parts) == 1:
            return False
        self.data = b"".join(parts)
        self.pos = 0
        return True

    def take(self, size: int) -> bytes:
        """Give out the next `size` bytes that are here."""
        start = self.pos
        self.pos = start + size
        return self.data[start : self.pos]

    def portions(self, size: int) -> Iterator[bytes]:
        """Give out the next `size` bytes that are here, at most 8 MiB at a time."""
        while size > 0:
            data = self.take(min(size, _LARGEST_PORTION))
            size -= len(data)
            yield data

    def drain(self) -> Iterator[bytes]:
        """Give out the rest of the stream in blocks of 4 MiB."""
        while self.left or self.grow():
            yield self.take(min(self.left, WINDOW))
