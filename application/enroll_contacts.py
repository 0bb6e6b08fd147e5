"""Enroll contacts into a campaign version."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from attrs import frozen

from application.entries import enter
from application.errors import RunsUnavailable
from application.ports.clock import Clock, NewId
from application.ports.consents import Consent
from application.ports.database import Database, Transaction
from application.start_runs import StartRuns
from domain.contact import Contact, NewContact

_log = structlog.get_logger(__name__)


@frozen
class EnrollReport:
    """What enrolling came to.

    Args:
        contacts: how many contacts were given.
        enrolled: how many were enrolled now.
        already: how many had been enrolled in this campaign before.
    """

    contacts: int
    enrolled: int
    already: int

    def __add__(self, other: "EnrollReport") -> "EnrollReport":
        """Both together."""
        return EnrollReport(
            self.contacts + other.contacts, self.enrolled + other.enrolled, self.already + other.already
        )


@frozen
class EnrollContacts:
    """Store contacts and enrollments in one transaction, then start the runs."""

    database: Database
    start_runs: StartRuns
    clock: Clock
    new_id: NewId

    async def __call__(
        self,
        tenant: str,
        campaign: str,
        version: int,
        contacts: Sequence[NewContact],
        *,
        time_scale: float = 1.0,
    ) -> EnrollReport:
        """Enroll; a contact that is enrolled in this campaign already, in any version, is left as it is.

        One whose enrollment has ended enters again where the campaign's re-entry allows it.

        Where the workflow service does not answer, all is stored, and the relay starts the runs later.

        Args:
            tenant: whose campaign and contacts.
            campaign: the campaign's key.
            version: the version to follow.
            contacts: whom.
            time_scale: what the plan's durations are multiplied with; 1 outside demonstrations.

        Raises:
            UnknownCampaign: there is no such version; nothing is stored.
            InvalidCampaign: the plan cannot be followed at this scale; nothing is stored.
            DatabaseUnavailable: the database does not answer; to be asked again, which enrolls nobody twice.
        """
        now = self.clock()
        async with self.database.transaction() as tx:
            published = await tx.campaigns.get(tenant, campaign, version)
            published.plan.scaled(time_scale)  # what could never be started is not stored
            ids = await tx.contacts.upsert(tenant, [stored(contact, self.new_id) for contact in contacts])
            await keep_consents(tx, contacts, ids, now)
            entered = await enter(tx, tenant, published, list(ids.values()), now, time_scale=time_scale)
        try:
            await self.start_runs(entered)
        except RunsUnavailable as fault:
            _log.warning("enroll.left_to_relay", campaign=campaign, reason=str(fault))
        return EnrollReport(len(contacts), len(entered), len(contacts) - len(entered))


def stored(contact: NewContact, new_id: NewId) -> Contact:
    """A contact as it is stored, with an id that counts where it is not known yet."""
    return Contact(
        id=new_id(),
        external_id=contact.external_id,
        phone=contact.phone,
        email=contact.email,
        timezone=contact.timezone,
        attributes=contact.attributes,
    )


async def keep_consents(
    tx: Transaction, contacts: Sequence[NewContact], ids: Mapping[str, str], now: datetime
) -> None:
    """Store what the contacts have said of channels; nobody has said anything later than now."""
    said: dict[str, list[Consent]] = {}
    for contact in contacts:
        said.setdefault(ids[contact.external_id], []).extend(
            Consent(word.channel, word.given, word.source, min(word.at or now, now))
            for word in contact.consents
        )
    await tx.consents.add_all(said)
