"""Every test has a home of its own: nothing of the person who runs the tests is read or written."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: Which folder stands for what, below the home of a test.
_FOLDERS = {
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_CACHE_HOME": "cache",
    "XDG_RUNTIME_DIR": "run",
}


@pytest.fixture(scope="session", autouse=True)
def session_home() -> Iterator[Path]:
    """Give a home to what several tests share, such as the daemon of a module."""
    with _home() as home:
        yield home


@pytest.fixture(autouse=True)
def own_home() -> Iterator[Path]:
    """Give the test, and the processes that it starts, a home of its own."""
    with _home() as home:
        yield home


@contextmanager
def _home() -> Iterator[Path]:
    """Let the environment point into new folders of 0700 during the block.

    They are not below `tmp_path`, whose content tests look at and whose name is too long for a socket.
    """
    with (
        tempfile.TemporaryDirectory(prefix="plg-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in [name for name in os.environ if name.startswith(("XDG_", "POLYLOGUE_"))]:
            patch.delenv(name)
        home = Path(folder)
        patch.setenv("HOME", folder)
        for name, below in _FOLDERS.items():
            (home / below).mkdir(mode=0o700)
            patch.setenv(name, str(home / below))
        yield home
