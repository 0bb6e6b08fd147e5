"""Asks Twilio for the account, and whether a number is one of its own.

Sources: www.twilio.com/docs/iam/api/account, .../phone-numbers/api/incomingphonenumber-resource and
.../voice/api/outgoing-caller-ids. Whether a messaging service, a short code or a sender name is the account's
is not asked: other hosts and other products tell that.
"""

import re

import httpx
from attrs import field, frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.http import read_object
from application.ports.checks import Checked
from domain.statuses import Channel

_NUMBER = re.compile(r"\+[0-9]{7,15}")
_ACTIVE = "active"


@frozen
class TwilioCheck:
    """Asks about one account and one sender.

    Args:
        question: asks.
        account_sid: the account's.
        auth_token: the account's secret.
        base_url: of the API.
        channel: SMS or voice.
        sender: who messages or calls are from.
    """

    question: Question
    account_sid: str
    auth_token: str = field(repr=False)
    base_url: str
    channel: Channel
    sender: str

    async def check(self) -> Checked:
        """Ask for the account's status, then for its number."""
        response = await self._get("")
        refused = self.question.refused(response)
        if refused is not None:
            return refused
        if response.status_code == httpx.codes.NOT_FOUND:
            return self.question.wrong_credentials("HTTP 404, no such account")
        account = read_object(response) or {}
        if not response.is_success or "status" not in account:
            return self.question.strange(response)
        if account["status"] != _ACTIVE:
            return self.question.cannot_send(
                "The account is suspended or closed.", "Open the account again in Twilio's console."
            )
        trial = " It is on trial: only numbers verified there are reached." if _on_trial(account) else ""
        return await self._sender(trial)

    async def _sender(self, trial: str) -> Checked:
        if not _NUMBER.fullmatch(self.sender):
            return self.question.ok(f"The account is active; whether it has the sender is not asked.{trial}")
        numbers = await self._numbers("IncomingPhoneNumbers", "incoming_phone_numbers")
        if numbers is None:
            return self.question.unclear("The account is active, and does not list its numbers." + trial)
        named = self.question.names(f"{self.channel.value}_from")
        if numbers and not numbers[0].get("capabilities", {}).get(self.channel.value, True):
            return self.question.cannot_send(
                f"The number of {named} cannot do {self.channel.value}.", f"Set {named} to one that can."
            )
        if numbers or await self._is_verified_caller():
            return self.question.ok(f"The account is active and has the number.{trial}")
        return self.question.cannot_send(
            f"The account is active, and the number of {named} is not one of its own.",
            f"Set {named} to a number of the account, or to a messaging service.",
        )

    async def _is_verified_caller(self) -> bool:
        """Calls may also be from a number that Twilio has verified to be ours."""
        if self.channel is not Channel.VOICE:
            return False
        return bool(await self._numbers("OutgoingCallerIds", "outgoing_caller_ids"))

    async def _numbers(self, resource: str, key: str) -> list[dict[str, dict[str, bool]]] | None:
        """The rows that are about the sender; None where they are not told."""
        response = await self._get(f"/{resource}", {"PhoneNumber": self.sender})
        rows = (read_object(response) or {}).get(key) if response.is_success else None
        if not isinstance(rows, list):
            return None
        return [row for row in rows if isinstance(row, dict) and row.get("phone_number") == self.sender]

    async def _get(self, resource: str, params: dict[str, str] | None = None) -> httpx.Response:
        return await self.question.get(
            f"{self.base_url}/2010-04-01/Accounts/{self.account_sid}{resource}.json",
            params=params,
            auth=httpx.BasicAuth(self.account_sid, self.auth_token),
        )


def _on_trial(account: object) -> bool:
    return isinstance(account, dict) and account.get("type") == "Trial"
