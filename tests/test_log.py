"""The log: one stream, discreet, and never in the way of work."""

import asyncio
import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from polylogue import log
from polylogue.errors import VaultError

CANARY = "canary-7f3a"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Give structlog and logging back as they were."""
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    root.handlers[:] = before
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return the JSON lines in `stream`."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def configured(level: log.Level = "info") -> io.StringIO:
    """Configure JSON lines and return where they go."""
    stream = io.StringIO()
    log.configure(level, stream=stream, json=True)
    return stream


def test_json_line_has_time_level_event_and_fields() -> None:
    """A line is one JSON object: UTC time, level, event, and the fields as they are."""
    stream = configured()
    structlog.get_logger().info("inbox.file_taken", size=3, kinds=["a", "b"], counts={"new": 1})
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "info",
        "event": "inbox.file_taken",
        "size": 3,
        "kinds": ["a", "b"],
        "counts": {"new": 1},
    }


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_level_is_kept(level: log.Level) -> None:
    """Nothing below the level is written, everything from it up is."""
    order = ["debug", "info", "warning", "error"]
    stream = configured(level)
    for name in order:
        getattr(structlog.get_logger(), name)("test.spoke")
    assert [line["level"] for line in lines(stream)] == order[order.index(level) :]


def test_second_configuration_replaces_the_first() -> None:
    """After a reload each line is written once, to the new stream."""
    first, second = configured(), configured()
    structlog.get_logger().info("test.spoke")
    logging.getLogger("uvicorn.error").warning("hello")
    assert (len(lines(first)), len(lines(second))) == (0, 2)


def test_terminal_gets_text() -> None:
    """On a terminal a line is for reading, not JSON."""
    stream = io.StringIO()
    log.configure("info", stream=stream, json=False)
    structlog.get_logger().info("inbox.file_taken", size=3)
    assert "inbox.file_taken" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_journal_gets_priorities() -> None:
    """With `priority`, a line begins with journald's number for its level."""
    stream = io.StringIO()
    log.configure("debug", stream=stream, json=True, priority=True)
    logger = structlog.get_logger()
    for speak in (logger.debug, logger.info, logger.warning, logger.error, logger.critical):
        speak("test.spoke")
    assert [line[:4] for line in stream.getvalue().splitlines()] == [
        f"<{number}>{{" for number in (7, 6, 4, 3, 2)
    ]


def test_journal_is_known_by_device_and_inode(tmp_path: Path) -> None:
    """Only the very stream that $JOURNAL_STREAM names is the journal."""
    with (tmp_path / "stream").open("w") as file:
        status = os.fstat(file.fileno())
        name = f"{status.st_dev}:{status.st_ino}"
        assert log.on_journal({"JOURNAL_STREAM": name}, file.fileno())
        assert not log.on_journal({"JOURNAL_STREAM": name}, 0)
        assert not log.on_journal({}, file.fileno())
    assert not log.on_journal({"JOURNAL_STREAM": name}, 10_000)


def test_libraries_are_heard_from_warning_up() -> None:
    """What libraries log through `logging` comes as one line; below WARNING it does not come."""
    stream = configured("debug")
    for name in ("uvicorn.error", "asyncio", "watchfiles.main"):
        logging.getLogger(name).warning("%s is wrong", "something")
        logging.getLogger(name).info("chatter")
    assert [(line["event"], line["logger"], line["said"]) for line in lines(stream)] == [
        ("library.spoke", name, "something is wrong")
        for name in ("uvicorn.error", "asyncio", "watchfiles.main")
    ]


@pytest.mark.parametrize("level", [35, 50, 99])
def test_library_may_use_any_level(level: int) -> None:
    """A level that structlog does not know is taken for the one below it."""
    stream = configured()
    logging.getLogger("library").log(level, "hello")
    (line,) = lines(stream)
    assert line["level"] == ("warning" if level < 50 else "critical")


def test_misfit_arguments_are_survived() -> None:
    """A library's line whose arguments do not fit its text is logged without them."""
    stream = configured()
    handler = logging.getLogger().handlers[-1]
    handler.handle(logging.LogRecord("library", 30, __file__, 1, "%d files", ("many",), None))
    assert lines(stream)[0]["said"] == "%d files"


# --- Nothing private ------------------------------------------------------------------------------


class LibraryError(Exception):
    """An exception that nobody knows."""


def fail_with(error: BaseException) -> None:
    """Fail with private things in a local variable, a note and the message."""
    title = CANARY
    error.add_note(title)
    raise error


PRIVATE_ERRORS = [
    KeyError(CANARY),
    ValueError(CANARY),
    LibraryError(CANARY),
    UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY),
    FileNotFoundError(2, "No such file or directory", f"/vault/{CANARY}.md"),
    VaultError(f"The note {CANARY}.md cannot be written.", code="vault-full"),
    ExceptionGroup(CANARY, [ValueError(CANARY), KeyError(CANARY)]),
]


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "terminal"])
@pytest.mark.parametrize("error", PRIVATE_ERRORS, ids=lambda error: type(error).__name__)
def test_traceback_is_discreet(error: Exception, *, as_json: bool) -> None:
    """A traceback says where and what kind, and neither message, local variable nor note."""
    stream = io.StringIO()
    log.configure("info", stream=stream, json=as_json)
    try:
        try:
            fail_with(error)
        except Exception as cause:
            raise LibraryError(CANARY) from cause
    except LibraryError:
        structlog.get_logger().exception("test.failed", error=error)
    written = stream.getvalue()
    assert CANARY not in written
    assert "in fail_with" in written
    assert type(error).__name__ in written


def test_errors_that_help_are_shown() -> None:
    """The code of polylogue's errors, the reason of an OSError and SQLite's words are kept."""
    stream = configured()
    for error in (
        VaultError("x", code="vault-full"),
        OSError(28, "No space left on device", "/x"),
        sqlite3.OperationalError("database is locked"),
        TypeError("wrong argument"),
    ):
        structlog.get_logger().warning("test.failed", error=error)
    assert [line["error"] for line in lines(stream)] == [
        "polylogue.errors.VaultError: vault-full",
        "OSError: No space left on device",
        "sqlite3.OperationalError: database is locked",
        "TypeError: wrong argument",
    ]


@pytest.mark.parametrize(
    "said",
    [
        f"https://host.example/a?access_token={CANARY}",
        f"see https://host.example/a#token={CANARY}&b=1 and go on",
        httpx.URL(f"https://host.example/a?q={CANARY}"),
        {"links": [f"wss://host.example/?q={CANARY}"]},
    ],
    ids=["query", "fragment", "object", "nested"],
)
def test_addresses_lose_their_query(said: object) -> None:
    """Of an address the log keeps what stands before the query."""
    stream = configured()
    structlog.get_logger().info("test.spoke", said=said)
    logging.getLogger("library").warning("%s", said)
    assert CANARY not in stream.getvalue()
    assert "host.example" in stream.getvalue()


async def test_httpx_does_not_log_addresses() -> None:
    """A request with a token in its address leaves no trace at any level of ours."""
    stream = configured("debug")
    transport = httpx.MockTransport(lambda _request: httpx.Response(200))
    async with httpx.AsyncClient(transport=transport) as client:
        await client.get(f"https://host.example/?access_token={CANARY}")
    assert stream.getvalue() == ""


def test_asyncio_does_not_quote_exceptions() -> None:
    """When asyncio reports an exception that nobody took, its message is not in the log."""
    stream = configured()
    loop = asyncio.new_event_loop()
    future = loop.create_future()
    future.set_exception(ValueError(CANARY))
    loop.call_exception_handler(
        {"message": "Nobody took it", "future": future, "exception": future.exception()}
    )
    loop.close()
    (line,) = lines(stream)
    assert line["said"] == "Nobody took it"
    assert "ValueError" in line["exception"]
    assert CANARY not in stream.getvalue()


# --- Nothing raised -------------------------------------------------------------------------------


def test_closed_stream_is_survived() -> None:
    """Logging into a closed file does nothing."""
    stream = configured()
    stream.close()
    structlog.get_logger().info("test.spoke")
    logging.getLogger("library").error("hello")


def test_vanished_reader_is_survived() -> None:
    """Logging into a pipe that nobody reads does nothing."""
    reader, writer = os.pipe()
    os.close(reader)
    with io.FileIO(writer, "w") as raw:
        stream = io.TextIOWrapper(raw, write_through=True)
        log.configure("info", stream=stream, json=True)
        structlog.get_logger().info("test.spoke")
        logging.getLogger("library").error("hello")
        stream.detach()


def test_program_without_stderr_goes_on() -> None:
    """A program whose stderr was closed by its starter works and ends well."""
    program = (
        "import sys, structlog; from polylogue import log;"
        "log.configure('info', stream=sys.stderr, json=True);"
        "structlog.get_logger().info('test.spoke'); print('done')"
    )
    shell = f'exec {sys.executable} -W ignore -c "$0" 2>&-'
    result = subprocess.run(
        ["/bin/sh", "-c", shell, program], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (0, "done\n")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "latin-1"])
def test_stream_may_have_any_encoding(encoding: str) -> None:
    """What a stream cannot encode is escaped; the line is not lost."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    log.configure("info", stream=stream, json=False)
    structlog.get_logger().info("test.spoke", name="süß \udcff 🙂")
    assert b"test.spoke" in raw.getvalue()
