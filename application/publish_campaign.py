"""Publish a version of a campaign."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from application.check_templates import parse_checked
from application.ports.calendar import Calendar
from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.rendering import Renderer


@frozen
class PublishCampaign:
    """Store a campaign version; it never changes afterwards."""

    database: Database
    renderer: Renderer
    calendar: Calendar
    clock: Clock

    async def __call__(self, tenant: str, definition: Mapping[str, Any]) -> bool:
        """Publish a definition in the form that `domain.language.parse.parse` reads.

        Returns:
            False where this very version had been published before.

        Raises:
            domain.errors.InvalidDefinition: it breaks rules; all of them are named.
            VersionTaken: the version exists with other content.
        """
        parse_checked(self.renderer, self.calendar, definition)
        async with self.database.transaction() as tx:
            return await tx.campaigns.publish(tenant, definition, self.clock())
