"""What can be promised of a provider, by what it can do."""

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

from domain.statuses import Channel


@frozen
class Abilities:
    """What a provider of messages can do.

    Args:
        honours_key: sending the same attempt key twice sends one message.
        can_look_up: it can be asked whether it took a message.
        calls_back: it tells by webhooks what becomes of a message.
    """

    honours_key: bool = False
    can_look_up: bool = False
    calls_back: bool = False


@frozen
class DeskAbilities:
    """What a desk can do.

    Args:
        knows_key: a case that is created again under the same key is one case.
        calls_back: it tells by webhooks what a human does with a case.
    """

    knows_key: bool = False
    calls_back: bool = False


@frozen
class Capabilities:
    """What all vendors in use can do.

    Args:
        providers: by vendor and channel.
        desks: by vendor.
    """

    providers: Mapping[tuple[str, Channel], Abilities]
    desks: Mapping[str, DeskAbilities]


class Guarantee(StrEnum):
    """How far an attempt whose answer was lost can be settled. None of them is ever sent twice."""

    BY_KEY = "by key"
    BY_LOOK_UP = "by look-up"
    BY_CALLBACK = "by callback"
    NEVER = "never"


SENTENCES = {
    Guarantee.BY_KEY: "never twice; a lost answer is asked for again under the same key",
    Guarantee.BY_LOOK_UP: "never twice; a lost answer is found by look-up",
    Guarantee.BY_CALLBACK: "never twice; a lost answer is settled by its callback, else it stays unknown",
    Guarantee.NEVER: "never twice; after a lost answer nobody can ever say",
}
"""What each of them means."""


def guarantee(abilities: Abilities) -> Guarantee:
    """What can be promised of a provider; the order is that of `domain.attempts.on_repeat`."""
    if abilities.honours_key:
        return Guarantee.BY_KEY
    if abilities.can_look_up:
        return Guarantee.BY_LOOK_UP
    return Guarantee.BY_CALLBACK if abilities.calls_back else Guarantee.NEVER


class DeskGuarantee(StrEnum):
    """How often a desk shows a case whose answer was lost. None of them is ever lost."""

    ONCE = "once"
    MAYBE_TWICE = "maybe twice"


DESK_SENTENCES = {
    DeskGuarantee.ONCE: "never lost; a repeat finds the case that is there",
    DeskGuarantee.MAYBE_TWICE: "never lost; a repeat after a lost answer shows the case twice",
}
"""What each of them means."""


def desk_guarantee(abilities: DeskAbilities) -> DeskGuarantee:
    """What can be promised of a desk."""
    return DeskGuarantee.ONCE if abilities.knows_key else DeskGuarantee.MAYBE_TWICE
