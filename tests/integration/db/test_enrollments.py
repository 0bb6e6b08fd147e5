"""The enrollments table: one for each contact and campaign, started and finished once."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.database import Database
from domain.enrollment.state import Outcome
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.integration.db.rows import HELLO, contact, enrolled, enrollment

LATER = NOW + timedelta(minutes=1)


async def _people(database: Database, *names: str) -> None:
    async with database.transaction() as tx:
        await tx.campaigns.publish("acme", HELLO, NOW)
        await tx.campaigns.publish("acme", HELLO | {"version": 2}, NOW)
        await tx.contacts.upsert("acme", [contact(name) for name in names])


async def test_an_enrollment_is_read_back(database: Database) -> None:
    """An enrollment comes back with everything that was given."""
    await _people(database, "ada")
    given = enrollment("ada", time_scale=1 / 86400)

    async with database.transaction() as tx:
        new = await tx.enrollments.add([given])
        found = await tx.enrollments.get("e-ada")
        nobody = await tx.enrollments.get("e-nobody")

    assert new == {"e-ada"}
    assert found == given
    assert nobody is None


async def test_adding_tells_which_are_new(database: Database) -> None:
    """Those that are there already are left as they are; no enrollments are no trouble."""
    await _people(database, "ada", "bob")

    async with database.transaction() as tx:
        first = await tx.enrollments.add([enrollment("ada")])
        second = await tx.enrollments.add([enrollment("ada", created_at=LATER), enrollment("bob")])
        none = await tx.enrollments.add([])
        kept = await tx.enrollments.get("e-ada")

    assert (first, second, none) == ({"e-ada"}, {"e-bob"}, frozenset())
    assert kept == enrollment("ada")


async def test_a_contact_is_in_a_campaign_once(database: Database) -> None:
    """Another id and another version make no second enrollment of the same contact in the same campaign."""
    await _people(database, "ada")

    async with database.transaction() as tx:
        await tx.enrollments.add([enrollment("ada")])
        second = await tx.enrollments.add([enrollment("ada", id="e-2", version=2)])

    assert second == frozenset()


async def test_enrolling_at_once_enrolls_once(database: Database) -> None:
    """The same people enrolled at the same time, in any order: each is new to one of the callers."""
    names = [f"p{number}" for number in range(40)]
    await _people(database, *names)

    async def add(order: list[str]) -> frozenset[str]:
        async with database.transaction() as tx:
            return await tx.enrollments.add([enrollment(name) for name in order])

    news = await asyncio.gather(add(names), add(names[::-1]), add(names[20:] + names[:20]))

    assert sorted(one for new in news for one in new) == sorted(f"e-{name}" for name in names)


async def test_the_start_is_noted_once(database: Database) -> None:
    """The first start stays, for thousands of enrollments and for ids that are not there."""
    names = [f"p{number}" for number in range(2500)]
    await enrolled(database, *names)

    async with database.transaction() as tx:
        await tx.enrollments.mark_started([*(f"e-{name}" for name in names), "e-nobody"], NOW)
        await tx.enrollments.mark_started(["e-p0"], LATER)
        await tx.enrollments.mark_started([], LATER)

    async with database.transaction() as tx:
        first, last = await tx.enrollments.get("e-p0"), await tx.enrollments.get("e-p2499")
    assert first is not None
    assert last is not None
    assert first.started_at == last.started_at == NOW


async def test_the_first_outcome_stays(database: Database) -> None:
    """An enrollment that has ended does not end again."""
    await enrolled(database, "ada")

    async with database.transaction() as tx:
        await tx.enrollments.finish("e-ada", Outcome.COMPLETED, NOW)
        await tx.enrollments.finish("e-ada", Outcome.CANCELLED, LATER)
        found = await tx.enrollments.get("e-ada")

    assert found == evolve(enrollment("ada"), outcome=Outcome.COMPLETED, finished_at=NOW)


@pytest.mark.parametrize("outcome", Outcome)
async def test_every_outcome_can_be_stored(database: Database, outcome: Outcome) -> None:
    """The database knows every outcome of the domain."""
    await enrolled(database, "ada")

    async with database.transaction() as tx:
        await tx.enrollments.finish("e-ada", outcome, NOW)
        found = await tx.enrollments.get("e-ada")

    assert found is not None
    assert found.outcome is outcome


async def test_unstarted_enrollments_come_oldest_first(database: Database) -> None:
    """Those stored before a time and neither started nor ended are listed, up to a limit."""
    names = ["new", "old", "started", "ended", "older"]
    await _people(database, *names)
    ages = {"old": 2, "older": 3, "started": 4, "ended": 4}
    rows = [enrollment(name, created_at=NOW - timedelta(minutes=ages.get(name, 0))) for name in names]

    async with database.transaction() as tx:
        await tx.enrollments.add(rows)
        await tx.enrollments.mark_started(["e-started"], NOW)
        await tx.enrollments.finish("e-ended", Outcome.CANCELLED, NOW)
        found = await tx.enrollments.unstarted(NOW, 10)
        limited = await tx.enrollments.unstarted(NOW, 1)

    assert [row.id for row in found] == ["e-older", "e-old"]
    assert [row.id for row in limited] == ["e-older"]


@pytest.mark.parametrize(
    ("channel", "address", "expected"),
    [
        (Channel.SMS, "+15550100001", ["e-ada", "e-twin"]),
        (Channel.VOICE, "+15550100001", ["e-ada", "e-twin"]),
        (Channel.EMAIL, "ada@example.com", ["e-ada"]),
        (Channel.EMAIL, "+15550100001", []),
    ],
)
async def test_open_enrollments_are_found_by_address(
    database: Database, channel: Channel, address: str, expected: list[str]
) -> None:
    """Everybody who is reached at the address and still enrolled is found, within the tenant."""
    people = [contact("twin", email=None), contact("bob", phone="+15550100002", email="b@example.com")]
    await enrolled(database, "ada", "twin", "bob", "ended", people=people)
    async with database.transaction() as tx:
        await tx.enrollments.finish("e-ended", Outcome.OPTED_OUT, NOW)

    async with database.transaction() as tx:
        found = await tx.enrollments.open_to("acme", channel, address)
        elsewhere = await tx.enrollments.open_to("other", channel, address)

    assert [row.id for row in found] == expected
    assert elsewhere == []
