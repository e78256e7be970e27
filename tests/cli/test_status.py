"""`polylogue ctl status`: one screen for people, the daemon's own JSON for programs."""

import json
import signal
import subprocess
import sys
from typing import Any

import pytest
from cli_place import Place
from control_server import Control, serving

NOW = 1_800_000_000_000


def status(**changes: object) -> dict[str, Any]:
    """Return the status of a daemon that is well, with changes such as `inbox={"waiting": 2}`."""
    fine: dict[str, Any] = {
        "version": "0.1.0",
        "pid": 4121,
        "started_at": NOW - 273_600_000,
        "now": NOW,
        "paused": False,
        "archive": {
            "path": "/data/archive.db",
            "conversations": 1204,
            "messages": 48913,
            "attachments": 7,
            "bytes": 212_000_000,
            "last_import_at": NOW - 120_000,
        },
        "inbox": {
            "path": "/inbox",
            "watch": "native",
            "waiting": 0,
            "failed": 0,
            "reading": None,
            "last": {
                "name": "export.zip",
                "state": "imported",
                "sentence": "3 conversations (3 new).",
                "at": NOW - 90_000,
            },
        },
        "vault": {"path": "/vault", "notes": 1204, "dirty": 0, "state": "ok", "rendering": False},
        "unknowns": 0,
        "warnings": [],
    }
    for name, change in changes.items():
        fine[name] = {**fine[name], **change} if isinstance(change, dict) else change
    return fine


def test_all_good(place: Place, control: Control) -> None:
    """A daemon that is well is said to be, on four lines, and the exit code is 0."""
    control.answers["GET /v1/status"] = [status()]
    result = place.run("ctl", "status")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "polylogued 0.1.0 · running 3 d 4 h · pid 4121 · all good",
        "Archive  1,204 conversations · 48,913 messages · 212 MB · last import 2 min ago",
        "Inbox    /inbox · empty · last export.zip, 1 min ago: 3 conversations (3 new)",
        "Vault    /vault · up to date · 1,204 notes",
    ]


_FOLDER = {
    "name": "claude_code",
    "path": "/claude",
    "watch": "native",
    "files": 38,
    "last_activity": NOW - 120_000,
    "problems": 0,
    "only_here": 0,
}


@pytest.mark.parametrize(
    ("sessions", "lines"),
    [
        pytest.param(
            {"folders": [_FOLDER]},
            ["Claude   /claude · watching · 38 files · last activity 2 min ago"],
            id="well",
        ),
        pytest.param(
            {
                "folders": [
                    _FOLDER | {"only_here": 5, "problems": 1},
                    _FOLDER | {"name": "codex", "watch": "polling", "files": 1},
                    _FOLDER | {"name": "folder", "watch": "error", "last_activity": None},
                ]
            },
            [
                (
                    "Claude   /claude · watching · 38 files · last activity 2 min ago"
                    " · 5 sessions only here · 1 not read"
                ),
                "Codex    /claude · looked at now and then · 1 file · last activity 2 min ago",
                "Session  /claude · cannot be read · 38 files",
            ],
            id="troubled",
        ),
        pytest.param(
            {
                "folders": [
                    _FOLDER | {"watch": "missing", "files": 0, "last_activity": None},
                    _FOLDER | {"name": "codex", "watch": "missing", "only_here": 1},
                ]
            },
            [
                "Claude   /claude · not there",
                (
                    "Codex    /claude · not there · 38 files · last activity 2 min ago"
                    " · 1 session only here"
                ),
            ],
            id="missing",
        ),
        pytest.param(
            {"folders": [], "waiting": 60, "filling": {"done": 20, "total": 80}},
            ["         reading sessions: 20 of 80 files, 25 %"],
            id="filling",
        ),
        pytest.param(
            {"folders": [], "waiting": 1, "filling": None},
            ["         1 file to be read"],
            id="paused",
        ),
    ],
)
def test_sessions(
    sessions: dict[str, Any], lines: list[str], place: Place, control: Control
) -> None:
    """Each session folder has a line, between inbox and vault; large work in hand has one, too."""
    control.answers["GET /v1/status"] = [status() | {"sessions": sessions}]
    assert place.run("ctl", "status").stdout.splitlines()[3:-1] == lines


@pytest.mark.parametrize(
    ("paused", "lines"),
    [
        pytest.param(False, ["new.zip           ready"], id="running"),
        pytest.param(
            True,
            [
                "new.zip           paused",
                "Paused: nothing is taken in → polylogue ctl resume",
            ],
            id="paused",
        ),
    ],
)
def test_a_paused_inbox(place: Place, control: Control, paused: bool, lines: list[str]) -> None:
    """What would be read next is said to be ready, or paused, and then what lets it go on."""
    control.answers["GET /v1/inbox"] = [{"items": [{"name": "new.zip", "state": "ready"}]}]
    control.answers["GET /v1/status"] = [status(paused=paused)]
    assert place.run("ctl", "inbox").stdout.splitlines() == lines


READING = {"name": "next.zip", "done": 43, "total": 100, "conversations": 812, "since": NOW}
WARNING = {"code": "vault-full", "text": "The disk is full.", "fix": "Free some.", "since": NOW}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param(
            {"inbox": {"reading": READING, "waiting": 4}},
            "Inbox    /inbox · reading next.zip 43 % · 812 conversations · 3 waiting",
            id="reading",
        ),
        pytest.param(
            {"inbox": {"reading": READING | {"total": 0, "done": 0}, "waiting": 1}},
            "Inbox    /inbox · reading next.zip · 812 conversations",
            id="reading-of-unknown-size",
        ),
        pytest.param(
            {"inbox": {"watch": "missing", "last": None}},
            "Inbox    /inbox · the folder is missing · empty",
            id="no-inbox",
        ),
        pytest.param(
            {"vault": {"dirty": 84, "rendering": True}},
            "Vault    /vault · writing · 84 notes to go · 1,204 notes",
            id="writing",
        ),
        pytest.param(
            {"vault": {"dirty": 1, "state": "waiting"}},
            "Vault    /vault · waiting for its disk · 1 note to go · 1,204 notes",
            id="vault-away",
        ),
        pytest.param(
            {"archive": {"conversations": 0, "messages": 0, "bytes": 0, "last_import_at": None}},
            "Archive  0 conversations · 0 messages · 0 B · nothing imported yet",
            id="new",
        ),
        pytest.param(
            {"unknowns": 3}, "Ledger   3 kinds of content kept but not understood", id="ledger"
        ),
        pytest.param(
            {"paused": True},
            "polylogued 0.1.0 · running 3 d 4 h · pid 4121 · paused → polylogue ctl resume"
            " · all good",
            id="paused",
        ),
    ],
)
def test_what_goes_on_is_said(
    place: Place, control: Control, changes: dict[str, Any], line: str
) -> None:
    """Work in hand and states that are no trouble have their words, and the exit code is 0."""
    control.answers["GET /v1/status"] = [status(**changes)]
    result = place.run("ctl", "status")
    assert line in result.stdout.splitlines()
    assert result.exit_code == 0


def test_warnings_come_with_what_mends_them(place: Place, control: Control) -> None:
    """A warning ends with the command or deed that mends it, and the exit code is 1."""
    control.answers["GET /v1/status"] = [status(warnings=[WARNING])]
    result = place.run("ctl", "status")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0].endswith("· 1 thing needs you")
    assert result.stdout.splitlines()[-1] == "! vault-full  The disk is full.  → Free some."


def test_failed_items_need_attention(place: Place, control: Control) -> None:
    """A dropped file that could not be read is reason enough for exit code 1."""
    control.answers["GET /v1/status"] = [status(inbox={"failed": 1})]
    result = place.run("ctl", "status")
    assert result.exit_code == 1
    assert "1 file could not be read → polylogue ctl inbox" in result.stdout
    assert result.stdout.splitlines()[0].endswith("· 1 thing needs you")


def test_everything_that_needs_a_person_is_counted(place: Place, control: Control) -> None:
    """The head counts each file that failed and each warning."""
    control.answers["GET /v1/status"] = [status(inbox={"failed": 16}, warnings=[WARNING])]
    result = place.run("ctl", "status")
    assert "16 files could not be read" in result.stdout
    assert result.stdout.splitlines()[0].endswith("· 17 things need you")


def test_json_is_what_the_daemon_says(place: Place, control: Control) -> None:
    """With --json the daemon's answer is printed as it is, also what this version does not know."""
    answer = status(warnings=[WARNING], news="from a later version")
    control.answers["GET /v1/status"] = [answer]
    result = place.run("ctl", "status", "--json")
    assert json.loads(result.stdout) == {"schema": 1, **answer}
    assert result.exit_code == 1


def test_names_cannot_steer_the_terminal(place: Place, control: Control) -> None:
    """Control characters in a file's name are shown as replacement characters."""
    evil = {
        "name": "\x1b]0;gotcha\x07.zip",
        "state": "imported",
        "sentence": "a\nb\x9b2J",
        "at": NOW,
    }
    control.answers["GET /v1/status"] = [status(inbox={"last": evil})]
    result = place.run("ctl", "status")
    assert "last �]0;gotcha�.zip, just now: a b�2J" in result.stdout


@pytest.mark.parametrize(
    ("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["terminal", "NO_COLOR"]
)
def test_colours(
    place: Place,
    control: Control,
    monkeypatch: pytest.MonkeyPatch,
    environ: dict[str, str],
    coloured: bool,
) -> None:
    """There are colours on a terminal, unless NO_COLOR is set."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    control.answers["GET /v1/status"] = [status()]
    result = place.run("ctl", "status", color=True)
    assert ("\x1b[" in result.stdout) is coloured


def test_not_running(place: Place) -> None:
    """Without a daemon it is exit code 3, and one sentence with what to do."""
    result = place.run("ctl", "status")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr == (
        f"polylogue: polylogued is not running (nobody answers at {place.config.socket})."
        " Start it with `polylogued`.\n"
    )


def test_a_daemon_of_another_environment(place: Place) -> None:
    """Where nobody answers at the usual place, the lock in the data folder says where to ask."""
    elsewhere = place.config.socket.with_name("elsewhere.sock")
    data = place.config.paths.data
    data.mkdir()
    held = json.dumps({"pid": 4121, "started_at": NOW, "socket": str(elsewhere)})
    (data / "polylogued.lock").write_text(held, encoding="utf-8")
    with serving(elsewhere, Control({"GET /v1/status": [status()]})):
        assert place.run("ctl", "status").exit_code == 0
    assert place.run("ctl", "status").exit_code == 3


@pytest.mark.parametrize(
    "held", ["", "{", "[]", '{"pid": 1, "started_at": 2}', '{"socket": 3}', '{"socket": "\\u0000"}']
)
def test_a_lock_that_says_nothing(place: Place, held: str) -> None:
    """A lock without a socket, such as one that is being written, is as good as none."""
    place.config.paths.data.mkdir()
    (place.config.paths.data / "polylogued.lock").write_text(held, encoding="utf-8")
    result = place.run("ctl", "status")
    assert result.exit_code == 3
    assert str(place.config.socket) in result.stderr


def test_not_running_for_programs(place: Place) -> None:
    """With --json the error is an object on stdout as well."""
    result = place.run("ctl", "status", "--json")
    assert result.exit_code == 3
    answer = json.loads(result.stdout)
    assert answer["schema"] == 1
    assert answer["error"]["code"] == "not-running"


@pytest.mark.parametrize("answer", [b"<html>", b'{"schema":1}'], ids=["no-json", "other-fields"])
def test_another_version(place: Place, control: Control, answer: bytes) -> None:
    """An answer that is not understood is one sentence, not a traceback."""
    control.answers["GET /v1/status"] = [answer]
    result = place.run("ctl", "status")
    assert result.exit_code == 1
    assert "Restart polylogued" in result.stderr


def test_watch_ends_with_ctrl_c(place: Place, control: Control) -> None:
    """--watch goes on until Ctrl-C, which is exit code 130 and no traceback."""
    control.answers["GET /v1/status"] = [status()]
    with place.start("ctl", "status", "--watch") as watching:
        assert watching.stdout
        assert watching.stderr
        assert watching.stdout.readline().startswith("polylogued 0.1.0")
        watching.send_signal(signal.SIGINT)
        assert watching.wait() == 130
        assert watching.stderr.read().strip() == ""


def test_status_loads_nothing_heavy() -> None:
    """The module behind `ctl status` brings in neither rich nor the parsers, the store or httpx."""
    heavy = [
        "asyncio",
        "rich",
        "httpx",
        "jinja2",
        "sqlite3",
        "polylogue.ingest",
        "polylogue.parsers",
    ]
    code = f"import sys, polylogue.cli.ctl; print([m for m in {heavy} if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
