"""Many lives under way at once: each begins, sends its message, and hears soon after what became of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from attrs import define, field

K = TypeVar("K")

GROUP = 25
"""How many are begun together, as a page of an upload is."""

AT_ONCE = 200
"""How many are under way at most."""

PAUSE = 1.0
"""Seconds from the provider's accept to its callback: the run waits for it by then, as in life."""


@define
class Flight(Generic[K]):
    """Lets lives go by, so many at a time.

    Args:
        begin: begins so many lives.
        tell: tells one of them what became of its message.

    Attributes:
        sent: whose message went out; the lives put it there.
    """

    begin: Callable[[int], Awaitable[object]]
    tell: Callable[[K], Awaitable[object]]
    sent: asyncio.Queue[K] = field(factory=asyncio.Queue, init=False)

    async def go(self, count: int) -> None:
        """Begin so many lives and tell each of them; they end by themselves.

        Args:
            count: how many, a multiple of `GROUP`.
        """
        groups = asyncio.Semaphore(AT_ONCE // GROUP)
        async with asyncio.TaskGroup() as under_way:
            beginning = under_way.create_task(self._begin(count, groups))
            for told in range(1, count + 1):
                under_way.create_task(self._tell(await self.sent.get()))
                if told % GROUP == 0:
                    groups.release()
            await beginning

    async def _begin(self, count: int, groups: asyncio.Semaphore) -> None:
        for _ in range(0, count, GROUP):
            await groups.acquire()
            await self.begin(GROUP)

    async def _tell(self, whom: K) -> None:
        await asyncio.sleep(PAUSE)
        await self.tell(whom)
