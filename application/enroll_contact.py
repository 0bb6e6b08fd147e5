"""Enroll one contact."""

import structlog
from attrs import frozen

from application.enroll_contacts import keep_consents, stored
from application.entries import enter
from application.errors import RunsUnavailable, UnknownContact
from application.ports.clock import Clock, NewId
from application.ports.database import Database, Transaction
from application.published import published
from application.start_runs import StartRuns
from domain.contact import NewContact

_log = structlog.get_logger(__name__)


@frozen
class Enrolled:
    """What enrolling came to.

    Args:
        enrollment_id: the enrollment that the contact has now.
        already: it had been there before, and stays as it was.
    """

    enrollment_id: str
    already: bool


@frozen
class EnrollContact:
    """Store an enrollment, and the contact where that is given along; then start the run."""

    database: Database
    start_runs: StartRuns
    clock: Clock
    new_id: NewId

    async def __call__(
        self, tenant: str, campaign: str, who: NewContact | str, version: int | None = None
    ) -> Enrolled:
        """Enroll; a contact that may not enter the campaign again keeps the enrollment that it has.

        Where the workflow service does not answer, all is stored, and the relay starts the run later.

        Args:
            tenant: whose campaign and contact.
            campaign: the campaign's key.
            who: the contact, which is stored as it is given; or the external_id of one that is stored.
            version: the version to follow; the latest unless one is given.

        Raises:
            UnknownCampaign: there is no such version; nothing is stored.
            UnknownContact: there is no contact of this external_id; nothing is stored.
        """
        now = self.clock()
        async with self.database.transaction() as tx:
            wanted = await published(tx, tenant, campaign, version)
            contact_id = await self._contact(tx, tenant, who)
            entered = await enter(tx, tenant, wanted, [contact_id], now)
            known = await tx.enrollments.latest(tenant, campaign, [contact_id])
        try:
            await self.start_runs(entered)
        except RunsUnavailable as fault:
            _log.warning("enroll.left_to_relay", campaign=campaign, reason=str(fault))
        return Enrolled(known[contact_id].id, already=not entered)

    async def _contact(self, tx: Transaction, tenant: str, who: NewContact | str) -> str:
        if isinstance(who, NewContact):
            ids = await tx.contacts.upsert(tenant, [stored(who, self.new_id)])
            await keep_consents(tx, [who], ids, self.clock())
            return ids[who.external_id]
        known = await tx.contacts.by_external_id(tenant, who)
        if known is None:
            raise UnknownContact("there is no contact of this external_id")
        return known.id
