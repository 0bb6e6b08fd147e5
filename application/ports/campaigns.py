"""The port to the campaigns table: immutable versions, and a switch that holds a whole campaign."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from domain.campaign import Campaign


class Campaigns(Protocol):
    """The campaigns of all tenants."""

    async def publish(self, tenant: str, definition: Mapping[str, Any], at: datetime) -> bool:
        """Store a version, as `domain.definition.parse` reads it.

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

    async def is_paused(self, tenant: str, key: str) -> bool:
        """Whether the campaign is held: nothing goes out for it."""
        ...

    async def set_paused(self, tenant: str, key: str, *, paused: bool) -> None:
        """Hold the campaign, or let it go on. Takes effect for the next send, in every worker."""
        ...
