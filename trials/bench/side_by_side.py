"""Doing something for each of many, so many at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

_T = TypeVar("_T")

AT_ONCE = 16
"""How many are under way at the same time unless something else is said."""


async def in_order(
    do: Callable[[_T], Awaitable[object]], things: Iterable[_T], at_once: int = AT_ONCE
) -> None:
    """Do it for each, begun in order.

    Args:
        do: what.
        things: for what.
        at_once: how many are under way at the same time.
    """
    left = iter(things)

    async def work() -> None:
        for thing in left:
            await do(thing)

    async with asyncio.TaskGroup() as working:
        for _ in range(at_once):
            working.create_task(work())
