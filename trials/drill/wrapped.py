"""What is the same of every provider around another one: all but how it sends."""

from attrs import frozen

from application.ports.messaging import Accepted, MessageProvider, OutboundMessage
from domain.statuses import Channel


@frozen
class WrappedProvider:
    """A provider that is as the one within, and finds what that one finds; whoever extends it sends."""

    inner: MessageProvider

    @property
    def name(self) -> str:
        """As it is."""
        return self.inner.name

    @property
    def channel(self) -> Channel:
        """As it is."""
        return self.inner.channel

    @property
    def honours_key(self) -> bool:
        """As it is."""
        return self.inner.honours_key

    @property
    def can_look_up(self) -> bool:
        """As it is."""
        return self.inner.can_look_up

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """Look up as it does."""
        return await self.inner.find(message)
