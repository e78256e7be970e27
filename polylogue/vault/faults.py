"""What an error of the operating system means for the vault.

Two kinds. Some errors concern one file only (`REFUSALS`): the outcome of that file is "blocked",
and the caller picks another name or goes on. All others concern the whole vault (`vault_error`):
it cannot be written now, so the caller pauses, says so once, and opens the vault again later.

File names hold titles of conversations, and messages end in logs: a message names the vault only.
"""

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from polylogue.errors import VaultError
from polylogue.vault.entries import Reason

#: Errors that say something about one path, and what they say about it.
REFUSALS: Mapping[int | None, Reason] = {
    errno.ENAMETOOLONG: "name",
    errno.EINVAL: "name",
    errno.EILSEQ: "name",
    errno.EFBIG: "size",
    errno.ENOTDIR: "folder",
    errno.ELOOP: "folder",
    errno.EEXIST: "foreign",
    errno.EISDIR: "foreign",
    errno.EPERM: "locked",
}

_FULL = ("vault-full", "The disk that holds the vault {} is full.", "Free some space on it.")
_DENIED = (
    "vault-denied",
    "polylogue may not write in the vault {}.",
    "Give your user permission to read and write the folder and all folders in it.",
)
_GONE = (
    "vault-missing",
    "The vault {} went away while it was in use.",
    "Connect its disk again.",
)
_NO_FOLDER = ("vault-not-a-folder", "The vault {} is not a folder.", "Choose another vault.")

_FAULTS: Mapping[int | None, tuple[str, str, str]] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: (
        "vault-read-only",
        "The disk that holds the vault {} is read-only.",
        "Mount it so that it can be written.",
    ),
    errno.ENOENT: _GONE,
    errno.ENODEV: _GONE,
    errno.ENXIO: _GONE,
    errno.ENOTCONN: _GONE,
    errno.ESTALE: _GONE,
    errno.ENOTDIR: _NO_FOLDER,
    errno.ELOOP: _NO_FOLDER,
}


def vault_error(error: OSError, root: Path) -> VaultError:
    """Return what `error`, met while working in the vault `root`, means to a person."""
    reason = os.strerror(error.errno) if error.errno is not None else "unknown error"
    unknown = (
        "vault-io",
        f"The vault {{}} cannot be read or written: {reason}.",
        "Check the disk that holds it.",
    )
    code, sentence, advice = _FAULTS.get(error.errno, unknown)
    return VaultError(sentence.format(root), advice=advice, code=code)
