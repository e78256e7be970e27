"""The decision table at the head of vault/root.py, row by row, and how long a vault stays one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from vault_files import names, tree

from polylogue.errors import VaultError
from polylogue.vault import Vault

ANOTHER_DISK = "another"


def open_once(root: Path, *, marker_id: str = "mine", disk: str | None = None) -> str:
    """Open the vault, write a note, and return its disk."""
    with Vault.open(root, marker_id=marker_id, disk=disk) as vault:
        written = vault.write("note.md", b"text", mtime_ms=1, previous=None)
        assert written.outcome in {"written", "unchanged"}
        return vault.disk


def absent(root: Path) -> None:
    """Leave the place without a root."""
    del root


def empty(root: Path) -> None:
    """Make the root an empty folder."""
    root.mkdir()


def foreign(root: Path) -> None:
    """Put files of the person there, and no marker."""
    root.mkdir()
    (root / "diary.md").write_text("mine")


def unclaimed(root: Path) -> None:
    """Put an empty marker there, as a person does."""
    root.mkdir()
    (root / ".polylogue").touch()


def ours(root: Path) -> None:
    """Leave the vault as polylogue does."""
    open_once(root)


def another_archive(root: Path) -> None:
    """Let another archive write there."""
    open_once(root, marker_id="theirs")


def garbage(root: Path) -> None:
    """Make the marker something else."""
    root.mkdir()
    (root / ".polylogue").write_text("{]")


def anonymous(root: Path) -> None:
    """Make a marker that names no archive."""
    root.mkdir()
    (root / ".polylogue").write_text('{"id":""}')


def marker_folder(root: Path) -> None:
    """Make the marker a folder."""
    (root / ".polylogue").mkdir(parents=True)


def marker_link(root: Path) -> None:
    """Make the marker a symlink, even to a good one."""
    open_once(root)
    (root / ".polylogue").rename(root / "marker")
    (root / ".polylogue").symlink_to("marker")


def no_parent(root: Path) -> None:
    """Remove the folder above, too."""
    root.parent.rmdir()


def dangling(root: Path) -> None:
    """Make the root a symlink to a disk that is gone."""
    root.symlink_to(root.parent / "gone")


USED = [absent, empty, foreign, unclaimed, ours]
FOREIGN = [another_archive, garbage, anonymous, marker_folder, marker_link]
MISSING = [no_parent, dangling]

TABLE = [
    *((state, disk, "used") for state in USED for disk in ("unknown", "same")),
    *((state, disk, "vault-foreign") for state in FOREIGN for disk in ("unknown", "same", "other")),
    *((state, disk, "vault-missing") for state in MISSING for disk in ("unknown", "same", "other")),
    (absent, "other", "vault-missing"),
    (empty, "other", "vault-missing"),
    (foreign, "other", "vault-missing"),
    (unclaimed, "other", "used"),
    (ours, "other", "used"),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a vault to be, in a folder of its own."""
    (tmp_path / "parent").mkdir()
    return tmp_path / "parent" / "vault"


@pytest.mark.parametrize(
    ("state", "disk", "expected"),
    [pytest.param(*row, id=f"{row[0].__name__}-{row[1]}-{row[2]}") for row in TABLE],
)
def test_decision_table(
    root: Path, state: Callable[[Path], None], disk: str, expected: str, tmp_path: Path
) -> None:
    """Marker and disk decide whether a vault is used; a refused one is left exactly as it is."""
    same = open_once(tmp_path / "probe")
    state(root)
    before = tree(tmp_path)
    known = {"unknown": None, "same": same, "other": ANOTHER_DISK}[disk]

    if expected == "used":
        assert open_once(root, disk=known) == same
        assert open_once(root, disk=ANOTHER_DISK) == same  # it is marked now, and known anywhere
        assert before.items() <= tree(tmp_path).items()
    else:
        with pytest.raises(VaultError) as caught:
            open_once(root, disk=known)
        assert (caught.value.code, tree(tmp_path)) == (expected, before)
        assert caught.value.advice


def test_new_vault_is_private(root: Path) -> None:
    """Folders are made 0700 and files 0600: conversations are nobody else's."""
    with Vault.open(root, marker_id="mine", disk=None) as vault:
        vault.write("chatgpt/note.md", b"text", mtime_ms=1, previous=None)

    modes = {
        path.relative_to(root.parent): oct(path.stat().st_mode & 0o777)
        for path in (root, *root.rglob("*"))
    }
    assert modes == {
        Path("vault"): "0o700",
        Path("vault/.polylogue"): "0o600",
        Path("vault/chatgpt"): "0o700",
        Path("vault/chatgpt/note.md"): "0o600",
    }


def test_root_may_be_a_symlink(root: Path) -> None:
    """The root is the person's choice, also by way of a symlink."""
    target = root.parent / "elsewhere"
    target.mkdir()
    root.symlink_to(target)

    open_once(root)

    assert (target / "note.md").read_bytes() == b"text"


def test_root_that_is_a_file(root: Path) -> None:
    """A file in the place of the vault is said to be one."""
    root.write_text("a file")

    with pytest.raises(VaultError) as caught:
        open_once(root)

    assert caught.value.code == "vault-not-a-folder"
    assert root.read_text() == "a file"


def test_deleted_while_open(root: Path) -> None:
    """A vault deleted while it is open is reported, and not made again behind the person's back."""
    with Vault.open(root, marker_id="mine", disk=None) as vault:
        written = vault.write("a/note.md", b"text", mtime_ms=1, previous=None)
        assert written.entry
        shutil.rmtree(root)

        with pytest.raises(VaultError) as caught:
            vault.write("a/note.md", b"more", mtime_ms=1, previous=written.entry)

        assert caught.value.code == "vault-missing"
        assert [drift.kind for drift in vault.check([written.entry])] == ["missing"]
    assert not root.exists()


def test_swapped_while_open(root: Path) -> None:
    """Writing goes on in the folder that was opened, not in another that takes its name."""
    with Vault.open(root, marker_id="mine", disk=None) as vault:
        root.rename(root.parent / "moved")
        root.mkdir()
        vault.write("note.md", b"text", mtime_ms=1, previous=None)

    assert tree(root) == {}
    assert (root.parent / "moved" / "note.md").exists()


def test_no_descriptor_is_left_open(root: Path) -> None:
    """Opening, failing and closing leave no descriptor behind."""
    fds = Path("/dev/fd")
    before = len(names(fds))

    with Vault.open(root, marker_id="mine", disk=None) as vault:
        for number in range(200):
            vault.write(f"{number}/a/b.md", b"x", mtime_ms=1, previous=None)
        assert len(names(fds)) < before + 80
    with pytest.raises(VaultError):
        open_once(root, marker_id="other")

    assert len(names(fds)) == before
