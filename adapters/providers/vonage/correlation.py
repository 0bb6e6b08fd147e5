"""Where Vonage shall call back about a call: our attempt key stands in the query, sealed.

Vonage's signature covers the body alone, and nothing of ours is in it. So nobody but us can say which attempt
a call belongs to, and how far its menu is.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from attrs import frozen

from adapters.providers.common.correlation import ATTEMPT, query_value
from adapters.providers.common.signatures import same
from adapters.providers.vonage.signatures import seal
from application.errors import BadSignature

_SEAL = "seal"
_NAMES = (ATTEMPT, "amd", "again")


@frozen
class CallNote:
    """What we tell ourselves about a call.

    Args:
        attempt: the attempt's key as text; None for a call that we know nothing of.
        detecting: Vonage listens whether a machine has picked up.
        again: the menu has been said twice.
    """

    attempt: str | None = None
    detecting: bool = False
    again: bool = False

    def values(self) -> tuple[str, ...]:
        """What is sealed, in the order of the names."""
        return (self.attempt or "", "1" if self.detecting else "", "1" if self.again else "")


def callback_url(base_url: str) -> str:
    """Where Vonage calls us.

    Args:
        base_url: our public address, without a slash at its end.
    """
    return f"{base_url}/webhooks/vonage"


def event_url(base_url: str, note: CallNote, secret: str) -> str:
    """Where it calls us about one call.

    Args:
        base_url: our public address, without a slash at its end.
        note: what shall come back.
        secret: to seal it with.
    """
    values = {name: value for name, value in zip(_NAMES, note.values(), strict=True) if value}
    return f"{callback_url(base_url)}?{urlencode({**values, _SEAL: seal(secret, note.values())})}"


def read_note(url: str, secrets: Sequence[str]) -> CallNote:
    """What stands in the address that was called; an empty note where there is none of ours.

    Args:
        url: with its query.
        secrets: it is sealed with one of them.

    Raises:
        BadSignature: the seal is missing or wrong.
    """
    values = [query_value(url, name) or "" for name in _NAMES]
    if not any(values):
        return CallNote()
    given = query_value(url, _SEAL) or ""
    if not any(same(seal(secret, values), given) for secret in secrets):
        raise BadSignature("vonage: the query was not written by us")
    return CallNote(values[0] or None, values[1] == "1", values[2] == "1")
