"""Envelopes as Amazon SNS posts them, with the shapes of its and of SES's Developer Guide."""

import base64
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from adapters.providers.sandbox.sns import new_certificate, signing_key
from adapters.providers.ses.tags import tag_of
from application.ports.callbacks import Callback
from domain.idempotency import AttemptKey

TOPIC = "arn:aws:sns:eu-west-1:123456789012:drumbeat"
CERTIFICATE_URL = (
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-01d088a6f77103d0fe307c0069e40ed6.pem"
)
KEY = AttemptKey("7b1b2f", "mail", 1)

_ORDER = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    ),
    "UnsubscribeConfirmation": (
        ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    ),
}

pair = cache(new_certificate)
"""One key and certificate for the whole test run, each base64."""


def private_key() -> RSAPrivateKey:
    """The key that envelopes are signed with."""
    return signing_key(pair()[0])


def certificate() -> str:
    """Its certificate, base64 of DER."""
    return pair()[1]


def pem() -> bytes:
    """Its certificate as SNS serves it."""
    lines = [certificate()[at : at + 64] for at in range(0, len(certificate()), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]).encode()


def fields(message: str, **changes: Any) -> dict[str, Any]:
    """A notification without its signature."""
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": message,
        "Timestamp": "2026-11-22T12:00:01.123Z",
        "SignatureVersion": "1",
        "SigningCertURL": CERTIFICATE_URL,
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:x",
    } | changes


def confirmation(kind: str = "SubscriptionConfirmation", **changes: Any) -> dict[str, Any]:
    """A question whether we want to be subscribed, or the news that we no longer are."""
    asked = f"Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"
    more = {"Token": "2336412f37", "SubscribeURL": f"https://sns.eu-west-1.amazonaws.com/?{asked}"}
    given = fields("You have chosen to subscribe to the topic.", Type=kind, **more)
    del given["Subject"], given["UnsubscribeURL"]
    return given | changes


def signed(given: Mapping[str, Any]) -> dict[str, Any]:
    """An envelope with its signature, written here once more from SNS's guide."""
    named = [name for name in _ORDER[given["Type"]] if name in given]
    text = "".join(f"{name}\n{given[name]}\n" for name in named)
    algorithm = SHA256() if given["SignatureVersion"] == "2" else SHA1()
    signature = private_key().sign(text.encode(), PKCS1v15(), algorithm)
    return {**given, "Signature": base64.b64encode(signature).decode()}


def posted(envelope: Any) -> Callback:
    """A request with this body."""
    body = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
    headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification"}
    return Callback("https://hooks.example.com/webhooks/ses", headers, body)


def told(event: Any) -> Callback:
    """A notification of an event, signed."""
    return posted(signed(fields(event if isinstance(event, str) else json.dumps(event) + "\n")))


def event(kind: str, part: str = "", **about: Any) -> dict[str, Any]:
    """An event of SES about our e-mail."""
    mail = {
        "timestamp": "2026-11-22T12:00:00.000Z",
        "source": "hello@example.com",
        "messageId": "0102018f-1",
        "destination": ["ana@example.com"],
        "tags": {"ses:operation": ["SendEmail"], "attempt": [tag_of(KEY)]},
    }
    return {"eventType": kind, "mail": mail, **({part: about} if part else {})}
