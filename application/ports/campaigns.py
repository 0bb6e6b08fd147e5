"""The port to the campaigns table: immutable versions, and a switch that holds a whole campaign."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from attrs import frozen

from domain.campaign import Campaign
from domain.pauses import Pause


@frozen
class CampaignVersion:
    """A version that was published.

    Args:
        key: of the campaign.
        version: from 1.
        published_at: when.
    """

    key: str
    version: int
    published_at: datetime


class Campaigns(Protocol):
    """The campaigns of all tenants."""

    async def publish(self, tenant: str, definition: Mapping[str, Any], at: datetime) -> bool:
        """Store a version, as `domain.language.parse.parse` reads it.

        Returns:
            False where the same version with the same content is there already.

        Raises:
            VersionTaken: the version is there with other content.
            domain.errors.InvalidDefinition: it breaks rules; all of them are named.
        """
        ...

    async def get(self, tenant: str, key: str, version: int) -> Campaign:
        """A published version.

        Raises:
            UnknownCampaign: there is none.
        """
        ...

    async def definition(self, tenant: str, key: str, version: int) -> Mapping[str, Any]:
        """A version as it was published.

        Raises:
            UnknownCampaign: there is none.
        """
        ...

    async def versions(self, tenant: str, key: str | None = None) -> list[CampaignVersion]:
        """The versions of one campaign, or of all, by key and version."""
        ...

    async def pauses(self, tenant: str, key: str) -> list[Pause]:
        """The pauses of a campaign, oldest first; at most the last one goes on."""
        ...

    async def pause(self, tenant: str, key: str, pause: Pause) -> bool:
        """Hold the campaign, from the next send on, in every worker; False where it is held already."""
        ...

    async def resume(self, tenant: str, key: str, at: datetime) -> bool:
        """End the pause that goes on; False where there is none."""
        ...

    async def take_slot(self, tenant: str, key: str, pause: Pause, now: datetime) -> datetime:
        """The next free time after a pause that catches up: one each 1 / `Pause.rate` seconds, from now on.

        No two callers get the same one, in whichever worker.
        """
        ...
