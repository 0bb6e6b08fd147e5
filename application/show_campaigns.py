"""The campaigns that are published: their versions, who is in flight on them, and whether they are held."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from attrs import field, frozen

from application.errors import UnknownCampaign
from application.ports.campaigns import CampaignVersion
from application.ports.database import Database, Transaction
from application.ports.enrollments import InFlight
from domain.campaign import Campaign, Plan
from domain.enrollment.turn import HANDOFF
from domain.pauses import Pause


@frozen
class CampaignState:
    """A campaign with all its versions.

    Args:
        key: its key.
        versions: what was published, oldest first; at least one.
        in_flight: how many enrollments are open, by version.
        pause: the pause that goes on; None where it is not held.
    """

    key: str
    versions: tuple[CampaignVersion, ...]
    in_flight: Mapping[int, int] = field(factory=dict, hash=False)
    pause: Pause | None = None


@frozen
class VersionState:
    """One version of a campaign.

    Args:
        definition: as it was published.
        campaign: as understood.
        published_at: when.
        in_flight: how many enrollments are open, by the key of the step that they are at, in the order of
            the steps; `HANDOFF` where humans have them.
        pause: the pause of the campaign that goes on; None where it is not held.
    """

    definition: Mapping[str, Any] = field(repr=False, hash=False)
    campaign: Campaign
    published_at: datetime
    in_flight: Mapping[str, int] = field(hash=False)
    pause: Pause | None


@frozen
class ShowCampaigns:
    """Look at what is published."""

    database: Database

    async def __call__(
        self, tenant: str, after: str | None = None, limit: int | None = None
    ) -> list[CampaignState]:
        """The campaigns of a tenant, by their keys.

        Args:
            tenant: whose.
            after: the key of the last one of the page before; None for the first page.
            limit: how many at most; None for all.
        """
        async with self.database.transaction() as tx:
            published = await tx.campaigns.versions(tenant)
            grouped = [(key, tuple(each)) for key, each in groupby(published, key=lambda each: each.key)]
            rest = [(key, versions) for key, versions in grouped if after is None or key > after]
            return [await _state(tx, tenant, key, versions) for key, versions in rest[:limit]]

    async def state(self, tenant: str, key: str) -> CampaignState:
        """One campaign with all its versions.

        Raises:
            UnknownCampaign: there is none.
        """
        async with self.database.transaction() as tx:
            published = await tx.campaigns.versions(tenant, key)
            if not published:
                raise UnknownCampaign(f"there is no campaign {key}")
            return await _state(tx, tenant, key, tuple(published))

    async def version(self, tenant: str, key: str, version: int | None = None) -> VersionState:
        """One version.

        Args:
            tenant: whose campaign.
            key: the campaign's.
            version: which; the latest unless one is given.

        Raises:
            UnknownCampaign: there is none.
        """
        async with self.database.transaction() as tx:
            published = {each.version: each for each in await tx.campaigns.versions(tenant, key)}
            if not published:
                raise UnknownCampaign(f"there is no campaign {key}")
            number = max(published) if version is None else version
            campaign = await tx.campaigns.get(tenant, key, number)
            places = await tx.enrollments.in_flight(tenant, key)
            return VersionState(
                definition=await tx.campaigns.definition(tenant, key, number),
                campaign=campaign,
                published_at=published[number].published_at,
                in_flight=_by_step(campaign.plan, places),
                pause=await _pause(tx, tenant, key),
            )

    async def steps(self, tenant: str, key: str) -> frozenset[str]:
        """The keys of the steps that any version has; none where there is no such campaign."""
        async with self.database.transaction() as tx:
            plans = [
                (await tx.campaigns.get(tenant, key, each.version)).plan
                for each in await tx.campaigns.versions(tenant, key)
            ]
        return frozenset(step.key for plan in plans for step in plan.steps)


async def _state(
    tx: Transaction, tenant: str, key: str, versions: tuple[CampaignVersion, ...]
) -> CampaignState:
    in_flight: Counter[int] = Counter()
    for place in await tx.enrollments.in_flight(tenant, key):
        in_flight[place.version] += place.count
    return CampaignState(key, versions, dict(in_flight), await _pause(tx, tenant, key))


async def _pause(tx: Transaction, tenant: str, key: str) -> Pause | None:
    pauses = await tx.campaigns.pauses(tenant, key)
    return pauses[-1] if pauses and pauses[-1].resumed_at is None else None


def _by_step(plan: Plan, places: list[InFlight]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for place in places:
        if place.version == plan.version:
            counts[place.step or plan.steps[0].key] += place.count
    return {key: counts[key] for key in (*(step.key for step in plan.steps), HANDOFF) if key in counts}
