"""Asks SendGrid what an API key may do (www.twilio.com/docs/sendgrid/api-reference/api-key-permissions)."""

from attrs import field, frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.http import read_object
from application.ports.checks import Checked

_MAY_SEND = "mail.send"


@frozen
class SendGridCheck:
    """Asks for the key's scopes.

    Args:
        question: asks.
        api_key: the key.
        base_url: of the API.
    """

    question: Question
    api_key: str = field(repr=False)
    base_url: str

    async def check(self) -> Checked:
        """Ask."""
        response = await self.question.get(
            f"{self.base_url}/v3/scopes", headers={"Authorization": f"Bearer {self.api_key}"}
        )
        refused = self.question.refused(response)
        if refused is not None:
            return refused
        scopes = (read_object(response) or {}).get("scopes")
        if not response.is_success or not isinstance(scopes, list):
            return self.question.strange(response)
        if _MAY_SEND not in scopes:
            key = self.question.names("api_key")
            return self.question.cannot_send(
                "The key is known, and may not send e-mail.",
                f"Give the key of {key} the right Mail Send in SendGrid's settings.",
            )
        return self.question.ok("The key may send e-mail; whether the sender is verified is not asked.")
