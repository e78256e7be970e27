"""`polylogued [--config FILE]`: from the command line to a running daemon and back."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from polylogue import __version__
from polylogue.config import Config, load
from polylogue.daemon.instance import only_instance
from polylogue.daemon.notify import Notifier
from polylogue.daemon.run import run, start_log
from polylogue.daemon.state import State
from polylogue.errors import PolylogueError

_ABOUT = """Watches the inbox folder, takes the exports that are dropped there into the archive, and
keeps the vault of notes current. Runs in the foreground until a signal; `polylogue ctl` asks it and
tells it what to do. Without --config, the configuration is $POLYLOGUE_CONFIG, then the one in the
user's configuration folder, then built-in defaults, which work."""


def main() -> None:
    """Run in the foreground until a signal; exit with the code of what went wrong, 0 otherwise."""
    parser = argparse.ArgumentParser(prog="polylogued", description=_ABOUT)
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration file")
    parser.add_argument("--version", action="version", version=f"polylogued {__version__}")
    arguments = parser.parse_args()
    os.umask(0o077)
    try:
        config = load(arguments.config, os.environ)
        start_log(config)
        _run(config, arguments.config)
    except PolylogueError as error:
        print(f"polylogued: {error}", file=sys.stderr)  # noqa: T201 - the last word to a person
        sys.exit(error.exit_code)


def _run(config: Config, file: Path | None) -> None:
    state = State()
    with only_instance(config.paths.data, config.socket, state.started_at):
        asyncio.run(run(state, config, file, Notifier(os.environ)))
