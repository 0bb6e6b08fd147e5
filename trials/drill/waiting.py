"""Waiting for what only shows when one looks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from adapters.cli.processes import ServiceFailed


async def until(holds: Callable[[], bool], every: float = 0.02) -> None:
    """Look until something holds that another task, or the kernel, brings about.

    Args:
        holds: what to wait for.
        every: seconds between two looks.
    """
    while not holds():  # noqa: ASYNC110 - nobody tells when
        await asyncio.sleep(every)


async def until_none(count: Callable[[], Awaitable[int]], every: float = 0.5) -> None:
    """Look until another process has nothing left of something.

    Args:
        count: how much there is.
        every: seconds between two looks.
    """
    while await count():  # noqa: ASYNC110 - as above
        await asyncio.sleep(every)


@asynccontextmanager
async def within(seconds: float, what: str) -> AsyncIterator[None]:
    """Give the block so much time: a system that never answers must not keep a drill going for ever.

    Args:
        seconds: how long it may take.
        what: is to happen, for the sentence.

    Raises:
        ServiceFailed: it has taken longer.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise ServiceFailed(f"{what} within {seconds:g} s.") from None
