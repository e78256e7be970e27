"""`polylogue` as a process: help, version, and how it ends when things go wrong."""

import os
import subprocess

import pytest
from cli_place import Place
from click.testing import CliRunner

from polylogue import __version__
from polylogue.cli import program
from polylogue.cli.frame import Commands


def test_version(place: Place) -> None:
    """--version prints the version and nothing else."""
    with place.start("--version") as run:
        assert run.communicate() == (f"polylogue {__version__}\n", "")
        assert run.returncode == 0


def test_bare_call_prints_help() -> None:
    """Without a command the help is printed, which lists every command."""
    result = CliRunner().invoke(program, [])
    assert result.exit_code == 0
    for name in ("ctl", "import", "search", "show", "verify", "init", "config", "demo"):
        assert f"  {name} " in result.stdout


@pytest.mark.parametrize("words", [["nonsense"], ["ctl", "nonsense"], ["show"], ["import"]])
def test_wrong_usage(place: Place, words: list[str]) -> None:
    """A call that makes no sense is told with the usage: exit code 2."""
    with place.start(*words) as run:
        out, err = run.communicate()
    assert (run.returncode, out) == (2, "")
    assert "Usage: " in err
    assert "Traceback" not in err


def test_wrong_configuration(place: Place) -> None:
    """A mistake in the configuration is one sentence, and exit code 78."""
    place.file.write_text("[inbox]\nsettle = 3\n", encoding="utf-8")
    with place.start("ctl", "status") as run:
        _, err = run.communicate()
    assert run.returncode == 78
    assert len(err.splitlines()) == 1
    assert "line 2" in err


def test_a_reader_that_leaves(place: Place) -> None:
    """When nobody reads the output any more, the program ends silently."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with place.start("config", "show", stdout=writing) as run:
            _, err = run.communicate()
    finally:
        os.close(writing)
    assert err == ""
    assert run.returncode == 1


def test_a_terminal_without_our_characters(place: Place) -> None:
    """What an old terminal cannot show becomes a question mark, not a traceback."""
    environ = os.environ | {"PYTHONIOENCODING": "ascii"}
    run = subprocess.run(
        place.command("ctl", "--help"), capture_output=True, env=environ, check=True
    )
    assert run.stdout.isascii()


def test_a_bug_is_a_traceback() -> None:
    """An exception that is none of polylogue's own passes as it is."""
    group = Commands("group", places={"broken": "json:no_such_command"})
    with pytest.raises(AttributeError):
        CliRunner().invoke(group, ["broken"], catch_exceptions=False)
