"""Lists of enrollments: what is found, in which order, in which pages."""

from datetime import timedelta

import pytest

from application.ports.database import Database
from application.ports.enrollments import EnrollmentQuery, Listed
from domain.enrollment.state import Outcome
from tests.fakes.clock import NOW
from tests.integration.db.rows import HELLO, contact, enrollment

HOUR = timedelta(hours=1)
NAMES = ("ada", "bob", "cyd", "dan", "eve")


@pytest.fixture
async def listed(database: Database) -> Database:
    """Five enrollments of one tenant, each an hour younger but for the last two, and a stranger's."""
    async with database.transaction() as tx:
        for definition in (HELLO, HELLO | {"version": 2}, HELLO | {"campaign": "other"}):
            await tx.campaigns.publish("acme", definition, NOW)
        await tx.campaigns.publish("others", HELLO, NOW)
        await tx.contacts.upsert("acme", [contact(name) for name in NAMES])
        await tx.contacts.upsert("others", [contact("zoe")])
        await tx.enrollments.add(
            [
                enrollment("ada", created_at=NOW, batch="batch-1"),
                enrollment("bob", created_at=NOW + HOUR, version=2),
                enrollment("cyd", created_at=NOW + 2 * HOUR, campaign="other"),
                enrollment("dan", created_at=NOW + 3 * HOUR),
                enrollment("eve", created_at=NOW + 3 * HOUR),
                enrollment("zoe", created_at=NOW, tenant="others"),
            ]
        )
        await tx.enrollments.place("e-dan", 1, "text")
        await tx.enrollments.set_paused("e-dan", NOW)
        await tx.enrollments.finish("e-ada", Outcome.WON, NOW)
        await tx.enrollments.finish("e-bob", Outcome.COMPLETED, NOW)
    return database


async def found(
    database: Database, query: EnrollmentQuery, after: tuple[str, int] | None = None, limit: int = 10
) -> str:
    """The names of those that are found, in their order."""
    place = None if after is None else (NOW + after[1] * HOUR, f"e-{after[0]}")
    async with database.transaction() as tx:
        rows = await tx.enrollments.search("acme", query, place, limit)
    return " ".join(str(row.external_id) for row in rows)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (EnrollmentQuery(), "eve dan cyd bob ada"),
        (EnrollmentQuery(campaign="hello"), "eve dan bob ada"),
        (EnrollmentQuery(campaign="hello", version=2), "bob"),
        (EnrollmentQuery(is_open=True), "eve dan cyd"),
        (EnrollmentQuery(is_open=False), "bob ada"),
        (EnrollmentQuery(outcome=Outcome.WON), "ada"),
        (EnrollmentQuery(step="text"), "dan"),
        (EnrollmentQuery(contact_id="c-cyd"), "cyd"),
        (EnrollmentQuery(is_paused=True), "dan"),
        (EnrollmentQuery(is_paused=False, is_open=True), "eve cyd"),
        (EnrollmentQuery(batch="batch-1"), "ada"),
        (EnrollmentQuery(created_from=NOW + HOUR, created_before=NOW + 3 * HOUR), "cyd bob"),
        (EnrollmentQuery(contact_id="c-zoe"), ""),
    ],
)
async def test_what_fits_all_of_a_query_is_found(
    listed: Database, query: EnrollmentQuery, names: str
) -> None:
    """Newest first, of one time by id; nothing of another tenant, whatever is asked."""
    assert await found(listed, query) == names


async def test_pages_follow_each_other(listed: Database) -> None:
    """Nothing is left out and nothing comes twice, also where two have one time."""
    query = EnrollmentQuery()
    pages = [
        await found(listed, query, limit=1),
        await found(listed, query, ("eve", 3), limit=2),
        await found(listed, query, ("cyd", 2), limit=2),
        await found(listed, query, ("ada", 0), limit=2),
    ]

    assert pages == ["eve", "dan cyd", "bob ada", ""]


async def test_a_row_comes_as_it_is_stored(listed: Database) -> None:
    """With the contact's name."""
    async with listed.transaction() as tx:
        rows = await tx.enrollments.search("acme", EnrollmentQuery(step="text"), None, 10)
        stored = await tx.enrollments.get("e-dan")

    assert stored is not None
    assert rows == [Listed(stored, "dan")]
