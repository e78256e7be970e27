"""`polylogue`: parse arguments, call one use case, print.

A command is imported when it is called, and what is heavy (rich, httpx, the parsers) inside the
command that needs it, so that `ctl status` is quick as a whole process. `frame` says how commands
report errors and print JSON; `main` turns whatever ends the program into an exit code.
"""

import io
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from polylogue import __version__
from polylogue.cli.frame import Commands

__all__ = ["main", "program"]

_INTERRUPTED = 130  # what a shell calls a program that Ctrl-C ended


@click.group(
    cls=Commands,
    places={
        "ctl": "polylogue.cli.ctl:ctl",
        "import": "polylogue.cli.imports:import_",
        "render": "polylogue.cli.rendering:render",
        "search": "polylogue.cli.reading:search",
        "show": "polylogue.cli.reading:show",
        "verify": "polylogue.cli.care:verify",
        "init": "polylogue.cli.setup:init",
        "config": "polylogue.cli.setup:config",
        "demo": "polylogue.cli.demo:demo",
    },
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The configuration, instead of $POLYLOGUE_CONFIG or the usual place.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def program(context: click.Context, config: Path | None) -> None:
    """Keep every conversation you have had with an AI, and read them as Markdown notes."""
    context.obj = config
    if os.environ.get("NO_COLOR"):
        context.color = False
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main() -> NoReturn:
    """Run the program and end the process: 130 after Ctrl-C, silently when the reader has gone.

    A mistake of the person is one sentence and an exit code; a bug leaves as a traceback.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show "→" shows "?"
    try:
        code = program.main(prog_name="polylogue", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        code = _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        code = 1
    sys.exit(code)
