"""Asks Vonage whether it knows the account, and the application.

Sources: developer.vonage.com/en/api/account (get-balance) and .../api/voice (the list of calls).
"""

import httpx
from attrs import field, frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.http import read_object
from adapters.providers.vonage.application import VonageApplication
from application.ports.checks import Checked


@frozen
class VonageAccountCheck:
    """Asks for the account's balance: the SMS API takes the same key and secret.

    Args:
        question: asks.
        api_key: the account's.
        api_secret: the account's.
        base_url: of the API.
    """

    question: Question
    api_key: str
    api_secret: str = field(repr=False)
    base_url: str

    async def check(self) -> Checked:
        """Ask."""
        response = await self.question.get(
            f"{self.base_url}/account/get-balance", auth=httpx.BasicAuth(self.api_key, self.api_secret)
        )
        refused = self.question.refused(response)
        if refused is not None:
            return refused
        answer = read_object(response) or {}
        balance = answer.get("value")
        if not response.is_success or isinstance(balance, bool) or not isinstance(balance, int | float):
            return self.question.strange(response)
        empty = balance <= 0 and answer.get("autoReload") is not True
        credit = ", and no credit is left on it" if empty else ""
        return self.question.ok(f"The account is known{credit}; whether the sender is its own is not asked.")


@frozen
class VonageApplicationCheck:
    """Asks for one call of the list of calls, with a token that the application signs.

    Args:
        question: asks.
        application: signs.
        base_url: of the API.
    """

    question: Question
    application: VonageApplication
    base_url: str

    async def check(self) -> Checked:
        """Ask."""
        response = await self.question.get(
            f"{self.base_url}/v1/calls", params={"page_size": "1"}, auth=self.application.auth()
        )
        refused = self.question.refused(response)
        if refused is not None:
            return refused
        if not response.is_success or read_object(response) is None:
            return self.question.strange(response)
        return self.question.ok("The application may use calls; whether the number is its own is not asked.")
