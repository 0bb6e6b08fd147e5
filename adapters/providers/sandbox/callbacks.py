"""Delivers callbacks, again where they are not taken; each vendor's module signs its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import httpx
from attrs import Factory, define, field, frozen

from adapters.providers.sandbox.ledger import Ledger, Told
from adapters.providers.sandbox.telling import Kind
from domain.idempotency import webhook_key

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
        attempt: what it is about, for the ledger: an attempt key, or a handoff's.
        kind: whether the vendor means it.
        copies: how often it goes at the same moment.
    """

    provider: str
    events: Sequence[str]
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    delay: float
    again: Sequence[float] = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
    done: Callable[[httpx.Response], None] | None = field(default=None, repr=False)
    attempt: str | None = None
    kind: Kind = Kind.GENUINE
    copies: int = 1

    def told(self) -> Told:
        """Its row in the ledger, before its first try."""
        try:
            target = httpx.URL(self.url).raw_path.decode("ascii")
        except httpx.InvalidURL:  # nobody will stage it
            target = ""
        key = webhook_key(self.provider, target, self.body)
        return Told(self.provider, key, self.attempt, ",".join(self.events), self.kind.value)


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

    def dispatch(self, deliveries: Sequence[Delivery], after: float = 0.0) -> asyncio.Event:
        """Begin to deliver one message's callbacks.

        Args:
            deliveries: in their order.
            after: seconds to wait before the first, whatever the speed.

        Returns:
            Set once one of them was taken.
        """
        self.pending += sum(delivery.copies for delivery in deliveries)
        rows = [self.ledger.telling(delivery.told()) for delivery in deliveries]
        first = asyncio.Event()
        task = asyncio.create_task(self._deliver_all(list(zip(deliveries, rows, strict=True)), after, first))
        self._rounds.add(task)
        task.add_done_callback(self._rounds.discard)
        return first

    async def close(self) -> None:
        """Drop what is still to be delivered."""
        rounds = list(self._rounds)
        for task in rounds:
            task.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)

    async def _deliver_all(
        self, deliveries: Sequence[tuple[Delivery, Told]], after: float, first: asyncio.Event
    ) -> None:
        await asyncio.sleep(after)
        for delivery, row in deliveries:
            await asyncio.sleep(delivery.delay / self.speed)
            await asyncio.gather(*(self._deliver(delivery, row) for _ in range(delivery.copies)))
            if row.acknowledged:
                first.set()

    async def _deliver(self, delivery: Delivery, row: Told) -> None:
        try:
            if delivery.kind is Kind.FORGED:  # whoever forges does not come again, and counts for nobody
                await self._taken(delivery, row)
            else:
                await self._insist(delivery, row)
        finally:
            self.pending -= 1

    async def _insist(self, delivery: Delivery, row: Told) -> None:
        for pause in delivery.again:
            if await self._taken(delivery, row):
                break
            self.ledger.repeated()
            await asyncio.sleep(pause)
        else:
            if not await self._taken(delivery, row):
                self.ledger.gave_up()
                return
        for event in delivery.events:
            self.ledger.called_back(f"{delivery.provider}:{event}")

    async def _taken(self, delivery: Delivery, row: Told) -> bool:
        """Whether the other side answers with a 2xx."""
        try:
            response = await self.client.post(
                delivery.url, content=delivery.body, headers=dict(delivery.headers), timeout=TIMEOUT
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            row.answered(None)
            return False  # a vendor cannot know why either; it tries again
        row.answered(response.status_code)
        if response.is_success and delivery.done is not None:
            delivery.done(response)
        return response.is_success
