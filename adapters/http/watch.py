"""Looks for what is stuck beside the app, for as long as the app runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog
from attrs import frozen

from application.errors import ApplicationError
from domain.stuck import StuckKind

_log = structlog.get_logger(__name__)

Counts = Mapping[StuckKind, int]
Look = Callable[[Counts], Awaitable[Counts]]
"""One look of `ObserveStuck`: takes what it found last."""

LONGEST_LOOK = timedelta(seconds=30)


@frozen
class Watch:
    """What looks, and how often.

    Args:
        look: looks once.
        every: the pause between two looks.
    """

    look: Look
    every: timedelta

    async def run(self) -> None:
        """Look until cancelled; a fault is logged and ends nothing."""
        known: Counts = {}
        while True:
            try:
                async with asyncio.timeout(LONGEST_LOOK.total_seconds()):
                    known = await self.look(known)
            except (ApplicationError, TimeoutError) as fault:
                _log.warning("stuck.not_looked", reason=str(fault) or type(fault).__name__)
            except Exception:
                _log.exception("stuck.look_broke")
            await asyncio.sleep(self.every.total_seconds())


@asynccontextmanager
async def watching(watch: Watch | None) -> AsyncIterator[None]:
    """Look in the background for the length of the block; nothing is waited for at its end."""
    if watch is None:
        yield
        return
    task = asyncio.create_task(watch.run(), name="watch")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
