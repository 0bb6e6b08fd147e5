"""Who carries which channel, and whose desk takes handoffs: as chosen on the command line, and as shown."""

from collections.abc import Sequence

from attrs import frozen

from domain.campaign import Plan
from domain.statuses import Channel

NOBODY = "none"
"""Where a channel is not used."""

DESK = "desk"
"""The one role that is no channel."""

_SAID = {Channel.SMS: "SMS", Channel.EMAIL: "e-mail", Channel.VOICE: "calls"}


@frozen
class Carriers:
    """Who serves which role, as in the settings; a channel may have several, separated by commas."""

    sms: str = "twilio"
    email: str = "sendgrid"
    voice: str = "twilio"
    desk: str = "slack"

    def of(self, channel: Channel) -> tuple[str, ...]:
        """Who carries a channel, in the order in which they are tried."""
        chosen: str = getattr(self, channel.value)
        return tuple(name for name in names(chosen) if name != NOBODY)

    @property
    def vendors(self) -> tuple[str, ...]:
        """Every vendor that is named, once."""
        return tuple(dict.fromkeys((*(name for channel in Channel for name in self.of(channel)), self.desk)))

    def words(self) -> str:
        """The same in a few words: "SMS by twilio or else vonage, no e-mail, ..."."""
        channels = [
            f"{what} by {' or else '.join(self.of(channel))}" if self.of(channel) else f"no {what}"
            for channel, what in _SAID.items()
        ]
        return ", ".join([*channels, f"handoffs to {self.desk}"])

    def gaps(self, plan: Plan) -> list[str]:
        """What of a plan nobody carries, a sentence for each channel."""
        steps = {
            channel: [step.key for step in plan.touches if step.channel is channel] for channel in Channel
        }
        return [
            f"Nobody carries {_SAID[channel]}: every attempt at {' and '.join(keys)} will be rejected."
            for channel, keys in steps.items()
            if keys and not self.of(channel)
        ]


def names(text: str) -> tuple[str, ...]:
    """The names in a choice."""
    return tuple(name.strip() for name in text.split(","))


def choices(role: str, vendors: Sequence[str]) -> tuple[str, ...]:
    """Who can be chosen for a role: a channel may stay without anybody."""
    return tuple(vendors) if role == DESK else (*vendors, NOBODY)


def check(role: str, text: str, vendors: Sequence[str]) -> str:
    """A choice as it can be set.

    Args:
        role: a channel, or the desk.
        text: one name, or several in the order tried, separated by commas.
        vendors: who can be chosen.

    Raises:
        ValueError: says what is wrong with it.
    """
    chosen, known = names(text), choices(role, vendors)
    for name in chosen:
        if name not in known:
            raise ValueError(f"{name!r} is not one of {', '.join(known)}")
    if len(chosen) > 1:
        if role == DESK:
            raise ValueError("there is one desk: name one")
        if NOBODY in chosen:
            raise ValueError(f"{NOBODY!r} must stand alone")
        if len(set(chosen)) < len(chosen):
            raise ValueError("nobody can be named twice")
    return ",".join(chosen)
