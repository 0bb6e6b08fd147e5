"""Handoffs as signed requests to any desk (Standard Webhooks).

The request's ``webhook-id`` is derived from the handoff's key, so that a desk which keeps to the standard
takes a repeat for what it is. Whatever goes wrong is raised as something to try again.
"""

import hashlib
import json
from datetime import UTC, datetime

import httpx
from attrs import field, frozen

from adapters.providers.common.http import Timeouts, Wire, read_object, retry_after
from adapters.providers.common.untrusted import optional_identifier
from adapters.providers.webhook.signing import Signing
from application.errors import TransientFault
from application.ports.handoffs import Ticket


@frozen
class WebhookDesk:
    """Posts handoffs to one address.

    Args:
        client: the pooled HTTP client; not closed here.
        url: where to.
        signing: signs the requests.
        timeouts: for every call.
    """

    client: httpx.AsyncClient = field(repr=False)
    url: str = field(repr=False)
    signing: Signing
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="webhook", init=False)
    knows_key: bool = field(default=True, init=False)

    async def open(self, ticket: Ticket) -> str:
        """Post the case; returns the ``ref`` that the desk answers with, or else the handoff's key.

        Raises:
            TransientFault: the desk did not take it and may take it later.
            OutcomeUnknown: the desk may have taken it.
        """
        body = _body(ticket)
        response = await Wire(self.client, self.name, "handoff", self.timeouts).post(
            self.url,
            content=body,
            headers={
                "Content-Type": "application/json",
                **self.signing.headers(message_id(ticket.key), datetime.now(UTC), body),
            },
        )
        if not response.is_success:
            raise TransientFault(
                f"webhook: HTTP {response.status_code}", retry_after(response.headers, datetime.now(UTC))
            )
        return optional_identifier((read_object(response) or {}).get("ref")) or ticket.key


def message_id(key: str) -> str:
    """The id of a handoff's request: letters, digits and no full stop, whatever the key."""
    return f"handoff_{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _body(ticket: Ticket) -> bytes:
    told = {
        "type": "handoff.created",
        "data": {
            "handoff": ticket.key,
            "enrollment": ticket.enrollment_id,
            "campaign": ticket.campaign,
            "reason": ticket.reason,
            "summary": ticket.summary,
        },
    }
    return json.dumps(told, separators=(",", ":")).encode()
