"""Why a message is not let out, and what follows from that."""

from collections.abc import Mapping
from enum import StrEnum


class Refusal(StrEnum):
    """Why the gate keeps a message back."""

    PAUSED = "paused"
    EXPIRED = "expired"
    CATCHING_UP = "catching_up"
    WINDOW = "window"
    CAP = "cap"
    CONSENT = "consent"
    SUPPRESSED = "suppressed"
    ADDRESS = "address"
    CONTENT = "content"
    PROVIDER = "provider"
    ENDED = "ended"


class Consequence(StrEnum):
    """What follows.

    ``defer``: the same attempt is tried again at the time that the gate names. ``skip``: the step has failed
    as ``rejected``, and its route is followed. ``lapse``: nothing is sent, and the step's wait goes by as
    if it had been, so that what follows keeps its time. ``end``: the enrollment ends.
    """

    DEFER = "defer"
    SKIP = "skip"
    LAPSE = "lapse"
    END = "end"


USUALLY: Mapping[Refusal, Consequence] = {
    Refusal.PAUSED: Consequence.DEFER,
    Refusal.EXPIRED: Consequence.LAPSE,
    Refusal.CATCHING_UP: Consequence.DEFER,
    Refusal.WINDOW: Consequence.DEFER,
    Refusal.CAP: Consequence.DEFER,
    Refusal.CONSENT: Consequence.SKIP,
    Refusal.SUPPRESSED: Consequence.SKIP,
    Refusal.ADDRESS: Consequence.SKIP,
    Refusal.CONTENT: Consequence.SKIP,
    Refusal.PROVIDER: Consequence.SKIP,
    Refusal.ENDED: Consequence.END,
}
"""What follows unless the campaign says otherwise."""

CHOICES: Mapping[Refusal, frozenset[Consequence]] = {
    Refusal.WINDOW: frozenset({Consequence.DEFER, Consequence.SKIP, Consequence.END}),
    Refusal.CAP: frozenset({Consequence.DEFER, Consequence.SKIP, Consequence.END}),
    Refusal.CONSENT: frozenset({Consequence.SKIP, Consequence.END}),
    Refusal.SUPPRESSED: frozenset({Consequence.SKIP, Consequence.END}),
    Refusal.ADDRESS: frozenset({Consequence.SKIP, Consequence.END}),
}
"""What a campaign may say of them (``refused:``); of the others there is nothing to choose."""


def consequence(chosen: Mapping[Refusal, Consequence], refusal: Refusal, *, has_time: bool) -> Consequence:
    """What follows from a refusal.

    Args:
        chosen: what the campaign says.
        refusal: why the message was kept back.
        has_time: whether the gate has named a time; without one nothing can be deferred to it.
    """
    follows = chosen.get(refusal, USUALLY[refusal])
    return Consequence.SKIP if follows is Consequence.DEFER and not has_time else follows
