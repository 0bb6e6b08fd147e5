"""Signed callbacks, made before anything is measured, and what posts them."""

import base64
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from attrs import field, frozen
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.cli.processes import ServiceFailed
from adapters.providers.sendgrid.signatures import SIGNATURE, TIMESTAMP, signed_bytes
from adapters.providers.twilio.signatures import signature
from domain.idempotency import AttemptKey
from trials.bench.side_by_side import AT_ONCE, in_order
from trials.bench.webhooks.waiting import reference


@frozen
class Signed:
    """One callback."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@frozen
class Vendors:
    """Accounts at Twilio and SendGrid that nobody else has."""

    token: str = field(factory=lambda: token_hex(16), repr=False)
    key: ec.EllipticCurvePrivateKey = field(
        factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )

    @property
    def ours(self) -> Mapping[str, str]:
        """The settings by which our processes know them."""
        public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {
            "DRUMBEAT_TWILIO_ACCOUNT_SID": f"AC{'0' * 32}",
            "DRUMBEAT_TWILIO_AUTH_TOKEN": self.token,
            "DRUMBEAT_TWILIO_SMS_FROM": "+12025550100",
            "DRUMBEAT_SENDGRID_API_KEY": "none",
            "DRUMBEAT_SENDGRID_SENDER": "bench@example.com",
            "DRUMBEAT_SENDGRID_PUBLIC_KEY": base64.b64encode(public).decode(),
        }

    def delivered(self, address: str, key: AttemptKey) -> Signed:
        """Twilio's report that a message has arrived, with the fields that it has, to an address."""
        url = f"{address}?attempt={key}"
        sid = reference(key)
        fields = {
            "AccountSid": f"AC{'0' * 32}",
            "ApiVersion": "2010-04-01",
            "From": "+12025550100",
            "MessageSid": sid,
            "MessageStatus": "delivered",
            "RawDlrDoneDate": "2501010000",
            "SmsSid": sid,
            "SmsStatus": "delivered",
            "To": "+12025550101",
        }
        headers = {
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "user-agent": "TwilioProxy/1.1",
            "x-twilio-signature": signature(self.token, url, fields.items()),
        }
        return Signed(url, headers, urlencode(fields).encode())

    def all_delivered(self, base_url: str, keys: Sequence[AttemptKey]) -> Signed:
        """SendGrid's report that some e-mails have arrived, in one batch."""
        now = int(datetime.now(UTC).timestamp())
        events = [
            {
                "email": "somebody@example.com",
                "timestamp": now,
                "event": "delivered",
                "sg_event_id": uuid4().hex,
                "sg_message_id": f"{reference(key)}.recvd-0",
                "attempt": str(key),
            }
            for key in keys
        ]
        body = json.dumps(events).encode()
        signed = self.key.sign(signed_bytes(str(now), body), ec.ECDSA(hashes.SHA256()))
        headers = {
            "content-type": "application/json",
            TIMESTAMP: str(now),
            SIGNATURE: base64.b64encode(signed).decode(),
        }
        return Signed(f"{base_url}/webhooks/sendgrid", headers, body)


async def post(client: httpx.AsyncClient, callback: Signed) -> None:
    """Post one.

    Raises:
        ServiceFailed: it is not answered with 200.
    """
    answer = await client.post(callback.url, headers=dict(callback.headers), content=callback.body)
    if answer.status_code != 200:
        raise ServiceFailed(f"A callback was answered with {answer.status_code}: {answer.text[:200]}")


async def post_all(callbacks: Sequence[Signed], at_once: int = AT_ONCE) -> float:
    """Post them, so many at a time, over as many connections; gives how many seconds that took."""
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(limits=limits, timeout=30, trust_env=False) as client:

        async def one(callback: Signed) -> None:
            await post(client, callback)

        began = time.perf_counter()
        await in_order(one, callbacks, at_once)
        return time.perf_counter() - began
