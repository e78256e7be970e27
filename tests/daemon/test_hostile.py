"""No input, however broken or hostile, stops the daemon, holds up the next file, or leaves its folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import chatgpt_exports as exports
import pytest
from hostile_files import TRAPS, Trap
from hurried import PROGRAM
from running import Daemon, daemon

from polylogue.sources.files import stored_name


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Return a daemon that is handed one trap after another."""
    home = tmp_path_factory.mktemp("besieged") / "a" / "b" / "home"
    with daemon(home, program=PROGRAM) as polylogued:
        yield polylogued


def _outside(polylogued: Daemon) -> set[Path]:
    """Return everything that lies beside the daemon's own folders, and where escapes would end."""
    home = polylogued.config.paths.data.parent
    own = {polylogued.config.paths.data, polylogued.inbox, polylogued.vault}
    return {
        path
        for folder, ends in ((home.parent.parent, "*"), (home.parent, "*"), (home, "*"))
        for path in folder.glob(ends)
        if path not in own
    } | set(Path("/tmp").glob("*escaped*"))  # noqa: S108 - where traps want to go


def _chats(polylogued: Daemon) -> int:
    count: int = polylogued.get("status")["archive"]["conversations"]
    return count


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.label)
def test_a_trap_ends_in_a_state_and_the_next_file_is_taken(
    besieged: Daemon, tmp_path: Path, trap: Trap
) -> None:
    """Each trap ends where it should with a sentence; the export dropped after it is imported."""
    outside, before = _outside(besieged), _chats(besieged)
    trap.build(besieged.inbox / trap.name)
    good = f"good after {trap.label}.json"
    chat = exports.conversation(f"good-{trap.label}", "Good", "Still there?", "Yes.")
    exports.write_json(tmp_path / good, [chat]).rename(besieged.inbox / good)
    besieged.quiet()
    items = besieged.items()
    item = items[stored_name(trap.name)]

    assert (item["state"], _chats(besieged) - before) == (trap.state, trap.chats + 1), item
    assert trap.words in item["reason"]
    assert item["reason"].endswith(".")
    assert items[good]["state"] == "imported"
    folder = besieged.inbox / ("Failed" if trap.state == "failed" else "Done")
    assert os.path.lexists(folder / trap.name)
    if trap.state in ("failed", "partial"):
        assert any(folder.glob("*.why.txt"))
    assert besieged.get("status")["warnings"] == []
    assert _outside(besieged) == outside


def test_a_bug_costs_one_file(besieged: Daemon, tmp_path: Path) -> None:
    """An exception that nobody foresaw fails the file that caused it, and says so."""
    chats = [exports.conversation("bug", "Bug", "Is it?", "It is.")]
    exports.write_json(tmp_path / "bug.json", chats).rename(besieged.inbox / "bug.json")
    exports.write_json(tmp_path / "fine.json", chats).rename(besieged.inbox / "fine.json")
    besieged.quiet()
    items = besieged.items()

    assert (items["bug.json"]["state"], items["bug.json"]["code"]) == ("failed", "bug")
    assert "ZeroDivisionError" in items["bug.json"]["reason"]
    assert items["fine.json"]["state"] == "imported"
    assert besieged.get("status")["warnings"] == []


def test_a_failed_file_of_any_name_can_be_tried_again(besieged: Daemon) -> None:
    """The name that the daemon lists is the name that it takes, also when it is no UTF-8."""
    name = os.fsdecode(b"again\xff.json")
    (besieged.inbox / name).write_bytes(b'[{"recipe": "cake"}]')
    besieged.quiet()
    listed = stored_name(name)
    failed = besieged.items()[listed]["state"]
    chat = exports.conversation("again", "Again", "Again?", "Yes.")
    exports.write_json(besieged.inbox / "Failed" / name, [chat])
    besieged.post("inbox/retry", name=listed)
    besieged.quiet()

    assert failed == "failed"
    assert besieged.items()[listed]["state"] == "imported"


def test_a_note_that_cannot_be_rendered_holds_up_no_other(tmp_path: Path) -> None:
    """It is told of and stays to be rendered; the other notes are written, and nobody spins on it."""
    chats = [
        exports.conversation(f"c{n}", f"{n}", "Question?", "Answer.") for n in ("a", "bug", "z")
    ]
    with daemon(tmp_path / "home", program=PROGRAM) as polylogued:
        exports.export_zip(tmp_path / "x.zip", chats).rename(polylogued.inbox / "x.zip")
        while not (warnings := polylogued.get("status")["warnings"]):
            polylogued.post("scan")
        status = polylogued.get("status")["vault"]
        while status["rendering"]:
            status = polylogued.get("status")["vault"]

        assert [warning["code"] for warning in warnings] == ["notes-broken"]
        assert (status["dirty"], status["state"], len(polylogued.notes())) == (1, "error", 2)
