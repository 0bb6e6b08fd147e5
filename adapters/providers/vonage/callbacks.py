"""Reads what Vonage calls back with, of its SMS, Messages and Voice APIs.

Sources: developer.vonage.com, "Signing Messages", "Decoding signed webhooks", "Delivery receipts", "Voice API
Webhooks Reference" and the APIs' references. Fields grow without notice: unknown ones are ignored.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from attrs import field, frozen
from attrs.validators import deep_iterable, in_

from adapters.providers.common.http import base_address, credential
from adapters.providers.common.signatures import same, verify
from adapters.providers.common.untrusted import from_epoch, identifier, json_object
from adapters.providers.vonage import call_events, text_events
from adapters.providers.vonage.correlation import read_note
from adapters.providers.vonage.ncco import Speaker
from adapters.providers.vonage.signatures import HASHES, claims_of, sms_signature
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, Reading

MOST_FIELDS = 100
"""Vonage sends some twenty."""

OLDEST = timedelta(hours=25)
"""Vonage repeats what was not taken for 24 hours; whether it signs it anew it does not say."""

SKEW = timedelta(minutes=5)
"""How far Vonage's clock may be ahead of ours."""

_SECONDS = re.compile(r"[0-9]{1,12}")

Fields = Mapping[str, Any]


@frozen
class VonageCallbackReader:
    """Reads Vonage's callbacks.

    A JWT is good for one delivery: its ``jti`` is the reading's nonce. What the SMS API signs with ``sig``
    may come again for as long as `OLDEST`, and meets the UNIQUE event id.

    Args:
        secrets: the account's signature secrets, one of which signs: the current one first.
        method: how the account signs SMS callbacks, one of `HASHES`; no other one is accepted.
        callback_base_url: our public address, for the menu that is said again.
        speaker: what is said to somebody who has pressed a key.
    """

    secrets: Sequence[str] = field(repr=False, validator=deep_iterable(credential))
    method: str = field(validator=in_(HASHES))
    callback_base_url: str = field(converter=base_address)
    speaker: Speaker
    name: str = field(default="vonage", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature, then read the fields: one event, or none where it means nothing to us.

        Raises:
            BadSignature: missing, wrong or too old.
            MalformedCallback: the signature is right, the body is not.
        """
        scheme, _, token = callback.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return text_events.read(self._verified_parameters(callback, now), now)
        nonce = self._verified_token(token.strip(), callback.body, now)
        note = read_note(callback.url, self.secrets)
        fields = json_object(callback.body)
        if text_events.are_in(fields):
            return text_events.read(fields, now, nonce)
        heard = call_events.Heard(fields, note, nonce, text_events.time_of(fields.get("timestamp"), now))
        return call_events.read(heard, self.speaker, self.callback_base_url, self.secrets[0])

    def _verified_token(self, token: str, body: bytes, now: datetime) -> str:
        """The id of a JWT that is signed with one of our secrets, is recent, and is this body's.

        Raises:
            BadSignature: it is not.
        """
        known = (claims_of(token, secret) for secret in self.secrets) if token.isascii() else ()
        claims = next((claims for claims in known if claims is not None), None)
        if claims is None:
            raise BadSignature("vonage: the token is missing or wrong")
        if not same(hashlib.sha256(body).hexdigest(), str(claims.get("payload_hash", "")).lower()):
            raise BadSignature("vonage: the body is not the one that was signed")
        _check_age(claims.get("iat"), now)
        try:
            return identifier(claims.get("jti"), "jti")
        except MalformedCallback:
            raise BadSignature("vonage: the token has no id") from None

    def _verified_parameters(self, callback: Callback, now: datetime) -> Mapping[str, str]:
        """The parameters of an SMS callback whose ``sig`` is right, from a form or a JSON object.

        A name must not hold what parameters are joined with: two sets of them would have one signature.

        Raises:
            BadSignature: it is not.
        """
        parameters = dict(_parameters(callback))
        given = parameters.pop("sig", "").lower()
        if any("&" in name or "=" in name for name in parameters):
            raise BadSignature("vonage: the parameters cannot be what was signed")
        right = (sms_signature(self.method, secret, parameters) for secret in self.secrets)
        verify(self.name, right, given)
        timestamp = parameters.get("timestamp", "")
        _check_age(int(timestamp) if _SECONDS.fullmatch(timestamp) else None, now)
        return parameters


def _parameters(callback: Callback) -> Mapping[str, str]:
    """The fields before the signature is known: whatever is wrong with them, they are not from Vonage."""
    try:
        if callback.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
            fields = json_object(callback.body)
            return {name: _text(value) for name, value in fields.items()}
        body = callback.body.decode("utf-8")
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"))
    except (MalformedCallback, ValueError) as error:
        raise BadSignature("vonage: parameters that cannot be read are not from there") from error


def _text(value: object) -> str:
    """A parameter's value; Vonage sends texts, and numbers count as they are written."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise MalformedCallback("a parameter is no text")


def _check_age(seconds: object, now: datetime) -> None:
    try:
        signed = None if seconds is None else from_epoch(seconds, now)
    except MalformedCallback:
        signed = None
    if signed is None or not now - OLDEST <= signed <= now + SKEW:
        raise BadSignature("vonage: signed too long ago, or at no time")
