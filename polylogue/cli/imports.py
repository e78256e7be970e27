"""`polylogue import`: files and folders straight into the archive, with progress and receipts.

Works beside a running daemon (the archive lets one writer in at a time) and without one. A bad path
does not keep the others from coming in. With --explain nothing is taken, and no archive is needed.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from polylogue.cli.frame import as_json as error_json
from polylogue.cli.frame import json_option, leave, pass_config, print_json, tell
from polylogue.cli.progress import bar
from polylogue.cli.words import count, distinct, one_line, with_place
from polylogue.config import Config
from polylogue.errors import BadInputError, BusyError, DaemonNotRunningError, PolylogueError

if TYPE_CHECKING:
    from polylogue.ingest import Progress, Receipt
    from polylogue.model import Arrival
    from polylogue.store.archive import Archive

_PROBLEMS = 10  # problems of one import that are listed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one path: a receipt, or the error that kept it out."""

    path: Path
    receipt: "Receipt | None" = None
    error: PolylogueError | None = None

    @property
    def failed(self) -> bool:
        """Whether nothing of it could be taken."""
        return self.receipt is None or self.receipt.status in ("failed", "unrecognized")

    @property
    def partial(self) -> bool:
        """Whether some of it could not be read."""
        return self.receipt is not None and self.receipt.status == "partial"

    @property
    def lines(self) -> Iterator[str]:
        """The receipt for a person, and what could not be read."""
        if self.receipt is None:
            yield one_line(str(self.error))
            return
        said = one_line(f"{self.receipt.file_name}: {self.receipt.sentence}")
        yield said
        told = [with_place(one.text, one.where) for one in self.receipt.problems]
        problems = list(distinct(told)) if self.partial else []
        if len(problems) == 1 and problems[0] in said:
            return
        yield from (f"  - {problem}" for problem in problems[:_PROBLEMS])
        if len(problems) > _PROBLEMS:
            yield f"  and {len(problems) - _PROBLEMS:,} more"

    @property
    def told(self) -> dict[str, object]:
        """The receipt for a program."""
        if self.receipt is None:
            error = self.error and error_json(self.error)
            return {"path": _name(self.path), "status": "failed", "error": error}
        return {
            "path": _name(self.path),
            "status": self.receipt.status,
            "import_id": self.receipt.import_id,
            "sentence": self.receipt.sentence,
            "counts": self.receipt.counts,
            "problems": msgspec.to_builtins(self.receipt.problems),
        }


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…")
@click.option(
    "--explain",
    "only_explain",
    is_flag=True,
    help="Take nothing; say what each is taken for, why, and what is in it.",
)
@json_option
@pass_config
def import_(config: Config, paths: Sequence[Path], only_explain: bool, as_json: bool) -> None:
    """Take files or folders into the archive.

    Needs no daemon, but polylogued writes the notes: when none runs, the next one does.
    Exit code 1 when some of a file could not be read, 65 when nothing of one could. With --explain
    1 means that nothing in a file is a chat.
    """
    if only_explain:
        leave(_explain(paths, config, as_json=as_json))
    from polylogue.store.archive import open_archive  # noqa: PLC0415 - see the package's head

    outcomes = []
    with open_archive(config.archive) as archive:
        for path in paths:
            outcome = take(archive, path, config, shown=not as_json)
            outcomes.append(outcome)
            if not as_json:
                for line in outcome.lines:
                    click.echo(line, err=outcome.failed)
    taken = not all(outcome.failed for outcome in outcomes)
    rendering = taken and tell_daemon(config)
    if as_json:
        receipts = [outcome.told for outcome in outcomes]
        print_json({"receipts": receipts, "rendering": rendering})
    elif taken and not rendering:
        click.echo("Notes are written when polylogued runs.")
    leave(exit_code(outcomes))


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return 65 when nothing of something could be taken, 1 when not all of it, 0 when all is in."""
    if any(outcome.failed for outcome in outcomes):
        return BadInputError.exit_code
    return 1 if any(outcome.partial for outcome in outcomes) else 0


def take(archive: "Archive", path: Path, config: Config, *, shown: bool) -> Outcome:
    """Take a file or folder into the archive, with a bar if `shown`; return what came of it."""
    from polylogue.ingest import ingest  # noqa: PLC0415

    try:
        with _arrival(path, shown=shown) as (arrival, progress):
            receipt = ingest(
                archive,
                arrival,
                imported_at=time.time_ns() // 1_000_000,
                max_size=_most_bytes(config),
                progress=progress,
            )
    except (BadInputError, BusyError) as error:
        return Outcome(path, error=error)
    return Outcome(path, receipt=receipt)


@contextmanager
def _arrival(path: Path, *, shown: bool) -> "Iterator[tuple[Arrival, Progress]]":
    """Yield what a path leads to, with a bar for its progress while the block runs.

    Raises BadInputError when there is nothing, or it cannot be read.
    """
    from polylogue.model import Arrival  # noqa: PLC0415

    try:
        real = path.resolve(strict=True)  # who names a link means what it leads to
        with bar(path.name, shown=shown) as advance:
            yield (
                Arrival(path=real, origin="import", uri=real.as_uri()),
                lambda done, total, found: advance(done, total, count(found, "conversation")),
            )
    except OSError as error:
        reason = f"{path} cannot be read: {error.strerror}."
        raise BadInputError(reason, code="unreadable") from error


def _most_bytes(config: Config) -> int:
    return int(config.limits.max_import_gib * 2**30)


def _explain(paths: Sequence[Path], config: Config, *, as_json: bool) -> int:
    """Say what each path is taken for; return the exit code."""
    from polylogue.cli.explain import explanation_fields, explanation_lines  # noqa: PLC0415
    from polylogue.ingest.explain import explain  # noqa: PLC0415

    code = 0
    told: list[dict[str, object]] = []
    for path in paths:
        try:
            with _arrival(path, shown=not as_json) as (arrival, progress):
                found = explain(arrival, max_size=_most_bytes(config), progress=progress)
        except (BadInputError, BusyError) as error:
            code = max(code, error.exit_code)
            told.append({"path": _name(path), "error": error_json(error)})
            if not as_json:
                click.echo(one_line(str(error)), err=True)
            continue
        code = max(code, 0 if found.is_chat else 1)
        told.append({"path": _name(path), **explanation_fields(found)})
        if not as_json:
            click.echo("\n".join(explanation_lines(found)))
    if as_json:
        print_json({"explanations": told})
    return code


def tell_daemon(config: Config) -> bool:
    """Let the daemon, if one runs, look at what is new. Tell whether it does.

    What was imported is safe by now, so whatever the daemon answers is no failure of the import.
    """
    from polylogue.cli.client import Daemon  # noqa: PLC0415

    try:
        Daemon(config).post("/v1/scan")
    except DaemonNotRunningError:
        return False
    except PolylogueError as error:
        tell(error)
        return False
    return True


def _name(path: Path) -> str:
    """Return the path as text that JSON can hold."""
    return str(path).encode("utf-8", "replace").decode()
