"""`polylogue init` and `polylogue config`: first steps, and what holds."""

import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import click
import platformdirs

import polylogue
from polylogue.cli.frame import json_option, pass_config, print_json
from polylogue.cli.words import folder
from polylogue.config import ENV_CONFIG, Config, Value, describe, load
from polylogue.errors import BusyError
from polylogue.publish.wishes import check_view
from polylogue.sources.inbox import claim

_EXAMPLE = "config.example.toml"


@click.command()
@click.pass_context
def init(context: click.Context) -> None:
    """Make the folders, and a configuration file to edit, where there are none."""
    asked: Path | None = context.obj
    file = asked or _usual_file()
    if _write_new(file, _commented(_example())):
        click.echo(f"Wrote {folder(str(file))}: every setting, with its default.")
    else:
        click.echo(f"{folder(str(file))} is there already and stays as it is.")
    config = load(file, os.environ)
    for name in ("data", "inbox", "vault"):
        path: Path = getattr(config.paths, name)
        made = _make_folder(path)
        if made and name == "inbox":
            claim(path)
        click.echo(f"{'Made' if made else 'There is already'} {folder(str(path))} ({name}).")
    click.echo(f"Now start `polylogued`, and drop exports into {folder(str(config.paths.inbox))}.")


@click.group()
def config() -> None:
    """Show and check the configuration."""


@config.command()
@json_option
@pass_config
def show(config: Config, as_json: bool) -> None:
    """Print every setting, and where it comes from."""
    check_view(config)
    settings = describe(config)
    if as_json:
        fields = [
            {
                "key": key,
                "value": _plain(value),
                "origin": origin,
            }
            for key, value, origin in settings
        ]
        file = str(config.file) if config.file else None
        print_json({"file": file, "socket": str(config.socket), "settings": fields})
        return
    click.echo(f"# {folder(str(config.file)) if config.file else 'no file; the defaults hold'}")
    width = max(len(key) for key, _, _ in settings)
    for key, value, origin in settings:
        click.echo(f"{key:<{width}} = {_words(value)}" + "  (default)" * (origin == "default"))


def _plain(value: Value) -> object:
    """Return a value as JSON has it."""
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def _words(value: Value) -> str:
    """Return a value for people."""
    if isinstance(value, tuple):
        return ", ".join(folder(str(one)) for one in value) or "none"
    return folder(str(value)) if isinstance(value, Path) else str(value)


@config.command()
@pass_config
def check(config: Config) -> None:
    """Read the configuration and say what is wrong with it, if anything."""
    check_view(config)
    if config.file:
        click.echo(f"{folder(str(config.file))} is fine.")
    else:
        click.echo("There is no configuration file; the defaults hold.")


def _usual_file() -> Path:
    """Return where the configuration is looked for when nobody names one."""
    named = os.environ.get(ENV_CONFIG)
    if named:
        return Path(named).expanduser()
    return platformdirs.user_config_path("polylogue", appauthor=False) / "config.toml"


def _example() -> str:
    """Return the example configuration, from the installed package or from beside it."""
    packaged = resources.files(polylogue) / _EXAMPLE
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(polylogue.__file__).parents[1] / _EXAMPLE).read_text(encoding="utf-8")


def _commented(example: str) -> str:
    """Return the example with its settings commented out, so that future defaults hold too."""
    return "".join(_commented_lines(example.splitlines(keepends=True)))


def _commented_lines(lines: list[str]) -> Iterator[str]:
    for line in lines:
        is_setting = line.strip() and not line.startswith(("#", "["))
        yield f"#{line}" if is_setting else line


def _write_new(file: Path, text: str) -> bool:
    """Write a file for its owner's eyes; return False when there is one already."""
    if os.path.lexists(file):
        return False
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise _not_made(file, error) from error
    return True


def _make_folder(path: Path) -> bool:
    """Make a folder for its owner only; return False when it is there already."""
    if path.is_dir():
        return False
    try:
        path.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise _not_made(path, error) from error
    return True


def _not_made(path: Path, error: OSError) -> BusyError:
    return BusyError(
        f"{path} cannot be made: {error.strerror}.",
        advice="Name another place in the configuration, or make it yourself.",
        code="cannot-create",
    )
