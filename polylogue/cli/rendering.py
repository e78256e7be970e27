"""`polylogue render`: what is in the archive, and what is not yet, as notes in any folder.

What is named is imported first; then the folder is brought up to date from the archive, by a manifest
of its own. Needs no daemon, and leaves the vault alone.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polylogue.cli.frame import day, json_option, leave, pass_config, print_json
from polylogue.cli.imports import Outcome, exit_code, take, tell_daemon
from polylogue.cli.progress import bar
from polylogue.cli.words import count, folder, one_line
from polylogue.config import Config
from polylogue.config.settings import absolute
from polylogue.errors import UsageError

if TYPE_CHECKING:
    from polylogue.publish import Report, Target
    from polylogue.publish.outside import Chosen

_FORMATS = click.Choice(["markdown", "html"])
_LISTED = 10  # paths that are listed


@click.command()
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path), metavar="[INPUT]…")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Where to."
)
@click.option("--format", "formats", multiple=True, type=_FORMATS, help="One or both.")
@click.option("--provider", metavar="P", help="Chats of one provider.")
@click.option("--since", callback=day, metavar="DAY", help="Those active since a day: 2026-01-31.")
@click.option(
    "--branch",
    type=click.Choice(["all", "taken"]),
    default="all",
    help="All branches of a chat, or only the path taken.",
)
@click.option("--force", is_flag=True, help="Also what did not change.")
@click.option(
    "--template-dir",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Templates, in the place of the configured ones.",
)
@json_option
@pass_config
def render(  # noqa: PLR0913 - an option each
    config: Config,
    inputs: Sequence[Path],
    *,
    out: Path,
    formats: tuple[str, ...],
    provider: str | None,
    since: int | None,
    branch: str,
    force: bool,
    template_dir: Path | None,
    as_json: bool,
) -> None:
    """Write notes into any folder, after importing each INPUT that is not yet in.

    Only what changed since the last time is written; files that polylogue did not write there are
    never touched. Exit code 1 when some note could not be written.
    """
    from polylogue.publish.outside import Chosen  # noqa: PLC0415 - see the package's head

    target = _target(config, absolute(out), formats, template_dir)
    outcomes = _import(config, inputs, shown=not as_json)
    chosen = Chosen(provider=provider, since=since, force=force)
    report = _render(config, replace(target, branches=branch == "all"), chosen, shown=not as_json)
    if as_json:
        receipts = [outcome.told for outcome in outcomes]
        print_json({"receipts": receipts, "out": str(target.root), **_told(report)})
    else:
        for line in _lines(report, target.root):
            click.echo(line)
    leave(exit_code(outcomes) or int(bool(report.blocked or report.broken)))


def _target(
    config: Config, out: Path, formats: tuple[str, ...], template_dir: Path | None
) -> "Target":
    """Return the folder and how it is to look. Raises ConfigError, TemplateError, UsageError."""
    from polylogue.config.zones import zone  # noqa: PLC0415
    from polylogue.publish import Target  # noqa: PLC0415
    from polylogue.publish.formats import check_formats  # noqa: PLC0415
    from polylogue.publish.overrides import read_overrides  # noqa: PLC0415
    from polylogue.publish.wishes import check_view, look_of  # noqa: PLC0415

    check_view(config)
    for name in ("data", "inbox", "vault"):
        if getattr(config.paths, name).resolve() == out.resolve():
            raise UsageError(
                f"{out} is the {name} folder of polylogue.",
                advice="Name another folder with --out.",
                code="out-is-taken",
            )
    wanted = formats or config.vault.formats
    check_formats(wanted)
    return Target(
        out,
        config.vault.layout,
        zone(config.vault.timezone, os.environ),
        formats=tuple(dict.fromkeys(wanted)),
        pages=config.vault.index,
        look=look_of(config),
        overrides=read_overrides(template_dir or config.paths.templates),
    )


def _import(config: Config, inputs: Sequence[Path], *, shown: bool) -> list[Outcome]:
    """Take what is named into the archive, tell the receipts, and let the daemon know."""
    if not inputs:
        return []
    from polylogue.store.archive import open_archive  # noqa: PLC0415

    outcomes = []
    with open_archive(config.archive) as archive:
        for path in inputs:
            outcome = take(archive, path, config, shown=shown)
            outcomes.append(outcome)
            if shown:
                for line in outcome.lines:
                    click.echo(line, err=outcome.failed)
    if not all(outcome.failed for outcome in outcomes):
        tell_daemon(config)
    return outcomes


def _render(config: Config, target: "Target", chosen: "Chosen", *, shown: bool) -> "Report":
    from polylogue.publish import outside  # noqa: PLC0415
    from polylogue.store.archive import open_readonly  # noqa: PLC0415

    open_readonly(config.archive).close()  # says so when there is none, or an older one
    with bar(target.root.name, shown=shown) as advance:
        return outside.render(
            config.archive,
            target,
            chosen,
            progress=lambda done, left: advance(done, done + left, count(done, "chat")),
        )


def _told(report: "Report") -> dict[str, object]:
    """Return the report for a program."""
    return {
        "written": report.written,
        "unchanged": report.unchanged,
        "pages": report.pages,
        "blocked": report.blocked,
        "edited_copies": report.saved,
        "broken": len(report.broken),
    }


def _lines(report: "Report", root: Path) -> Iterator[str]:
    """Yield the report for a person."""
    pages = f", {count(report.pages, 'index page')}" if report.pages else ""
    yield (
        f"{folder(str(root))}: {count(report.written, 'note')} written,"
        f" {report.unchanged:,} unchanged{pages}."
    )
    yield from _listed("Edited copies were kept:", report.saved)
    yield from _listed("Not written, since files of yours have their names:", report.blocked)
    if report.broken:
        yield f"{count(len(report.broken), 'chat')} could not be rendered: polylogue verify"


def _listed(title: str, paths: Sequence[str]) -> Iterator[str]:
    if paths:
        yield title
    yield from (f"  {one_line(path)}" for path in paths[:_LISTED])
    if len(paths) > _LISTED:
        yield f"  and {len(paths) - _LISTED:,} more"
