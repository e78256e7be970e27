"""The job of a worker that follows files of session folders; also done here, for few and small ones."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from polylogue.errors import ArchiveError, BadInputError, BusyError
from polylogue.ingest.follow import Follower, Found
from polylogue.store.archive import Archive


class Outcome(msgspec.Struct, frozen=True):
    """What became of a file (`follow.Became`, or `failed`), and why it could not be taken.

    `later`: it may be taken when it is tried again. `size` is how much of it is new.
    """

    became: str
    size: int = 0
    code: str = ""
    reason: str = ""
    advice: str = ""
    later: bool = False


def run(
    archive: Archive, request: Mapping[str, Any], progress: Callable[..., None]
) -> dict[str, Any]:
    """Follow `files` (path, name, prove) as `now` and `max_size` say; return their outcomes in order."""
    follower = Follower(archive, max_size=request["max_size"])
    outcomes = []
    for number, outcome in enumerate(follow(follower, request["files"], request["now"]), start=1):
        outcomes.append(msgspec.structs.asdict(outcome))
        progress(number)
    return {"outcomes": outcomes}


def follow(
    follower: Follower, files: Iterable[tuple[str, str, bool]], now: int
) -> Iterable[Outcome]:
    """Yield what becomes of each file (path, name, prove); one that fails costs no other."""
    for path, name, prove in files:
        yield _follow(follower, Found(Path(path), name, Path(path).as_uri(), prove), now)


def _follow(follower: Follower, found: Found, now: int) -> Outcome:
    try:
        taken = follower.follow(found, now=now)
    except (BusyError, ArchiveError) as error:
        return Outcome("failed", 0, error.code, error.message, error.advice, later=True)
    except BadInputError as error:
        return Outcome("failed", 0, error.code, error.message, error.advice)
    except Exception as error:  # noqa: BLE001 - a bug costs one file, not the others
        said = f"polylogue failed over it ({type(error).__name__})."
        return Outcome("failed", 0, "bug", said, "Please report it.")
    return Outcome(taken.became, taken.size, reason=taken.reason, later=taken.became == "waiting")
