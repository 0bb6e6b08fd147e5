"""What runs can be listed by in the Temporal UI and CLI, e.g. ``DrumbeatCampaign = "welcome"``."""

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

TENANT = SearchAttributeKey.for_keyword("DrumbeatTenant")
CAMPAIGN = SearchAttributeKey.for_keyword("DrumbeatCampaign")

ALL = (TENANT, CAMPAIGN)


def search_attributes(tenant: str, campaign: str) -> TypedSearchAttributes:
    """The search attributes of one run."""
    return TypedSearchAttributes(
        [SearchAttributePair(TENANT, tenant), SearchAttributePair(CAMPAIGN, campaign)]
    )
