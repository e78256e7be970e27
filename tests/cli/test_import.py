"""`polylogue import`, with the exports of the demonstration."""

import json
import os
import pty
import subprocess
from contextlib import suppress
from pathlib import Path

import chatgpt_exports
import pytest
from cli_place import Place
from control_server import Control, refusal

from polylogue.cli.samples.chatgpt import write_exports


@pytest.fixture
def exports(tmp_path: Path) -> tuple[str, str]:
    """Write two exports of one account; the second repeats most of the first."""
    may, june = write_exports(tmp_path)
    return str(may), str(june)


def test_receipts(place: Place, exports: tuple[str, str]) -> None:
    """Each path gets a receipt, and what is known already is told as the same."""
    result = place.run("import", *exports)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "chatgpt-may.zip: 3 conversations (3 new), 1 file.",
        "chatgpt-june.zip: 4 conversations (1 new, 1 changed, 2 same), 1 file.",
        "Notes are written when polylogued runs.",
    ]


def test_again(place: Place, exports: tuple[str, str]) -> None:
    """What was imported before is no failure."""
    place.run("import", exports[0])
    result = place.run("import", exports[0])
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "chatgpt-may.zip: The same bytes were imported before: 3 conversations"
    )


def test_a_bad_path_keeps_no_one_out(
    place: Place, exports: tuple[str, str], tmp_path: Path
) -> None:
    """What cannot be read is told on stderr, the rest comes in, and the exit code is 65."""
    (tmp_path / "empty.zip").touch()
    (tmp_path / "notes.txt").write_text("no chat", encoding="utf-8")
    bad = [str(tmp_path / name) for name in ("missing.zip", "empty.zip", "notes.txt")]
    result = place.run("import", *bad, exports[0])
    assert result.exit_code == 65
    assert len(result.stderr.splitlines()) == 3
    assert "missing.zip" in result.stderr.splitlines()[0]
    assert result.stdout.startswith("chatgpt-may.zip: 3 conversations (3 new)")


@pytest.mark.parametrize(
    ("broken", "listed", "more"),
    [(1, 1, []), (10, 10, []), (12, 10, ["  and 2 more"])],
    ids=["one", "ten", "twelve"],
)
def test_what_could_not_be_read(
    place: Place, tmp_path: Path, broken: int, listed: int, more: list[str]
) -> None:
    """Problems of an import are listed, up to ten, and the exit code of a partial one is 1."""
    chats = [chatgpt_exports.conversation("c1", "Tea", "Which tea?", "Green.")]
    torn = {f"conversations-{number:03}.json": b'[{"id": ' for number in range(broken)}
    chatgpt_exports.export_zip(tmp_path / "half.zip", chats, extra_members=torn)
    result = place.run("import", str(tmp_path / "half.zip"))
    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert sum(line.startswith("  - ") for line in lines) == listed
    assert [line for line in lines if line.startswith("  and ")] == more


def test_what_was_said_is_not_listed(place: Place, tmp_path: Path) -> None:
    """A single problem that the receipt has told in full is not told twice."""
    chats = [chatgpt_exports.conversation("c1", "Tea", "Which tea?", "Green."), {"no": "chat"}]
    chatgpt_exports.export_zip(tmp_path / "half.zip", chats)
    result = place.run("import", str(tmp_path / "half.zip"))
    assert result.exit_code == 1
    assert "could not be read" in result.stdout
    assert "  - " not in result.stdout


def test_receipts_for_programs(place: Place, exports: tuple[str, str], tmp_path: Path) -> None:
    """With --json there is one object with a receipt, or an error, for each path in its order."""
    (tmp_path / "empty.zip").touch()
    result = place.run("import", "--json", str(tmp_path / "empty.zip"), exports[0])
    answer = json.loads(result.stdout)
    failed, taken = answer["receipts"]
    assert (answer["schema"], answer["rendering"]) == (1, False)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "empty")
    assert (taken["status"], taken["counts"]["new"], taken["problems"]) == ("ok", 3, [])


def test_a_link_means_what_it_leads_to(
    place: Place, exports: tuple[str, str], tmp_path: Path
) -> None:
    """A person who names a symbolic link gets what it leads to."""
    link = tmp_path / "latest.zip"
    link.symlink_to(exports[0])
    assert place.run("import", str(link)).exit_code == 0


def test_the_daemon_is_told(place: Place, control: Control, exports: tuple[str, str]) -> None:
    """A running daemon hears of what came in, so that it writes the notes."""
    control.answers["POST /v1/scan"] = [{"scanned": True}]
    result = place.run("import", exports[0])
    assert [request for request, _ in control.asked] == ["POST /v1/scan"]
    assert "polylogued" not in result.stdout


def test_a_daemon_that_refuses(place: Place, control: Control, exports: tuple[str, str]) -> None:
    """What the daemon has to object is told; the import has succeeded all the same."""
    control.answers["POST /v1/scan"] = [(400, refusal("busy", "Not now."))]
    result = place.run("import", "--json", exports[0])
    assert (result.exit_code, result.stderr) == (0, "polylogue: Not now.\n")
    assert json.loads(result.stdout)["rendering"] is False


def test_progress_on_a_terminal(place: Place, exports: tuple[str, str]) -> None:
    """On a terminal a bar shows while it reads; what stays is the receipt."""
    terminal, end = pty.openpty()
    with subprocess.Popen(
        place.command("import", exports[0]), stdout=subprocess.DEVNULL, stderr=end
    ) as run:
        os.close(end)
        shown = _all_of(terminal)
    assert run.returncode == 0
    assert b"chatgpt-may.zip" in shown


def _all_of(terminal: int) -> bytes:
    """Return all that is written to a terminal until its other end is closed."""
    shown = b""
    with os.fdopen(terminal, "rb", buffering=0) as stream, suppress(OSError):  # EIO at the end
        while data := stream.read(4096):
            shown += data
    return shown
