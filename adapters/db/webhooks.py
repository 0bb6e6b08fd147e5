"""The staging table of callbacks."""

from attrs import asdict, frozen

from adapters.db.statements import Statements
from adapters.db.tables import webhooks
from application.ports.webhooks import StagedWebhook


@frozen
class SqlWebhooks:
    """The callbacks of all providers."""

    statements: Statements

    async def stage(self, webhook: StagedWebhook) -> bool:
        """Store it; False where the same delivery is there already."""
        return bool(await self.statements.add(webhooks, [asdict(webhook)], webhooks.c.key))
