"""Reads Mailgun's webhooks: what became of an e-mail (JSON), and what people answer (forms, by a route).

Sources: documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks and
.../receive-forward-store/receive-http.
"""

import string
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen
from attrs.validators import deep_iterable

from adapters.providers.common.forms import form_fields
from adapters.providers.common.http import credential
from adapters.providers.common.signatures import hmac_sha256, same
from adapters.providers.common.untrusted import json_object
from adapters.providers.mailgun.events import status_report
from adapters.providers.mailgun.inbound import inbound_text
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, InboundText, Reading, StatusReport

OLDEST = timedelta(hours=9)
"""How old a signature may be: Mailgun repeats for eight hours what is not taken."""

AHEAD = timedelta(minutes=5)
"""How much its clock may be ahead of ours."""

_LONGEST_TOKEN = 100
"""Mailgun's have 50 characters."""


@frozen
class MailgunCallbackReader:
    """Reads Mailgun's callbacks.

    The signature is over a time and a token, not over the body: whoever has seen one request could send
    another in its name. So its age is checked, and its token is given out as `Reading.nonce`, good for one
    delivery only.

    Args:
        signing_keys: the account's webhook signing keys, one of which signs: the current one first.
    """

    signing_keys: Sequence[str] = field(repr=False, validator=deep_iterable(credential))
    name: str = field(default="mailgun", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature, then read the one event: a report, or none where it means nothing to us.

        Raises:
            BadSignature: missing, wrong, too old or too new, or the body has no place for one.
            MalformedCallback: the signature is right, the body is not.
        """
        body = _signed_body(callback)
        is_event = "event-data" in body
        signature = body.get("signature") if is_event else body
        token = self._verified(signature if isinstance(signature, dict) else {}, now)
        try:
            report = _event(body, now) if is_event else inbound_text(body)
        except MalformedCallback as fault:
            # A body that nobody can read uses the signature up all the same.
            raise MalformedCallback(str(fault), nonce=token) from fault
        return Reading(() if report is None else (report,), nonce=token)

    def _verified(self, given: Mapping[str, Any], now: datetime) -> str:
        """The token of a signature that is right and of our time."""
        timestamp, token, signature = (given.get(name) for name in ("timestamp", "token", "signature"))
        timestamp = str(timestamp) if type(timestamp) is int else timestamp
        if not isinstance(timestamp, str) or not isinstance(token, str) or not isinstance(signature, str):
            raise BadSignature("mailgun: the signature is missing")
        # Checked first: what is signed does not tell where the one ends and the other begins.
        if not _is_time(timestamp) or not 0 < len(token) <= _LONGEST_TOKEN or not token.isascii():
            raise BadSignature("mailgun: the signature cannot be read")
        right = [same(signature_of(key, timestamp, token), signature) for key in self.signing_keys]
        if not any(right):
            raise BadSignature("mailgun: the signature is wrong")
        age = now.timestamp() - int(timestamp)
        if not -AHEAD.total_seconds() <= age <= OLDEST.total_seconds():
            raise BadSignature("mailgun: the signature is not of our time")
        return token


def signature_of(signing_key: str, timestamp: str, token: str) -> str:
    """Hexadecimal HMAC-SHA256 over the time and the token, joined."""
    return hmac_sha256(signing_key, (timestamp + token).encode()).hex()


def _is_time(text: str) -> bool:
    return 0 < len(text) <= 12 and set(text) <= set(string.digits)


def _signed_body(callback: Callback) -> Mapping[str, Any]:
    """The body as Mailgun sends it. What cannot be read has no signature: nobody has vouched for it."""
    content_type = callback.headers.get("content-type", "")
    try:
        if content_type.partition(";")[0].strip().lower() != "application/json":
            return form_fields(content_type, callback.body)
        return json_object(callback.body)
    except MalformedCallback as error:
        raise BadSignature("mailgun: a body that cannot be read is not from there") from error


def _event(body: Mapping[str, Any], now: datetime) -> StatusReport | InboundText | None:
    event = body["event-data"]
    if not isinstance(event, dict):
        raise MalformedCallback("the event is not a JSON object")
    return status_report(event, now)
