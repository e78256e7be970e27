"""A place of its own for `polylogue` under test: a configuration whose folders lie in one folder."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from polylogue.cli import program
from polylogue.config import Config, load

CONFIG = '[paths]\ndata = "data"\ninbox = "inbox"\nvault = "vault"\n'


@dataclass(frozen=True)
class Place:
    """A configuration file, and ways to run `polylogue` with it."""

    file: Path

    @property
    def config(self) -> Config:
        """What the configuration says."""
        return load(self.file, os.environ)

    def run(self, *words: str, color: bool = False) -> Result:
        """Run a command in this process; what is a bug in it is raised."""
        runner = CliRunner()
        arguments = ["--config", str(self.file), *words]
        return runner.invoke(program, arguments, color=color, catch_exceptions=False)

    def command(self, *words: str) -> list[str]:
        """Return the command line of a process of its own."""
        return [sys.executable, "-m", "polylogue", "--config", str(self.file), *words]

    def start(self, *words: str, stdout: int = subprocess.PIPE) -> "subprocess.Popen[str]":
        """Start a process of its own."""
        return subprocess.Popen(
            self.command(*words),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )


def make_place(folder: Path) -> Place:
    """Write a configuration into `folder`."""
    file = folder / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return Place(file)
