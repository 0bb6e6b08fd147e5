"""A person chooses the channels that they are reached on."""

from collections.abc import Iterable
from enum import StrEnum

from attrs import field, frozen

from application.dispatch_events import DispatchEvents, let_hear
from application.errors import UnknownEnrollment
from application.news import OPTED_IN
from application.opt_outs import WORD, OptOut, lift, spread
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.interactions import Interaction
from application.ports.suppressions import Suppression
from domain.contact import Contact
from domain.idempotency import LINK, preference_key
from domain.statuses import Channel


class Standing(StrEnum):
    """Whether a person is reached on a channel.

    Args:
        OPEN: nothing is against it.
        OFF: the person has asked not to be; they can take that back.
        BLOCKED: something else is against it, such as a bounce or a complaint, which no word takes back.
    """

    OPEN = "open"
    OFF = "off"
    BLOCKED = "blocked"


@frozen
class Preference:
    """One channel of one person.

    Args:
        channel: which one.
        standing: whether they are reached there.
        hint: the address, masked: enough for its owner to know which one is meant.
    """

    channel: Channel
    standing: Standing
    hint: str = field(repr=False)


@frozen
class _Person:
    """Whose choices these are."""

    enrollment_id: str
    tenant: str
    contact: Contact | None


@frozen
class Preferences:
    """Show what a person has chosen, and let them choose.

    What is chosen holds for the address and the tenant, whatever the campaign: it is the person's.
    """

    database: Database
    dispatch: DispatchEvents
    clock: Clock

    async def show(self, enrollment_id: str) -> tuple[Preference, ...]:
        """The channels that the person has an address for.

        Raises:
            UnknownEnrollment: there is no such enrollment any more.
            DatabaseUnavailable: it cannot be told now.
        """
        async with self.database.transaction() as tx:
            return await _preferences(tx, await _person(tx, enrollment_id))

    async def set(self, enrollment_id: str, channel: Channel, *, wanted: bool) -> tuple[Preference, ...]:
        """Choose one channel, or choose against it. The same choice again changes nothing.

        Against it is an opt-out, of which every open enrollment to the address hears. For it takes back the
        person's own word and nothing else; an enrollment that has ended stays ended.

        Returns:
            All channels, as they are now.

        Raises:
            UnknownEnrollment: there is no such enrollment any more.
            DatabaseUnavailable: nothing is stored; the person must come again.
        """
        async with self.database.transaction() as tx:
            person = await _person(tx, enrollment_id)
            address = None if person.contact is None else person.contact.address(channel)
            stored: list[Interaction] = []
            if address is not None:
                choose = self._allow if wanted else self._refuse
                stored = await choose(tx, person, channel, address)
            preferences = await _preferences(tx, person)
        await let_hear(self.dispatch, stored)
        return preferences

    async def _refuse(
        self, tx: Transaction, person: _Person, channel: Channel, address: str
    ) -> list[Interaction]:
        row = self._row(person, channel, WORD)
        if not await tx.suppressions.add(person.tenant, channel, address, WORD, row.at):
            return []
        await tx.interactions.add([row])
        wish = OptOut(row.key, channel, address, WORD, LINK, row.at)
        return await spread(tx, wish, {person.tenant})

    async def _allow(
        self, tx: Transaction, person: _Person, channel: Channel, address: str
    ) -> list[Interaction]:
        row = self._row(person, channel, OPTED_IN)
        if await lift(tx, channel, address, {person.tenant}, row.at):
            await tx.interactions.add([row])
        return []

    def _row(self, person: _Person, channel: Channel, kind: str) -> Interaction:
        """The choice itself; an opt-out's consequences have rows of their own."""
        now = self.clock()
        return Interaction(
            key=preference_key(person.enrollment_id, channel.value, kind, now),
            kind=kind,
            at=now,
            enrollment_id=person.enrollment_id,
            provider=LINK,
            detail=channel.value,
        )


async def _person(tx: Transaction, enrollment_id: str) -> _Person:
    enrollment = await tx.enrollments.get(enrollment_id)
    if enrollment is None:
        raise UnknownEnrollment("there is no such enrollment")
    return _Person(enrollment.id, enrollment.tenant, await tx.contacts.get(enrollment.contact_id))


async def _preferences(tx: Transaction, person: _Person) -> tuple[Preference, ...]:
    found: list[Preference] = []
    for channel in Channel:
        address = None if person.contact is None else person.contact.address(channel)
        if address is not None:
            against = await tx.suppressions.of(person.tenant, channel, address)
            found.append(Preference(channel, _standing(person.tenant, against), masked(address)))
    return tuple(found)


def _standing(tenant: str, against: Iterable[Suppression]) -> Standing:
    """What the suppressions of an address come to; those for everybody are not the person's to lift."""
    found = {(row.tenant, row.reason) for row in against}
    if not found:
        return Standing.OPEN
    return Standing.OFF if found == {(tenant, WORD)} else Standing.BLOCKED


def masked(address: str) -> str:
    """An address of which its owner knows which one it is, and nobody else what it is.

    Of an e-mail address the first letter of each side of the @ and the last part of the domain are left, of a
    phone number the last two digits.
    """
    local, at, domain = address.rpartition("@")
    if not at:
        return f"•••{address[-2:]}"
    dot, top = domain.rpartition(".")[1:]
    return f"{local[:1]}•••@{domain[:1]}•••{dot + top if dot else ''}"
