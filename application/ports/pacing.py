"""The port that keeps to the rate that a provider allows."""

from typing import Protocol

from domain.statuses import Channel


class Pacing(Protocol):
    """Hands out turns to call."""

    async def at_once(self, provider: str, channel: Channel) -> bool:
        """Take a turn if there is one right now, without waiting; False where there is none."""
        ...

    async def turn(self, provider: str, channel: Channel) -> None:
        """Wait until a message may be handed to the provider.

        Raises:
            TransientFault: it would take too long; nothing was sent, and ``retry_after`` says when to come
                again.
        """
        ...


class NoPacing:
    """Everybody may call at once."""

    async def at_once(self, provider: str, channel: Channel) -> bool:
        """Always."""
        return True

    async def turn(self, provider: str, channel: Channel) -> None:
        """Do not wait."""
