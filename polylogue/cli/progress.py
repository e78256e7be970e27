"""A progress bar on stderr, where that is a terminal; rich is loaded only then."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from polylogue.cli.words import one_line

#: Called with (done, in all, words about it).
Advance: TypeAlias = Callable[[int, int, str], None]


@contextmanager
def bar(name: str, *, shown: bool) -> Iterator[Advance]:
    """Show a bar while the block runs, if `shown` and if somebody is there to see it."""
    if not (shown and sys.stderr.isatty()):
        yield lambda _done, _total, _words: None
        return
    from rich import progress  # noqa: PLC0415 - see the package's head
    from rich.console import Console  # noqa: PLC0415

    columns = (
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TextColumn("{task.fields[words]}", markup=False),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as shown_bar:
        task = shown_bar.add_task(one_line(name), total=None, words="")
        yield lambda done, total, words: shown_bar.update(
            task, completed=done, total=total, words=one_line(words)
        )
