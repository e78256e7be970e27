"""Disks that are full, gone, or somebody else's: told of, waited for, and used again when they are back."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import chatgpt_exports as exports
import pytest
from hurried import PROGRAM
from running import Daemon, daemon, write_config


@contextmanager
def _small_disk(place: Path, size: str) -> Iterator[None]:
    """Mount an empty disk of `size` at `place`; only root can."""
    place.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("no right to mount a disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def _drop(polylogued: Daemon, source: Path) -> None:
    """Put an export into the inbox at once."""
    draft = polylogued.inbox / f".{source.name}"
    shutil.copy(source, draft)
    draft.rename(polylogued.inbox / source.name)


def _export(folder: Path, name: str, count: int, *, size: int = 10) -> Path:
    chats = [
        exports.conversation(f"{name}{n}", f"Chat {name}{n}", "x" * size, os.urandom(8).hex())
        for n in range(count)
    ]
    return exports.write_json(folder / f"{name}.json", chats)


def _warnings(polylogued: Daemon) -> set[str]:
    return {warning["code"] for warning in polylogued.get("status")["warnings"]}


def _until_warned(polylogued: Daemon, *codes: str) -> None:
    """Wait until one of the warnings stands; every look is a new scan."""
    while not _warnings(polylogued) & set(codes):
        polylogued.post("scan")


def _fill(place: Path) -> Path:
    """Write a file that leaves nothing of a disk."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return ballast
    return ballast


def test_a_full_vault_is_waited_for(tmp_path: Path) -> None:
    """Notes that do not fit are told of and written as soon as there is space; imports go on."""
    with (
        _small_disk(tmp_path / "home" / "Vault", "1m"),
        daemon(tmp_path / "home", program=PROGRAM) as polylogued,
    ):
        _drop(polylogued, _export(tmp_path, "first", 2))
        polylogued.quiet()
        ballast = _fill(polylogued.vault)
        _drop(polylogued, _export(tmp_path, "second", 60, size=3000))
        _until_warned(polylogued, "vault-full")
        taken = polylogued.get("status")["archive"]["conversations"]
        ballast.unlink()
        polylogued.quiet()

        assert taken == 62
        assert _warnings(polylogued) == set()
        assert len(polylogued.notes()) == 62


def test_an_empty_mount_point_is_not_taken_for_the_vault(tmp_path: Path) -> None:
    """A vault whose disk is another one than before is missing: nothing is written there."""
    with daemon(tmp_path / "home", program=PROGRAM) as polylogued:
        _drop(polylogued, _export(tmp_path, "first", 2))
        polylogued.quiet()
        before = polylogued.notes()
        with _small_disk(polylogued.vault, "1m"):
            _drop(polylogued, _export(tmp_path, "second", 2))
            _until_warned(polylogued, "vault-missing")
            written = list(polylogued.vault.iterdir())
        polylogued.quiet()

        assert written == []
        assert _warnings(polylogued) == set()
        assert before.items() <= polylogued.notes().items()
        assert len(polylogued.notes()) == 4


def test_the_vault_of_another_archive_is_left_alone(tmp_path: Path) -> None:
    """A marker of another archive stops the writing until it is gone."""
    with daemon(tmp_path / "home", program=PROGRAM) as polylogued:
        _drop(polylogued, _export(tmp_path, "first", 2))
        polylogued.quiet()
        marker = polylogued.vault / ".polylogue"
        ours = marker.read_bytes()
        before = polylogued.notes()
        marker.write_text(json.dumps({"id": "another"}))
        _drop(polylogued, _export(tmp_path, "second", 2))
        _until_warned(polylogued, "vault-foreign")
        while polylogued.get("status")["archive"]["conversations"] < 4:
            polylogued.post("scan")
        meanwhile = polylogued.notes()
        marker.write_bytes(ours)
        polylogued.quiet()

        assert meanwhile == before
        assert _warnings(polylogued) == set()
        assert len(polylogued.notes()) == 4


def test_a_full_disk_of_the_archive_is_waited_for(tmp_path: Path) -> None:
    """An import that does not fit waits, the daemon answers, and it is taken when there is space."""
    with (
        _small_disk(tmp_path / "home" / "data", "80m"),
        daemon(tmp_path / "home", program=PROGRAM) as polylogued,
    ):
        _drop(polylogued, _export(tmp_path, "first", 2))
        polylogued.quiet()
        ballast = polylogued.config.paths.data / "ballast"
        ballast.write_bytes(bytes(40 << 20))
        _drop(polylogued, _export(tmp_path, "second", 2))
        while polylogued.items().get("second.json", {}).get("state") != "waiting":
            polylogued.post("scan")
        item = polylogued.items()["second.json"]
        _until_warned(polylogued, "disk-full")
        ballast.unlink()
        polylogued.quiet()
        polylogued.post("scan")

        assert (item["code"], "MiB free" in item["reason"]) == ("disk-full", True)
        assert _warnings(polylogued) == set()
        assert len(polylogued.notes()) == 4


def test_an_archive_without_a_byte_left_is_waited_for(tmp_path: Path) -> None:
    """When not even the state of a file can be written down, nothing is lost and the daemon answers."""
    with (
        _small_disk(tmp_path / "home" / "data", "80m"),
        daemon(tmp_path / "home", program=PROGRAM) as polylogued,
    ):
        _drop(polylogued, _export(tmp_path, "first", 2))
        polylogued.quiet()
        ballast = _fill(polylogued.config.paths.data)
        _drop(polylogued, _export(tmp_path, "second", 2))
        while not _warnings(polylogued):
            polylogued.post("scan")
        told = polylogued.get("status")["warnings"]
        ballast.unlink()
        polylogued.quiet()

        assert all("disk" in warning["text"] for warning in told), told
        assert polylogued.items()["second.json"]["state"] == "imported"
        assert len(polylogued.notes()) == 4
        assert _warnings(polylogued) == set()


def test_a_missing_vault_is_told_at_the_start(tmp_path: Path) -> None:
    """The folder that the vault is to be in may be a file: imports go on, and it is said."""
    root = tmp_path / "home"
    file = write_config(root)
    file.write_text(file.read_text().replace(f"{root}/Vault", f"{root}/in the way/Vault"))
    (root / "in the way").write_text("a file")
    with daemon(root, program=PROGRAM) as polylogued:
        _drop(polylogued, _export(tmp_path, "first", 2))
        _until_warned(polylogued, "vault-not-a-folder", "vault-missing")
        while not polylogued.get("status")["archive"]["conversations"]:
            polylogued.post("scan")
        (root / "in the way").unlink()
        (root / "in the way").mkdir()
        polylogued.quiet()

        assert len(polylogued.notes()) == 2
        assert _warnings(polylogued) == set()


def test_a_program_that_keeps_removing_notes_is_told_of(tmp_path: Path) -> None:
    """After a few losses within a minute polylogue stops writing against them, and says so."""
    with daemon(tmp_path / "home", program=PROGRAM) as polylogued:
        _drop(polylogued, _export(tmp_path, "first", 1))
        polylogued.quiet()
        note = polylogued.vault / next(iter(polylogued.notes()))
        for _ in range(5):
            note.unlink()
            polylogued.post("scan")
            polylogued.quiet()
        again = note.exists()
        note.unlink()
        polylogued.post("scan")
        polylogued.quiet()

        assert (again, note.exists()) == (True, False)
        assert _warnings(polylogued) == {"vault-fight"}
