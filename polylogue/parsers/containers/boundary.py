"""Where a JSON value ends, without decoding it.

Two ways. `skip` lets msgspec jump over a value in C, at gigabytes a second, and learns from its
error message where the value ended; a test pins the wording. What msgspec refuses (lone surrogates,
NaN, bad escapes, 1,000 levels) or what is too long to be held goes through the `Lexer`, which knows
nothing but strings and brackets, holds no state but a depth, and so takes a value of any size in
any portions.
"""

import re
from typing import Final

import msgspec

TRUNCATED: Final = -1
REFUSED: Final = -2

_VALUE = msgspec.json.Decoder(msgspec.Raw)
_TRAILING = "JSON is malformed: trailing characters (byte "
_TRUNCATED = "Input data was truncated"


def skip(data: bytes, start: int) -> int:
    """Return the offset of what follows the JSON value at `start`, white space skipped.

    That is `len(data)` when nothing follows: the value may then go on (a number does not say where
    it ends). TRUNCATED when the data ends inside the value, REFUSED when it is no strict JSON.
    """
    try:
        _VALUE.decode(memoryview(data)[start:])
    except msgspec.DecodeError as error:
        message = str(error)
        if message.startswith(_TRAILING):
            return start + int(message[len(_TRAILING) : -1]) - 1
        return TRUNCATED if message == _TRUNCATED else REFUSED
    except RecursionError:
        return REFUSED
    return len(data)


_QUOTE = ord('"')
_BACKSLASH = ord("\\")
_DEEP = re.compile(rb'["\[\]{}]')
_FLAT = re.compile(rb'["\[\]{},]')


class Lexer:
    """Finds the end of a value that need not be valid, fed with one portion after another.

    It stops before the first of the bytes `stops` that stands outside of strings and brackets.
    """

    __slots__ = ("_depth", "_escaped", "_in_string", "_stops")

    def __init__(self, stops: bytes) -> None:
        self._stops = stops
        self._depth = 0
        self._in_string = False
        self._escaped = False

    @property
    def closed(self) -> bool:
        """Whether every string and bracket that was opened has been closed."""
        return not self._depth and not self._in_string

    def feed(self, data: bytes, pos: int) -> int:
        """Read `data[pos:]`; return the offset of the stop, -1 when it lies beyond the data."""
        if self._in_string:
            pos = self._string(data, pos)
        while pos >= 0:
            token = (_DEEP if self._depth else _FLAT).search(data, pos)
            if token is None:
                return -1
            pos = token.start()
            byte = data[pos]
            if byte == _QUOTE:
                pos = self._string(data, pos + 1)
            elif not self._depth and byte in self._stops:
                return pos
            else:
                self._bracket(byte)
                pos += 1
        return -1

    def _bracket(self, byte: int) -> None:
        if byte in b"[{":
            self._depth += 1
        elif self._depth and byte in b"]}":
            self._depth -= 1

    def _string(self, data: bytes, start: int) -> int:
        """Return the offset behind the string's closing quote, -1 when the data ends inside it."""
        start += self._escaped
        self._escaped = False
        self._in_string = True
        quote = data.find(b'"', start)
        while quote >= 0 and _is_escaped(data, start, quote):
            quote = data.find(b'"', quote + 1)
        if quote < 0:
            self._escaped = _is_escaped(data, start, len(data))
            return -1
        self._in_string = False
        return quote + 1


def _is_escaped(data: bytes, start: int, offset: int) -> bool:
    """Whether an odd number of backslashes stands before `offset`, in a string from `start` on."""
    first = offset
    while first > start and data[first - 1] == _BACKSLASH:
        first -= 1
    return bool((offset - first) % 2)


def is_whole(data: bytes) -> bool:
    """Whether `data` is one complete JSON value; of a broken one, whether all brackets close."""
    if skip(data, 0) == len(data):
        return True
    lexer = Lexer(b"")
    bracketed = data.lstrip()[:1] in {b"{", b"["} and data.rstrip()[-1:] in {b"}", b"]"}
    return bracketed and lexer.feed(data, 0) < 0 and lexer.closed
