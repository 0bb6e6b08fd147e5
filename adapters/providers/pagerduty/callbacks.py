"""Reads PagerDuty's V3 webhooks: incidents that were resolved or given to somebody else.

Sources: developer.pagerduty.com/docs/verifying-webhook-signatures and .../docs/webhooks-overview. An incident
is ours by its ``incident_key``, which is the ``dedup_key`` that we sent. Where the service groups alerts, an
incident has the key of its first alert only: grouping must be off.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen
from attrs.validators import deep_iterable

from adapters.providers.common.desks import inside, key_of
from adapters.providers.common.http import credential
from adapters.providers.common.signatures import hmac_sha256, verify
from adapters.providers.common.untrusted import from_iso, identifier, json_object, optional_identifier
from application.ports.callbacks import Callback, HandoffAction, HandoffReport, Reading

_EVENTS: Mapping[str, HandoffAction] = {
    "incident.resolved": HandoffAction.RESOLVED,
    "incident.reassigned": HandoffAction.REASSIGNED,
    "incident.delegated": HandoffAction.REASSIGNED,  # to another escalation policy
}


@frozen
class PagerDutyCallbackReader:
    """Reads PagerDuty's callbacks.

    The signature has no time in it; a replay meets the UNIQUE event id instead.

    Args:
        secrets: the webhook's signing secrets, the current one first.
    """

    secrets: Sequence[str] = field(repr=False, validator=deep_iterable(credential))
    name: str = field(default="pagerduty", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature, then read the one event.

        Raises:
            BadSignature: missing or wrong.
            MalformedCallback: the signature is right, the body is not.
        """
        given = [part.strip() for part in callback.headers.get("x-pagerduty-signature", "").split(",")]
        verify(self.name, (signature(secret, callback.body) for secret in self.secrets), *given)
        report = _report(json_object(callback.body), now)
        return Reading() if report is None else Reading((report,))


def signature(secret: str, body: bytes) -> str:
    """What PagerDuty signs a body with, one of a list while a secret is replaced."""
    return f"v1={hmac_sha256(secret, body).hex()}"


def _report(told: Mapping[str, Any], now: datetime) -> HandoffReport | None:
    kind = inside(told, "event", "event_type")
    action = _EVENTS.get(kind) if isinstance(kind, str) else None
    marked = inside(told, "event", "data", "incident_key")
    key = key_of(marked)
    if action is None or key is None:
        return None
    return HandoffReport(
        event_id=identifier(inside(told, "event", "id"), "event.id"),
        action=action,
        at=from_iso(inside(told, "event", "occurred_at"), now),
        handoff_key=key,
        ref=optional_identifier(marked),
        by=optional_identifier(inside(told, "event", "agent", "id")) or "",
        to=_assignee(told) if action is HandoffAction.REASSIGNED else "",
    )


def _assignee(told: Mapping[str, Any]) -> str:
    """The first of those who have it now."""
    assignees = inside(told, "event", "data", "assignees")
    first = assignees[0] if isinstance(assignees, list) and assignees else None
    return optional_identifier(inside(first, "id")) or ""
