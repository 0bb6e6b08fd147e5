"""The staging table of callbacks, and the nonces that they have used."""

from datetime import datetime
from operator import attrgetter

from attrs import asdict, frozen
from sqlalchemy import delete, literal, select

from adapters.db.statements import Statements
from adapters.db.tables import webhook_nonces, webhooks
from application.ports.webhooks import StagedWebhook


@frozen
class SqlWebhooks:
    """The callbacks of all providers."""

    statements: Statements

    async def stage(self, *deliveries: StagedWebhook) -> int:
        """Store those that are not there already; returns how many that were."""
        rows = [asdict(each, recurse=False) for each in sorted(deliveries, key=attrgetter("key"))]
        return len(await self.statements.add(webhooks, rows, webhooks.c.key))

    async def use_nonce(self, provider: str, nonce: str, webhook_key: str, at: datetime) -> bool:
        """Note that a delivery has used a vendor's nonce; False where another delivery has used it before."""
        row = {"provider": provider, "nonce": nonce, "webhook_key": webhook_key, "used_at": at}
        if await self.statements.add(webhook_nonces, [row], webhook_nonces.c.nonce):
            return True
        found = await self.statements.run(
            select(webhook_nonces.c.webhook_key).where(
                webhook_nonces.c.provider == provider, webhook_nonces.c.nonce == nonce
            )
        )
        return bool(found.scalar_one() == webhook_key)

    async def forget_nonces(self, before: datetime) -> None:
        """Forget the nonces that were used before a time."""
        old = webhook_nonces.c.used_at < literal(before, webhook_nonces.c.used_at.type)
        await self.statements.run(delete(webhook_nonces).where(old))
