"""The port to the database: one transaction at a time, with all tables in it."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from application.ports.api_keys import ApiKeys
from application.ports.attempts import Attempts
from application.ports.audiences import Audiences
from application.ports.batches import Batches
from application.ports.campaigns import Campaigns
from application.ports.circuits import Circuits
from application.ports.consents import Consents
from application.ports.contacts import Contacts
from application.ports.enrollments import Enrollments
from application.ports.handoffs import Handoffs
from application.ports.holdings import Holdings
from application.ports.idempotency_keys import IdempotencyKeys
from application.ports.interactions import Interactions
from application.ports.reports import Reports
from application.ports.stuck import Standstills
from application.ports.suppressions import Suppressions
from application.ports.webhooks import Webhooks


class Transaction(Protocol):
    """The tables, inside one transaction."""

    @property
    def api_keys(self) -> ApiKeys: ...
    @property
    def attempts(self) -> Attempts: ...
    @property
    def audiences(self) -> Audiences: ...
    @property
    def batches(self) -> Batches: ...
    @property
    def campaigns(self) -> Campaigns: ...
    @property
    def circuits(self) -> Circuits: ...
    @property
    def consents(self) -> Consents: ...
    @property
    def contacts(self) -> Contacts: ...
    @property
    def enrollments(self) -> Enrollments: ...
    @property
    def handoffs(self) -> Handoffs: ...
    @property
    def holdings(self) -> Holdings: ...
    @property
    def idempotency_keys(self) -> IdempotencyKeys: ...
    @property
    def interactions(self) -> Interactions: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def standstills(self) -> Standstills: ...
    @property
    def suppressions(self) -> Suppressions: ...
    @property
    def webhooks(self) -> Webhooks: ...


class Database(Protocol):
    """Gives transactions."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin; commit at the end of the block, roll back when it raises.

        Raises:
            DatabaseUnavailable: it could not begin or commit; nothing of the block is stored.
        """
        ...
