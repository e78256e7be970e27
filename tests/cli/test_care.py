"""`polylogue verify`, on an archive that is well and on one that is not."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cli_place import Place

from polylogue.cli.samples.chatgpt import write_exports


@pytest.fixture
def filled(place: Place, tmp_path: Path) -> Place:
    """Import an export."""
    assert place.run("import", str(write_exports(tmp_path)[0])).exit_code == 0
    return place


def damage(place: Place) -> None:
    """Change a message behind the archive's back."""
    with closing(sqlite3.connect(place.config.archive)) as connection, connection:
        connection.execute("UPDATE messages SET role = 'user' WHERE role = 'assistant'")


def test_all_well(filled: Place) -> None:
    """An archive that is as it was written is said to be, exit code 0."""
    result = filled.run("verify")
    assert (result.exit_code, result.stdout) == (0, "The archive is as it was written.\n")


def test_damage(filled: Place) -> None:
    """What is damaged is told with what to do, exit code 1."""
    damage(filled)
    result = filled.run("verify")
    assert result.exit_code == 1
    assert all(line.startswith("! ") and " → " in line for line in result.stdout.splitlines())


def test_what_is_damaged_alike_is_told_once(filled: Place) -> None:
    """Findings of the same words are one line with their number; programs get all of them."""
    with closing(sqlite3.connect(filled.config.archive)) as connection, connection:
        connection.execute("DELETE FROM raw_members")
        connection.execute(
            "INSERT INTO raw_members (import_id, seq, name, object_id)"
            " SELECT 1, value, 'chat.json', 9999 FROM json_each('[0, 1, 2]')"
        )
    said = filled.run("verify").stdout.splitlines()
    findings = json.loads(filled.run("verify", "--json").stdout)["findings"]
    lines = [line for line in said if "chat.json" in line]
    assert len(lines) == 1
    assert lines[0].endswith("(3 times)")
    assert sum("chat.json" in finding["text"] for finding in findings) == 3


def test_damage_for_programs(filled: Place) -> None:
    """With --json the findings are objects with a stable code."""
    assert json.loads(filled.run("verify", "--json").stdout) == {"schema": 1, "findings": []}
    damage(filled)
    result = filled.run("verify", "--json")
    assert result.exit_code == 1
    assert {"code", "text", "advice"} == set(json.loads(result.stdout)["findings"][0])
