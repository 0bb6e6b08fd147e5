"""Hold a whole campaign, and let it go on: one row that every send looks at, and no signal to anybody."""

from attrs import frozen

from application.errors import UnknownCampaign
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from domain.pauses import Pause, PausePolicy


@frozen
class ControlCampaign:
    """Pause and resume a campaign, in all its versions."""

    database: Database
    clock: Clock

    async def pause(
        self, tenant: str, campaign: str, policy: PausePolicy = PausePolicy.FREEZE, rate: float = 1.0
    ) -> bool:
        """Hold it: from the next send on, in every worker, however many enrollments there are.

        Args:
            tenant: whose campaign.
            campaign: its key.
            policy: what becomes of what falls due meanwhile.
            rate: touches a second that go out afterwards, where it catches up; more than 0.

        Returns:
            False where it is held already; then its policy stays what it is.

        Raises:
            UnknownCampaign: there is no such campaign.
            ValueError: the rate is not a number of more than 0.
        """
        pause = Pause(self.clock(), policy, rate)
        async with self.database.transaction() as tx:
            await _known(tx, tenant, campaign)
            return await tx.campaigns.pause(tenant, campaign, pause)

    async def resume(self, tenant: str, campaign: str) -> bool:
        """Let it go on; False where it was not held.

        What waited goes on within a quarter of the pause, and within an hour (`domain.pauses.next_check`).

        Raises:
            UnknownCampaign: there is no such campaign.
        """
        async with self.database.transaction() as tx:
            await _known(tx, tenant, campaign)
            return await tx.campaigns.resume(tenant, campaign, self.clock())


async def _known(tx: Transaction, tenant: str, campaign: str) -> None:
    if not await tx.campaigns.versions(tenant, campaign):
        raise UnknownCampaign(f"there is no campaign {campaign}")
