"""Services fail one by one: the one that failed is reported and started again, the rest go on."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from polylogue.daemon.state import State
from polylogue.errors import PolylogueError

log = structlog.get_logger()

_FIRST_PAUSE = 1.0  # seconds
_LONGEST_PAUSE = 300.0
_HEALTHY_AFTER = 600.0


async def supervise(name: str, state: State, service: Callable[[], Awaitable[None]]) -> None:
    """Run `service` until it returns or the daemon stops; after a failure, again with back-off."""
    pause = _FIRST_PAUSE
    loop = asyncio.get_running_loop()
    while not state.stopping.is_set():
        began = loop.time()
        try:
            await service()
        except Exception as error:
            log.exception("daemon.service_failed", service=name)
            known = str(error) if isinstance(error, PolylogueError) else type(error).__name__
            state.warn(
                f"service-{name}", f"The {name} service failed: {known}", "polylogue ctl log"
            )
            await state.tell()
        else:
            return
        if loop.time() - began > _HEALTHY_AFTER:
            pause = _FIRST_PAUSE
        await pause_or_stop(state, pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
        state.settle(f"service-{name}")


async def pause_or_stop(state: State, seconds: float) -> None:
    """Wait so long, or until the daemon stops."""
    try:
        async with asyncio.timeout(seconds):
            await state.stopping.wait()
    except TimeoutError:
        return


async def first_of(*events: asyncio.Event, seconds: float | None = None) -> bool:
    """Wait until one of the events is set; return whether one is, False when the time has passed."""
    done = asyncio.Event()

    async def wake(event: asyncio.Event) -> None:
        await event.wait()
        done.set()

    async with asyncio.TaskGroup() as group:
        waiters = [group.create_task(wake(event)) for event in events]
        try:
            async with asyncio.timeout(seconds):
                await done.wait()
        except TimeoutError:
            return False
        finally:
            for waiter in waiters:
                waiter.cancel()
    return True
