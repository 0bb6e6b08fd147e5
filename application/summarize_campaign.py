"""The figures of a campaign, and how they compare with a provider's ledger."""

from collections.abc import Sequence

from attrs import frozen

from application.ports.database import Database
from application.ports.handoffs import Handoff
from application.ports.reports import MessageCount
from domain.attempts import AttemptState
from domain.reconciliation import Reconciliation, reconcile


@frozen
class CampaignSummary:
    """What became of a campaign so far.

    Args:
        outcomes: enrollments by outcome; ``open`` for those that run.
        messages: attempts by channel and final status.
        handoffs: the cases that humans have.
        sample: the enrollment with the longest timeline; None where there is none.
    """

    outcomes: dict[str, int]
    messages: list[MessageCount]
    handoffs: list[Handoff]
    sample: str | None

    @property
    def enrollments(self) -> int:
        """How many enrollments there are."""
        return sum(self.outcomes.values())

    @property
    def open(self) -> int:
        """How many enrollments have not ended."""
        return self.outcomes.get("open", 0)


@frozen
class SummarizeCampaign:
    """Count a campaign."""

    database: Database

    async def __call__(self, tenant: str, campaign: str) -> CampaignSummary:
        """Give the figures as they are now, all from one transaction."""
        async with self.database.transaction() as tx:
            return CampaignSummary(
                await tx.reports.outcomes(tenant, campaign),
                await tx.reports.messages(tenant, campaign),
                await tx.reports.handoffs(tenant, campaign),
                await tx.reports.busiest(tenant, campaign),
            )


@frozen
class ReconcileCampaign:
    """Compare a campaign's attempts with what a provider says that it took."""

    database: Database

    async def __call__(self, tenant: str, campaign: str, taken: Sequence[str]) -> Reconciliation:
        """Reconcile.

        Args:
            tenant: whose campaign.
            campaign: its key.
            taken: the attempt key of each send that the provider took, once per send.
        """
        async with self.database.transaction() as tx:
            states = await tx.reports.attempts_by_state(tenant, campaign)
        return reconcile(taken, {AttemptState(state): keys for state, keys in states.items()})
