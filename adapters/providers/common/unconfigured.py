"""What stands in for a provider whose settings are missing: it sends nothing and says why.

That counts as a transient fault: nothing was sent, and a person can mend the settings. An attempt goes on
trying for as long as its plan has patience, instead of being rejected at once.
"""

from attrs import field, frozen

from application.errors import TransientFault
from application.ports.handoffs import Ticket
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.statuses import Channel


@frozen
class UnconfiguredProvider:
    """A message provider that cannot send yet.

    Args:
        name: which one it would be.
        channel: the channel that it would serve.
        reason: what is missing, one sentence.
    """

    name: str
    channel: Channel
    reason: str
    honours_key: bool = field(default=False, init=False)
    can_look_up: bool = field(default=False, init=False)

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Send nothing.

        Raises:
            TransientFault: always.
        """
        raise TransientFault(self.reason)

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """None: nobody can be asked."""
        return None


@frozen
class UnconfiguredDesk:
    """A handoff desk that cannot take anything yet.

    Args:
        name: which one it would be.
        reason: what is missing, one sentence.
    """

    name: str
    reason: str
    knows_key: bool = field(default=False, init=False)

    async def open(self, ticket: Ticket) -> str:
        """Take nothing.

        Raises:
            TransientFault: always; the case is tried again until somebody takes it.
        """
        raise TransientFault(self.reason)
