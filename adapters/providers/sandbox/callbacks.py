"""Signs callbacks as the vendors do and delivers them, again where they are not taken."""

import asyncio
import base64
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import httpx
from attrs import Factory, define, field, frozen
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from adapters.providers.common.signatures import sendgrid_signed_bytes, twilio_signature
from adapters.providers.sandbox.ledger import Ledger

_AGAIN: Mapping[str, Sequence[float]] = {
    "twilio": (0.5, 1.0),
    "sendgrid": (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
}
"""Seconds to the next tries. Twilio tries few times; SendGrid goes on for a day, which is shortened here."""

TIMEOUT = httpx.Timeout(15.0, connect=5.0, pool=None)
"""Twilio waits this long for a webhook (www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides)."""


@frozen
class Delivery:
    """One callback, signed and ready to go.

    Args:
        provider: ``twilio`` or ``sendgrid``.
        events: what it tells, for the ledger.
        url: where it goes.
        headers: with the signature.
        body: the signed bytes.
        delay: seconds to wait before it goes, at usual speed.
    """

    provider: str
    events: Sequence[str]
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    delay: float


def twilio_delivery(auth_token: str, url: str, event: str, form: Mapping[str, str], delay: float) -> Delivery:
    """A callback with a form, signed over its URL and fields."""
    byte_wise = [(key, value.encode().decode("latin-1")) for key, value in form.items()]
    return Delivery(
        provider="twilio",
        events=[event],
        url=url,
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": twilio_signature(auth_token, url, byte_wise),
        },
        body=urlencode(form).encode(),
        delay=delay,
    )


def sendgrid_delivery(
    key: ec.EllipticCurvePrivateKey, url: str, events: Sequence[str], body: bytes, delay: float
) -> Delivery:
    """A batch of events, signed over the time and the body."""
    timestamp = str(int(time.time()))
    signature = key.sign(sendgrid_signed_bytes(timestamp, body), ec.ECDSA(SHA256()))
    return Delivery(
        provider="sendgrid",
        events=events,
        url=url,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "SendGrid Event API",
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        },
        body=body,
        delay=delay,
    )


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
        for pause in _AGAIN[delivery.provider]:
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
        return response.is_success
