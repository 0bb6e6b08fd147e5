"""Ways to break the product on purpose: a drill of what is broken must fail, or it finds nothing at all."""

from collections.abc import Sequence
from enum import StrEnum

from attrs import frozen

from application.errors import OutcomeUnknown, TransientFault
from application.ingest_provider_event import IngestProviderEvent
from application.ports.callbacks import Report
from application.ports.messaging import Accepted, OutboundMessage, Refused
from application.ports.webhooks import StagedWebhook
from trials.drill.wrapped import WrappedProvider

VARIABLE = "DRILL_SABOTAGE"


class Sabotage(StrEnum):
    """What can be broken."""

    CLAIMS = "claims"
    """A send that may have been taken counts as not taken: its claim is given up, and it is sent again."""

    WEBHOOKS = "webhooks"
    """Every third webhook is acknowledged and not stored."""


@frozen
class Careless(WrappedProvider):
    """A provider whose adapter takes every doubt for a no."""

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Send; whoever does not answer is said not to have taken it."""
        try:
            return await self.inner.send(message)
        except OutcomeUnknown as doubt:
            raise TransientFault(str(doubt)) from doubt


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
