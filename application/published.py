"""Which version of a campaign is meant."""

from application.errors import UnknownCampaign
from application.ports.database import Transaction
from domain.campaign import Campaign


async def published(tx: Transaction, tenant: str, campaign: str, version: int | None) -> Campaign:
    """A published version.

    Args:
        tx: the transaction.
        tenant: whose campaign.
        campaign: its key.
        version: its number; None for the latest.

    Raises:
        UnknownCampaign: there is none.
    """
    if version is None:
        known = await tx.campaigns.versions(tenant, campaign)
        if not known:
            raise UnknownCampaign(f"there is no campaign {campaign}")
        version = max(each.version for each in known)
    return await tx.campaigns.get(tenant, campaign, version)
