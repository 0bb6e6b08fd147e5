"""The campaigns table, and the holds on campaigns."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import Factory, define, frozen
from sqlalchemy import delete, select

from adapters.db.statements import Statements
from adapters.db.tables import campaign_holds, campaigns
from application.errors import UnknownCampaign, VersionTaken
from domain.campaign import Campaign
from domain.definition import parse

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
            definition = await self._definition(wanted)
            if definition is None:
                raise UnknownCampaign(f"there is no version {version} of campaign {key}")
            campaign = parse(definition)
            if wanted not in self.fresh:
                self.cache.keep(wanted, campaign)
        return campaign

    async def is_paused(self, tenant: str, key: str) -> bool:
        """Whether the campaign is held."""
        found = await self.statements.run(
            select(campaign_holds.c.key).where(campaign_holds.c.tenant == tenant, campaign_holds.c.key == key)
        )
        return found.one_or_none() is not None

    async def set_paused(self, tenant: str, key: str, *, paused: bool) -> None:
        """Hold the campaign, or let it go on."""
        if paused:
            await self.statements.add(campaign_holds, [{"tenant": tenant, "key": key}], campaign_holds.c.key)
        else:
            await self.statements.run(
                delete(campaign_holds).where(campaign_holds.c.tenant == tenant, campaign_holds.c.key == key)
            )

    async def _definition(self, version: _Version) -> Mapping[str, Any] | None:
        tenant, key, number = version
        found = await self.statements.run(
            select(campaigns.c.definition).where(
                campaigns.c.tenant == tenant, campaigns.c.key == key, campaigns.c.version == number
            )
        )
        return found.scalar_one_or_none()
