"""A person opts out by the link in a message."""

import structlog
from attrs import evolve, frozen

from application.dispatch_events import DispatchEvents, let_hear
from application.errors import BadLink
from application.opt_outs import WORD, OptOut, spread
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from application.ports.interactions import Dispatch, Interaction
from domain.idempotency import LINK, AttemptKey, unsubscribe_key
from domain.statuses import Channel, DeliveryStatus

_log = structlog.get_logger(__name__)


@frozen
class Unsubscribe:
    """Suppress the contact's address on the channel of a message, and let every open enrollment to it know.

    It is the address that the contact has now: attempts keep none. All is one transaction, and done once that
    is committed; signals follow, and the relay sends those that cannot be sent now. Doing it again changes
    nothing, unless the person has allowed the channel meanwhile.
    """

    database: Database
    dispatch: DispatchEvents
    clock: Clock

    async def __call__(self, key: AttemptKey) -> Channel:
        """Act on a person's wish, also where the enrollment has ended long ago.

        Args:
            key: the message whose link was used.

        Returns:
            The channel on which the person is left alone from now on.

        Raises:
            BadLink: there is no such message any more.
            DatabaseUnavailable: nothing is stored; the person must come again.
        """
        async with self.database.transaction() as tx:
            attempt = await tx.attempts.get(key)
            enrollment = await tx.enrollments.get(key.enrollment_id)
            if attempt is None or enrollment is None:
                raise BadLink("the link names a message that is not known")
            stored = await self._store(tx, key, attempt.channel, enrollment)
        await let_hear(self.dispatch, stored)
        return attempt.channel

    async def _store(
        self, tx: Transaction, key: AttemptKey, channel: Channel, enrollment: Enrollment
    ) -> list[Interaction]:
        """Store the wish and what follows from it; gives the rows that are new."""
        now, status = self.clock(), DeliveryStatus.OPTED_OUT
        contact = await tx.contacts.get(enrollment.contact_id)
        address = None if contact is None else contact.address(channel)
        settled = address is None or await tx.suppressions.holds(enrollment.tenant, channel, address)
        row = Interaction(
            key=unsubscribe_key(key),
            kind=status.value,
            at=now,
            enrollment_id=enrollment.id,
            step=key.step,
            attempt=key.attempt,
            provider=LINK,
            status=status,
            dispatch=Dispatch.PENDING if enrollment.outcome is None else Dispatch.LATE,
        )
        new = await tx.interactions.add([row])
        if not new and not settled:  # clicked before, and taken back since
            row = evolve(row, key=unsubscribe_key(key, again=now))
            new = await tx.interactions.add([row])
        stored = [row] if new else []
        await tx.attempts.hear(key, status, now, None)
        if address is None:
            return stored
        wish = OptOut(row.key, channel, address, WORD, LINK, now)
        return stored + await spread(tx, wish, {enrollment.tenant}, apart_from=enrollment.id)
