"""Steps → transactions, many steps in each, so that a crash costs little and no writer waits long.

What SQLite does at the end of a transaction (the full-text index, the commit, a checkpoint) takes as
long as all that is written before. It needs no Python, and so it runs in a thread while the caller
reads on: a bulk import ends a sixth sooner.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from polylogue.ingest.steps import Step
from polylogue.ingest.tally import Tally
from polylogue.store.archive import Archive, Connection, open_readonly
from polylogue.store.messages import index_messages

_BATCH = 3 << 20  # bytes of documents in one transaction
_MOST_STEPS = 5000


class Batches:
    """Writes the steps of one import; `close` writes the last. Leaving the block waits for what runs.

    `seen` is for looking up what the archive has: it knows all but the last batches.
    """

    def __init__(self, archive: Archive, import_id: int, tally: Tally) -> None:
        self._archive = archive
        self._import_id = import_id
        self._tally = tally
        self._steps: list[Step] = []
        self._waiting = 0
        self._ending: Future[None] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.seen = self._stack.enter_context(open_readonly(self._archive.path)).connection
        self._thread = self._stack.enter_context(ThreadPoolExecutor(max_workers=1))
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add(self, step: Step, size: int) -> None:
        """Take a step that stands for `size` bytes; it is written with others, or at the end."""
        self._steps.append(step)
        self._waiting += size
        if self._waiting >= _BATCH or len(self._steps) >= _MOST_STEPS:
            self._ending = self._thread.submit(_end, *self._written())

    def close(self) -> None:
        """Write what is still in hand, and return when everything is committed."""
        if self._steps:
            _end(*self._written())
        self._ended()

    def _written(self) -> tuple[ExitStack, Connection]:
        """Write the steps; return what ends their transaction, which may be done in any thread."""
        self._ended()
        with ExitStack() as stack:
            connection = stack.enter_context(self._archive.transaction())
            for step in self._steps:
                step.write(connection, self._import_id, self._tally)
            self._steps.clear()
            self._waiting = 0
            return stack.pop_all(), connection

    def _ended(self) -> None:
        """Wait for the end of the last transaction; raises what went wrong with it."""
        if self._ending is not None:
            ending, self._ending = self._ending, None
            ending.result()


def _end(transaction: ExitStack, connection: Connection) -> None:
    with transaction:
        index_messages(connection)
