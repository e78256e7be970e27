"""A vault in a temporary folder, on two kinds of disk."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from polylogue.vault import Vault, drafts


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of the vault."""
    return tmp_path / "vault"


@pytest.fixture
def vault(root: Path) -> Iterator[Vault]:
    """Open an empty vault."""
    with Vault.open(root, marker_id="mine", disk=None) as opened:
        yield opened


@pytest.fixture(params=["swap-and-link", "rename-only"])
def any_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test twice: on this disk, and as on one that can only rename (FAT, some networks)."""

    def no_link(*_args: object, **_options: object) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    if request.param == "rename-only":
        monkeypatch.setattr(drafts, "_rename_with_flags", None)
        monkeypatch.setattr(os, "link", no_link)
