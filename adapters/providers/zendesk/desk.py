"""Handoffs as Zendesk tickets (developer.zendesk.com/api-reference/ticketing/tickets/tickets).

Zendesk takes an idempotency key and forgets it after two hours (its page "Idempotency"). So that a case which
waited longer is not opened twice either, we ask for a ticket with its external id first; that comes to one
more question for each handoff. Whatever goes wrong is raised as something to try again.
"""

from collections.abc import Mapping
from typing import Any

import httpx
from attrs import field, frozen

from adapters.providers.common.desks import facts, mark, success, title
from adapters.providers.common.http import Timeouts, Wire, base_address, credential, reference
from application.ports.handoffs import Ticket

_LONGEST_SUBJECT = 150
"""Characters that an agent's list of tickets shows; Zendesk takes more."""


@frozen
class ZendeskDesk:
    """Opens tickets in one Zendesk account, their text as a note that no customer sees.

    Args:
        client: the pooled HTTP client; not closed here.
        base_url: of the account, e.g. ``https://example.zendesk.com``.
        token: an API token, or an OAuth token that may read and write tickets where there is no e-mail.
        email: of the agent whose API token it is; "" for an OAuth token.
        timeouts: for every call.
    """

    client: httpx.AsyncClient = field(repr=False)
    base_url: str = field(converter=base_address)
    token: str = field(repr=False, validator=credential)
    email: str = field(default="", repr=False)
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="zendesk", init=False)
    knows_key: bool = field(default=True, init=False)

    async def open(self, ticket: Ticket) -> str:
        """Open a ticket, or find the one that is there; returns its number.

        Raises:
            TransientFault: Zendesk did not take it and may take it later.
            OutcomeUnknown: Zendesk may have taken it.
        """
        wire = Wire(self.client, self.name, "handoff", self.timeouts)
        return await self._find(wire, ticket) or await self._create(wire, ticket)

    async def _find(self, wire: Wire, ticket: Ticket) -> str | None:
        response = await wire.get(
            f"{self.base_url}/api/v2/tickets",
            params={"external_id": mark(ticket.key)},
            auth=self._auth(),
            headers=self._headers(),
        )
        found = success(self.name, response).get("tickets")
        for candidate in found if isinstance(found, list) else []:
            if isinstance(candidate, dict) and candidate.get("external_id") == mark(ticket.key):
                return reference(self.name, candidate.get("id"))
        return None

    async def _create(self, wire: Wire, ticket: Ticket) -> str:
        response = await wire.post(
            f"{self.base_url}/api/v2/tickets",
            json={"ticket": _ticket(ticket)},
            auth=self._auth(),
            headers={**self._headers(), "Idempotency-Key": mark(ticket.key)},
        )
        created = success(self.name, response).get("ticket")
        return reference(self.name, created.get("id") if isinstance(created, dict) else None)

    def _auth(self) -> httpx.Auth | None:
        return httpx.BasicAuth(f"{self.email}/token", self.token) if self.email else None

    def _headers(self) -> Mapping[str, str]:
        return {} if self.email else {"Authorization": f"Bearer {self.token}"}


def _ticket(ticket: Ticket) -> Mapping[str, Any]:
    lines = [ticket.summary, "", *(f"{name}: {value}" for name, value in facts(ticket).items())]
    return {
        "subject": title(ticket, _LONGEST_SUBJECT),
        "comment": {"body": "\n".join(lines), "public": False},
        "external_id": mark(ticket.key),
        "tags": ["drumbeat"],
    }
