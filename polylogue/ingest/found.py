"""A file of a session folder on its way into the archive, and what became of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

#: What became of a file; `waiting` and `refused` say why.
Became: TypeAlias = Literal["unchanged", "new", "grown", "imported", "waiting", "refused"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: its import, how many bytes of it are new, and a sentence if one is due."""

    became: Became
    import_id: int | None = None
    size: int = 0
    problems: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a session folder: `name` is relative to the folder, `uri` where it came from.

    `prove`: all that is known of it is to be compared, also when it seems to be unchanged or grown.
    """

    path: Path
    name: str
    uri: str = ""
    prove: bool = False
