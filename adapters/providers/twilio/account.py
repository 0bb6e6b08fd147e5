"""What Twilio's Messages and Calls share: the account's address, its errors and its callbacks.

Twilio's API has no idempotency key: the same request twice is two messages.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from attrs import field, frozen

from adapters.providers.common.http import Form, Wire, read_object, reference, retry_after
from application.errors import TransientFault
from application.ports.messaging import Accepted, Refused

_WORDS = {
    21211: "not a valid number",
    21214: "the number cannot be reached",
    21408: "no permission for this region",
    21610: "the recipient has opted out",
    21612: "cannot be reached from this sender",
    21614: "not a mobile number",
    30004: "blocked",
    30005: "unknown destination",
    30006: "landline or unreachable carrier",
    30007: "filtered by the carrier",
    30034: "the sender is not registered",
}
"""Codes that are permanent for a number, in our own words: Twilio's texts quote the number.

Source: www.twilio.com/docs/api/errors. The list grows; a code that is not here is permanent too and does
not suppress.
"""

_LATER = {
    20429: "too many requests",
    21611: "the sender's queue is full",
    30001: "the queue is full",
    30003: "the phone is off or out of reach",
    30008: "an unknown error",
    63038: "the account's limit for a day is reached",
}
"""Codes after which the same message may be taken later."""

_TO_MEND = {
    20404: "no such account, or another address than Twilio's",
    21210: "the caller is not verified",
    21212: "not a valid sender",
    21601: "the sender is not a number of the account",
    21606: "the sender cannot send here",
    21659: "the sender is not a number at Twilio, or one of another country",
    21660: "the sender belongs to another account",
    21661: "the sender cannot send SMS",
    21701: "no such messaging service",
    21705: "not a valid messaging service",
}
"""Codes whose every documented cause is our account or our sender: as with refused credentials, nothing was
sent and a person can mend the settings. A short code that does not reach a country is among them."""

_OPTED_OUT = 21610

LONGEST_PAGE = 1000
"""What Twilio lists at most in one answer (www.twilio.com/docs/usage/twilios-response)."""


@frozen
class TwilioAccount:
    """One account at Twilio.

    Args:
        wire: calls it.
        account_sid: ``AC`` and 32 hex digits.
        auth_token: its secret.
        base_url: of the API.
    """

    wire: Wire
    account_sid: str
    auth_token: str = field(repr=False)
    base_url: str

    async def create(self, resource: str, form: Form) -> Accepted | Refused:
        """Create a message or a call.

        Args:
            resource: ``Messages`` or ``Calls``.
            form: its parameters.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        response = await self.wire.post(self._url(resource), form=form, auth=self._credentials)
        answer = read_object(response)
        if response.is_success:
            return Accepted(reference(self.wire.provider, (answer or {}).get("sid")))
        return _refusal(response, answer or {})

    async def listed(self, resource: str, asked: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        """All messages or calls of one kind.

        Args:
            resource: ``Messages`` or ``Calls``.
            asked: what to list them by.

        Returns:
            None of them where Twilio does not list them, or more than fit into one answer.

        Raises:
            TransientFault: they cannot be listed now.
        """
        params = {**asked, "PageSize": str(LONGEST_PAGE)}
        response = await self.wire.get(self._url(resource), params=params, auth=self._credentials)
        if not response.is_success:
            return ()
        answer = read_object(response) or {}
        rows = answer.get(resource.lower())
        if not isinstance(rows, list):
            raise TransientFault("twilio: a list that cannot be read")
        return () if answer.get("next_page_uri") else [row for row in rows if isinstance(row, dict)]

    @property
    def _credentials(self) -> httpx.Auth:
        return httpx.BasicAuth(self.account_sid, self.auth_token)

    def _url(self, resource: str) -> str:
        return f"{self.base_url}/2010-04-01/Accounts/{self.account_sid}/{resource}.json"


def _refusal(response: httpx.Response, answer: Mapping[str, Any]) -> Refused:
    code = answer.get("code")
    if not isinstance(code, int):
        return Refused(f"HTTP {response.status_code}")
    for_now = _LATER.get(code) or _TO_MEND.get(code)
    if for_now is not None:
        wait = retry_after(response.headers, datetime.now(UTC))
        raise TransientFault(f"twilio: {code} {for_now}", wait)
    words = _WORDS.get(code, f"HTTP {response.status_code}")
    return Refused(f"{code} {words}", suppresses=code == _OPTED_OUT)
