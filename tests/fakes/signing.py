"""Callbacks signed as their vendors sign them."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from attrs import field, frozen
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.providers.sendgrid.signatures import signed_bytes
from adapters.providers.twilio.signatures import signature

TWILIO_TOKEN = "0123456789abcdef0123456789abcdef"


@frozen
class SignedRequest:
    """What a vendor posts."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def twilio_request(url: str, fields: Mapping[str, str], token: str = TWILIO_TOKEN) -> SignedRequest:
    """A form as Twilio posts it.

    Args:
        url: the public address that is called, query included.
        fields: the form.
        token: the account's secret.
    """
    signed = [(_bytewise(key), _bytewise(value)) for key, value in fields.items()]
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "x-twilio-signature": signature(token, url, signed),
    }
    return SignedRequest(url, headers, urlencode(fields).encode())


def _bytewise(text: str) -> str:
    """One character for each byte of the text's UTF-8, as signatures are computed."""
    return text.encode().decode("latin-1")


@frozen
class SendGridAccount:
    """A SendGrid account with a verification key of its own."""

    private_key: ec.EllipticCurvePrivateKey = field(
        factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )

    @property
    def public_key(self) -> str:
        """The key as SendGrid's settings show it."""
        der = self.private_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(der).decode()

    def request(self, url: str, events: Sequence[Mapping[str, Any]] | bytes) -> SignedRequest:
        """A batch of events as SendGrid posts it; bytes are signed as they are."""
        body = events if isinstance(events, bytes) else json.dumps(list(events)).encode()
        timestamp = "1894665600"
        signature = self.private_key.sign(signed_bytes(timestamp, body), ec.ECDSA(hashes.SHA256()))
        headers = {
            "content-type": "application/json",
            "x-twilio-email-event-webhook-timestamp": timestamp,
            "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        }
        return SignedRequest(url, headers, body)
