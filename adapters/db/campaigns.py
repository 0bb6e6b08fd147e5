"""The campaigns table: versions, and by way of `adapters.db.pauses` what holds them."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import Factory, define, frozen
from sqlalchemy import select

from adapters.db.pauses import CampaignPauses
from adapters.db.statements import Statements
from adapters.db.tables import campaigns
from application.errors import UnknownCampaign, VersionTaken
from application.ports.campaigns import CampaignVersion
from domain.campaign import Campaign
from domain.language.parse import parse
from domain.pauses import Pause

_Version = tuple[str, str, int]


@define
class CampaignCache:
    """Versions that were read before; they never change, so they never have to be read again.

    Args:
        size: how many are kept; the one that was not asked for the longest gives way.
    """

    size: int = 256
    _versions: OrderedDict[_Version, Campaign] = Factory(OrderedDict)

    def get(self, version: _Version) -> Campaign | None:
        """The version, if it is here."""
        if version in self._versions:
            self._versions.move_to_end(version)
        return self._versions.get(version)

    def keep(self, version: _Version, campaign: Campaign) -> None:
        """Keep a version."""
        self._versions[version] = campaign
        while len(self._versions) > self.size:
            self._versions.popitem(last=False)


@frozen
class SqlCampaigns:
    """The campaigns of all tenants, in one transaction.

    Args:
        statements: the transaction.
        cache: what transactions share.
        fresh: versions published in this very transaction, which may yet be rolled back.
    """

    statements: Statements
    cache: CampaignCache
    fresh: set[_Version] = Factory(set)

    async def publish(self, tenant: str, definition: Mapping[str, Any], at: datetime) -> bool:
        """Store a version.

        Returns:
            False where the same version with the same content is there already.

        Raises:
            VersionTaken: the version is there with other content.
            domain.errors.InvalidDefinition: the definition breaks rules.
        """
        plan = parse(definition).plan
        version = (tenant, plan.campaign, plan.version)
        # As it will be read again: a tuple becomes a list, a key a text.
        content = json.loads(json.dumps(definition))
        row = {
            "tenant": tenant,
            "key": plan.campaign,
            "version": plan.version,
            "definition": content,
            "published_at": at,
        }
        if await self.statements.add(campaigns, [row], campaigns.c.key):
            self.fresh.add(version)
            return True
        if await self._definition(version) != content:
            raise VersionTaken(
                f"version {plan.version} of campaign {plan.campaign} is published with other content; "
                "raise the version number to change it"
            )
        return False

    async def get(self, tenant: str, key: str, version: int) -> Campaign:
        """A published version.

        Raises:
            UnknownCampaign: there is none.
        """
        wanted = (tenant, key, version)
        campaign = self.cache.get(wanted)
        if campaign is None:
            campaign = parse(await self.definition(tenant, key, version), published=True)
            if wanted not in self.fresh:
                self.cache.keep(wanted, campaign)
        return campaign

    async def definition(self, tenant: str, key: str, version: int) -> Mapping[str, Any]:
        """A version as it was published.

        Raises:
            UnknownCampaign: there is none.
        """
        definition = await self._definition((tenant, key, version))
        if definition is None:
            raise UnknownCampaign(f"there is no version {version} of campaign {key}")
        return definition

    async def versions(self, tenant: str, key: str | None = None) -> list[CampaignVersion]:
        """The versions of one campaign, or of all, by key and version."""
        columns = campaigns.c.key, campaigns.c.version, campaigns.c.published_at
        listed = select(*columns).where(campaigns.c.tenant == tenant)
        if key is not None:
            listed = listed.where(campaigns.c.key == key)
        found = await self.statements.run(listed.order_by(campaigns.c.key, campaigns.c.version))
        return [CampaignVersion(*row) for row in found]

    async def pauses(self, tenant: str, key: str) -> list[Pause]:
        """The pauses of a campaign, oldest first; at most the last one goes on."""
        return await self._pauses.of(tenant, key)

    async def pause(self, tenant: str, key: str, pause: Pause) -> bool:
        """Hold the campaign; False where it is held already."""
        return await self._pauses.begin(tenant, key, pause)

    async def resume(self, tenant: str, key: str, at: datetime) -> bool:
        """End the pause that goes on; False where there is none."""
        return await self._pauses.end(tenant, key, at)

    async def take_slot(self, tenant: str, key: str, pause: Pause, now: datetime) -> datetime:
        """The next free time after a pause that catches up, in one statement.

        Raises:
            LookupError: the campaign has had no such pause, which is a bug of the caller.
        """
        return await self._pauses.take_slot(tenant, key, pause, now)

    @property
    def _pauses(self) -> CampaignPauses:
        return CampaignPauses(self.statements)

    async def _definition(self, version: _Version) -> Mapping[str, Any] | None:
        tenant, key, number = version
        found = await self.statements.run(
            select(campaigns.c.definition).where(
                campaigns.c.tenant == tenant, campaigns.c.key == key, campaigns.c.version == number
            )
        )
        return found.scalar_one_or_none()
