"""Looking up a call in Vonage's list of calls (developer.vonage.com/en/api/voice, getCalls)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen

from adapters.providers.common.http import Wire, base_address, read_object
from adapters.providers.vonage.application import VonageApplication
from adapters.providers.vonage.reports import instant
from application.ports.messaging import Accepted, OutboundMessage

PAGE, MOST_PAGES = 100, 20
"""Vonage gives up to so many calls at once; more pages are not read."""

BEFORE, AFTER = timedelta(minutes=1), timedelta(minutes=5)
"""Around the claim of the attempt: for clocks that differ, and for the request itself."""


@frozen
class VonageCalls:
    """Asks for the calls of one application.

    Args:
        application: signs each request.
        caller: the number that we call from, in E.164 form.
        base_url: of the API.
    """

    application: VonageApplication
    caller: str
    base_url: str = field(converter=base_address)

    async def find(self, wire: Wire, message: OutboundMessage) -> Accepted | None:
        """The one call that can be this attempt's.

        The list tells nothing of our key. A call from our number to this person, from about the time when the
        attempt was claimed, which is none of those that we know, can only be this attempt's, as long as
        nobody else calls from our number. Where there are two of them, or our other messages are in doubt
        too, nothing is certain, and nothing is found. Nor is a call that is not listed yet.

        Args:
            wire: to Vonage.
            message: the attempt in doubt.

        Raises:
            TransientFault: it cannot be asked now.
        """
        if message.since is None or message.known_refs is None:
            return None
        calls = await self._between(wire, message.since - BEFORE, message.since + AFTER)
        refs = {
            call["uuid"]
            for call in calls or []
            if call.get("direction") == "outbound"
            and _number(call.get("to")) == message.to.removeprefix("+")
            and _number(call.get("from")) == self.caller.removeprefix("+")
            and isinstance(call.get("uuid"), str)
            and call["uuid"] not in message.known_refs
        }
        return Accepted(refs.pop()) if len(refs) == 1 else None

    async def _between(
        self, wire: Wire, begin: datetime, end: datetime
    ) -> Sequence[Mapping[str, Any]] | None:
        """All calls of a time; None where they cannot all be read, so that nothing is certain."""
        found: list[Mapping[str, Any]] = []
        for page in range(MOST_PAGES):
            calls = await self._page(wire, begin, end, page * PAGE)
            if calls is None:
                return None
            found += calls
            if len(calls) < PAGE:
                return found
        return None

    async def _page(
        self, wire: Wire, begin: datetime, end: datetime, index: int
    ) -> Sequence[Mapping[str, Any]] | None:
        response = await wire.get(
            f"{self.base_url}/v1/calls",
            params={
                "date_start": instant(begin),
                "date_end": instant(end),
                "page_size": str(PAGE),
                "record_index": str(index),
            },
            auth=self.application.auth(),
        )
        listed = (read_object(response) or {}).get("_embedded") if response.is_success else None
        calls = listed.get("calls") if isinstance(listed, dict) else None
        readable = isinstance(calls, list) and all(isinstance(call, dict) for call in calls)
        return calls if readable else None


def _number(endpoint: object) -> str | None:
    """The number of one end: an object in the reference, sometimes in a list."""
    if isinstance(endpoint, list):
        endpoint = endpoint[0] if len(endpoint) == 1 else None
    number = endpoint.get("number") if isinstance(endpoint, dict) else endpoint
    return number.removeprefix("+") if isinstance(number, str) else None
