"""Numbers, times and foreign text as words for a terminal."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

#: Control characters could speak to the terminal; lone surrogates cannot be printed.
_UNPRINTABLE = re.compile("\r(?=\n)|([\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff])")
_STEPS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_UNITS = ("B", "kB", "MB", "GB", "TB")
_OLD = 30 * 86_400  # seconds after which a date says more than "ago"


def visible(text: str) -> str:
    """Return `text` so that a terminal shows it and does not obey it; lines and tabs stay."""
    return _UNPRINTABLE.sub(lambda found: "\N{REPLACEMENT CHARACTER}" if found[1] else "", text)


def one_line(text: str) -> str:
    """Return `text` visible and on one line."""
    return visible(" ".join(text.split()))


def count(number: int, thing: str) -> str:
    """Return `1 note`, `1,204 notes`."""
    return f"{number:,} {thing}{'s' * (number != 1)}"


def distinct(sentences: Iterable[str]) -> Iterator[str]:
    """Yield each sentence once, with a count when it was said more than once."""
    for sentence, number in Counter(sentences).items():
        yield f"{sentence} ({number:,} times)" if number > 1 else sentence


def with_place(sentence: str, place: str) -> str:
    """Return a sentence on one line, with the place that it speaks of, unless it names it."""
    return one_line(f"{sentence} ({place})" if place not in sentence else sentence)


def size(number: int) -> str:
    """Return a number of bytes as `512 B`, `1.3 kB`, `212 MB`."""
    power = 0
    while number >= 999.5 * 1000**power and power < len(_UNITS) - 1:
        power += 1
    amount = number / 1000**power
    digits = 1 if power and amount < 9.95 else 0
    return f"{amount:,.{digits}f} {_UNITS[power]}"


def duration(ms: int) -> str:
    """Return milliseconds as `12 s`, `5 min`, `3 h 20 min`, `3 d 4 h`."""
    seconds = max(ms, 0) // 1000
    for (unit, length), (next_unit, next_length) in itertools.pairwise(_STEPS):
        if seconds >= length:
            whole, rest = divmod(seconds, length)
            more = rest // next_length
            return f"{whole} {unit}" + (f" {more} {next_unit}" if more and unit != "min" else "")
    return f"{seconds} s"


def ago(then: int, now: int) -> str:
    """Return how long ago `then` was, both in ms; what is old, as its date."""
    seconds = (now - then) // 1000
    if seconds < 2:
        return "just now"
    if seconds > _OLD:
        return f"on {day(then)}"
    unit, length = next((unit, length) for unit, length in _STEPS if seconds >= length)
    return f"{seconds // length} {unit} ago"


def day(ms: int) -> str:
    """Return the day of `ms` where this machine is: 2026-01-31."""
    return _local(ms).strftime("%Y-%m-%d")


def minute(ms: int) -> str:
    """Return the time of `ms` where this machine is, to the minute: 2026-01-31 14:03."""
    return _local(ms).strftime("%Y-%m-%d %H:%M")


def second(ms: int) -> str:
    """Return the time of `ms` where this machine is, to the second."""
    return _local(ms).strftime("%Y-%m-%d %H:%M:%S")


def folder(path: str) -> str:
    """Return a path with the home folder as `~`."""
    try:
        return visible(f"~/{Path(path).relative_to(Path.home())}")
    except (ValueError, RuntimeError):  # elsewhere; nobody's home
        return visible(path)


def _local(ms: int) -> datetime:
    """Return the local time of `ms`; the end of time for what no calendar holds."""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).astimezone()
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC)
