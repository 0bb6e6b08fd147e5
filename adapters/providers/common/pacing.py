"""A token bucket for each provider and channel: keeps one worker to the rate that a vendor allows.

All workers together are kept to it by the task queue's own limit, whose first second bursts. This one does
not: a vendor that counts by the second sees no more than its rate and a tenth.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from math import isfinite

from aiolimiter import AsyncLimiter
from attrs import Attribute, Factory, define, field

from adapters.providers.common.http import LONGEST_WAIT
from application.errors import TransientFault
from domain.statuses import Channel

_Key = tuple[str, Channel]
_Rates = Mapping[_Key, float]

BURST_SECONDS = 0.1
"""How many seconds' worth may go at once.

Over any time, `AsyncLimiter` lets through what its bucket holds and the rate times that time. With a bucket
of a whole second's worth that would be twice the rate within a second. An event loop that is late by less
than what the bucket holds loses nothing of the rate."""

LONGEST_TURN = 5.0
"""How many seconds a call waits for its turn, so that the call itself still fits into its activity."""


@define
class _Line:
    """Those who wait for one bucket, first come, first served.

    Args:
        name: for the fault.
        rate: messages per second.
        longest: nobody waits for longer; in seconds.
        loop: where they wait.
    """

    name: str
    rate: float
    longest: float
    loop: asyncio.AbstractEventLoop
    bucket: AsyncLimiter = field(init=False)
    order: asyncio.Lock = Factory(asyncio.Lock)
    waiting: int = 0
    promised: float = 0.0

    def __attrs_post_init__(self) -> None:
        at_once = max(1.0, self.rate * BURST_SECONDS)
        self.bucket = AsyncLimiter(at_once, at_once / self.rate)

    async def at_once(self) -> bool:
        """Take a turn that nobody waits for."""
        if self.waiting or not self.bucket.has_capacity():
            return False
        await self.bucket.acquire()  # does not wait: there is room
        return True

    async def turn(self) -> None:
        """Wait, or be sent away at once where the line is too long already."""
        if self.waiting > self.longest * self.rate:
            raise self._sent_away()
        self.waiting += 1
        try:
            # The limiter alone lets a newcomer pass those who wait in the moment that one of them may go.
            async with asyncio.timeout(self.longest), self.order:
                await self.bucket.acquire()
        except TimeoutError:
            raise self._sent_away() from None
        finally:
            self.waiting -= 1

    def _sent_away(self) -> TransientFault:
        """Everybody is told another time, or they would all come back at once."""
        now = self.loop.time()
        line_ends = now + self.waiting / self.rate
        self.promised = max(self.promised, line_ends) + 1 / self.rate
        if self.promised > now + LONGEST_WAIT.total_seconds():
            self.promised = line_ends  # from the front again: more than that, nobody is told
        reason = f"{self.name}: no turn within {self.longest:g} s at {self.rate:g} a second"
        return TransientFault(reason, timedelta(seconds=self.promised - now))


@define(eq=False)
class TokenBuckets:
    """The port `Pacing`: at most so many messages a second to a provider on a channel, in this process.

    Args:
        rates: provider name and channel to messages per second, more than 0; others are not held back.
        longest: how many seconds a call may wait for its turn.

    Raises:
        ValueError: a rate is no rate.
    """

    rates: _Rates = field()
    longest: float = LONGEST_TURN
    _lines: dict[_Key, _Line] = field(factory=dict, init=False)

    @rates.validator
    def _can_be_kept(self, _attribute: "Attribute[_Rates]", rates: _Rates) -> None:
        if not all(isfinite(rate) and rate > 0 for rate in rates.values()):
            raise ValueError("a rate must be more than 0 messages per second")

    async def at_once(self, provider: str, channel: Channel) -> bool:
        """Take a turn if there is one right now, without waiting; False where there is none."""
        line = self._line(provider, channel)
        return line is None or await line.at_once()

    async def turn(self, provider: str, channel: Channel) -> None:
        """Wait until a message may be handed to the provider.

        Raises:
            TransientFault: that would take longer than ``longest``; nothing was sent.
        """
        line = self._line(provider, channel)
        if line is not None:
            await line.turn()

    def _line(self, provider: str, channel: Channel) -> _Line | None:
        key = (provider, channel)
        rate = self.rates.get(key)
        if rate is None:
            return None
        loop = asyncio.get_running_loop()
        line = self._lines.get(key)
        if line is None or line.loop is not loop:  # futures of another loop would never wake anybody here
            line = self._lines[key] = _Line(f"{provider} {channel.value}", rate, self.longest, loop)
        return line
