"""Errors of the system: which stop the vault, which block one file, and what they leave behind."""

import errno
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from vault_files import names

from polylogue.vault.faults import REFUSALS, vault_error

PROLOGUE = """
import os, resource, sys
from pathlib import Path
from polylogue.errors import VaultError
from polylogue.vault import Vault

root = Path(sys.argv[1])

def attempt(vault, size, previous=None):
    try:
        written = vault.write("a/note.md", b"x" * size, mtime_ms=1, previous=previous)
    except VaultError as error:
        print(error.code)
        return None
    print(written.outcome, written.reason)
    return written.entry
"""


def run(root: Path, script: str, *prefix: str) -> list[str]:
    """Run `script` after PROLOGUE in a process of its own, and return the lines that it printed."""
    program = PROLOGUE + textwrap.dedent(script)
    command = [*prefix, sys.executable, "-c", program, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def in_namespace(*command: str) -> tuple[str, ...]:
    """Return the prefix that runs a program where it may mount disks; skip where nobody may."""
    for unshare in (("unshare", "-m"), ("unshare", "-Urm")):
        try:
            probe = subprocess.run([*unshare, "true"], capture_output=True, check=False)
        except FileNotFoundError:
            break
        if probe.returncode == 0:
            return (*unshare, "sh", "-c", " ".join(command) + ' && exec "$0" "$@"')
    pytest.skip("needs the right to mount a disk of its own")


def test_file_too_large(root: Path) -> None:
    """A file larger than the disk takes is blocked; the old one stays whole, and no draft is left."""
    printed = run(
        root,
        """
        with Vault.open(root, marker_id="mine", disk=None) as vault:
            entry = attempt(vault, 1000)
            resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
            attempt(vault, 6000, entry)
            attempt(vault, 4000, entry)
        """,
    )

    assert printed == ["written None", "blocked size", "written None"]
    assert names(root / "a") == ["note.md"]
    assert (root / "a/note.md").stat().st_size == 4000


def test_disk_full(root: Path) -> None:
    """A full disk stops the vault; the old note stays whole, and no draft is left."""
    root.mkdir()
    printed = run(
        root,
        """
        with Vault.open(root, marker_id="mine", disk=None) as vault:
            entry = attempt(vault, 1000)
            attempt(vault, 2_000_000, entry)
            print(os.listdir(root / "a"), (root / "a/note.md").stat().st_size)
            attempt(vault, 2000, entry)
        """,
        *in_namespace("mount -t tmpfs -o size=1m tmpfs", str(root)),
    )

    assert printed == ["written None", "vault-full", "['note.md'] 1000", "written None"]


def test_read_only_disk(root: Path) -> None:
    """A disk that turned read-only stops the vault at the first write, and not before."""
    root.mkdir()
    printed = run(
        root,
        """
        import subprocess
        with Vault.open(root, marker_id="mine", disk=None) as vault:
            entry = attempt(vault, 1000)
        subprocess.run(["mount", "-o", "remount,ro", str(root)], check=True)
        with Vault.open(root, marker_id="mine", disk=None) as vault:
            attempt(vault, 1000, entry)
            attempt(vault, 2000, entry)
        """,
        *in_namespace("mount -t tmpfs -o size=1m tmpfs", str(root)),
    )

    assert printed == ["written None", "unchanged None", "vault-read-only"]


def test_unmounted(root: Path) -> None:
    """With its disk gone the vault is missing; nothing is written to the bare mount point."""
    root.mkdir()
    printed = run(
        root,
        """
        import subprocess
        with Vault.open(root, marker_id="mine", disk=None) as vault:
            attempt(vault, 1000)
            disk = vault.disk
        subprocess.run(["umount", str(root)], check=True)
        try:
            with Vault.open(root, marker_id="mine", disk=disk):
                print("opened")
        except VaultError as error:
            print(error.code)
        """,
        *in_namespace("mount -t tmpfs -o size=1m tmpfs", str(root)),
    )

    assert printed == ["written None", "vault-missing"]
    assert names(root) == []


def test_edited_on_another_disk(root: Path) -> None:
    """An edited note reaches `_edited` also when the person keeps that folder on another disk."""
    (root / "_edited").mkdir(parents=True)
    printed = run(
        root,
        """
        with Vault.open(root, marker_id="mine", disk=None) as vault:
            entry = attempt(vault, 1000)
            (root / "a/note.md").write_bytes(b"edited")
            entry = attempt(vault, 2000, entry)
            (root / "a/note.md").write_bytes(b"edited again, and far too much" * 100_000)
            attempt(vault, 3000, entry)
        for path in sorted(root.rglob("*.md")):
            print(path.relative_to(root), path.stat().st_size)
        """,
        *in_namespace("mount -t tmpfs -o size=1m tmpfs", str(root / "_edited")),
    )

    assert printed == [
        "written None",
        "edited None",
        "vault-full",
        "_edited/a/note.md 6",
        "a/note.md 3000000",
    ]


def test_no_permission(root: Path) -> None:
    """A folder that polylogue may not write in stops the vault, with the folder's name."""
    printed = run(
        root,
        """
        os.chdir(root.parent)
        if os.geteuid() == 0:  # no mode stops root: become somebody else
            root.mkdir()
            os.chown(root, 65534, 65534)
            os.chmod(root.parent, 0o755)
            os.setgid(65534)
            os.setuid(65534)
        with Vault.open(Path(root.name), marker_id="mine", disk=None) as vault:
            entry = attempt(vault, 1000)
            os.chmod("vault/a", 0o500)
            attempt(vault, 2000, entry)
            attempt(vault, 1000, entry)
            os.chmod("vault/a", 0o700)
        """,
    )

    assert printed == ["written None", "vault-denied", "unchanged None"]


@pytest.mark.parametrize("number", sorted(errno.errorcode), ids=errno.errorcode.get)
def test_every_error_is_said_in_words(number: int) -> None:
    """Any error of the system becomes a sentence with the vault in it, advice and a code."""
    error = vault_error(OSError(number, "text", "Secret title.md"), Path("/the/vault"))

    assert "/the/vault" in error.message
    assert error.message.endswith(".")
    assert "Secret" not in str(error)
    assert error.advice
    assert error.code.startswith("vault-")


def test_an_error_without_number() -> None:
    """An error that came without a number is reported as well, and refuses no file."""
    assert vault_error(OSError("odd"), Path("/the/vault")).code == "vault-io"
    assert None not in REFUSALS


def test_killed_while_writing(root: Path) -> None:
    """A process killed in the middle of a write leaves the old note, and a draft to be swept."""
    printed = run(
        root,
        """
        import hashlib, signal
        from polylogue.vault import Entry

        with Vault.open(root, marker_id="mine", disk=None) as vault:
            entry = attempt(vault, 1000)
            if child := os.fork():
                os.waitpid(child, 0)
                print(len(os.listdir(root / "a")), (root / "a/note.md").stat().st_size)
                print(vault.sweep(), vault.sweep(older_seconds=0), os.listdir(root / "a"))
                print(list(vault.check([entry])))
                os._exit(0) if sys.stdout.flush() else sys.exit()

            def chunks():
                yield b"half a "
                os.kill(os.getpid(), signal.SIGKILL)
                yield b"note"

            wanted = Entry(path="a/note.md", sha256=hashlib.sha256(b"half a note").digest(), size=11)
            vault.write_stream(wanted, chunks(), mtime_ms=1, previous=entry)
        """,
    )

    assert printed == ["written None", "2 1000", "0 1 ['note.md']", "[]"]
