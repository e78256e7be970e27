"""The demonstration: what it drops into its inbox, and what a person gets to see."""

import os
import subprocess
from pathlib import Path

from cli_place import Place

from polylogue.cli.samples.chatgpt import write_exports
from polylogue.model import Attachment, Part, Text, Thinking, ToolCall, ToolResult
from polylogue.parsers import PARSERS
from polylogue.store.archive import open_readonly
from polylogue.store.load import find, load


def test_everything_in_them_is_understood(place: Place, tmp_path: Path) -> None:
    """Nothing of the exports lands in the ledger, and what they are to show is there."""
    assert place.run("import", *map(str, write_exports(tmp_path))).exit_code == 0
    with open_readonly(place.config.archive) as archive:
        assert archive.connection.execute("SELECT path, kind FROM unknowns").fetchall() == []
        chats = [load(archive.connection, row) for row in find(archive.connection, "")]
    stored = [message for chat in chats for message in chat.messages]
    parts: list[Part] = [part for message in stored for part in message.message.parts]
    assert len(chats) == 4
    assert {message.branch for message in stored} == {0, 1, 2}
    assert {Text, Thinking, ToolCall, ToolResult, Attachment} == set(map(type, parts))
    assert any(part.citations for part in parts if isinstance(part, Text))
    assert [one.status for message in stored for one in message.attachments] == ["stored"]


def test_from_drop_to_note(place: Place, tmp_path: Path) -> None:
    """A real daemon takes the exports in, the notes are shown, and nothing is left behind."""
    (tmp_path / "tmp").mkdir()
    environ = os.environ | {"TMPDIR": str(tmp_path / "tmp")}
    run = subprocess.run(
        place.command("demo"), capture_output=True, text=True, env=environ, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "4 conversations" in run.stdout
    assert "A lighthouse at dusk.md" in run.stdout
    assert {f"  {parser.provider}" for parser in PARSERS} <= {
        line.partition("/")[0] for line in run.stdout.splitlines()
    }
    assert "the table is right again" in run.stdout  # the answer by which the session grew
    assert list((tmp_path / "tmp").glob("polylogue-demo-*")) == []
