"""Whether this is the vault, and whether it is there at all.

A vault that suddenly is empty may have been deleted by its person, or its disk may be gone and the
bare mount point looks like an empty folder. The first wants a rebuild, the second wants patience:
notes written there would fill the wrong disk and be hidden once the right one is back. Two facts
tell them apart, a marker file in the root and the disk that the vault was last seen on.

The caller passes `disk`: None when this archive never wrote here, else `Vault.disk` as it was. That
is all there is to persist. `disk` is the id that the file system says it has, which survives a
restart (device numbers need not), else the device number.

| marker in the root        | disk = None  | same disk    | other disk    |
|---------------------------|--------------|--------------|---------------|
| ours                      | use          | use          | use           |
| empty file                | mark, use    | mark, use    | mark, use     |
| another archive's, or odd | foreign      | foreign      | foreign       |
| none                      | mark, use    | mark, use    | missing       |
| there is no root          | create, mark | create, mark | missing       |
| there is no parent        | missing      | missing      | missing       |

Without a root, the disk is that of its parent. "use" is safe whatever else lies in the root: each
file is looked at before it is written. An empty marker is a person's word that the vault belongs
here, and the way out when a disk is gone for good; a power cut can leave one, too. The root may be
a symlink: it is the person's choice, unlike what lies below it.
"""

import os
from pathlib import Path

import msgspec

from polylogue.errors import VaultError
from polylogue.model import Record
from polylogue.vault.drafts import draft
from polylogue.vault.entries import read_file, sight
from polylogue.vault.faults import vault_error

MARKER = ".polylogue"

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_ABOUT = "polylogue writes notes into this folder, and knows it by this file: please leave it here."
_LARGEST_MARKER = 4096
_UNKNOWN = "?"


class Marker(Record, frozen=True):
    """What the marker file says."""

    id: str
    about: str = ""


def enter(root: Path, marker_id: str, disk: str | None) -> tuple[int, str]:
    """Return a descriptor of the vault `root`, marked as ours, and its disk; raises VaultError."""
    try:
        folder = _open_or_create(root, disk)
        try:
            _claim(folder, root, marker_id, disk)
            return folder, _disk(folder)
        except BaseException:
            os.close(folder)
            raise
    except OSError as error:
        raise vault_error(error, root) from error


def _open_or_create(root: Path, disk: str | None) -> int:
    try:
        return os.open(root, _FOLDER)
    except FileNotFoundError:
        return _create(root, disk)


def _create(root: Path, disk: str | None) -> int:
    try:
        parent = os.open(root.parent, _FOLDER)
    except FileNotFoundError as error:
        raise _missing(root) from error
    try:
        _require_same_disk(parent, root, disk)
        os.mkdir(root.name, 0o700, dir_fd=parent)
        return os.open(root.name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    except FileExistsError as error:  # a symlink that leads nowhere
        raise _missing(root) from error
    finally:
        os.close(parent)


def _claim(folder: int, root: Path, marker_id: str, disk: str | None) -> None:
    found = _read_marker(folder)
    if found == marker_id:
        return
    if found is None:
        _require_same_disk(folder, root, disk)
    elif found:
        raise _foreign(root)
    text = msgspec.json.format(msgspec.json.encode(Marker(id=marker_id, about=_ABOUT)))
    with draft(folder, (text, b"\n")) as made:
        made.replace(MARKER)


def _read_marker(folder: int) -> str | None:
    """Return the archive's id in the marker, "" when it is an empty file, None when there is none.

    Anything else of that name counts as the marker of an archive unknown.
    """
    kind = sight(folder, MARKER).kind
    if kind == "absent":
        return None
    found = None if kind == "odd" else read_file(folder, MARKER, _LARGEST_MARKER)
    if found is None:
        return _UNKNOWN
    data, _entry = found
    try:
        return msgspec.json.decode(data, type=Marker).id or _UNKNOWN if data else ""
    except msgspec.DecodeError:
        return _UNKNOWN


def _disk(descriptor: int) -> str:
    return format(os.statvfs(descriptor).f_fsid or os.fstat(descriptor).st_dev, "x")


def _require_same_disk(descriptor: int, root: Path, disk: str | None) -> None:
    if disk is not None and disk != _disk(descriptor):
        raise _missing(root)


def _missing(root: Path) -> VaultError:
    return VaultError(
        f"The vault {root} is not there.",
        advice=(
            "Connect its disk. Or, to have it made anew in this place, create the folder and an"
            f" empty file named {MARKER} in it."
        ),
        code="vault-missing",
    )


def _foreign(root: Path) -> VaultError:
    return VaultError(
        f"The vault {root} belongs to another archive.",
        advice=(
            "Choose another folder. Or, if that archive is gone, empty the file"
            f" {MARKER} in it: what is there stays as it is."
        ),
        code="vault-foreign",
    )
