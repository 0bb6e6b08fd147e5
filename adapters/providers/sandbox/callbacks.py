"""Delivers callbacks, again where they are not taken; each vendor's module signs its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import httpx
from attrs import Factory, define, field, frozen

from adapters.providers.sandbox.ledger import Ledger

TIMEOUT = httpx.Timeout(15.0, connect=5.0, pool=None)
"""Twilio waits this long for a webhook (www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides)."""


@frozen
class Delivery:
    """One callback, signed and ready to go.

    Args:
        provider: the vendor's name.
        events: what it tells, for the ledger.
        url: where it goes.
        headers: with the signature.
        body: the signed bytes.
        delay: seconds to wait before it goes, at usual speed.
        again: seconds to the next tries, where it is not taken. Vendors go on for minutes or for a day, which
            is shortened here.
        done: hears the answer to it, for a vendor whose callback is a question.
    """

    provider: str
    events: Sequence[str]
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    delay: float
    again: Sequence[float] = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
    done: Callable[[httpx.Response], None] | None = field(default=None, repr=False)


@define
class Courier:
    """Delivers callbacks in the background, those of one message one after the other.

    Args:
        client: the HTTP client; not closed here.
        ledger: hears of every delivery.
        speed: divides the usual delays, not the pauses after a failure: what failed recovers in real time.
    """

    client: httpx.AsyncClient
    ledger: Ledger
    speed: float
    pending: int = field(default=0, init=False)
    _rounds: set[asyncio.Task[None]] = field(default=Factory(set), init=False)

    def dispatch(self, deliveries: Sequence[Delivery]) -> None:
        """Begin to deliver one message's callbacks."""
        self.pending += len(deliveries)
        task = asyncio.create_task(self._deliver_all(deliveries))
        self._rounds.add(task)
        task.add_done_callback(self._rounds.discard)

    async def close(self) -> None:
        """Drop what is still to be delivered."""
        rounds = list(self._rounds)
        for task in rounds:
            task.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)

    async def _deliver_all(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            await asyncio.sleep(delivery.delay / self.speed)
            await self._deliver(delivery)
            self.pending -= 1

    async def _deliver(self, delivery: Delivery) -> None:
        for pause in delivery.again:
            if await self._taken(delivery):
                break
            self.ledger.repeated()
            await asyncio.sleep(pause)
        else:
            if not await self._taken(delivery):
                self.ledger.gave_up()
                return
        for event in delivery.events:
            self.ledger.called_back(f"{delivery.provider}:{event}")

    async def _taken(self, delivery: Delivery) -> bool:
        """Whether the other side answers with a 2xx."""
        try:
            response = await self.client.post(
                delivery.url, content=delivery.body, headers=dict(delivery.headers), timeout=TIMEOUT
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            return False  # a vendor cannot know why either; it tries again
        if response.is_success and delivery.done is not None:
            delivery.done(response)
        return response.is_success
