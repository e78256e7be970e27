"""What all commands share: how they are found, how they fail, how they print for programs.

An error that polylogue foresees becomes one sentence on stderr and an exit code; with `--json` an
object on stdout says the same. The context's `obj` is the path given with --config, or None.
"""

import functools
import importlib
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

import click
import msgspec

from polylogue.cli.words import visible
from polylogue.config import Config, load
from polylogue.errors import PolylogueError

_P = ParamSpec("_P")
_R = TypeVar("_R")

SCHEMA = 1
_JSON = "polylogue.json"  # key in the context's `meta`: was --json given?


class Commands(click.Group):
    """A group whose commands stand elsewhere: `places` maps a name to `module:object`."""

    def __init__(self, *args: Any, places: Mapping[str, str], **settings: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(*args, **settings)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names, in the table's order."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command, None when there is none of this name."""
        place = self._places.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a PolylogueError is told and becomes its exit code."""
        try:
            return super().invoke(ctx)
        except PolylogueError as error:
            tell(error)
            if ctx.meta.get(_JSON):
                print_json({"error": as_json(error)})
            ctx.exit(error.exit_code)


def pass_config(
    command: Callable[Concatenate[Config, _P], _R],
) -> Callable[_P, _R]:
    """Call the command with the configuration first. Raises ConfigError when it is wrong."""

    @functools.wraps(command)
    def configured(*args: _P.args, **options: _P.kwargs) -> _R:
        return command(load(click.get_current_context().obj, os.environ), *args, **options)

    return configured


def _remember(context: click.Context, _option: click.Parameter, value: bool) -> bool:
    context.meta[_JSON] = value
    return value


json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    is_eager=True,
    callback=_remember,
    help="Print JSON for programs.",
)


def print_json(fields: Mapping[str, object]) -> None:
    """Print one JSON object on one line, with the number of the schema in it."""
    click.echo(msgspec.json.encode({"schema": SCHEMA, **fields}).decode())


def as_json(error: PolylogueError) -> dict[str, str]:
    """Return what programs are told of an error."""
    return {"code": error.code, "message": visible(error.message), "advice": error.advice}


def tell(error: PolylogueError) -> None:
    """Say on stderr what is wrong and what to do."""
    click.echo(visible(f"polylogue: {error}"), err=True)


def leave(code: int) -> NoReturn:
    """End the command with this exit code."""
    click.get_current_context().exit(code)


def day(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """Return the ms at which a day such as 2026-01-31 begins where this machine is."""
    if value is None:
        return None
    try:
        begin = datetime.strptime(value, "%Y-%m-%d").astimezone()
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"{value!r} is no day such as 2026-01-31.") from error
    return int(begin.timestamp() * 1000)
