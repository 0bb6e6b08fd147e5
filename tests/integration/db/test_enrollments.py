"""The enrollments table: one for each contact and campaign, started and finished once."""

import asyncio
from datetime import datetime, timedelta

import pytest
from attrs import evolve

from application.ports.database import Database
from application.ports.enrollments import InFlight
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


async def test_several_enrollments_are_found_at_once(database: Database) -> None:
    """Those that there are, by id; however many are asked for."""
    await _people(database, "ada", "bob")

    async with database.transaction() as tx:
        await tx.enrollments.add([enrollment("ada"), enrollment("bob")])
        found = await tx.enrollments.find({"e-ada", "e-bob", *(f"e-{number}" for number in range(2000))})
        none = await tx.enrollments.find(set())

    assert found == {"e-ada": enrollment("ada"), "e-bob": enrollment("bob")}
    assert none == {}


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
        told = [
            await tx.enrollments.finish("e-ada", Outcome.COMPLETED, NOW),
            await tx.enrollments.finish("e-ada", Outcome.CANCELLED, LATER),
            await tx.enrollments.finish("e-nobody", Outcome.CANCELLED, LATER),
        ]
        found = await tx.enrollments.get("e-ada")

    assert told == [True, False, False]
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
        outside = await tx.enrollments.unstarted(NOW - timedelta(minutes=2), 10, NOW - timedelta(minutes=1))

    assert [row.id for row in found] == ["e-older", "e-old"]
    assert [row.id for row in limited] == ["e-older"]
    assert [row.id for row in outside] == ["e-older", "e-new"]


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


async def test_a_contact_may_enter_a_campaign_again(database: Database) -> None:
    """Each entry is a row, once; the latest one of each contact is found, in one campaign of one tenant."""
    await _people(database, "ada", "bob", "eve")
    again = enrollment("again", contact_id="c-ada", entry=2, version=2)

    async with database.transaction() as tx:
        await tx.enrollments.add([enrollment("ada"), enrollment("bob")])
        new = await tx.enrollments.add([again])
        twice = await tx.enrollments.add([evolve(again, id="e-other")])
        latest = await tx.enrollments.latest("acme", "hello", ["c-ada", "c-bob", "c-eve"])
        one = await tx.enrollments.latest("acme", "hello", ["c-bob"])
        others = [
            await tx.enrollments.latest(*place, ["c-ada"]) for place in (("acme", "x"), ("other", "hello"))
        ]

    assert (new, twice) == ({"e-again"}, frozenset())
    assert latest == {"c-ada": again, "c-bob": enrollment("bob")}
    assert one == {"c-bob": enrollment("bob")}
    assert others == [{}, {}]


async def test_the_latest_entries_of_thousands_are_found(database: Database) -> None:
    """More contacts than one statement takes parameters are no trouble, nor are none."""
    names = [f"p{number}" for number in range(2500)]
    await enrolled(database, *names)

    async with database.transaction() as tx:
        found = await tx.enrollments.latest("acme", "hello", [f"c-{name}" for name in names])
        none = await tx.enrollments.latest("acme", "hello", [])

    assert len(found) == 2500
    assert none == {}


async def test_an_enrollment_knows_its_place_until_it_ends(database: Database) -> None:
    """Where it stands is noted, also on another version; what has ended, or is not there, moves no more."""
    await _people(database, "ada", "bob")

    async with database.transaction() as tx:
        await tx.enrollments.add([enrollment("ada"), enrollment("bob")])
        await tx.enrollments.finish("e-bob", Outcome.WON, NOW)
        places = []
        for place in ((1, "text"), (2, "call"), (2, None)):
            for id_ in ("e-ada", "e-bob", "e-nobody"):
                await tx.enrollments.place(id_, *place)
            found = await tx.enrollments.get("e-ada")
            places.append((found.version, found.step))
        ended = await tx.enrollments.get("e-bob")

    assert places == [(1, "text"), (2, "call"), (2, None)]
    assert (ended.version, ended.step) == (1, None)


async def test_what_is_expected_of_open_enrollments_is_noted(database: Database) -> None:
    """Of many at once, or with a place, which alone means that nothing is; it ends with the enrollment."""
    await enrolled(database, "ada", "bob", "ended")

    async def noted() -> list[datetime | None]:
        async with database.transaction() as tx:
            found = [await tx.enrollments.get(f"e-{name}") for name in ("ada", "bob", "ended")]
        return [None if each is None else each.due_at for each in found]

    async with database.transaction() as tx:
        await tx.enrollments.set_due(["e-ended"], NOW)
        await tx.enrollments.finish("e-ended", Outcome.CANCELLED, NOW)
        await tx.enrollments.set_due(["e-bob", "e-ada", "e-ended", "e-nobody"], LATER)
    together = await noted()
    async with database.transaction() as tx:
        await tx.enrollments.set_due(["e-bob"], None)
        await tx.enrollments.set_due([], NOW)
        await tx.enrollments.place("e-ada", 1, "text", NOW)
    apart = await noted()
    async with database.transaction() as tx:
        await tx.enrollments.place("e-ada", 1, "call")

    assert together == [LATER, LATER, None]
    assert apart == [NOW, None, None]
    assert await noted() == [None, None, None]


async def test_one_enrollment_is_held_once(database: Database) -> None:
    """Who holds it, or lets it go on, hears whether that changed anything; what has ended is not held."""
    await enrolled(database, "ada", "ended")

    async def set_paused(*times: datetime | None, id_: str = "e-ada") -> list[bool]:
        async with database.transaction() as tx:
            return [await tx.enrollments.set_paused(id_, at) for at in times]

    async with database.transaction() as tx:
        await tx.enrollments.finish("e-ended", Outcome.CANCELLED, NOW)
    changes = await set_paused(None, NOW, LATER)
    async with database.transaction() as tx:
        held = await tx.enrollments.get("e-ada")
    changes += await set_paused(None, None)
    async with database.transaction() as tx:
        free = await tx.enrollments.get("e-ada")

    assert changes == [False, True, False, True, False]
    assert (held.paused_at, free.paused_at) == (NOW, None)
    assert await set_paused(NOW, id_="e-ended") == [False]
    assert await set_paused(NOW, id_="e-nobody") == [False]


@pytest.fixture
async def placed(database: Database) -> Database:
    """Open enrollments at several places of two versions, and some that must not be counted."""
    names = ["a", "b", "c", "d", "e", "new", "ended", "other"]
    await _people(database, *names)
    places = {"a": (1, "text"), "b": (1, "text"), "c": (1, "call"), "d": (2, "text"), "e": (1, "text")}
    async with database.transaction() as tx:
        await tx.campaigns.publish("acme", HELLO | {"campaign": "other"}, NOW)
        await tx.enrollments.add([enrollment(name) for name in names[:-1]])
        await tx.enrollments.add([enrollment("other", campaign="other", step="text")])
        for name, place in {**places, "ended": (1, "text")}.items():
            await tx.enrollments.place(f"e-{name}", *place)
        await tx.enrollments.finish("e-ended", Outcome.EXITED, NOW)
    return database


async def test_who_is_in_flight_is_counted_by_version_and_step(placed: Database) -> None:
    """Those that have not left the first step come first; other campaigns and ended ones do not count."""
    async with placed.transaction() as tx:
        found = await tx.enrollments.in_flight("acme", "hello")
        nothing = [await tx.enrollments.in_flight(*where) for where in (("acme", "x"), ("other", "hello"))]

    assert found == [
        InFlight(1, None, 1),
        InFlight(1, "call", 1),
        InFlight(1, "text", 3),
        InFlight(2, "text", 1),
    ]
    assert nothing == [[], []]


@pytest.mark.parametrize(
    ("place", "after", "limit", "expected"),
    [
        ((1, "text"), "", 10, ["e-a", "e-b", "e-e"]),
        ((1, "text"), "", 2, ["e-a", "e-b"]),
        ((1, "text"), "e-b", 2, ["e-e"]),
        ((1, "text"), "e-e", 2, []),
        ((2, "text"), "", 10, ["e-d"]),
        ((1, None), "", 10, ["e-new"]),
        ((1, None), "e-new", 10, []),
        ((2, None), "", 10, []),
    ],
)
async def test_a_place_is_read_page_by_page(
    placed: Database, place: tuple[int, str | None], after: str, limit: int, expected: list[str]
) -> None:
    """The open enrollments at one place come by id, each page after the last id of the one before."""
    async with placed.transaction() as tx:
        found = await tx.enrollments.open_at("acme", "hello", *place, after, limit)

    assert [row.id for row in found] == expected


async def test_the_open_enrollments_of_a_contact_come_oldest_first(database: Database) -> None:
    """Of all campaigns, and without those that have ended."""
    await _people(database, "ada", "bob")

    async with database.transaction() as tx:
        for name in ("second", "third"):
            await tx.campaigns.publish("acme", HELLO | {"campaign": name}, NOW)
        await tx.enrollments.add(
            [
                enrollment("later", contact_id="c-ada", campaign="second", created_at=LATER),
                enrollment("ada"),
                enrollment("ended", contact_id="c-ada", campaign="third"),
                enrollment("bob"),
            ]
        )
        await tx.enrollments.finish("e-ended", Outcome.HELD_OUT, NOW)
        found = await tx.enrollments.open_of("c-ada")

    assert [row.id for row in found] == ["e-ada", "e-later"]
