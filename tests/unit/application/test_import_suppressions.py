"""Importing suppressions: each once, for a tenant or for all, and open enrollments hear of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from attrs import define, evolve, field

from application.errors import DatabaseUnavailable
from application.import_suppressions import ImportReport, ImportSuppressions
from application.ports.files import RowProblem, SuppressionFile, SuppressionRow
from application.ports.suppressions import EVERYBODY, Suppression
from domain.contact import Contact
from domain.enrollment.state import Outcome
from domain.statuses import Channel
from tests.fakes.database import FakeDatabase, FakeTransaction
from tests.unit.application.world import PHONE, TENANT, World

MAIL = "ann@example.com"
PROBLEM = RowProblem(9, "address", "address is empty")


def row(line: int = 2, address: str = PHONE, reason: str = "imported", *channels: Channel) -> SuppressionRow:
    return SuppressionRow(line, channels or (Channel.SMS,), address, reason)


@define
class LostDatabase(FakeDatabase):
    """A database that does not answer any more after some transactions."""

    left: int = field(kw_only=True)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[FakeTransaction]:
        self.down = self.left == 0
        self.left -= 1
        async with FakeDatabase.transaction(self) as tx:
            yield tx


async def run(world: World, *rows: SuppressionRow, tenant: str = TENANT) -> ImportReport:
    """Import these rows of a file that has a bad one, too."""
    use = ImportSuppressions(world.database, world.dispatch, world.clock)
    return await use(tenant, SuppressionFile(rows, (PROBLEM,), len(rows) + 1))


async def of(
    world: World, channel: Channel = Channel.SMS, address: str = PHONE, tenant: str = TENANT
) -> list[Suppression]:
    async with world.database.transaction() as tx:
        return await tx.suppressions.of(tenant, channel, address)


async def test_what_is_new_is_told_from_what_is_known(world: World) -> None:
    """A row is new if it suppresses anything new; the same file again changes nothing."""
    await world.suppress()
    rows = [
        row(2),
        row(3, PHONE, "imported", Channel.SMS, Channel.VOICE),
        row(4, MAIL, "bounced", Channel.EMAIL),
        row(5, MAIL, "bounced", Channel.EMAIL),
    ]

    first = await run(world, *rows)
    before = world.database.state.copy()
    world.clock.advance(hours=1)
    second = await run(world, *rows)

    assert first == ImportReport(2, 2, (PROBLEM,))
    assert second == ImportReport(0, 4, (PROBLEM,))
    assert world.database.state == before
    assert [one.reason for one in await of(world, Channel.EMAIL, MAIL)] == ["bounced"]


@pytest.mark.parametrize(
    ("known", "imported", "reason"),
    [
        ("opted_out", "complained", "complained"),
        ("complained", "opted_out", "complained"),
        ("bounced", "complained", "bounced"),
        ("opted_out", "opted_out", "opted_out"),
    ],
)
async def test_what_nobody_can_take_back_replaces_a_word(
    world: World, known: str, imported: str, reason: str
) -> None:
    """A START does not free an address that was imported for another reason than a STOP."""
    await run(world, row(reason=known))
    report = await run(world, row(reason=imported))

    assert (report.added, report.known) == (0, 1)
    assert [one.reason for one in await of(world)] == [reason]


async def test_open_enrollments_hear_of_it(world: World) -> None:
    """Their runs are told, as of an opt-out; one that was not started has ended; others go on."""
    ann, bob = await world.enroll(), await world.enroll("bob", started=False)
    eve = await world.enroll("eve", phone="+15550100009")

    await run(world, row(2, PHONE, "imported", Channel.SMS, Channel.VOICE))

    async with world.database.transaction() as tx:
        outcomes = [(await tx.enrollments.get(id_)).outcome for id_ in (ann, bob, eve)]
    assert world.runs.opted_out == [ann]
    assert outcomes == [None, Outcome.OPTED_OUT, None]


async def test_a_bounce_ends_nothing(world: World) -> None:
    """It says nothing of what the person wants: only the address is not written to any more."""
    await world.enroll()

    await run(world, row(reason="bounced"))

    assert world.runs.opted_out == []
    assert await world.is_suppressed()


async def test_what_holds_for_everybody_reaches_every_tenant(world: World) -> None:
    """One row suppresses it for all of them, and each one's open enrollments hear of it."""
    ann = await world.enroll()
    async with world.database.transaction() as tx:
        await tx.contacts.upsert("other", [Contact("contact-zoe", "zoe", PHONE)])
        known = await tx.enrollments.get(ann)
        await tx.enrollments.add([evolve(known, id="e-zoe", tenant="other", contact_id="contact-zoe")])

    report = await run(world, row(), tenant=EVERYBODY)

    assert report.added == 1
    assert sorted(world.runs.opted_out) == sorted([ann, "e-zoe"])
    assert [one.tenant for one in await of(world, tenant="third")] == [EVERYBODY]
    assert len(world.database.state.suppressions) == 1


async def test_another_tenants_suppression_is_not_known_here(world: World) -> None:
    """What holds for everybody, or for somebody else, says nothing of this tenant's own list."""
    await run(world, row(), tenant=EVERYBODY)
    await run(world, row(), tenant="other")

    report = await run(world, row())

    assert report.added == 1
    assert [one.tenant for one in await of(world)] == [TENANT, EVERYBODY]


async def test_thousands_are_stored_piece_by_piece(world: World) -> None:
    """What was stored before the database went away stays, and the import can be run again."""
    rows = [row(line, f"+1555{line:07}") for line in range(2, 1202)]
    lost = LostDatabase(clock=world.clock, left=2)
    use = ImportSuppressions(lost, world.dispatch, world.clock)
    with pytest.raises(DatabaseUnavailable):
        await use(TENANT, SuppressionFile(tuple(rows), (), len(rows)))
    lost.left = 10
    report = await use(TENANT, SuppressionFile(tuple(rows), (), len(rows)))

    assert (report.added, report.known) == (200, 1000)
    assert len(lost.state.suppressions) == 1200


async def test_what_cannot_be_signaled_now_is_left_to_the_relay(world: World) -> None:
    """The service that runs enrollments may be down: all is stored, and nobody is lost."""
    ann = await world.enroll()
    world.runs.down = True
    report = await run(world, row())
    told = list(world.runs.opted_out)
    world.runs.down = False
    world.clock.advance(minutes=1)
    await world.relay()

    assert (report.added, told) == (1, [])
    assert world.runs.opted_out == [ann]
