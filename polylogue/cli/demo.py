"""`polylogue demo`: a real daemon on a throw-away folder, from dropped exports and sessions to notes.

Nothing of the person's own is touched or read: configuration, archive, inbox, vault and sessions lie
in a new folder below the system's temporary one, and the daemon is a child of this process.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from polylogue.cli.answers import Items, Quiet
from polylogue.cli.client import Daemon, read
from polylogue.cli.samples import write_exports, write_sessions
from polylogue.cli.screen import inbox_lines
from polylogue.cli.words import count, visible
from polylogue.config import Config, load
from polylogue.errors import DaemonNotRunningError, PolylogueError

_CONFIG = """\
[paths]
data = "data"
inbox = "Inbox"
vault = "Vault"

[inbox]
settle_seconds = 0.2

[sessions.claude_code]
path = "sessions/claude-code"

[sessions.codex]
path = "sessions/codex"
"""
_SHOWN = "claude-code"  # whose note is printed: it grew, and has tools, a diff and a list
_START_SECONDS = 30.0
_WORK_SECONDS = 60.0
_STOP_SECONDS = 15.0


@click.command()
@click.option("--keep", is_flag=True, help="Keep the folder, to look around in it.")
def demo(keep: bool) -> None:
    """See it work: sample exports of every provider become notes in a throw-away folder."""
    root = Path(tempfile.mkdtemp(prefix="polylogue-demo-"))
    try:
        _run(root)
    finally:
        if keep:
            click.echo(f"\nEverything is in {root}.")
        else:
            shutil.rmtree(root, ignore_errors=True)


def _run(root: Path) -> None:
    file = root / "config.toml"
    file.write_text(_CONFIG, encoding="utf-8")
    config = load(file, os.environ)
    for name in (config.paths.inbox, root / "exports"):
        name.mkdir(mode=0o700)
    first, second, *others = write_exports(root / "exports")
    write_sessions(root / "sessions", last=False)
    _step(f"starting polylogued on {root}")
    with _polylogued(file, root / "log") as child:
        running = Daemon(config)
        _await_start(running, child, root / "log")
        _step("following the sessions of Claude Code and Codex")
        _await_notes(running)
        for exports in ([first], [second], others):
            _drop(running, exports, config.paths.inbox)
        _step("both sessions go on by an answer")
        write_sessions(root / "sessions", last=True)
        _await_notes(running)
        _show_vault(config)
        _step("stopping polylogued")
        running.post("/v1/stop")
        _await_end(child)


def _drop(running: Daemon, exports: Sequence[Path], inbox: Path) -> None:
    """Drop exports into the inbox, wait for their notes, and say what came of them."""
    _step(f"dropping {', '.join(export.name for export in exports)} into the inbox")
    for export in exports:
        export.rename(inbox / export.name)
    _await_notes(running)
    names = {export.name for export in exports}
    items = read(running.get("/v1/inbox"), Items).items
    for line in inbox_lines(tuple(item for item in items if item.name in names)):
        click.echo(line)


@contextmanager
def _polylogued(file: Path, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the daemon during the block; it is not left behind, whatever happens."""
    with log.open("wb") as stream:
        child = subprocess.Popen(  # noqa: S603 - polylogue itself
            [sys.executable, "-m", "polylogue.daemon", "--config", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _await_start(running: Daemon, child: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            running.get("/v1/status")
        except DaemonNotRunningError as error:
            if child.poll() is not None or time.monotonic() > deadline:
                click.echo(log.read_text(encoding="utf-8", errors="replace"), err=True)
                raise _failure("polylogued did not start; what it said is above.") from error
            time.sleep(0.05)
        else:
            return


def _await_notes(running: Daemon) -> None:
    answer = running.get("/v1/wait", patience=_WORK_SECONDS, timeout=_WORK_SECONDS)
    state = read(answer, Quiet)
    if state.failed:
        failed = [
            f"{item.name}: {item.reason}"
            for item in read(running.get("/v1/inbox"), Items).items
            if item.state == "failed"
        ]
        raise _failure(f"an export could not be read ({'; '.join(failed)}).")
    if not state.quiet:
        waiting, notes = count(state.waiting, "export"), count(state.dirty, "note")
        raise _failure(f"after {_WORK_SECONDS:.0f} s {waiting} and {notes} were still to do.")


def _await_end(child: "subprocess.Popen[bytes]") -> None:
    try:
        code = child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise _failure(f"polylogued did not stop within {_STOP_SECONDS:.0f} s.") from error
    if code != 0:
        raise _failure(f"polylogued ended with exit code {code}.")


def _show_vault(config: Config) -> None:
    """Print the tree of the vault and one of its notes."""
    from polylogue.parsers import PARSERS  # noqa: PLC0415 - see the package's head

    vault = config.paths.vault
    files = sorted(
        path
        for path in vault.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(vault).parts)
    )
    notes = [path for path in files if path.suffix == ".md"]
    missing = {parser.provider for parser in PARSERS} - {
        path.relative_to(vault).parts[0] for path in notes
    }
    if missing:
        raise _failure(f"the vault has no notes of {', '.join(sorted(missing))}.")
    _step("the vault")
    for path in files:
        click.echo(f"  {visible(str(path.relative_to(vault)))}")
    shown = next(path for path in notes if path.relative_to(vault).parts[0] == _SHOWN)
    _step(f"one note: {visible(shown.name)}")
    click.echo(visible(shown.read_text(encoding="utf-8")))


def _step(text: str) -> None:
    click.secho(f"── {text}", bold=True)


def _failure(reason: str) -> PolylogueError:
    return PolylogueError(
        f"The demonstration failed: {reason}",
        advice="Please report this; `polylogue demo --keep` keeps everything for a look.",
        code="demo-failed",
    )
