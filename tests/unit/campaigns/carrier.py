"""A provider that misbehaves in every way that it can."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from attrs import define, field

from application.errors import OutcomeUnknown, TransientFault
from application.ports.clock import Clock
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.idempotency import AttemptKey
from domain.statuses import Channel


class WorkerDied(Exception):
    """The worker that was sending is gone: nothing of what it was about to do next is done."""


@define(eq=False)
class Carrier:
    """The port `MessageProvider`.

    Args:
        channel: which channel.
        name: its name.
        chance: where every accident comes from.
        honours_key: it knows a key that it has seen, and takes the message once.
        can_look_up: it tells whether it has a message.
        take: called with each message that it takes, also where nobody ever hears of that.
        opt_out: called with each message whose address must be left alone.
        clock: the time.
        down_until: before that it takes nothing.
    """

    channel: Channel
    name: str
    chance: Random
    honours_key: bool
    can_look_up: bool
    take: Callable[[OutboundMessage, Channel], None]
    opt_out: Callable[[OutboundMessage, Channel], None]
    clock: Clock
    down_until: datetime
    _has: set[AttemptKey] = field(factory=set)

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Take it and say so, or something else."""
        fate = self.chance.random()
        if self.clock() < self.down_until or fate < 0.08:
            raise TransientFault("busy", self.chance.choice([None, None, timedelta(minutes=5)]))
        if fate < 0.14:
            return self._refused(message)
        if fate < 0.18:
            raise OutcomeUnknown("the request was lost")
        if not self.honours_key or message.key not in self._has:
            self._has.add(message.key)
            self.take(message, self.channel)
        if fate < 0.24:
            raise OutcomeUnknown("the answer was lost")
        if fate < 0.28:
            raise WorkerDied
        return Accepted(f"ref-{message.key}")

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """Find what it has, once its list shows that."""
        if self.chance.random() < 0.2:
            raise TransientFault("busy")
        shows = message.key in self._has and self.chance.random() < 0.8
        return Accepted(f"ref-{message.key}") if shows else None

    def _refused(self, message: OutboundMessage) -> Refused:
        suppresses = self.chance.random() < 0.2 and message.key not in self._has
        if suppresses:
            self.opt_out(message, self.channel)
        return Refused("not allowed", suppresses=suppresses)
