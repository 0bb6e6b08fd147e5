"""Asks Zendesk who we are (developer.zendesk.com/api-reference/ticketing/users/users, "Show Self").

Whoever is not known is answered as a user without an id.
"""

import httpx
from attrs import field, frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.http import read_object
from application.ports.checks import Checked


@frozen
class ZendeskCheck:
    """Asks about one agent or token.

    Args:
        question: asks.
        base_url: of the account.
        token: an API token or an OAuth token.
        email: of the agent whose API token it is; "" for an OAuth token.
    """

    question: Question
    base_url: str
    token: str = field(repr=False)
    email: str = field(repr=False)

    async def check(self) -> Checked:
        """Ask."""
        response = await self.question.get(
            f"{self.base_url}/api/v2/users/me",
            auth=httpx.BasicAuth(f"{self.email}/token", self.token) if self.email else None,
            headers={} if self.email else {"Authorization": f"Bearer {self.token}"},
        )
        if response.status_code == httpx.codes.FORBIDDEN and not self.email:
            return self.question.unclear("The token may not ask who it is: it lacks the scope users:read.")
        refused = self.question.refused(response)
        if refused is not None:
            return refused
        user = (read_object(response) or {}).get("user")
        if not response.is_success or not isinstance(user, dict):
            return self.question.strange(response)
        if not user.get("id"):
            return self.question.wrong_credentials("Zendesk does not know us")
        if user.get("role") == "end-user":
            return self.question.cannot_send(
                "The credentials are those of an end user, who may not open tickets for others.",
                f"Set {self.question.names('email', 'token')} to those of an agent.",
            )
        return self.question.ok("The credentials are those of an agent.")
