"""The database of one random campaign: the fakes' tables over one state, at the price of a lookup.

`tests.fakes.database.FakeDatabase` copies all tables for each transaction, so that it can roll back, and
parses a campaign whenever it is read. Here nothing fails inside a transaction, and there is one campaign.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from application.ports.enrollments import Enrollment
from domain.campaign import Campaign
from domain.contact import Contact
from tests.fakes.database import FakeCampaigns, FakeTransaction, State

TENANT = "acme"
ENROLLMENT = "enrollment-1"
ELSEWHERE = "enrollment-2"
"""The contact's enrollment in another campaign."""


class Campaigns(FakeCampaigns):
    """The one campaign, parsed once."""

    def __init__(self, state: State, campaign: Campaign) -> None:
        super().__init__(state)
        self.campaign = campaign

    async def get(self, tenant: str, key: str, version: int) -> Campaign:
        return self.campaign


class Tables(FakeTransaction):
    """All tables; what they hold is seen at once."""

    def __init__(self, campaign: Campaign, contact: Contact, start: datetime) -> None:
        self.state = State()
        super().__init__(self.state, start)
        self.campaigns: Campaigns = Campaigns(self.state, campaign)
        plan = campaign.plan
        self.state.published_at[TENANT, plan.campaign, plan.version] = start
        self.state.contacts[TENANT, contact.external_id] = contact
        for id_, name in ((ENROLLMENT, plan.campaign), (ELSEWHERE, "other")):
            self.state.enrollments[id_] = Enrollment(
                id_, TENANT, name, plan.version, contact.id, start, started_at=start
            )

    @property
    def contact(self) -> Contact:
        """The contact as it is now."""
        return next(iter(self.state.contacts.values()))


class Books:
    """The port `Database`, for what happens one after the other."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tables]:
        yield self.tables
