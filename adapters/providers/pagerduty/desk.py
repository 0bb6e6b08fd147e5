"""Handoffs as PagerDuty alerts (developer.pagerduty.com/docs/send-alert-event, the Events API v2).

The same ``dedup_key`` twice is one alert for as long as it is open, and the API gives no other id: it is what
we know the case by. Whatever goes wrong is raised as something to try again.
"""

from collections.abc import Mapping
from typing import Any

import httpx
from attrs import field, frozen

from adapters.providers.common.desks import facts, mark, success, title
from adapters.providers.common.http import Timeouts, Wire, base_address, credential, reference
from application.ports.handoffs import Ticket

_LONGEST_SUMMARY = 1024


@frozen
class PagerDutyDesk:
    """Raises alerts at one PagerDuty service.

    Args:
        client: the pooled HTTP client; not closed here.
        routing_key: the integration key of the service.
        severity: ``critical``, ``error``, ``warning`` or ``info``.
        base_url: of the Events API.
        timeouts: for every call.
    """

    client: httpx.AsyncClient = field(repr=False)
    routing_key: str = field(repr=False, validator=credential)
    severity: str = "warning"
    base_url: str = field(default="https://events.pagerduty.com", converter=base_address)
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="pagerduty", init=False)
    knows_key: bool = field(default=True, init=False)

    async def open(self, ticket: Ticket) -> str:
        """Raise an alert, or add to the one that is open; returns its ``dedup_key``.

        Raises:
            TransientFault: PagerDuty did not take it and may take it later.
            OutcomeUnknown: PagerDuty may have taken it.
        """
        response = await Wire(self.client, self.name, "handoff", self.timeouts).post(
            f"{self.base_url}/v2/enqueue", json=self._event(ticket)
        )
        return reference(self.name, success(self.name, response).get("dedup_key"))

    def _event(self, ticket: Ticket) -> Mapping[str, Any]:
        return {
            "routing_key": self.routing_key,
            "event_action": "trigger",
            "dedup_key": mark(ticket.key),
            "client": "Drumbeat",
            "payload": {
                "summary": title(ticket, _LONGEST_SUMMARY),
                "source": "drumbeat",
                "severity": self.severity,
                "custom_details": dict(facts(ticket)),
            },
        }
