"""Erase a person: nothing personal is left in any table, and nobody writes to them again."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from attrs import evolve, field, frozen

from application import orders
from application.dispatch_events import DispatchEvents, let_hear
from application.errors import Conflict
from application.keep_contacts import contact_of
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from application.ports.holdings import Forgotten
from application.ports.interactions import Interaction
from application.ports.suppressions import Concealed
from application.ports.webhooks import StagedWebhook
from application.staging import all_staged, staged_since
from domain.contact import Contact
from domain.enrollment.state import Outcome
from domain.erasure import ERASED, Traces, traces
from domain.statuses import Channel

MARGIN = timedelta(minutes=5)
"""How long before the search began a delivery may have come that was not stored when it was over."""

_TRIES = 3


@frozen
class Ticket:
    """A case at a desk, which holds what the desk was told: only people there can delete it.

    Args:
        desk: where.
        ref: the desk's own id.
    """

    desk: str
    ref: str


@frozen
class Erasure:
    """What erasing came to.

    Args:
        contact_id: the id that stays.
        enrollments_ended: how many were open.
        forgotten: rows that gave up what was personal in them.
        suppressions: rows that keep the addresses from being written to.
        webhooks: callbacks whose body and target were emptied.
        idempotent_answers: answers of the API that were kept for repeats, and are not any more.
        tickets: what is left at desks.
    """

    contact_id: str
    enrollments_ended: int
    forgotten: Forgotten
    suppressions: Concealed
    webhooks: int
    idempotent_answers: int
    tickets: tuple[Ticket, ...] = ()


@frozen
class _Person:
    """Who is to be erased."""

    contact: Contact
    enrollments: Sequence[Enrollment]
    traces: Traces = field(repr=False)


@frozen
class EraseContact:
    """Take a person out of all tables in one transaction, then let their runs end.

    Before it begins, the staged callbacks are searched for the person, part by part: the database reads
    every body for that, which takes two or three seconds for each 100,000 of 1.6 kB (measured on two cores).
    The transaction itself looks only at those that came meanwhile.

    What is not reached: an address that the contact had before it was changed (callbacks about what was
    sent there are found by the enrollment's id), rows of other tenants, what desks and providers hold,
    backups, and pages of database files that are free and not overwritten yet (VACUUM does that). A message
    that is on its way at this moment goes out.
    """

    database: Database
    dispatch: DispatchEvents
    clock: Clock

    async def __call__(self, tenant: str, external_id: str) -> Erasure:
        """Erase.

        Args:
            tenant: whose contact.
            external_id: the contact, by the tenant's name for it.

        Raises:
            UnknownContact: there is no such contact, or it was erased before.
            Conflict: somebody else changes the contact again and again; nothing is erased.
            DatabaseUnavailable: nothing is erased.
        """
        for _ in range(_TRIES):
            began = self.clock()
            person = await self._look_up(tenant, external_id)
            staged = [_without_body(each) for each in await all_staged(self.database, person.traces)]
            async with self.database.transaction() as tx:
                await tx.contacts.lock(person.contact.id)
                known, person = person, await _person(tx, tenant, external_id)
                if person.traces != known.traces:
                    continue  # there is more to search for
                since = staged_since(tx, person.traces, began - MARGIN)
                recent = [_without_body(each) async for each in since]
                erasure, rows = await self._erase(tx, tenant, person, _once(staged, recent))
            await let_hear(self.dispatch, rows)
            return erasure
        raise Conflict("the contact is being changed by somebody else; erase it once that is over")

    async def _look_up(self, tenant: str, external_id: str) -> _Person:
        async with self.database.transaction() as tx:
            return await _person(tx, tenant, external_id)

    async def _erase(
        self, tx: Transaction, tenant: str, person: _Person, staged: Sequence[StagedWebhook]
    ) -> tuple[Erasure, list[Interaction]]:
        now, contact = self.clock(), person.contact
        tickets = _tickets(await tx.holdings.handoffs(contact.id))
        told = await _end(tx, person.enrollments, now)
        forgotten = await tx.holdings.forget(contact.id, person.traces, now)
        needles = [trace.encode() for trace in (*person.traces.folded, *_plain(contact))]
        erasure = Erasure(
            contact_id=contact.id,
            enrollments_ended=len(told),
            forgotten=forgotten,
            suppressions=await _conceal(tx, tenant, contact, now),
            webhooks=await tx.holdings.empty_staged(staged),
            idempotent_answers=await tx.idempotency_keys.redact(tenant, needles),
            tickets=tickets,
        )
        return erasure, told


async def _person(tx: Transaction, tenant: str, external_id: str) -> _Person:
    contact = await contact_of(tx, tenant, external_id)
    enrollments = await tx.holdings.enrollments(contact.id)
    return _Person(contact, enrollments, traces_of(contact, enrollments))


def traces_of(contact: Contact, enrollments: Iterable[Enrollment]) -> Traces:
    """How a contact is recognised in what came from elsewhere."""
    addresses = [address for address in (contact.phone, contact.email) if address is not None]
    return traces(addresses, [enrollment.id for enrollment in enrollments])


def channels_to(contact: Contact) -> dict[str, list[Channel]]:
    """The channels by which each address of a contact is reached."""
    reached: dict[str, list[Channel]] = {}
    for channel in Channel:
        address = contact.address(channel)
        if address is not None:
            reached.setdefault(address, []).append(channel)
    return reached


async def _end(tx: Transaction, enrollments: Iterable[Enrollment], now: datetime) -> list[Interaction]:
    """End what is open, at once in the books; the runs hear of it by rows of their timelines."""
    rows = []
    for enrollment in enrollments:
        if enrollment.outcome is None:
            await tx.enrollments.finish(enrollment.id, Outcome.CANCELLED, now)
            rows.append(orders.order(orders.CANCEL, enrollment.id, "", now, ERASED))
    await tx.interactions.add(rows)
    return rows


async def _conceal(tx: Transaction, tenant: str, contact: Contact, now: datetime) -> Concealed:
    hashed = added = 0
    for address, channels in channels_to(contact).items():
        concealed = await tx.suppressions.conceal(tenant, channels, address, now)
        hashed, added = hashed + concealed.hashed, added + concealed.added
    return Concealed(hashed, added)


def _plain(contact: Contact) -> Iterable[str]:
    """What our own answers, which are JSON, name a contact by."""
    external_id = json.dumps(contact.external_id, ensure_ascii=False)
    return [text for text in (contact.id, external_id, contact.phone, contact.email) if text is not None]


def _tickets(handoffs: Iterable[Handoff]) -> tuple[Ticket, ...]:
    return tuple(Ticket(each.desk, each.ref) for each in handoffs if each.ref is not None)


def _once(*found: Iterable[StagedWebhook]) -> list[StagedWebhook]:
    return list({each.key: each for some in found for each in some}.values())


def _without_body(delivery: StagedWebhook) -> StagedWebhook:
    """It may be long, and there may be many."""
    return evolve(delivery, body=b"", target="")
