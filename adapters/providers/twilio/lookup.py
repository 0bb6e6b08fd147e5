"""Whether Twilio has a message or a call of which we do not know if it was taken.

The resources show neither our key nor the address that they call back, so one of them is taken for an
attempt's only if nothing else can explain it: it goes from our sender to the person, with the same text where
there is one, was created since the attempt was claimed, is no other attempt's, and is the only one of this
kind. What remains uncertain: somebody who uses the same account and sender beside us, and sends the same text
to the same person (or just calls, since a call shows no text) meanwhile.

The lists are asked for by recipient and sender, and dates are compared here: what is still queued has no
DateSent and no StartTime, by which Twilio could be asked.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from adapters.providers.twilio.account import TwilioAccount
from application.ports.messaging import Accepted, OutboundMessage

SKEW = timedelta(minutes=1)
"""How far Twilio's clock may be behind ours; it tells whole seconds."""


async def find(
    account: TwilioAccount, resource: str, message: OutboundMessage, own: Mapping[str, str]
) -> Accepted | None:
    """Look for an attempt's message or call.

    Args:
        account: to ask.
        resource: ``Messages`` or ``Calls``.
        message: the attempt; without `since` and `known_refs` nothing is certain, and nobody is asked.
        own: what the resource must say of itself, beside the recipient.

    Returns:
        None where there is none (yet: Twilio's lists may lag behind), or it is not certain which one it is.

    Raises:
        TransientFault: it cannot be asked now.
    """
    if message.since is None or message.known_refs is None:
        return None
    asked = {"To": message.to} | ({"From": own["from"]} if "from" in own else {})
    wanted = {"to": message.to, "direction": "outbound-api", **own}
    earliest = message.since - SKEW
    found = {
        sid
        for row in await account.listed(resource, asked)
        if isinstance(sid := row.get("sid"), str)
        and all(row.get(name) == value for name, value in wanted.items())
        and _created(row) >= earliest
    }
    candidates = found - message.known_refs
    return Accepted(candidates.pop()) if len(candidates) == 1 else None


def _created(row: Mapping[str, Any]) -> datetime:
    """When, in RFC 2822's words; before all times where it cannot be read."""
    try:
        at = parsedate_to_datetime(str(row.get("date_created")))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)
