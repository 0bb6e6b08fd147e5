"""Takes what SendGrid calls back with: batches of signed events, and e-mails that people wrote.

Sources: www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-
features and .../parsing-email/securing-your-parse-webhooks.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import datetime

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from adapters.providers.common.forms import MULTIPART
from adapters.providers.common.untrusted import json_value
from adapters.providers.sendgrid.events import events_reading
from adapters.providers.sendgrid.inbound import inbound_text
from adapters.providers.sendgrid.signatures import SIGNATURE, TIMESTAMP, signed_bytes
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, Reading


def _public_keys(texts: Sequence[str]) -> tuple[ec.EllipticCurvePublicKey, ...]:
    """Attrs converter for `_public_key`."""
    return tuple(_public_key(text) for text in texts)


def _public_key(text: str) -> ec.EllipticCurvePublicKey:
    """The key as SendGrid's settings show it, base64 of a DER SubjectPublicKeyInfo."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("public_key must be the base64 key of SendGrid's signed event webhook") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("public_key must be an elliptic curve key on P-256")  # noqa: TRY004 - a setting
    return key


@frozen
class SendGridCallbackReader:
    """Reads SendGrid's event batches, and e-mails that its Inbound Parse has taken for us.

    The signed timestamp is not checked for age, since repeats come for 24 hours; a replay meets the UNIQUE
    event id instead.

    Args:
        public_keys: of the event webhook, and of the security policy of Inbound Parse if there is one; base64
            as SendGrid shows them. One of them has signed.
        inbound_logins: ``user:password`` that may stand in the address that Inbound Parse posts to, for
            accounts without a security policy; without both, no e-mail is taken.

    Raises:
        ValueError: one is no such key.
    """

    public_keys: tuple[ec.EllipticCurvePublicKey, ...] = field(converter=_public_keys, repr=False)
    inbound_logins: Sequence[str] = field(default=(), repr=False)
    name: str = field(default="sendgrid", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify it, then read an e-mail, or a batch event by event. What means nothing to us is left out.

        Raises:
            BadSignature: missing or wrong.
            MalformedCallback: the signature is right, the body is no list of events and no e-mail.
        """
        content_type = callback.headers.get("content-type", "")
        if content_type.partition(";")[0].strip().lower() == MULTIPART:
            if not (self._is_signed(callback) or self._is_logged_in(callback)):
                raise BadSignature("sendgrid: the signature or the login is missing or wrong")
            inbound = inbound_text(content_type, callback.body, now)
            return Reading(() if inbound is None else (inbound,))
        if not self._is_signed(callback):
            raise BadSignature("sendgrid: the signature is missing or wrong")
        events = json_value(callback.body)
        if not isinstance(events, list):
            raise MalformedCallback("the body is not a list of events")
        return events_reading(events, now)

    def _is_signed(self, callback: Callback) -> bool:
        signed = signed_bytes(callback.headers.get(TIMESTAMP, ""), callback.body)
        try:
            signature = base64.b64decode(callback.headers.get(SIGNATURE, ""), validate=True)
        except ValueError:
            return False
        return any(_has_signed(key, signature, signed) for key in self.public_keys)

    def _is_logged_in(self, callback: Callback) -> bool:
        """Whether it came with a login (RFC 7617)."""
        scheme, _, given = callback.headers.get("authorization", "").partition(" ")
        try:
            login = base64.b64decode(given.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        known = [hmac.compare_digest(login, each.encode()) for each in self.inbound_logins]
        return scheme.lower() == "basic" and any(known)


def _has_signed(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
