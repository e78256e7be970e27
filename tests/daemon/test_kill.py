"""SIGKILL of the daemon or of its workers at any moment: a start later everything is there once.

Moments are things that the daemon tells (a state, a number of chats or notes), not times.
"""

import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import crashing
import pytest
from archives import tier_2
from hurried import PROGRAM
from running import Daemon, daemon
from vault_files import files

from benchmarks.generate import Account, write_json
from polylogue.store.archive import open_readonly
from polylogue.store.verify import verify

_CHATS = 120
_NAME = "conversations.json"
_ENDED = ("imported", "partial", "failed", "duplicate")

Moment: TypeAlias = Callable[[Daemon], bool]


@dataclass(frozen=True, slots=True)
class Whole:
    """An export, and the rows and notes that it makes when nothing is killed."""

    export: Path
    rows: dict[str, list[tuple[Any, ...]]]
    notes: dict[str, bytes]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Return an export that is large enough for workers, and what comes of it."""
    folder = tmp_path_factory.mktemp("whole")
    export = folder / _NAME
    write_json(export, Account(_CHATS, 3).month())
    crashing.run(folder, [export])
    with open_readonly(folder / "archive.db") as archive:
        return Whole(export, tier_2(archive.connection), files(folder / "Vault"))


def _drop(polylogued: Daemon, export: Path) -> None:
    draft = polylogued.inbox / f".{_NAME}"
    shutil.copy2(export, draft)
    draft.rename(polylogued.inbox / _NAME)


# --- Moments --------------------------------------------------------------------------------------


def _item_is(*states: str) -> Moment:
    return lambda polylogued: polylogued.items().get(_NAME, {}).get("state") in states


def _chats(count: int) -> Moment:
    """Return the moment at which so many chats were read; all of them at the latest."""

    def reached(polylogued: Daemon) -> bool:
        status = polylogued.get("status")
        reading = status["inbox"]["reading"]
        in_hand = reading["conversations"] if reading else 0
        return max(int(in_hand), int(status["archive"]["conversations"])) >= count

    return reached


def _notes(count: int) -> Moment:
    """Return the moment at which so many notes were written down as done."""
    return lambda polylogued: int(polylogued.get("status")["vault"]["notes"]) >= count


def _until(polylogued: Daemon, moment: Moment) -> None:
    while not moment(polylogued):
        pass


_MOMENTS = {
    "dropped": lambda _polylogued: True,
    "seen": _item_is("settling", "reading", *_ENDED),
    "being-read": _item_is("reading", *_ENDED),
    "half-read": _chats(_CHATS // 2),
    "imported": _item_is(*_ENDED),
    "half-rendered": _notes(_CHATS // 2),
}
_MORE = (
    {f"{count}-chats": _chats(count) for count in range(1, _CHATS, 24)}
    | {f"{count}-notes": _notes(count) for count in range(1, _CHATS, 40)}
    | _MOMENTS
)


# --- Killing --------------------------------------------------------------------------------------


def _shown(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def _seen(vault: Path) -> dict[str, bytes]:
    """Return what a person sees; the draft that a kill leaves is hidden, and swept after an hour."""
    told = files(vault).items()
    return {path: data for path, data in told if not path.rpartition("/")[2].startswith(".")}


def _check(root: Path, polylogued: Daemon, whole: Whole) -> None:
    """Compare everything with a run without a kill."""
    polylogued.quiet()
    items = polylogued.items()
    warnings = polylogued.get("status")["warnings"]

    assert [(item["name"], item["state"]) for item in items.values()] == [(_NAME, "imported")]
    assert warnings == []
    assert _seen(polylogued.vault) == whole.notes
    assert _shown(polylogued.inbox) == ["Done"]
    assert _shown(polylogued.inbox / "Done") == [_NAME]
    with open_readonly(root / "data" / "archive.db") as archive:
        assert tier_2(archive.connection) == whole.rows
        assert verify(archive.connection, progress=lambda _done, _all: None) == []
        (imports,) = archive.connection.execute("SELECT count(*) FROM raw_imports").fetchone()
        assert imports == 1


def _kill_daemon(root: Path, whole: Whole, moment: Moment) -> None:
    with daemon(root, program=PROGRAM) as polylogued:
        _drop(polylogued, whole.export)
        _until(polylogued, moment)
        polylogued.process.send_signal(signal.SIGKILL)
        polylogued.process.wait()
    with daemon(root, program=PROGRAM) as polylogued:
        _check(root, polylogued, whole)


def _kill_workers(root: Path, whole: Whole, moment: Moment) -> None:
    with daemon(root, program=PROGRAM) as polylogued:
        _drop(polylogued, whole.export)
        _until(polylogued, moment)
        polylogued.kill_workers()
        _check(root, polylogued, whole)


@pytest.mark.parametrize("moment", ["being-read", "half-read", "half-rendered"])
def test_a_killed_daemon_is_survived(tmp_path: Path, whole: Whole, moment: str) -> None:
    """After a kill and a start everything is imported once and every note is there."""
    _kill_daemon(tmp_path / "home", whole, _MOMENTS[moment])


@pytest.mark.parametrize("moment", ["half-read"])
def test_a_killed_worker_is_survived(tmp_path: Path, whole: Whole, moment: str) -> None:
    """Without a restart the work of a killed worker is begun again by another."""
    _kill_workers(tmp_path / "home", whole, _MOMENTS[moment])


@pytest.mark.slow
@pytest.mark.parametrize("kill", [_kill_daemon, _kill_workers], ids=["daemon", "workers"])
@pytest.mark.parametrize("moment", _MORE)
def test_a_kill_at_many_moments_is_survived(
    tmp_path: Path, whole: Whole, moment: str, kill: Callable[[Path, Whole, Moment], None]
) -> None:
    """The same at moments all through an import and its rendering."""
    kill(tmp_path / "home", whole, _MORE[moment])


def test_a_file_that_kills_every_worker_fails_and_can_be_tried_again(
    tmp_path: Path, whole: Whole
) -> None:
    """After two dead workers a file goes to Failed/ with a sentence; a retry may bring it in."""
    with daemon(tmp_path / "home", program=PROGRAM) as polylogued:
        _drop(polylogued, whole.export)
        while not _item_is(*_ENDED)(polylogued):
            if polylogued.get("status")["inbox"]["reading"]:
                polylogued.kill_workers()
        item = polylogued.items()[_NAME]
        polylogued.post("inbox/retry", name=_NAME)
        polylogued.quiet()

        assert (item["state"], item["code"]) == ("failed", "worker-died")
        assert item["reason"].endswith(".")
        assert _item_is("imported")(polylogued)
        assert _seen(polylogued.vault) == whole.notes


def test_the_daemon_answers_all_through_a_bulk_import(tmp_path: Path) -> None:
    """Every request during an import of 20 MB is answered, and tells how far it is."""
    export = tmp_path / _NAME
    write_json(export, Account(650, 5).month())
    with daemon(tmp_path / "home") as polylogued:
        _drop(polylogued, export)
        answers = [polylogued.get("status")]
        while not _item_is(*_ENDED)(polylogued):
            answers.append(polylogued.get("status"))
        polylogued.quiet()
        progress = {a["inbox"]["reading"]["done"] for a in answers if a["inbox"]["reading"]}

        assert not any("error" in answer for answer in answers)
        assert len(progress) > 3
        assert len(polylogued.notes()) == 650
