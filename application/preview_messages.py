"""Show what somebody would get from a campaign, published or not, without sending or storing anything."""

import asyncio
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from application.errors import UnknownContact
from application.ports.database import Database
from application.preview_campaign import PreviewCampaign, StepPreview
from application.published import published
from application.template_warnings import sample_contact
from application.validate_campaign import ValidateCampaign
from domain.campaign import Campaign
from domain.contact import Contact, NewContact


@frozen
class Previewed:
    """The messages of a campaign for one contact.

    Args:
        campaign: whose.
        previews: one for each step that sends, in the order of the plan.
    """

    campaign: Campaign
    previews: tuple[StepPreview, ...]


@frozen
class PreviewMessages:
    """Render messages for a contact who is stored, given along, or made up."""

    database: Database
    validate: ValidateCampaign
    preview: PreviewCampaign

    async def of_definition(
        self, tenant: str, definition: Mapping[str, Any], who: NewContact | str | None
    ) -> Previewed:
        """Preview a campaign that need not be published.

        Args:
            tenant: whose contacts.
            definition: data of any shape.
            who: the contact; or the external_id of one that is stored; None for a made-up one who has
                everything.

        Raises:
            InvalidDefinition: it breaks rules; all of them are named.
            UnknownContact: there is no contact of this external_id.
        """
        checked = await self.validate(definition)
        return await self._shown(tenant, checked.campaign, who)

    async def of_published(
        self, tenant: str, key: str, version: int | None, who: NewContact | str | None
    ) -> Previewed:
        """Preview a version that is published: the latest unless one is given.

        Raises:
            UnknownCampaign: there is no such version.
            UnknownContact: there is no contact of this external_id.
        """
        async with self.database.transaction() as tx:
            campaign = await published(tx, tenant, key, version)
        return await self._shown(tenant, campaign, who)

    async def _shown(self, tenant: str, campaign: Campaign, who: NewContact | str | None) -> Previewed:
        contact = await self._contact(tenant, campaign, who)
        # Beside the event loop: templates take a while to compile.
        return Previewed(campaign, await asyncio.to_thread(self.preview, campaign, contact))

    async def _contact(self, tenant: str, campaign: Campaign, who: NewContact | str | None) -> Contact:
        if who is None:
            return sample_contact(campaign.attributes)
        if isinstance(who, NewContact):
            return Contact("preview", who.external_id, who.phone, who.email, who.timezone, who.attributes)
        async with self.database.transaction() as tx:
            contact = await tx.contacts.by_external_id(tenant, who)
        if contact is None:
            raise UnknownContact("there is no contact of this external_id")
        return contact
