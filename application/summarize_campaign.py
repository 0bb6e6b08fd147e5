"""The figures of a campaign, and how they compare with a provider's ledger."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from application.errors import UnknownCampaign
from application.ports.database import Database, Transaction
from application.ports.handoffs import Handoff
from application.ports.reports import HandoffCount, MessageCount
from domain.attempts import AttemptState
from domain.figures import EnrollmentRates, MessageRates, enrollment_rates, message_rates
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
class CampaignStats:
    """What became of a campaign so far: counts and rates, of nobody in particular.

    Args:
        still_open: how many enrollments have not ended.
        outcomes: how many have, by outcome.
        by_step: how many open ones are at each step, by its key; `HANDOFF` where humans have them.
        messages: attempts by channel and final status.
        handoffs: cases that went to humans.
        rates: of the enrollments.
        message_rates: by channel, in the order of `messages`.
    """

    still_open: int
    outcomes: Mapping[str, int]
    by_step: Mapping[str, int]
    messages: Sequence[MessageCount]
    handoffs: HandoffCount
    rates: EnrollmentRates
    message_rates: Mapping[str, MessageRates]


@frozen
class CountCampaign:
    """Count a campaign in all its versions, without a list of anything."""

    database: Database

    async def __call__(self, tenant: str, campaign: str) -> CampaignStats:
        """Give the figures as they are now, all from one transaction.

        Raises:
            UnknownCampaign: there is no such campaign.
        """
        async with self.database.transaction() as tx:
            if not await tx.campaigns.versions(tenant, campaign):
                raise UnknownCampaign(f"there is no campaign {campaign}")
            outcomes = await tx.reports.outcomes(tenant, campaign)
            messages = await tx.reports.messages(tenant, campaign)
            handoffs = await tx.reports.handoff_count(tenant, campaign)
            by_step = await _by_step(tx, tenant, campaign)
        still_open = outcomes.pop("open", 0)
        channels: dict[str, dict[str, int]] = {}
        for each in messages:
            channels.setdefault(each.channel, {})[each.status] = each.count
        return CampaignStats(
            still_open,
            outcomes,
            by_step,
            messages,
            handoffs,
            enrollment_rates(outcomes, still_open),
            {channel: message_rates(statuses) for channel, statuses in channels.items()},
        )


async def _by_step(tx: Transaction, tenant: str, campaign: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for place in await tx.enrollments.in_flight(tenant, campaign):
        step = place.step
        if step is None:  # before they have left the first one
            step = (await tx.campaigns.get(tenant, campaign, place.version)).plan.steps[0].key
        counts[step] = counts.get(step, 0) + place.count
    return counts


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
