"""Schema changes: whole or not at all, after a verified copy, never on what is not ours."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest

from polylogue.errors import ArchiveError
from polylogue.store import migrations
from polylogue.store.archive import open_archive
from polylogue.store.events import get_meta, set_meta

Upgrade: TypeAlias = Callable[[str], None]

_NEXT = len(migrations._files()) + 1


@pytest.fixture
def upgrade(monkeypatch: pytest.MonkeyPatch) -> Upgrade:
    """Give a function that adds a schema file to those that polylogue knows."""

    def add(script: str) -> None:
        files = [*migrations._files(), script]
        monkeypatch.setattr(migrations, "_files", lambda: files)

    return add


@pytest.fixture
def used(path: Path) -> Path:
    """Return the path of an archive that has data in today's schema."""
    with open_archive(path) as archive, archive.transaction() as connection:
        set_meta(connection, "key", "value")
    return path


def schema(path: Path) -> tuple[int, set[str]]:
    """Return the schema's number and the names of the tables."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return version, {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


def copies(path: Path) -> list[str]:
    """Return the names of the copies beside the archive."""
    return [file.name for file in path.parent.glob("archive.before*")]


def test_a_fresh_archive_has_the_whole_schema(path: Path) -> None:
    """A new archive gets every schema file, strict tables, and needs no copy."""
    with open_archive(path) as archive:
        loose = archive.connection.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
            " AND NOT strict AND name NOT LIKE 'sqlite_%'"
        ).fetchall()

    version, tables = schema(path)
    assert version == len(migrations._files())
    assert {"chunks", "objects", "conversations", "messages", "messages_fts"} <= tables
    assert loose == []
    assert copies(path) == []


def test_what_is_up_to_date_is_left_alone(used: Path) -> None:
    """Opening an archive with today's schema writes nothing."""
    before = used.read_bytes()

    open_archive(used).close()

    assert used.read_bytes() == before
    assert copies(used) == []


def test_a_new_schema_is_applied_once(used: Path, upgrade: Upgrade) -> None:
    """A new schema file is applied to the data that is there, with its number, one time."""
    upgrade("CREATE TABLE news (x);\nINSERT INTO news SELECT value FROM meta WHERE key = 'key';\n")

    for _ in range(2):
        with open_archive(used) as archive:
            assert archive.connection.execute("SELECT x FROM news").fetchall() == [("value",)]

    assert schema(used)[0] == _NEXT


def test_a_copy_is_laid_beside_first(used: Path, upgrade: Upgrade) -> None:
    """Before data is touched there is a private, whole copy of it in the old schema."""
    upgrade("DELETE FROM meta;")
    open_archive(used).close()

    copy = used.with_name(f"archive.before-schema-{_NEXT}.db")
    assert copies(used) == [copy.name]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert schema(copy) == (_NEXT - 1, schema(used)[1])
    with closing(sqlite3.connect(copy)) as connection:
        assert get_meta(connection, "key") == "value"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            "CREATE TABLE news (x);\nDELETE FROM meta;\nINSERT INTO lost VALUES (1);", id="bad-sql"
        ),
        pytest.param(
            "CREATE TABLE news (x);\nINSERT INTO meta VALUES ('key', 'again');", id="conflict"
        ),
        pytest.param(
            "CREATE TABLE news (x);\nINSERT OR ROLLBACK INTO meta VALUES ('key', 'again');",
            id="rolls-back-itself",
        ),
    ],
)
def test_a_failure_half_way_leaves_the_old(used: Path, upgrade: Upgrade, script: str) -> None:
    """A schema file that fails leaves schema, number and data as they were, and says what failed."""
    before = schema(used)
    upgrade(script)

    with pytest.raises(sqlite3.Error, match=r"lost|meta\.key"):
        open_archive(used)

    assert schema(used) == before
    with closing(sqlite3.connect(used)) as connection:
        assert get_meta(connection, "key") == "value"


def test_a_failure_keeps_the_steps_before_it(used: Path, upgrade: Upgrade) -> None:
    """Each schema file is a transaction of its own: what was applied before the failure stays."""
    upgrade("CREATE TABLE news (x);")
    upgrade("INSERT INTO lost VALUES (1);")

    with pytest.raises(sqlite3.Error, match="lost"):
        open_archive(used)

    assert schema(used)[0] == _NEXT
    assert "news" in schema(used)[1]


def test_a_rest_of_an_earlier_copy_is_no_obstacle(used: Path, upgrade: Upgrade) -> None:
    """A copy that a kill cut short is made anew."""
    used.with_name(f"archive.before-schema-{_NEXT}.partial").write_bytes(b"half")
    upgrade("CREATE TABLE news (x);")

    open_archive(used).close()

    assert copies(used) == [f"archive.before-schema-{_NEXT}.db"]


def test_a_damaged_archive_is_not_changed(used: Path, upgrade: Upgrade) -> None:
    """When the copy shows damage, the schema stays as it is and the archive is refused."""
    with closing(sqlite3.connect(used)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("INSERT INTO objects VALUES (1, x'00', 5, NULL)")
        connection.commit()
    upgrade("CREATE TABLE news (x);")

    with pytest.raises(ArchiveError) as caught:
        open_archive(used)

    assert caught.value.code == "archive-damaged"
    assert schema(used)[0] == _NEXT - 1
    assert copies(used) == []


_TRIGGER = """CREATE TRIGGER t AFTER INSERT ON a BEGIN
  INSERT INTO b VALUES ('x; y');
END;
"""


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("-- a; comment\nA;\nB;\n", ["-- a; comment\nA;\n", "B;\n"], id="comments"),
        pytest.param(
            "INSERT INTO a\nVALUES (';\n');\n", ["INSERT INTO a\nVALUES (';\n');\n"], id="text"
        ),
        pytest.param(_TRIGGER, [_TRIGGER], id="trigger"),
        pytest.param("A;\nB", ["A;\n", "B"], id="no-semicolon-at-the-end"),
    ],
)
def test_scripts_are_split_at_statements(script: str, expected: list[str]) -> None:
    """A semicolon in a comment, a text or a trigger ends nothing, and no statement is left out."""
    assert list(migrations._statements(script)) == expected
