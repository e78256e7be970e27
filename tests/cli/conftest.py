"""A place and a control server for the tests of the command line."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_place import Place, make_place
from control_server import Control, serving


@pytest.fixture(autouse=True)
def in_utc() -> Iterator[None]:
    """Let the machine stand in UTC."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Give the test a home with a configuration, and a terminal without wishes."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return make_place(tmp_path)


@pytest.fixture
def control(place: Place) -> Iterator[Control]:
    """Answer on the socket of the place."""
    with serving(place.config.socket, Control()) as control:
        yield control
