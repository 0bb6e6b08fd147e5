"""Where Vonage shall call back about a call: our attempt key stands in the query, sealed.

Vonage's signature covers the body alone, and nothing of ours is in it. So nobody but us can say which attempt
a call belongs to, how far its menu is, and which keys count on it.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from attrs import frozen

from adapters.providers.common.correlation import ATTEMPT, query_value
from adapters.providers.common.menu import KEYS, offered
from adapters.providers.common.signatures import same
from adapters.providers.vonage.signatures import seal
from application.errors import BadSignature

_SEAL = "seal"
_NAMES = (ATTEMPT, "amd", "again", KEYS)


@frozen
class CallNote:
    """What we tell ourselves about a call.

    Args:
        attempt: the attempt's key as text; None for a call that we know nothing of.
        detecting: Vonage listens whether a machine has picked up.
        again: the menu has been said twice.
        keys: those of the campaign, as `adapters.providers.common.menu.offered` gave them; "" for none.
    """

    attempt: str | None = None
    detecting: bool = False
    again: bool = False
    keys: str = ""

    def values(self) -> tuple[str, ...]:
        """What is written, in the order of the names."""
        return (self.attempt or "", "1" if self.detecting else "", "1" if self.again else "", self.keys)


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
    return f"{callback_url(base_url)}?{urlencode({**values, _SEAL: _seal(secret, note.values())})}"


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
    if not any(same(_seal(secret, values), given) for secret in secrets):
        raise BadSignature("vonage: the query was not written by us")
    attempt, detecting, again, keys = values
    return CallNote(attempt or None, detecting == "1", again == "1", offered(keys))


def _seal(secret: str, values: Sequence[str]) -> str:
    """The seal of a note. Keys are sealed on top of the rest: a note without them has the seal of old."""
    *rest, keys = values
    sealed = seal(secret, rest)
    return seal(secret, (sealed, keys)) if keys else sealed
