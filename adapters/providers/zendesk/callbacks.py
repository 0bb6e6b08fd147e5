"""Reads Zendesk's event webhooks: tickets that were solved or given to another agent.

Sources: developer.zendesk.com/documentation/webhooks/verifying (signature) and .../api-reference/webhooks/
event-types/ticket-events. The webhook must be subscribed to "Ticket status changed" and "Agent assignment
changed"; what a trigger sends has a form of its own and means nothing to us.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen
from attrs.validators import deep_iterable

from adapters.providers.common.desks import check_age, inside, key_of
from adapters.providers.common.http import credential
from adapters.providers.common.signatures import hmac_sha256, verify
from adapters.providers.common.untrusted import from_iso, identifier, json_object, optional_identifier
from application.errors import MalformedCallback
from application.ports.callbacks import Callback, HandoffAction, HandoffReport, Reading

_EVENTS: Mapping[str, HandoffAction] = {
    "zen:event-type:ticket.status_changed": HandoffAction.RESOLVED,
    "zen:event-type:ticket.agent_assignment_changed": HandoffAction.REASSIGNED,
}
_DONE = frozenset({"solved", "closed"})


@frozen
class ZendeskCallbackReader:
    """Reads Zendesk's callbacks.

    Args:
        secrets: the webhook's signing secrets, the current one first.
    """

    secrets: Sequence[str] = field(repr=False, validator=deep_iterable(credential))
    name: str = field(default="zendesk", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature and its age, then read the one event.

        Raises:
            BadSignature: missing, wrong or too old.
            MalformedCallback: the signature is right, the body is not.
        """
        timestamp = callback.headers.get("x-zendesk-webhook-signature-timestamp", "")
        given = callback.headers.get("x-zendesk-webhook-signature", "")
        verify(self.name, (signature(secret, timestamp, callback.body) for secret in self.secrets), given)
        check_age(self.name, _signed_at(timestamp, now), now)
        report = _report(json_object(callback.body), now)
        return Reading() if report is None else Reading((report,))


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What Zendesk signs a request with: base64 of HMAC-SHA256 over its timestamp and body."""
    signed = timestamp.encode("utf-8", "surrogatepass") + body
    return base64.b64encode(hmac_sha256(secret, signed)).decode()


def _signed_at(timestamp: str, now: datetime) -> datetime | None:
    try:
        return from_iso(timestamp, now)
    except MalformedCallback:
        return None


def _report(told: Mapping[str, Any], now: datetime) -> HandoffReport | None:
    kind = told.get("type")
    action = _EVENTS.get(kind) if isinstance(kind, str) else None
    key = key_of(inside(told, "detail", "external_id"))
    if action is None or key is None or not _matters(action, told.get("event")):
        return None
    to = optional_identifier(inside(told, "event", "current"))
    return HandoffReport(
        event_id=identifier(told.get("id"), "id"),
        action=action,
        at=from_iso(told.get("time"), now),
        handoff_key=key,
        ref=optional_identifier(inside(told, "detail", "id")),
        by=optional_identifier(inside(told, "detail", "actor_id")) or "",
        to=to or "" if action is HandoffAction.REASSIGNED else "",
    )


def _matters(action: HandoffAction, change: object) -> bool:
    """Whether a ticket was done that was not, or was given to somebody."""
    current = optional_identifier(inside(change, "current"))
    if action is HandoffAction.REASSIGNED:
        return current is not None
    before = optional_identifier(inside(change, "previous"))
    return current is not None and current.lower() in _DONE and (before or "").lower() not in _DONE
