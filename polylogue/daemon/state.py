"""What the daemon knows of itself while it runs: work in hand, warnings, and who waits for news."""

import asyncio
import time
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger()


def now_ms() -> int:
    """Return the time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class HealthWarning:
    """Something that needs a person: a stable code, one sentence, the command that mends it."""

    code: str
    text: str
    fix: str
    since: int


@dataclass(slots=True)
class Reading:
    """The arrival that is being read: bytes done and in all, conversations so far.

    `bulk`: it is large, and a worker reads it.
    """

    name: str
    since: int
    done: int = 0
    total: int = 0
    conversations: int = 0
    bulk: bool = False


@dataclass(slots=True)
class State:
    """The daemon's memory. Everything that must survive it is in the archive instead.

    `retry_wanted`: the vault is not to be waited for any longer. `render_failures` counts the passes
    that could not write everything.
    """

    started_at: int = field(default_factory=now_ms)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    scan_wanted: asyncio.Event = field(default_factory=asyncio.Event)
    render_wanted: asyncio.Event = field(default_factory=asyncio.Event)
    look_wanted: asyncio.Event = field(default_factory=asyncio.Event)
    reload_wanted: asyncio.Event = field(default_factory=asyncio.Event)
    retry_wanted: asyncio.Event = field(default_factory=asyncio.Event)
    resumed: asyncio.Event = field(default_factory=asyncio.Event)
    rendering: bool = False
    render_failures: int = 0
    reading: Reading | None = None
    last_inbox: dict[str, str | int] | None = None
    warnings: dict[str, HealthWarning] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def warn(self, code: str, text: str, fix: str) -> None:
        """Raise a warning, or renew its words."""
        known = self.warnings.get(code)
        self.warnings[code] = HealthWarning(code, text, fix, known.since if known else now_ms())
        if known is None:
            log.warning("daemon.warning_raised", code=code)

    def settle(self, code: str) -> None:
        """Take a warning away, if it stands."""
        if self.warnings.pop(code, None):
            log.info("daemon.warning_settled", code=code)

    @property
    def in_bulk(self) -> bool:
        """Whether a worker is reading something large."""
        return self.reading is not None and self.reading.bulk

    @property
    def paused(self) -> bool:
        """Whether a person asked that no new work is begun."""
        return not self.resumed.is_set()

    async def tell(self) -> None:
        """Wake everyone who waits for news."""
        async with self._news:
            self._news.notify_all()

    async def news(self) -> None:
        """Wait until something changes."""
        async with self._news:
            await self._news.wait()
