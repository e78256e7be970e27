"""What the daemon answers: when nothing goes on by itself, what is rendered again, who it is."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import chatgpt_exports as exports
import pytest
from hurried import PROGRAM
from running import Daemon, daemon, start, write_config

from polylogue.config import load
from polylogue.daemon.desk import Desk
from polylogue.daemon.rendering import RenderLane, target
from polylogue.daemon.state import Reading, State
from polylogue.publish import publish


def _drop(polylogued: Daemon, folder: Path, *keys: str) -> None:
    chats = [exports.conversation(key, f"Title of {key}", "Question?", "Answer.") for key in keys]
    exports.write_json(folder / "x", chats).rename(polylogued.inbox / f"{keys[0]}.json")


def _warnings(polylogued: Daemon) -> list[str]:
    return [warning["code"] for warning in polylogued.get("status")["warnings"]]


# --- wait -----------------------------------------------------------------------------------------


def test_waiting_ends_at_a_pause(tmp_path: Path) -> None:
    """While paused nothing goes on; with nothing to do, all is quiet all the same."""
    with daemon(tmp_path / "home") as polylogued:
        polylogued.post("pause")
        idle = polylogued.get("wait", timeout=60)
        _drop(polylogued, tmp_path, "c1")
        busy = polylogued.get("wait", timeout=60)

        assert (idle["quiet"], idle["blocked"]) == (True, [])
        assert (busy["quiet"], busy["blocked"]) == (False, ["paused"])


def test_waiting_ends_at_a_vault_that_cannot_be_written(tmp_path: Path) -> None:
    """It is tried once more first, so that a vault that was mended is used at once."""
    with daemon(tmp_path / "home") as polylogued:
        _drop(polylogued, tmp_path, "c1")
        polylogued.quiet()
        marker = polylogued.vault / ".polylogue"
        ours = marker.read_bytes()
        marker.write_text(json.dumps({"id": "another"}))
        _drop(polylogued, tmp_path, "c2")
        blocked = [polylogued.get("wait", timeout=60) for _ in range(2)]
        marker.write_bytes(ours)
        mended = polylogued.get("wait", timeout=20)

        assert [(b["quiet"], b["blocked"], b["dirty"]) for b in blocked] == [
            (False, ["vault-foreign"], 1)
        ] * 2
        assert (mended["quiet"], mended["blocked"]) == (True, [])
        assert len(polylogued.notes()) == 2


def test_waiting_for_no_time_answers_at_once(tmp_path: Path) -> None:
    """The look at the folder counts into the time."""
    with daemon(tmp_path / "home") as polylogued:
        assert not polylogued.get("wait", timeout=0)["quiet"]


# --- rerender -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "marked"),
    [
        ({"all": True}, 3),
        ({"ids": ["tea-1"]}, 1),
        ({"ids": ["tea"]}, 2),
        ({"ids": ["tea-1", "tea", "cake"]}, 3),
        ({"provider": "chatgpt"}, 3),
        ({"since": 4_000_000_000_000}, 0),
        ({}, "nothing-chosen"),
        ({"ids": ["tea", "nix"]}, "no-such-conversation"),
        ({"ids": [""]}, "no-such-conversation"),
        ({"provider": "nix"}, "no-such-conversation"),
    ],
    ids=str,
)
def test_what_is_meant_is_rendered_again(
    three: Daemon, wanted: dict[str, Any], marked: int | str
) -> None:
    """Ids may be beginnings of ids; who means nothing that is there is told so."""
    answer = three.post("rerender", **wanted)
    assert answer.get("marked", answer.get("error", {}).get("code")) == marked
    three.quiet()


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - a generator fixture
    """Return a daemon that has three conversations."""
    folder = tmp_path_factory.mktemp("three")
    with daemon(folder / "home") as polylogued:
        _drop(polylogued, folder, "tea-1", "tea-2", "cake")
        polylogued.quiet()
        yield polylogued


def test_kept_edits_are_told(tmp_path: Path) -> None:
    """The log says how many notes were put aside, and where."""
    with daemon(tmp_path / "home") as polylogued:
        _drop(polylogued, tmp_path, "c1")
        polylogued.quiet()
        (polylogued.vault / next(iter(polylogued.notes()))).write_text("mine")
        polylogued.post("rerender", all=True)
        polylogued.quiet()
        events = {e["event"]: e["fields"] for e in polylogued.get("log")["events"]}
        kept = events["vault.edits_kept"]

        assert (kept["count"], kept["folder"]) == (1, str(polylogued.vault / "_edited"))
        assert kept["folder"] in kept["said"]


# --- Bulk -----------------------------------------------------------------------------------------


async def test_a_look_during_a_bulk_import_is_taken_once(tmp_path: Path) -> None:
    """What is wanted of the vault is done between two batches, and nothing spins on it."""
    config = load(write_config(tmp_path / "home"), {})
    state = State(reading=Reading("large.zip", 0, bulk=True))
    published = 0

    async def publish_once() -> dict[str, Any]:
        nonlocal published
        published += 1
        await state.tell()
        return {"written": 0, "unchanged": 0, "blocked": 0, "saved": 0, "broken": 0}

    async with Desk.open(config.archive, "render") as desk, asyncio.TaskGroup() as group:
        config.paths.vault.mkdir()
        await desk.run(lambda archive: publish(archive, target(config)))
        lane = RenderLane(state, lambda: config, desk)
        group.create_task(lane._drain(publish_once, 0.01))
        while not published:
            await state.news()
        state.look_wanted.set()
        while state.look_wanted.is_set():
            await state.news()
        for _ in range(5):
            await state.news()
        state.reading = None

    assert published == 1
    assert (config.paths.vault / ".polylogue").exists()


# --- Programs -------------------------------------------------------------------------------------


def test_a_second_daemon_says_which_process_runs(tmp_path: Path) -> None:
    """The lock file tells process and socket to programs; a person reads a sentence."""
    with daemon(tmp_path / "home") as polylogued:
        with pytest.raises(AssertionError, match=rf"\(process {polylogued.process.pid}\)"):
            start(tmp_path / "home" / "config.toml")
        lock = json.loads((polylogued.config.paths.data / "polylogued.lock").read_text())

        assert lock["pid"] == polylogued.process.pid
        assert lock["socket"] == str(polylogued.config.socket)


def test_help_says_what_it_does() -> None:
    """A person who never heard of it learns what it is for."""
    shown = subprocess.run(
        [sys.executable, "-m", "polylogue.daemon", "--help"], capture_output=True, check=True
    )
    assert b"inbox" in shown.stdout
    assert b"vault" in shown.stdout


def test_a_wrong_configuration_is_told_until_it_is_mended(tmp_path: Path) -> None:
    """Whatever is wrong with it, there is one warning, and it goes."""
    root = tmp_path / "home"
    with daemon(root) as polylogued:
        file = root / "config.toml"
        good = file.read_text()
        file.write_text(good.replace("[vault]", '[vault]\nlayout = "{nix}"'))
        polylogued.process.send_signal(signal.SIGHUP)
        while not (told := _warnings(polylogued)):
            polylogued.post("scan")
        file.write_text(good)
        polylogued.post("reload")

        assert told == ["config"]
        assert _warnings(polylogued) == []


def test_workers_take_no_modules_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies where the daemon was started is nobody's code."""
    (tmp_path / "msgspec.py").write_text("raise SystemExit(5)")
    monkeypatch.chdir(tmp_path)
    chat = exports.conversation("c1", "Large", "x" * 200_000, "Answer.")
    with daemon(tmp_path / "home", program=PROGRAM) as polylogued:
        exports.write_json(tmp_path / "x", [chat]).rename(polylogued.inbox / "large.json")
        polylogued.quiet()

        assert polylogued.items()["large.json"]["attempts"] == 1
