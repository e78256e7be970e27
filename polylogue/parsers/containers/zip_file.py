"""An open ZIP file to read at any place, and the sentences that all of its faults have in common."""

from dataclasses import dataclass
from typing import BinaryIO

from polylogue.errors import BadInputError, BusyError, IncompleteError

_DOWNLOAD_AGAIN = "Download the export again; if it still fails, unpack it and drop the folder."


@dataclass(frozen=True, slots=True)
class ZipFile:
    """A seekable file of `size` bytes; `name` is what messages call it."""

    file: BinaryIO
    size: int
    name: str

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes at `offset`, fewer where the file ends. Raises BusyError."""
        try:
            self.file.seek(offset)
            return self.file.read(size)
        except OSError as error:
            raise read_error(self.name, error) from error

    def damaged(self, what: str, *, code: str = "zip-damaged") -> BadInputError:
        """Return the error that the archive cannot be trusted, and why."""
        return BadInputError(f"{self.name} is damaged: {what}.", advice=_DOWNLOAD_AGAIN, code=code)

    def incomplete(self) -> IncompleteError:
        """Return the error that the end of the archive is missing."""
        return IncompleteError(
            f"{self.name} is not complete: the end of the archive is missing.",
            advice="Wait until the download has finished, or download the export again.",
            code="zip-incomplete",
        )


def open_file(file: BinaryIO, name: str) -> ZipFile:
    """Measure `file`. Raises BusyError when it cannot be read."""
    try:
        return ZipFile(file, file.seek(0, 2), name)
    except OSError as error:
        raise read_error(name, error) from error


def read_error(name: str, error: OSError) -> BusyError:
    """Return the error that a disk or a network did not give what it should."""
    return BusyError(
        f"Reading {name} failed: {error.strerror or error}.",
        advice="Check the disk it lies on; it is tried again.",
        code="read-error",
    )
