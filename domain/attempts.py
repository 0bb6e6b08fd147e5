"""The life of one attempt, as the database holds it, and what a repeat of the send may do with it.

claimed ── released ── claimed again        nothing was sent: the provider said so
   ├────── accepted                         the provider took it
   ├────── rejected                         it will never be sent
   └────── unknown ── accepted              nobody can say; a callback or a look-up may still tell

An attempt that is released belongs to nobody: whoever claims it again may be another provider. One that is
claimed is in doubt, and belongs to the provider that may have it: no other one ever gets it.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum


class AttemptState(StrEnum):
    """How far one attempt has come on our side of the wire."""

    CLAIMED = "claimed"
    RELEASED = "released"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


IN_DOUBT = frozenset({AttemptState.CLAIMED, AttemptState.UNKNOWN})
"""The states in which nobody can say whether it was sent."""

COMES_FROM: Mapping[AttemptState, frozenset[AttemptState]] = {
    AttemptState.CLAIMED: frozenset({AttemptState.RELEASED}),
    AttemptState.RELEASED: frozenset({AttemptState.CLAIMED}),
    AttemptState.ACCEPTED: frozenset({AttemptState.CLAIMED, AttemptState.UNKNOWN, AttemptState.RELEASED}),
    AttemptState.REJECTED: frozenset({AttemptState.CLAIMED}),
    AttemptState.UNKNOWN: frozenset({AttemptState.CLAIMED}),
}
"""From which states each state may be reached: a late "unknown" never overwrites a known answer."""


LOOK_UP_FOR = timedelta(minutes=2)
"""How long after its claim an attempt in doubt is looked for again and again: vendors' lists lag behind."""


class Repeat(StrEnum):
    """What a repeated send does with an attempt that exists already."""

    CALL = "call"
    RESEND = "resend"
    RETURN = "return"
    LOOK_UP = "look_up"
    GIVE_UP = "give_up"


def on_repeat(state: AttemptState, *, honours_key: bool, can_look_up: bool) -> Repeat:
    """Decide about an attempt that is met again.

    Args:
        state: what the database says of it.
        honours_key: the provider recognises our key and will not send twice.
        can_look_up: the provider can be asked whether it has the message.

    Returns:
        CALL a provider, RESEND it to the same one, RETURN what is recorded, LOOK_UP the message at the
        provider, or GIVE_UP and record it as unknown. A claimed attempt is in doubt: whoever claimed it may
        have called. It stays so where resending fails, since that says nothing about the first call.
    """
    if state is AttemptState.RELEASED:
        return Repeat.CALL
    if state is not AttemptState.CLAIMED:
        return Repeat.RETURN
    if honours_key:
        return Repeat.RESEND
    return Repeat.LOOK_UP if can_look_up else Repeat.GIVE_UP
