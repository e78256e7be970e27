"""`polylogue ctl`: ask the running daemon, and tell it what to do.

Each command is one request. What is long in coming (`wait`, `log -f`) is asked for again and
again, each time held back by the daemon until there is news.
"""

import functools
import sys
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import click

from polylogue.cli.answers import Events, Items, Marked, Quiet, Reloaded, Status
from polylogue.cli.client import Daemon, read
from polylogue.cli.frame import day, json_option, leave, pass_config
from polylogue.cli.screen import event_line, inbox_lines, needs_attention, status_lines
from polylogue.cli.words import count, one_line
from polylogue.config import Config
from polylogue.errors import UsageError

_P = ParamSpec("_P")
_R = TypeVar("_R")

_HOLD = 30.0  # seconds that one long request is held back at most
_REDRAW = 1.0  # seconds between two screens of --watch
_LOG_LINES = 50
_DONE = frozenset({"imported", "duplicate"})  # states of files that nobody needs to look after
_LATELY = 10  # files that are done and shown all the same
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


def _pass_daemon(command: Callable[Concatenate[Daemon, _P], _R]) -> Callable[_P, _R]:
    """Call the command with the daemon of the configuration first."""

    @functools.wraps(command)
    def connected(config: Config, /, *args: _P.args, **options: _P.kwargs) -> _R:
        return command(Daemon(config), *args, **options)

    return pass_config(connected)


@click.group()
def ctl() -> None:
    """Ask the running daemon, and tell it what to do."""


# --- Asking --------------------------------------------------------------------------------------


@ctl.command()
@json_option
@click.option("--watch", is_flag=True, help="Go on showing it, until Ctrl-C.")
@_pass_daemon
def status(running: Daemon, as_json: bool, watch: bool) -> None:
    """Is it working, what came last, what needs me? Exit code 1 when something does."""
    while True:
        answer = running.get("/v1/status")
        state = read(answer, Status)
        if as_json:
            click.echo(answer)
        else:
            clear = _CLEAR if watch and sys.stdout.isatty() else ""
            click.echo(clear + "\n".join(status_lines(state)))
        if not watch:
            leave(1 if needs_attention(state) else 0)
        time.sleep(_REDRAW)


@ctl.command()
@click.option(
    "--timeout", type=click.FloatRange(min=0), metavar="S", help="Give up after S seconds, exit 1."
)
@_pass_daemon
def wait(running: Daemon, timeout: float | None) -> None:
    """Return when nothing is waiting, being read, or waiting to be rendered.

    Exits with 1 when it takes too long, or when nothing goes on without a person.
    """
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = _HOLD if end is None else max(0.0, end - time.monotonic())
        hold = round(min(left, _HOLD), 3)
        state = read(running.get("/v1/wait", patience=hold, timeout=hold), Quiet)
        if state.quiet:
            break
        if state.blocked or (left <= hold and end is not None):
            if state.blocked:
                reasons = ", ".join(state.blocked)
                click.echo(f"Nothing goes on: {reasons} (see `polylogue ctl status`).")
            click.echo(
                f"Not done yet: {state.waiting:,} waiting, {count(state.dirty, 'note')} to go."
            )
            leave(1)
    if state.failed:
        failed = count(state.failed, "file")
        click.echo(f"Done; {failed} could not be read (see `polylogue ctl inbox`).")


@ctl.command()
@json_option
@click.option("-f", "--follow", is_flag=True, help="Go on showing what happens, until Ctrl-C.")
@_pass_daemon
def log(running: Daemon, as_json: bool, follow: bool) -> None:
    """Show what happened lately."""
    after, hold = 0, 0.0
    while True:
        answer = running.get("/v1/log", patience=hold, after=after, limit=_LOG_LINES, wait=hold)
        events = read(answer, Events).events
        if as_json:
            click.echo(answer)
        for event in events if not as_json else ():
            click.echo(event_line(event))
        if not follow:
            return
        after, hold = max((event.id for event in events), default=after), _HOLD


@ctl.group(invoke_without_command=True)
@json_option
@click.option("--all", "everything", is_flag=True, help="All that are done, not the last ten.")
@click.pass_context
def inbox(context: click.Context, as_json: bool, everything: bool) -> None:
    """Show dropped files with their state, and why: first what is not done, then what is."""
    if context.invoked_subcommand is None:
        _show_inbox(as_json=as_json, everything=everything)


@_pass_daemon
def _show_inbox(running: Daemon, *, as_json: bool, everything: bool) -> None:
    answer = running.get("/v1/inbox")
    items = read(answer, Items).items
    if as_json:
        click.echo(answer)
        return
    open_ = [item for item in items if item.state not in _DONE]
    done = [item for item in items if item.state in _DONE]
    lately = done if everything else done[:_LATELY]
    ready = any(item.state == "ready" for item in open_)
    paused = ready and read(running.get("/v1/status"), Status).paused
    if not open_:
        click.echo("Nothing is waiting, and nothing failed.")
    for line in inbox_lines((*open_, *lately), paused=paused):
        click.echo(line)
    if len(lately) < len(done):
        click.echo(
            f"and {len(done) - len(lately):,} more that are done → polylogue ctl inbox --all"
        )
    if any(item.state == "failed" for item in open_):
        click.echo("To try one again → polylogue ctl inbox retry NAME")
    if paused:
        click.echo("Paused: nothing is taken in → polylogue ctl resume")


# --- Telling -------------------------------------------------------------------------------------


@inbox.command()
@click.argument("name")
@_pass_daemon
def retry(running: Daemon, name: str) -> None:
    """Try a file again that could not be read."""
    running.post("/v1/inbox/retry", {"name": name})
    click.echo(f"{one_line(name)} is tried again.")


@ctl.command()
@click.option("--all", "everything", is_flag=True, help="Every note.")
@click.option("--provider", metavar="P", help="Those of one provider.")
@click.option("--since", callback=day, metavar="DAY", help="Those active since a day: 2026-01-31.")
@click.argument("ids", nargs=-1, metavar="[ID]…")
@_pass_daemon
def rerender(
    running: Daemon,
    everything: bool,
    provider: str | None,
    since: int | None,
    ids: tuple[str, ...],
) -> None:
    """Write notes again from the archive."""
    if not (everything or provider or since is not None or ids):
        raise UsageError(
            "Which notes shall be written again?",
            advice="Name conversations, or give --all, --provider or --since.",
            code="nothing-chosen",
        )
    chosen = {"all": everything, "provider": provider, "since": since, "ids": ids}
    marked = read(running.post("/v1/rerender", chosen), Marked).marked
    click.echo(f"{count(marked, 'note')} will be written again.")


@ctl.command()
@_pass_daemon
def scan(running: Daemon) -> None:
    """Look at everything that is watched, now."""
    running.post("/v1/scan")
    click.echo("Everything was looked at.")


@ctl.command()
@_pass_daemon
def pause(running: Daemon) -> None:
    """Take in nothing until `resume`."""
    running.post("/v1/pause")
    click.echo("Paused: nothing is taken in until `polylogue ctl resume`.")


@ctl.command()
@_pass_daemon
def resume(running: Daemon) -> None:
    """Go on after `pause`."""
    running.post("/v1/resume")
    click.echo("It goes on.")


@ctl.command()
@_pass_daemon
def reload(running: Daemon) -> None:
    """Read the configuration again. When it is wrong, the old one stays."""
    done = read(running.post("/v1/reload"), Reloaded)
    if done.applied:
        click.echo(f"Now holds: {', '.join(done.applied)}.")
    if done.needs_restart:
        click.echo(f"Holds after a restart of polylogued: {', '.join(done.needs_restart)}.")
    if not done.applied and not done.needs_restart:
        click.echo("Nothing in the configuration has changed.")


@ctl.command()
@_pass_daemon
def stop(running: Daemon) -> None:
    """Let the daemon finish what it has in hand, and end."""
    running.post("/v1/stop")
    click.echo("polylogued is stopping.")
