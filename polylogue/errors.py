"""Every error that polylogue raises on purpose, in one tree.

    PolylogueError
    ├── ConfigError             the configuration is wrong                              exit 78
    ├── UsageError              the command was called in a way that makes no sense     exit 2
    ├── BadInputError           what was given can never be taken as it is              exit 65
    │   └── IncompleteError     … because its end is missing: it may still be arriving
    ├── BusyError               not now: a lock, a full disk; trying later may help     exit 75
    │   └── AnotherInstanceError  a daemon runs on this archive already                 exit 11
    ├── DaemonNotRunningError   nobody answers on the control socket                    exit 3
    ├── ArchiveError            the archive is damaged, foreign or from the future      exit 65
    └── VaultError              the vault cannot be written                             exit 73
        └── TemplateError       … because a template of the person's own is wrong       exit 78

The message is one sentence that says what is wrong and where; `advice` says what to do. `code` is
stable, for programs. Foreign exceptions (OSError, sqlite3.Error, zipfile.BadZipFile…) are
translated where they cross into polylogue; anything else that escapes is a bug and ends in a
traceback.
"""

from typing import ClassVar


class PolylogueError(Exception):
    """A failure that polylogue foresees: `message` says what and where, `advice` what to do."""

    exit_code: ClassVar[int] = 1
    default_code: ClassVar[str] = "error"

    def __init__(self, message: str, *, advice: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.code = code or self.default_code

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class ConfigError(PolylogueError):
    """The configuration file is wrong; the message names key and line."""

    exit_code = 78
    default_code = "config"


class UsageError(PolylogueError):
    """The command was called in a way that makes no sense."""

    exit_code = 2
    default_code = "usage"


class BadInputError(PolylogueError):
    """What was given can never be taken as it is: broken, locked, hostile, or no export at all."""

    exit_code = 65
    default_code = "bad-input"


class IncompleteError(BadInputError):
    """The end of the data is missing. It may still be arriving, or a download broke off."""

    default_code = "incomplete"


class BusyError(PolylogueError):
    """Not now; trying again later may help."""

    exit_code = 75
    default_code = "busy"


class AnotherInstanceError(BusyError):
    """A daemon runs on this archive already."""

    exit_code = 11
    default_code = "another-instance"


class DaemonNotRunningError(PolylogueError):
    """Nobody answers on the control socket."""

    exit_code = 3
    default_code = "not-running"


class ArchiveError(PolylogueError):
    """The archive is damaged, is not polylogue's, or was made by a newer polylogue."""

    exit_code = 65
    default_code = "archive"


class VaultError(PolylogueError):
    """The vault cannot be written: missing disk, no permission, no space."""

    exit_code = 73
    default_code = "vault"


class TemplateError(VaultError):
    """A template of the person's own is wrong; the message names its file and line."""

    exit_code = 78
    default_code = "notes-template"
