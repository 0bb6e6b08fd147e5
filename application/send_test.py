"""One real message to one address, to see whether a provider delivers.

It belongs to no campaign and leaves no row: what the provider calls back about it names an attempt that
nobody has, is stored, and means nothing. Only the tenant's suppressions count, since no test is worth a
message to somebody who wants none.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from attrs import frozen

from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.clock import Clock, NewId
from application.ports.database import Database
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage
from domain.idempotency import AttemptKey
from domain.statuses import Channel

TEST = "test"
"""What stands where an attempt's key names its enrollment."""


class NoSuchProvider(ApplicationError):
    """Nobody of this name carries the channel."""


class SendOutcome(StrEnum):
    """What became of it.

    Args:
        TAKEN: the provider has it.
        REFUSED: the provider will not take it.
        NOT_TAKEN: the provider is down, busy or refuses our credentials; nothing was sent.
        UNKNOWN: it may or may not have been taken.
        SUPPRESSED: the address must not be contacted; nobody was asked.
    """

    TAKEN = "taken"
    REFUSED = "refused"
    NOT_TAKEN = "not_taken"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"


@frozen
class SentTest:
    """What came of a test.

    Args:
        provider: who was to carry it.
        outcome: in a word.
        key: what it is known by, here and at the provider.
        ref: the provider's own id; None unless it was taken.
        reason: why it was not taken, without personal data; "" where it was.
    """

    provider: str
    outcome: SendOutcome
    key: str
    ref: str | None = None
    reason: str = ""


@frozen
class SendTest:
    """Send one message, once.

    Args:
        database: for suppressions.
        providers: of each channel, in the order in which they are tried.
        clock: the time now.
        new_id: draws the key, the only one that is not derived: two tests are two messages.
    """

    database: Database
    providers: Mapping[Channel, Sequence[MessageProvider]]
    clock: Clock
    new_id: NewId

    def carrier(self, channel: Channel, name: str | None = None) -> str:
        """The name of who would carry it.

        Args:
            channel: on which channel.
            name: of a provider of the channel; None for the first one.

        Raises:
            NoSuchProvider: there is none.
        """
        return self._provider(channel, name).name

    async def __call__(
        self, tenant: str, channel: Channel, to: str, content: Content, name: str | None = None
    ) -> SentTest:
        """Send.

        Args:
            tenant: whose suppressions count.
            channel: on which channel.
            to: as contacts have it.
            content: what to send or say.
            name: of a provider of the channel; None for the first one.

        Raises:
            NoSuchProvider: there is none.
        """
        provider = self._provider(channel, name)
        key = AttemptKey(TEST, self.new_id(), 1)
        if await self._is_suppressed(tenant, channel, to):
            reason = f"the address is suppressed on {channel.value}"
            return SentTest(provider.name, SendOutcome.SUPPRESSED, str(key), reason=reason)
        message = OutboundMessage(key, to, content, since=self.clock())
        return await _sent(provider, message)

    def _provider(self, channel: Channel, name: str | None) -> MessageProvider:
        carriers = self.providers.get(channel, ())
        for provider in carriers:
            if name in (None, provider.name):
                return provider
        known = ", ".join(provider.name for provider in carriers)
        others = f"{name} does not carry {channel.value} here; these do: {known}"
        raise NoSuchProvider(
            f"{others if known else f'Nobody carries {channel.value} here'} "
            f"(DRUMBEAT_PROVIDERS_{channel.value.upper()})."
        )

    async def _is_suppressed(self, tenant: str, channel: Channel, to: str) -> bool:
        async with self.database.transaction() as tx:
            return await tx.suppressions.holds(tenant, channel, to)


async def _sent(provider: MessageProvider, message: OutboundMessage) -> SentTest:
    key = str(message.key)
    try:
        answer = await provider.send(message)
    except TransientFault as fault:
        return SentTest(provider.name, SendOutcome.NOT_TAKEN, key, reason=str(fault))
    except OutcomeUnknown as fault:
        return SentTest(provider.name, SendOutcome.UNKNOWN, key, reason=str(fault))
    if isinstance(answer, Accepted):
        return SentTest(provider.name, SendOutcome.TAKEN, key, answer.provider_ref)
    return SentTest(provider.name, SendOutcome.REFUSED, key, reason=answer.reason)
