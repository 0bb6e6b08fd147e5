"""Looking up an SMS in Vonage's Reports API (developer.vonage.com/en/api/reports), which is paid for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
from attrs import field, frozen

from adapters.providers.common.http import Wire, base_address, credential, read_object
from application.ports.messaging import Accepted, OutboundMessage

LONGEST = timedelta(hours=24)
"""What one question may span (`date_end` in the reference)."""

BEFORE, AFTER = timedelta(minutes=1), timedelta(minutes=10)
"""Around the claim of the attempt: for clocks that differ, and for the request itself."""


@frozen
class VonageReports:
    """Asks for the records of one account.

    Args:
        api_key: the account's key.
        api_secret: the account's secret.
        base_url: of the API; another host than that of the SMS API.
    """

    api_key: str
    api_secret: str = field(repr=False, validator=credential)
    base_url: str = field(default="https://api.nexmo.com", converter=base_address)

    async def find(self, wire: Wire, message: OutboundMessage, now: datetime) -> Accepted | None:
        """The SMS that carries the attempt key as its client reference.

        A record may come late, so that None means "not found (yet)". Only a record with the very key counts.

        Args:
            wire: to Vonage.
            message: the attempt in doubt.
            now: where it is not known when it was claimed, the day before is searched.

        Raises:
            TransientFault: it cannot be asked now.
        """
        end = (now if message.since is None else message.since) + AFTER
        begin = end - LONGEST if message.since is None else message.since - BEFORE
        response = await wire.get(
            f"{self.base_url}/v2/reports/records",
            params={
                "account_id": self.api_key,
                "product": "SMS",
                "direction": "outbound",
                "to": message.to.removeprefix("+"),
                "client_ref": str(message.key),
                "date_start": instant(begin),
                "date_end": instant(end),
            },
            auth=httpx.BasicAuth(self.api_key, self.api_secret),
        )
        records = (read_object(response) or {}).get("records") if response.is_success else None
        for record in records if isinstance(records, list) else []:
            ref = _ref(record, str(message.key))
            if ref is not None:
                return Accepted(ref)
        return None


def instant(at: datetime) -> str:
    """A time as Vonage's questions take it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _ref(record: object, key: str) -> str | None:
    fields: Mapping[str, Any] = record if isinstance(record, dict) else {}
    ref = fields.get("message_id")
    return ref if fields.get("client_ref") == key and isinstance(ref, str) and ref else None
