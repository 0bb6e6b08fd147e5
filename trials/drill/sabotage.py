"""Ways to break the product on purpose: a drill of what is broken must fail, or it finds nothing at all."""

from collections.abc import Sequence
from enum import StrEnum

from attrs import frozen

from application.errors import OutcomeUnknown, TransientFault
from application.ingest_provider_event import IngestProviderEvent
from application.ports.callbacks import Report
from application.ports.messaging import Accepted, MessageProvider, OutboundMessage, Refused
from application.ports.webhooks import StagedWebhook
from domain.statuses import Channel

VARIABLE = "DRILL_SABOTAGE"


class Sabotage(StrEnum):
    """What can be broken."""

    CLAIMS = "claims"
    """A send that may have been taken counts as not taken: its claim is given up, and it is sent again."""

    WEBHOOKS = "webhooks"
    """Every third webhook is acknowledged and not stored."""


@frozen
class Careless:
    """A provider whose adapter takes every doubt for a no."""

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

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Send; whoever does not answer is said not to have taken it."""
        try:
            return await self.inner.send(message)
        except OutcomeUnknown as doubt:
            raise TransientFault(str(doubt)) from doubt

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """As it is."""
        return await self.inner.find(message)


@frozen
class Forgetful(IngestProviderEvent):
    """Takes in two webhooks of three."""

    async def __call__(
        self, webhook: StagedWebhook, reports: Sequence[Report] = (), nonce: str | None = None
    ) -> int:
        """Take in one delivery, or say so."""
        if int(webhook.key[-6:], 16) % 3 == 0:
            return 0
        return await super().__call__(webhook, reports, nonce)
