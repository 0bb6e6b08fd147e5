"""Signatures of Standard Webhooks (www.standardwebhooks.com), by its own library."""

import re
from collections.abc import Sequence
from datetime import datetime

from attrs import field, frozen
from standardwebhooks import Webhook

from adapters.providers.common.desks import check_age, from_digits
from adapters.providers.common.signatures import verify
from application.errors import BadSignature
from application.ports.callbacks import Callback

_ID = re.compile(r"[!-~]{1,200}")
_SECRET = re.compile(r"(whsec_)?(?!=|$)([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2,3})?={0,2}")


def _signers(secrets: Sequence[str]) -> tuple[Webhook, ...]:
    """Attrs converter: a signer for each secret. The library itself passes over what is no base64."""
    if not all(_SECRET.fullmatch(secret) for secret in secrets):
        raise ValueError("a secret must be base64, with or without whsec_ before it")
    return tuple(Webhook(secret) for secret in secrets)


@frozen
class Signing:
    """Signs what we send and checks what we get, both with the same secrets.

    The library's own check asks the clock itself, and raises what it likes on hostile input; so only its
    signatures are used.

    Args:
        secrets: ``whsec_`` and base64, the current one first.

    Raises:
        ValueError: one is no such secret.
    """

    signers: tuple[Webhook, ...] = field(converter=_signers, repr=False, alias="secrets")

    def headers(self, message: str, at: datetime, body: bytes) -> dict[str, str]:
        """What goes along with a body. While a secret is replaced, it is signed with both.

        Args:
            message: the message's id, the same when it is repeated.
            at: when it is sent.
            body: UTF-8.
        """
        return {
            "webhook-id": message,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(self._signatures(message, at, body.decode())),
        }

    def check(self, callback: Callback, now: datetime) -> tuple[str, datetime]:
        """Verify a callback; returns its id and when it was sent.

        Raises:
            BadSignature: missing, wrong or too old.
        """
        message = callback.headers.get("webhook-id", "")
        at = from_digits(callback.headers.get("webhook-timestamp", ""))
        given = callback.headers.get("webhook-signature", "").split(" ")
        try:
            body = callback.body.decode()
        except UnicodeDecodeError as error:
            raise BadSignature("webhook: the body is not UTF-8") from error
        if at is None or not _ID.fullmatch(message):
            raise BadSignature("webhook: the id or the time is missing or cannot be read")
        verify("webhook", self._signatures(message, at, body), *given)
        check_age("webhook", at, now)
        return message, at

    def _signatures(self, message: str, at: datetime, body: str) -> list[str]:
        return [signer.sign(message, at, body) for signer in self.signers]
