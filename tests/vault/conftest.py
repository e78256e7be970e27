"""A vault in a temporary folder, on two kinds of disk."""

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


@pytest.fixture(params=["careful-rename", "plain-rename"])
def any_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test twice: on this disk, and as on one that has the plain rename only."""
    if request.param == "plain-rename":
        monkeypatch.setattr(drafts, "_rename_with_flag", None)
