"""`polylogue init` and `polylogue config`."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cli_place import Place
from click.testing import CliRunner, Result

from polylogue.cli import program
from polylogue.config import describe, load
from polylogue.sources.inbox import is_ours


@pytest.fixture
def home(place: Place) -> Path:
    """Give the test a home without a configuration."""
    place.file.unlink()
    return place.file.parent


def run(*words: str) -> Result:
    """Run a command with the configuration that it finds by itself."""
    return CliRunner().invoke(program, words, catch_exceptions=False)


def mode(path: Path) -> int:
    """Return who may do what with a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_what_is_missing(home: Path) -> None:
    """`init` writes a configuration in which the defaults hold, and folders for their owner only."""
    result = run("init")
    assert result.exit_code == 0
    config = load(None, {})
    assert config.file is not None
    assert mode(config.file) == 0o600
    assert config.given == frozenset()
    assert home in config.paths.inbox.parents
    for folder in (config.paths.data, config.paths.inbox, config.paths.vault):
        assert mode(folder) == 0o700
    assert result.stdout.count("Made") == 3


def test_init_takes_nothing_away(home: Path) -> None:
    """A second `init` changes nothing and says so."""
    run("init")
    file = load(None, {}).file
    assert file is not None
    file.write_text("# mine\n", encoding="utf-8")
    result = run("init")
    assert result.exit_code == 0
    assert file.read_text(encoding="utf-8") == "# mine\n"
    assert "stays as it is" in result.stdout
    assert result.stdout.count("There is already") == 3
    assert home.exists()


def test_init_where_it_is_told(home: Path) -> None:
    """--config names the file that is written; its settings say where the folders are."""
    file = home / "else" / "here.toml"
    assert run("--config", str(file), "init").exit_code == 0
    assert file.exists()


def test_init_where_nothing_can_be_made(home: Path) -> None:
    """A place that cannot be made is one sentence, with the place."""
    (home / "file").write_text("", encoding="utf-8")
    result = run("--config", str(home / "file" / "config.toml"), "init")
    assert result.exit_code == 75
    assert "cannot be made" in result.stderr


def test_the_written_settings_are_the_defaults(home: Path) -> None:
    """Taking the comment signs away from the settings gives a file that holds, with every key."""
    file = home / "config.toml"
    run("--config", str(file), "init")
    lines = file.read_text(encoding="utf-8").splitlines()
    bare = [line[1:] if line.startswith("#") and line[1:2].isalpha() else line for line in lines]
    file.write_text("\n".join(bare), encoding="utf-8")
    config = load(file, {})
    assert config.given == {key for key, _, _ in describe(config)}


def test_config_show(place: Place) -> None:
    """Every setting is printed, and whether it is a default."""
    lines = [" ".join(line.split()) for line in place.run("config", "show").stdout.splitlines()]
    assert "paths.inbox = ~/inbox" in lines
    assert "inbox.settle_seconds = 2 (default)" in lines
    assert "sessions.claude_code.path = ~/.claude/projects (default)" in lines
    assert lines[0] == "# ~/config.toml"


def test_config_show_for_programs(place: Place) -> None:
    """With --json each setting has key, value and origin."""
    answer = json.loads(place.run("config", "show", "--json").stdout)
    assert answer["schema"] == 1
    assert answer["file"] == str(place.file)
    inbox = {"key": "paths.inbox", "value": str(place.config.paths.inbox), "origin": "file"}
    assert inbox in answer["settings"]


def test_config_check(place: Place) -> None:
    """A file that is fine is said to be; the first mistake of another is told, exit code 78."""
    assert place.run("config", "check").stdout == "~/config.toml is fine.\n"
    place.file.write_text("[paths]\ninbx = 3\n", encoding="utf-8")
    result = place.run("config", "check")
    assert result.exit_code == 78
    assert "the nearest is inbox" in result.stderr


@pytest.mark.parametrize("command", ["check", "show"])
def test_a_layout_that_the_daemon_refuses(place: Place, command: str) -> None:
    """A layout with a field that there is not is refused here as well: exit code 78."""
    place.file.write_text('[vault]\n\nlayout = "{provider}/{model}"\n', encoding="utf-8")
    result = place.run("config", command)
    assert (result.exit_code, result.stdout) == (78, "")
    assert "config.toml, line 3: " in result.stderr
    assert "unknown field {model}" in result.stderr
    assert "{project}" in result.stderr


def test_config_check_without_a_file(home: Path) -> None:
    """Without a file the defaults hold, and that is fine."""
    result = run("config", "check")
    assert (result.exit_code, result.stdout.startswith("There is no configuration")) == (0, True)
    assert home.exists()


def test_python_m_polylogue() -> None:
    """`python -m polylogue` is the program."""
    asked = [sys.executable, "-m", "polylogue", "--version"]
    assert subprocess.run(asked, capture_output=True, check=True).stdout.startswith(b"polylogue ")


def test_the_inbox_that_init_makes_is_polylogues(place: Place) -> None:
    """What is dropped before the first start is put away like everything later."""
    place.run("init")

    assert is_ours(place.config.paths.inbox)
