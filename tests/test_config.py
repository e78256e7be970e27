"""The configuration: what is found where, what is refused and in which words."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylogue.config import Config, describe, load
from polylogue.config.settings import SECTIONS
from polylogue.errors import ConfigError

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home of its own, without a configuration."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(name)
    return folder


def write(folder: Path, text: str | bytes) -> Path:
    """Write a configuration file into `folder`."""
    file = folder / "config.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def refusal(file: Path) -> str:
    """Return the sentence with which `file` is refused, without the file's folder."""
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert caught.value.exit_code == 78
    return caught.value.message.replace(f"{file.parent}/", "")


def test_defaults_work(home: Path) -> None:
    """Without any file everything has a value, and it is said to be a default."""
    config = load(None, {})
    assert config.paths.inbox == home / "Polylogue/Inbox"
    assert config.archive == config.paths.data / "archive.db"
    assert config.file is None
    assert {origin for _, _, origin in describe(config)} == {"default"}


def test_example_shows_every_setting_with_its_default() -> None:
    """config.example.toml names every key, each at its default."""
    example, default = load(EXAMPLE, {}), load(None, {})
    assert {key for key, _, _ in describe(default)} == example.given
    same_data_folder = sys.platform == "linux"
    for (key, shown, _), (_, value, _) in zip(describe(example), describe(default), strict=True):
        assert shown == value or (key == "paths.data" and not same_data_folder), key


def test_every_key_of_the_example_has_a_comment() -> None:
    """In config.example.toml a comment stands above each key."""
    lines = EXAMPLE.read_text().splitlines()
    keys = [number for number, line in enumerate(lines) if " = " in line and line[0] not in "#["]
    assert [lines[number] for number in keys if not lines[number - 1].startswith("#")] == []


@pytest.mark.parametrize("where", ["argument", "environment", "user's folder"])
def test_file_is_looked_up(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file comes from the argument, $POLYLOGUE_CONFIG, or the user's configuration folder."""
    folder = tmp_path / "polylogue"
    folder.mkdir()
    file = write(folder, "[daemon]\nlog_level = 'error'")
    other = write(tmp_path, "[daemon]\nlog_level = 'debug'")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path if where == "user's folder" else folder))
    if where == "user's folder" and sys.platform == "darwin":
        usual = Path.home() / "Library/Application Support/polylogue"
        usual.mkdir(parents=True)
        write(usual, file.read_bytes())
    config = {
        "argument": lambda: load(file, {"POLYLOGUE_CONFIG": str(other)}),
        "environment": lambda: load(None, {"POLYLOGUE_CONFIG": str(file)}),
        "user's folder": lambda: load(None, {}),
    }[where]()
    assert config.daemon.log_level == "error"
    assert config.origin("daemon.log_level") == "file"
    assert config.origin("daemon.scan_seconds") == "default"


def test_file_that_was_asked_for_must_exist(tmp_path: Path) -> None:
    """A file named by the person that is not there is an error, not the defaults."""
    assert refusal(tmp_path / "nix.toml").startswith("The configuration nix.toml cannot be read")
    assert refusal(tmp_path / "home").startswith("The configuration home cannot be read")


def test_paths_are_seen_from_the_file(tmp_path: Path, home: Path) -> None:
    """Relative paths start at the file's folder, "~" at home."""
    file = write(tmp_path, '[paths]\ninbox = "in/../drop"\nvault = "~/notes"')
    assert load(file, {}).paths.inbox == tmp_path / "drop"
    assert load(file, {}).paths.vault == home / "notes"


SECONDS = "must be a number of seconds from 0 to 3600"
ZONE = 'must be "local" or the name of a time zone such as "Europe/Berlin"'
LEVEL = 'must be "debug", "info", "warning" or "error"'
AFTER = 'must be "move", "leave" or "delete"'

MISTAKES = {
    "property": (
        "[vault.properties]\ncreatd = 'x'",
        "config.toml, line 2: [vault.properties] creatd is not a setting; the nearest is created.",
    ),
    "name of a property": (
        "[vault.properties]\ncreated = 'a: b'",
        (
            "config.toml, line 2: [vault.properties] created must be the name of a property, letters first,"
            ' or "" to leave it out, but is "a: b".'
        ),
    ),
    "two of one name": (
        "[vault.properties]\nkind = ''\ncreated = 'date'",
        (
            "config.toml, line 3: [vault.properties] created must have a name of its own,"
            ' but "date" is that of date.'
        ),
    ),
    "date pattern": (
        "[vault]\ndate_format = '%Q'",
        (
            'config.toml, line 2: [vault] date_format must be a date pattern such as "%d.%m.%Y %H:%M",'
            ' in one line, but is "%Q".'
        ),
    ),
    "remote images": (
        "[vault]\nremote_images = 'links'",
        (
            'config.toml, line 2: [vault] remote_images must be "link" or "embed", but is "links";'
            ' the nearest is "link".'
        ),
    ),
    "shown parts": (
        "[vault.show]\ntools = 'no'",
        'config.toml, line 2: [vault.show] tools must be true or false, but is "no".',
    ),
    "unknown key": (
        "[inbox]\n\nsettle_secs = 2",
        "config.toml, line 3: [inbox] settle_secs is not a setting; the nearest is settle_seconds.",
    ),
    "nothing near": ("[inbox]\nqqq = 2", "config.toml, line 2: [inbox] qqq is not a setting."),
    "unknown section": (
        "# hello\n[Vaults]\nlayout = 'x'",
        "config.toml, line 2: [Vaults] is not a section; the nearest is [vault].",
    ),
    "key of another section": (
        "[inbox]\nlog_level = 'info'",
        "config.toml, line 2: [inbox] log_level belongs below [daemon].",
    ),
    "key without a section": (
        "timezone = 'local'",
        "config.toml, line 1: timezone belongs below [vault].",
    ),
    "section as a value": (
        "inbox = '~/x'",
        "config.toml, line 1: inbox must be a table: [inbox] and its keys below it.",
    ),
    "section as a number": (
        "\nlimits = 3",
        "config.toml, line 2: limits must be a table: [limits] and its keys below it.",
    ),
    "wrong type": (
        "[inbox]\nsettle_seconds = '2s'",
        f'config.toml, line 2: [inbox] settle_seconds {SECONDS}, but is "2s".',
    ),
    "negative": (
        "inbox.settle_seconds = -1",
        f"config.toml, line 1: [inbox] settle_seconds {SECONDS}, but is -1.",
    ),
    "not a number": (
        "inbox = { settle_seconds = nan }",
        f"config.toml, line 1: [inbox] settle_seconds {SECONDS}, but is nan.",
    ),
    "true is no number": (
        "[limits]\nmax_import_gib = true",
        "config.toml, line 2: [limits] max_import_gib must be a number of GiB above 0, but is True.",
    ),
    "no such choice": (
        "[inbox]\nafter_import = 'Moved'",
        f'config.toml, line 2: [inbox] after_import {AFTER}, but is "Moved"; the nearest is "move".',
    ),
    "no such zone": (
        "[vault]\nlayout = '{year}'\ntimezone = 'europe/berlin'",
        (
            f'config.toml, line 3: [vault] timezone {ZONE}, but is "europe/berlin"; '
            'the nearest is "Europe/Berlin".'
        ),
    ),
    "zone outside": (
        "[vault]\ntimezone = '../../etc/passwd'",
        f'config.toml, line 2: [vault] timezone {ZONE}, but is "../../etc/passwd".',
    ),
    "list of lines": (
        "[daemon]\nscan_seconds = 5\nlog_level = [\n  1,\n  2,\n]",
        f"config.toml, line 3: [daemon] log_level {LEVEL}, but is [1, 2].",
    ),
    "empty path": (
        "[paths]\ninbox = ''",
        'config.toml, line 2: [paths] inbox must be a folder, but is "".',
    ),
    "home of nobody": (
        "[paths]\ninbox = '~nobody-here/x'",
        'config.toml, line 2: [paths] inbox must be a folder, but is "~nobody-here/x".',
    ),
    "broken value": (
        "[inbox]\nsettle_seconds = = 2",
        "config.toml, line 2, column 18: invalid value.",
    ),
    "no end": ("[inbox]\na = [", "config.toml, line 2, column 6: invalid value."),
    "twice": (
        "[inbox]\nsettle_seconds = 1\nsettle_seconds = 2\n",
        "config.toml, line 3, column 19: cannot overwrite a value.",
    ),
    "not UTF-8": (b"[inbox]\n# \xff", "config.toml, line 2: this is not UTF-8 text."),
}


@pytest.mark.parametrize(("text", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistake_is_one_sentence(text: str | bytes, sentence: str, tmp_path: Path) -> None:
    """A mistake is named with file, line, key, what is wrong and the nearest right word."""
    assert refusal(write(tmp_path, text)) == sentence


@pytest.mark.parametrize(
    ("inner", "outer"),
    [("inbox", "vault"), ("vault", "inbox"), ("data", "inbox"), ("vault", "data")],
)
def test_folders_lie_apart(inner: str, outer: str, tmp_path: Path) -> None:
    """No folder may lie in another one."""
    file = write(tmp_path, f'[paths]\n{outer} = "a"\n{inner} = "a/b/c"')
    assert refusal(file) == (
        f"config.toml, line 3: [paths] {inner} (a/b/c) must not lie in [paths] {outer} (a)."
    )


def test_folder_beside_another_is_fine(tmp_path: Path) -> None:
    """Names that begin alike are not inside one another."""
    load(write(tmp_path, '[paths]\nvault = "notes"\ninbox = "notes-in"'), {})


def test_links_do_not_hide_an_overlap(tmp_path: Path) -> None:
    """A folder reached through a link is the folder that the link leads to."""
    (tmp_path / "vault").mkdir()
    (tmp_path / "link").symlink_to("vault", target_is_directory=True)
    sentence = refusal(write(tmp_path, '[paths]\nvault = "vault"\ninbox = "link/in"'))
    assert "inbox (link/in) must not lie in [paths] vault (vault)" in sentence


def test_overlap_with_a_default_is_found(tmp_path: Path, home: Path) -> None:
    """A folder from the file is also held against the defaults of the others."""
    sentence = refusal(write(tmp_path, f'[paths]\nvault = "{home}"'))
    assert sentence.startswith("config.toml, line 2: [paths] data (")


@pytest.mark.parametrize("value", ["0", "false", " No "])
def test_old_switch_is_refused(value: str) -> None:
    """POLYLOGUE_DB_FIRST=0 is refused with a sentence; other values say what is true anyway."""
    with pytest.raises(ConfigError, match="the database is the only source"):
        load(None, {"POLYLOGUE_DB_FIRST": value})
    assert load(None, {"POLYLOGUE_DB_FIRST": "1"}) == load(None, {})


def test_socket_is_in_the_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket lies in the user's runtime folder, one for each data folder."""
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setattr("polylogue.config._MAX_SOCKET_BYTES", 1000)
    sockets = [
        load(write(tmp_path, f'[paths]\ndata = "{data}"'), {}).socket for data in ("a", "b", "a")
    ]
    if sys.platform == "linux":
        assert sockets[0].parent == runtime / "polylogue"
    assert sockets[0] == sockets[2] != sockets[1]


@pytest.mark.parametrize("runtime", ["missing", "x" * 150], ids=["missing", "too long"])
def test_socket_has_a_place_without_a_runtime_folder(
    runtime: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a usable runtime folder the socket gets a short path in a temporary folder."""
    folder = tmp_path / runtime
    if runtime != "missing":
        folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    socket = load(None, {}).socket
    assert len(os.fsencode(socket)) <= 100
    assert folder not in socket.parents


@given(st.dictionaries(st.sampled_from([*SECTIONS, "x"]), st.text(max_size=30), max_size=4))
def test_any_text_loads_or_is_refused(parts: dict[str, str]) -> None:
    """Whatever stands in the file, it is read or refused in words."""
    folder = Path(os.environ["HOME"])
    text = "".join(f"[{name}]\n{body}\n" for name, body in parts.items())
    with suppress(ConfigError):
        assert isinstance(load(write(folder, text.encode("utf-8", "replace")), {}), Config)


def test_config_is_a_value() -> None:
    """A configuration cannot be changed after it was read."""
    config = load(None, {})
    with pytest.raises(AttributeError):
        config.inbox.settle_seconds = 5  # type: ignore[misc]
    assert msgspec.structs.replace(config) == config


def test_sessions_are_told_by_tables_within_a_table(home: Path, tmp_path: Path) -> None:
    """Agents have tables of their own; further folders stand in a list."""
    text = """
        [sessions]
        folders = ["~/work", "here"]
        [sessions.claude_code]
        enabled = false
        [sessions.codex]
        path = "/codex"
    """
    config = load(write(tmp_path, text), {})
    assert config.sessions.places() == [
        ("sessions.codex.path", Path("/codex")),
        ("sessions.folders", home / "work"),
        ("sessions.folders", tmp_path / "here"),
    ]
    assert config.origin("sessions.claude_code.enabled") == "file"
    assert config.origin("sessions.claude_code.path") == "default"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[sessions.claude-code]\npath = 'x'",
            "line 1: [sessions.claude-code] is not a section; the nearest is [sessions.claude_code]",
        ),
        (
            "[sessions.codex]\nenable = true",
            "line 2: [sessions.codex] enable is not a setting; the nearest is enabled",
        ),
        (
            "[sessions]\ncodex = true",
            "line 2: sessions.codex must be a table: [sessions.codex] and its keys below it",
        ),
        (
            "[sessions.codex]\nenabled = 'yes'",
            '[sessions.codex] enabled must be true or false, but is "yes"',
        ),
        ("[sessions]\nfolders = 'x'", 'must be a list of folders, but is "x"'),
        ("[sessions]\nfolders = [3]", "must be a list of folders, but is [3]"),
        ("['sessions.codex']\nenabled = true", "line 1: [sessions.codex] is not a section"),
        (
            "[paths]\ninbox = '/a/inbox'\n[sessions]\nfolders = ['/a']",
            "line 2: [paths] inbox (/a/inbox) must not lie in [sessions] folders (/a)",
        ),
    ],
)
def test_mistakes_in_sessions_are_told(text: str, said: str, tmp_path: Path) -> None:
    """A wrong table, key or value is named with its line, as anywhere else."""
    assert said in refusal(write(tmp_path, text))


def test_folders_of_agents_that_are_not_followed_may_be_anywhere(
    home: Path, tmp_path: Path
) -> None:
    """What is not followed is in nobody's way."""
    text = "[sessions]\nfolders = ['~/.claude']\n[sessions.claude_code]\nenabled = false"
    places = load(write(tmp_path, text), {}).sessions.places()
    assert ("sessions.folders", home / ".claude") in places
