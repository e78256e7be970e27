"""The daemon's state → one screen: is it working, what came last, what needs me.

    polylogued 0.1.0 · running 3 d 4 h · pid 4121 · all good
    Archive  1,204 conversations · 48,913 messages · 212 MB · last new 2 min ago
    Inbox    ~/Polylogue/Inbox · reading export.zip 43 % · 812 conversations
    Claude   ~/.claude/projects · watching · 38 files · last activity 2 min ago · 5 sessions only here
    Vault    ~/Polylogue/Vault · up to date · 1,204 notes
    ! vault-disk-full  The disk is full.  → Free some space.

Pure: a `Status` in, lines out; `now` is the daemon's own.
"""

from collections.abc import Iterator, Mapping

import click
import msgspec

from polylogue.cli.answers import (
    Event,
    InboxState,
    Item,
    SessionFolder,
    SessionsState,
    Status,
    VaultState,
    Warned,
)
from polylogue.cli.words import ago, count, duration, folder, one_line, second, size

#: How the inbox is looked at, where that is worth a word.
_WATCHES: Mapping[str, str] = {
    "polling": "looked at now and then",
    "missing": "the folder is missing",
    "error": "not watched",
}
#: The same for a folder of sessions; a program that is not installed has none.
_FOLLOWS: Mapping[str, str] = {
    "native": "watching",
    "polling": "looked at now and then",
    "missing": "not there",
    "error": "cannot be read",
}
_AGENTS: Mapping[str, str] = {"claude_code": "Claude", "codex": "Codex"}
_STATE = 9  # characters of the longest state of a file
_VAULTS: Mapping[str, str] = {"waiting": "waiting for its disk", "error": "cannot be written"}
_COLOURS: Mapping[str, str] = {
    "failed": "red",
    "partial": "yellow",
    "paused": "yellow",
    "reading": "cyan",
    "imported": "green",
    "warning": "yellow",
    "error": "red",
    "critical": "red",
}


def needs_attention(status: Status) -> int:
    """Return how many things wait for a person: warnings, and files that failed."""
    return len(status.warnings) + status.inbox.failed


def status_lines(status: Status) -> Iterator[str]:
    """Yield the lines of the screen, with colours (click takes them off where there are none)."""
    archive = status.archive
    yield " · ".join(_head(status))
    yield _row(
        "Archive",
        count(archive.conversations, "conversation"),
        count(archive.messages, "message"),
        size(archive.bytes),
        "nothing imported yet"
        if archive.last_import_at is None
        else f"last import {ago(archive.last_import_at, status.now)}",
    )
    yield _row("Inbox", *_inbox(status.inbox, status.now))
    for one in status.sessions.folders:
        yield _row(_AGENTS.get(one.name, "Session"), *_sessions(one, status.now))
    if status.sessions.filling or status.sessions.waiting:
        yield _row("", *_following(status.sessions))
    yield _row("Vault", *_vault(status.vault))
    if status.unknowns:
        yield _row("Ledger", f"{count(status.unknowns, 'kind')} of content kept but not understood")
    yield from map(_warning, status.warnings)


def inbox_lines(items: tuple[Item, ...], *, paused: bool = False) -> Iterator[str]:
    """Yield one line for each file: name, size, state, and why it is in that state.

    While the daemon is `paused`, nothing is ready to be read.
    """
    names = [one_line(item.name) for item in items]
    width = max(map(len, names), default=0)
    for name, item in zip(names, items, strict=True):
        weight = size(item.size) if item.size is not None else ""
        word = "paused" if paused and item.state == "ready" else one_line(item.state)
        state = click.style(word, fg=_COLOURS.get(word)) + " " * (_STATE - len(word))
        yield f"{name:<{width}}  {weight:>7}  {state}  {one_line(item.reason or '')}".rstrip()


def _row(label: str, *facts: str) -> str:
    return click.style(f"{label:<7}", bold=True) + "  " + " · ".join(fact for fact in facts if fact)


def _head(status: Status) -> Iterator[str]:
    yield f"{click.style('polylogued', bold=True)} {one_line(status.version)}"
    yield f"running {duration(status.now - status.started_at)}"
    yield f"pid {status.pid}"
    if status.paused:
        yield click.style("paused", fg="yellow") + " → polylogue ctl resume"
    needing = needs_attention(status)
    if needing:
        needs = "1 thing needs" if needing == 1 else f"{needing:,} things need"
        yield click.style(f"{needs} you", fg="yellow")
    else:
        yield click.style("all good", fg="green")


def _inbox(inbox: InboxState, now: int) -> Iterator[str]:
    yield folder(inbox.path)
    yield _WATCHES.get(inbox.watch, "")
    if inbox.reading:
        reading = inbox.reading
        share = f" {min(100 * reading.done // reading.total, 100)} %" if reading.total else ""
        yield f"reading {one_line(reading.name)}{share}"
        yield count(reading.conversations, "conversation")
    others = inbox.waiting - (inbox.reading is not None)  # the daemon counts what it reads, too
    if others > 0:
        yield f"{others:,} waiting"
    elif not inbox.reading:
        yield "empty"
    if inbox.failed:
        failed = click.style(f"{count(inbox.failed, 'file')} could not be read", fg="red")
        yield f"{failed} → polylogue ctl inbox"
    if inbox.last and not inbox.reading:
        last = inbox.last
        yield f"last {one_line(last.name)}, {ago(last.at, now)}: {one_line(last.sentence)}".rstrip(
            "."
        )


def _sessions(one: SessionFolder, now: int) -> Iterator[str]:
    yield folder(one.path)
    yield _FOLLOWS.get(one.watch, one_line(one.watch))
    if one.files or one.watch != "missing":
        yield count(one.files, "file")
    if one.last_activity is not None:
        yield f"last activity {ago(one.last_activity, now)}"
    if one.only_here:
        yield f"{count(one.only_here, 'session')} only here"
    if one.problems:
        yield click.style(f"{one.problems:,} not read", fg="yellow")


def _following(sessions: SessionsState) -> Iterator[str]:
    if filling := sessions.filling:
        share = 100 * filling.done // filling.total if filling.total else 0
        yield f"reading sessions: {filling.done:,} of {count(filling.total, 'file')}, {share} %"
    else:
        yield f"{count(sessions.waiting, 'file')} to be read"


def _vault(vault: VaultState) -> Iterator[str]:
    yield folder(vault.path)
    trouble = _VAULTS.get(vault.state)
    if trouble:
        yield click.style(trouble, fg="red")
    elif not vault.dirty:
        yield "up to date"
    elif vault.rendering:
        yield "writing"
    if vault.dirty:
        yield f"{count(vault.dirty, 'note')} to go"
    yield count(vault.notes, "note")


def _warning(warned: Warned) -> str:
    mark = click.style(f"! {one_line(warned.code)}", fg="yellow", bold=True)
    fix = f"  → {one_line(warned.fix)}" if warned.fix else ""
    return f"{mark}  {one_line(warned.text)}{fix}"


def event_line(event: Event) -> str:
    """Return an event as one line: when, how bad, what, and its fields that are not empty."""
    level = click.style(f"{one_line(event.level):<7}", fg=_COLOURS.get(event.level))
    fields = "".join(
        f"  {one_line(name)}={_value(value)}" for name, value in event.fields.items() if value != ""
    )
    return f"{second(event.at)}  {level}  {one_line(event.event)}{fields}"


def _value(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return one_line(text if " " not in text else f'"{text}"')
