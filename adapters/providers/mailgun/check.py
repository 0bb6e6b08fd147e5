"""Asks Mailgun for a domain (documentation.mailgun.com/docs/mailgun/api-reference, "Domains").

A sending key may do nothing but send, and is refused here as a wrong one is: Mailgun does not say which.
"""

import httpx
from attrs import evolve, field, frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.http import read_object
from application.ports.checks import Checked


@frozen
class MailgunCheck:
    """Asks for the state of one domain.

    Args:
        question: asks.
        api_key: the account's.
        domain: the sending domain.
        base_url: of the API.
    """

    question: Question
    api_key: str = field(repr=False)
    domain: str
    base_url: str

    async def check(self) -> Checked:
        """Ask."""
        response = await self.question.get(
            f"{self.base_url}/v4/domains/{self.domain}", auth=httpx.BasicAuth("api", self.api_key)
        )
        refused = self.question.refused(response)
        if refused is not None:
            return evolve(refused, remedy=f"{refused.remedy} A domain's sending key is refused here, too.")
        if response.status_code == httpx.codes.NOT_FOUND:
            return self._unknown()
        domain = (read_object(response) or {}).get("domain")
        if not response.is_success or not isinstance(domain, dict):
            return self.question.strange(response)
        if domain.get("state") != "active":
            return self.question.cannot_send(
                "The key is right, and the domain is not verified or is disabled.",
                f"Verify the domain of {self.question.names('domain')} in Mailgun's control panel.",
            )
        return self.question.ok("The key is right and the domain is active.")

    def _unknown(self) -> Checked:
        return self.question.cannot_send(
            "The key is right, and the account has no such domain here.",
            f"Put right {self.question.names('domain')}; for a domain in the EU, "
            f"{self.question.names('base_url')} is https://api.eu.mailgun.net.",
        )
