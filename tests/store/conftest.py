"""What the tests of the store share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from polylogue.store.archive import Archive, open_archive


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where an archive can be made, in a folder that does not exist yet."""
    return tmp_path / "data" / "archive.db"


@pytest.fixture
def archive(path: Path) -> Iterator[Archive]:
    """Give an empty archive on disk, open for writing."""
    with open_archive(path) as opened:
        yield opened
