"""Runs the relay beside the app, for as long as the app runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog
from attrs import frozen

from application.errors import ApplicationError
from application.relay_events import BATCH

_log = structlog.get_logger(__name__)

LONGEST_PAUSE = timedelta(minutes=1)
"""However often it failed, the relay looks again after this time."""

STOP = timedelta(seconds=5)
"""How long a round may take to end when the app stops; what it has not done, the next process does."""

Relay = Callable[[], Awaitable[int]]
"""One round of `RelayEvents`: tells how many it found."""


@frozen
class RelayLoop:
    """Calls the relay again and again.

    Args:
        relay: one round.
        every: the pause after a round that found less than a whole batch.
    """

    relay: Relay
    every: timedelta

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until it is told to stop; a fault is logged and slows it down, and never ends it."""
        failures = 0
        while not stop.is_set():
            try:
                found = await self.relay()
            except ApplicationError as fault:
                failures += 1
                _log.warning("relay.failed", reason=str(fault), failures=failures)
            except Exception:
                failures += 1
                _log.exception("relay.broke", failures=failures)
            else:
                failures = 0
                if found >= BATCH:
                    continue
            await _pause(stop, self.pause(failures))

    def pause(self, failures: int) -> timedelta:
        """The pause after so many failures in a row: doubled each time."""
        longest = max(LONGEST_PAUSE, self.every)
        return min(self.every * (1 << min(failures, 16)), longest)


async def _pause(stop: asyncio.Event, pause: timedelta) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), pause.total_seconds())


@asynccontextmanager
async def relaying(relay: Relay, every: timedelta, stop_within: timedelta = STOP) -> AsyncIterator[None]:
    """Relay in the background for the length of the block.

    Args:
        relay: one round.
        every: the pause between two rounds.
        stop_within: how long the round under way may take to end with the block; then it is cut off.
    """
    stop = asyncio.Event()
    task = asyncio.create_task(RelayLoop(relay, every).run(stop), name="relay")
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([task], timeout=stop_within.total_seconds())
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
