"""Waiting for what only shows when one looks."""

import asyncio
from collections.abc import Awaitable, Callable


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
