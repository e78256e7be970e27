"""`polylogue verify`: tells whether the archive is still as it was when it was written."""

from typing import TYPE_CHECKING

import click
import msgspec

from polylogue.cli.frame import json_option, leave, pass_config, print_json
from polylogue.cli.progress import bar
from polylogue.cli.words import distinct, visible
from polylogue.config import Config

if TYPE_CHECKING:
    from polylogue.store.verify import Finding


@click.command()
@json_option
@pass_config
def verify(config: Config, as_json: bool) -> None:
    """Check the archive against its own hashes. Exit code 1 when something is wrong."""
    from polylogue.store.archive import open_readonly, translated  # noqa: PLC0415
    from polylogue.store.verify import verify as findings_in  # noqa: PLC0415

    with (
        open_readonly(config.archive) as archive,
        translated(config.archive),
        bar("Verifying", shown=not as_json) as advance,
    ):
        findings = findings_in(
            archive.connection, progress=lambda done, total: advance(done, total, "")
        )
    if as_json:
        print_json({"findings": [msgspec.to_builtins(finding) for finding in findings]})
    elif findings:
        for line in distinct(map(_line, findings)):
            click.echo(line)
    else:
        click.echo("The archive is as it was written.")
    leave(1 if findings else 0)


def _line(finding: "Finding") -> str:
    advice = f"  → {finding.advice}" if finding.advice else ""
    return visible(f"! {finding.code}  {finding.text}{advice}")
