"""What is told about a message that a vendor took: as it was, of somebody else, or in the vendor's name."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

from adapters.providers.sandbox.people import Reaction

_WRITTEN = ("received", "reply")
"""What people write themselves names no attempt, or whichever they like."""

_FORGED: Mapping[str, Reaction] = {
    "sms": ("undelivered:30005", "received:STOP"),
    "email": ("unsubscribe", "bounce:5.1.1"),
    "voice": ("pressed:9", "failed"),
}
"""What somebody would make up who wants an enrollment to end."""


class Kind(StrEnum):
    """Whether the vendor means what is told.

    Args:
        GENUINE: it does, and it is right.
        STRAY: it does, and names an attempt of somebody else.
        FORGED: somebody else says it in the vendor's name.
    """

    GENUINE = "genuine"
    STRAY = "stray"
    FORGED = "forged"


@frozen
class Telling:
    """What callbacks are made of.

    Args:
        attempt: the correlation that they name; None where none came along.
        reaction: what happened.
        kind: who says so.
    """

    attempt: str | None
    reaction: Reaction
    kind: Kind = Kind.GENUINE

    def secret(self, own: str) -> str:
        """What to sign with where the vendor's own secret is this one."""
        return own if self.kind is not Kind.FORGED else hashlib.sha256(own.encode()).hexdigest()


def stray(genuine: Telling, attempt: str) -> Telling:
    """The same of an attempt of somebody else."""
    told = [word for word in genuine.reaction if word.partition(":")[0] not in _WRITTEN]
    return Telling(attempt, told, Kind.STRAY)


def forged(genuine: Telling, channel: str) -> Telling:
    """What somebody makes up about an attempt that they know: nothing that has happened indeed."""
    made_up = [word for word in _FORGED[channel] if word not in genuine.reaction]
    return Telling(genuine.attempt, made_up, Kind.FORGED)
