"""The port to the staging table: each callback as it came, kept before anything is made of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from attrs import field, frozen

NONCE_KEPT = timedelta(days=3)
"""How long a nonce is remembered: longer than any vendor's signature is good for."""


class Verdict(StrEnum):
    """What could be made of a callback."""

    READ = "read"
    MALFORMED = "malformed"


@frozen
class StagedWebhook:
    """One delivery with a good signature.

    Args:
        key: `domain.idempotency.webhook_key`; UNIQUE, so a repeated delivery is one row.
        provider: the route it came in by.
        target: path and query as requested.
        content_type: as the request said.
        body: the raw body; personal data.
        received_at: when.
        verdict: whether all of it could be read.
    """

    key: str
    provider: str
    target: str
    content_type: str
    body: bytes = field(repr=False)
    received_at: datetime
    verdict: Verdict


class Webhooks(Protocol):
    """The callbacks of all providers."""

    async def stage(self, *deliveries: StagedWebhook) -> int:
        """Store those that are not there already; returns how many that were."""
        ...

    async def use_nonce(self, provider: str, nonce: str, webhook_key: str, at: datetime) -> bool:
        """Note that a delivery has used a vendor's nonce; False where another delivery has used it before.

        The same delivery, repeated, may use it again.
        """
        ...

    async def forget_nonces(self, before: datetime) -> None:
        """Forget the nonces that were used before a time."""
        ...
