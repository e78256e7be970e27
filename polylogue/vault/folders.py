"""Descriptors of the folders in the vault.

Every file is reached through the descriptor of its folder, and every folder from the root one name
at a time with O_NOFOLLOW: a symlink, planted or made by the person for good reason, is never
followed. The last few descriptors are kept. A person may delete or move a folder meanwhile, so a
kept one is used only while its path still leads to the same folder (a stat for each name, half the
price of opening them).
"""

import errno
import os
import stat
from collections import OrderedDict
from contextlib import suppress

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_KEPT = 64


class Folders:
    """Opens folders below the descriptor `root`, which it owns."""

    def __init__(self, root: int) -> None:
        self.root = root
        self._kept: OrderedDict[str, tuple[int, os.stat_result]] = OrderedDict()

    def open(self, path: str, *, create: bool = False) -> int:
        """Return a descriptor of the folder `path` ("" is the root), good for two more calls.

        Makes what is missing when `create`. Raises OSError: ENOENT when it is not there, ENOTDIR or
        ELOOP when something on the way is no folder, EINVAL for a way that would lead out.
        """
        if not path:
            return self.root
        if path in self._kept:
            descriptor, identity = self._kept[path]
            if self._leads_to(path, identity):
                self._kept.move_to_end(path)
                return descriptor
            del self._kept[path]
            os.close(descriptor)
        return self._keep(path, self._walk(path, create=create))

    def close(self) -> None:
        """Close every descriptor, also the root."""
        for descriptor, _identity in self._kept.values():
            os.close(descriptor)
        self._kept.clear()
        os.close(self.root)

    def _keep(self, path: str, descriptor: int) -> int:
        self._kept[path] = descriptor, os.fstat(descriptor)
        if len(self._kept) > _KEPT:
            oldest, _identity = self._kept.popitem(last=False)[1]
            os.close(oldest)
        return descriptor

    def _leads_to(self, path: str, identity: os.stat_result) -> bool:
        """Say whether `path` leads to that folder, and through no symlink."""
        end = -1
        try:
            while (end := path.find("/", end + 1)) > 0:
                status = os.stat(path[:end], dir_fd=self.root, follow_symlinks=False)
                if not stat.S_ISDIR(status.st_mode):
                    return False
            status = os.stat(path, dir_fd=self.root, follow_symlinks=False)
        except OSError:
            return False
        return os.path.samestat(status, identity)

    def _walk(self, path: str, *, create: bool) -> int:
        here = self.root
        for name in path.split("/"):
            try:
                below = _enter(name, here, create=create)
            finally:
                if here != self.root:
                    os.close(here)
            here = below
        return here


def _enter(name: str, folder: int, *, create: bool) -> int:
    if name in {"", ".", ".."}:
        raise OSError(errno.EINVAL, "not a name")
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not create:
            raise
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=folder)
    return os.open(name, _FOLDER, dir_fd=folder)
