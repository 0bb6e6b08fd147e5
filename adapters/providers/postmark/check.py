"""Asks Postmark for the server of a token (postmarkapp.com/developer/api/server-api)."""

from attrs import field, frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.http import read_object
from application.ports.checks import Checked


@frozen
class PostmarkCheck:
    """Asks for the server.

    Args:
        question: asks.
        server_token: the server's.
        base_url: of the API.
    """

    question: Question
    server_token: str = field(repr=False)
    base_url: str

    async def check(self) -> Checked:
        """Ask."""
        response = await self.question.get(
            f"{self.base_url}/server",
            headers={"Accept": "application/json", "X-Postmark-Server-Token": self.server_token},
        )
        refused = self.question.refused(response)
        if refused is not None:
            return refused
        server = read_object(response) or {}
        if not response.is_success or "ID" not in server:
            return self.question.strange(response)
        if server.get("DeliveryType") == "Sandbox":
            return self.question.ok("The token is right; its server is a sandbox, so that nobody is reached.")
        return self.question.ok("The token is right; whether the sender is confirmed is not asked.")
