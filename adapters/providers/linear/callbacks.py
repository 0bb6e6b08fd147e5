"""Reads Linear's webhooks: issues that were completed, canceled or given to somebody else.

Source: linear.app/developers/webhooks. Linear advises that ``webhookTimestamp`` be within a minute of our
time; we give it as long as every other desk, since its first repeat comes after a minute and a replay meets
the UNIQUE event id anyway.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen
from attrs.validators import deep_iterable

from adapters.providers.common.desks import check_age, inside, key_of, mark
from adapters.providers.common.http import credential
from adapters.providers.common.signatures import hmac_sha256, verify
from adapters.providers.common.untrusted import (
    from_epoch,
    from_iso,
    identifier,
    json_object,
    optional_identifier,
)
from adapters.providers.linear.desk import issue_id
from application.errors import MalformedCallback
from application.ports.callbacks import Callback, HandoffAction, HandoffReport, Reading

_MARK = re.compile(re.escape(mark("")) + r"[^\s`]{1,150}")
_DONE = ("completed", "canceled")


@frozen
class LinearCallbackReader:
    """Reads Linear's callbacks.

    Args:
        secrets: the webhook's signing secrets, the current one first.
    """

    secrets: Sequence[str] = field(repr=False, validator=deep_iterable(credential))
    name: str = field(default="linear", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature and its age, then read the change of the one issue.

        Raises:
            BadSignature: missing, wrong or too old.
            MalformedCallback: the signature is right, the body is not.
        """
        given = callback.headers.get("linear-signature", "")
        verify(self.name, (signature(secret, callback.body) for secret in self.secrets), given)
        told = json_object(callback.body)
        check_age(self.name, _sent_at(told, now), now)
        if (told.get("type"), told.get("action")) != ("Issue", "update"):
            return Reading()
        return Reading(tuple(_reports(told, now)))


def signature(secret: str, body: bytes) -> str:
    """What Linear signs a body with: hex HMAC-SHA256."""
    return hmac_sha256(secret, body).hex()


def _sent_at(told: Mapping[str, Any], now: datetime) -> datetime:
    sent = told.get("webhookTimestamp")
    if isinstance(sent, bool) or not isinstance(sent, int) or abs(sent) > 10**15:
        raise MalformedCallback("webhookTimestamp is missing or is not a time")
    return from_epoch(sent / 1000, now)


def _reports(told: Mapping[str, Any], now: datetime) -> Iterator[HandoffReport]:
    """What the update did: of the fields that it changed, ``updatedFrom`` has the old values."""
    before = told.get("updatedFrom")
    changed = before if isinstance(before, dict) else {}
    if "stateId" in changed and inside(told, "data", "state", "type") in _DONE:
        yield _report(told, HandoffAction.RESOLVED, now)
    to = optional_identifier(inside(told, "data", "assigneeId"))
    if "assigneeId" in changed and to is not None:
        yield _report(told, HandoffAction.REASSIGNED, now, to)


def _report(told: Mapping[str, Any], action: HandoffAction, now: datetime, to: str = "") -> HandoffReport:
    ref = identifier(inside(told, "data", "id"), "data.id")
    at = identifier(inside(told, "data", "updatedAt"), "data.updatedAt")
    return HandoffReport(
        event_id=identifier(f"{ref}:{at}:{action}", "data.updatedAt"),
        action=action,
        at=from_iso(at, now),
        handoff_key=_key(inside(told, "data", "description"), ref),
        ref=ref,
        by=optional_identifier(inside(told, "actor", "id")) or "",
        to=to,
    )


def _key(description: object, ref: str) -> str | None:
    """The key of the issue's own case, which its id is derived from: anybody may write another one's mark."""
    marks = _MARK.findall(description) if isinstance(description, str) else []
    keys = (key for key in map(key_of, marks) if key is not None)
    return next((key for key in keys if issue_id(key) == ref), None)
