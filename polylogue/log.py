"""Logging: what polylogue and its libraries say, as JSON lines or, on a terminal, for eyes.

`configure` is called once by a program; everyone else calls `structlog.get_logger()` and logs an
event named `room.thing_happened` with ids, counts and codes as fields. Three promises:

- **Nothing private.** Callers put no text and no titles of conversations into fields. What could
  bring some along unasked is cut here: query strings of addresses, the later lines of what
  libraries say, local variables, and the messages of exceptions that may quote their data (a
  KeyError shows a key, polylogue's own name files); type and place, or code, always stay.
- **Nothing raised.** A closed stderr or a vanished reader loses lines, never work.
- **One stream.** The standard library's loggers (uvicorn, httpx, asyncio, watchfiles) end in the
  same lines, from WARNING up: below that, httpx logs whole addresses.
"""

import logging
import os
import re
import threading
import traceback
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TextIO, TypeAlias

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from polylogue.errors import PolylogueError

Level: TypeAlias = Literal["debug", "info", "warning", "error"]

_LEVELS: Mapping[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
#: What journald takes from `<N>` at the start of a line (sd-daemon(3)).
_PRIORITIES: Mapping[str, int] = {
    "debug": 7,
    "info": 6,
    "warning": 4,
    "error": 3,
    "exception": 3,
    "critical": 2,
}
#: Exceptions whose messages speak of the program, not of the data.
_SPEAKING = (AttributeError, ImportError, MemoryError, NameError, RecursionError, TypeError)
_QUERY = re.compile(r"(\w+://[^\s?#'\"]*)[?#][^\s'\"]*")
_MAX_FOREIGN = 300


def configure(level: Level, *, stream: TextIO | None, json: bool, priority: bool = False) -> None:
    """Send everything from `level` up to `stream`, as JSON lines or as text for a terminal.

    `stream` is None when the program was started without one (`sys.stderr` is, then). `priority` puts journald's `<N>` before each line (see `on_journal`). May be called again.
    """
    structlog.configure(
        processors=_processors(json=json, priority=priority),
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: _Lines(stream),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Foreign)]:
        root.removeHandler(handler)
    root.addHandler(_Foreign(logging.WARNING))


def crash(event: str, error: BaseException) -> None:
    """Log an exception that ends the program."""
    structlog.get_logger().error(event, exc_info=error)


def on_journal(environ: Mapping[str, str], fd: int = 2) -> bool:
    """Tell whether `fd` is connected to systemd's journal: $JOURNAL_STREAM names its dev:ino."""
    try:
        status = os.fstat(fd)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _processors(*, json: bool, priority: bool) -> list[Processor]:
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_traceback),
        _discreet,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    return [*common, last, _prefixed] if priority else [*common, last]


def _prefixed(_logger: WrappedLogger, method: str, line: Any) -> Any:  # noqa: ANN401 - structlog's
    return f"<{_PRIORITIES.get(method, 6)}>{line}"


def _discreet(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Cut the query off every address and the message off every exception among the fields."""
    return {key: _clean(value) for key, value in event.items()}


def _clean(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case BaseException():
            return _name(value)
        case Mapping():
            return {str(key): _clean(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(inner) for inner in value]
        case _:
            return _QUERY.sub(r"\1?…", str(value))


# --- Tracebacks ----------------------------------------------------------------------------------


def _traceback(exc_info: ExcInfo) -> str:
    return "\n".join(_told(exc_info[1], seen=set()))


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    """Yield the lines of a traceback, causes first: places and types, and only messages that speak.

    Neither local variables nor notes are shown.
    """
    seen.add(id(error))
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier and id(earlier) not in seen:
        yield from _told(earlier, seen)
        yield "which led to:"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_list(traceback.extract_tb(error.__traceback__))).rstrip("\n")
    yield _name(error)
    if isinstance(error, BaseExceptionGroup):
        for number, part in enumerate(error.exceptions, start=1):
            yield f"part {number} of {len(error.exceptions)}:"
            yield from _told(part, seen)


def _name(error: BaseException) -> str:
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    said: object = None
    if isinstance(error, PolylogueError):
        said = error.code
    elif isinstance(error, OSError):
        said = error.strerror  # without the file's name
    elif isinstance(error, _SPEAKING) or kind.__module__ == "sqlite3":
        said = error
    return f"{name}: {said}" if said else name


# --- The way out, and the way in from the standard library -----------------------------------------


class _Lines:
    """Writes lines to a stream, whole and one at a time, and never raises."""

    _lock = threading.Lock()

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        """Write `line`; what the stream cannot encode is escaped, what it cannot take is lost."""
        if self._stream is None:
            return
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        whole = f"{line}\n".encode(encoding, "backslashreplace").decode(encoding)
        try:
            with self._lock:
                self._stream.write(whole)
                self._stream.flush()
        except (OSError, ValueError):  # EPIPE, a full disk; a closed file
            return

    debug = info = warning = error = critical = exception = log = msg


class _Foreign(logging.Handler):
    """Brings what libraries log through `logging` into polylogue's stream."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the first line of `record`; asyncio puts the repr of exceptions on later ones."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError, LookupError):  # arguments that do not fit
            text = str(record.msg)
        said = text.partition("\n")[0][:_MAX_FOREIGN]
        level = min(record.levelno // 10 * 10, logging.CRITICAL)  # structlog knows no others
        structlog.get_logger().log(
            level, "library.spoke", logger=record.name, said=said, exc_info=record.exc_info
        )
