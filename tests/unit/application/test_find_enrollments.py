"""Lists of enrollments."""

import pytest

from application.errors import UnknownContact
from application.find_enrollments import FindEnrollments
from application.ports.enrollments import EnrollmentQuery
from domain.enrollment.standing import Standing
from domain.enrollment.state import Outcome
from tests.unit.application.world import TENANT, World

ALL = EnrollmentQuery()


async def test_they_come_newest_first_with_where_they_stand(world: World) -> None:
    """Each with its contact's name."""
    ann = await world.enroll("ann")
    await world.attempt(ann)
    world.clock.advance(hours=1)
    bob = await world.enroll("bob", phone="+15550100002")
    await world.finish(bob)

    found = await FindEnrollments(world.database)(TENANT, ALL)

    assert [(each.enrollment.id, each.external_id, each.standing, each.step) for each in found] == [
        (bob, "bob", Standing.FINISHED, "text"),
        (ann, "ann", Standing.WAITING, "text"),
    ]


async def test_they_come_in_pages(world: World) -> None:
    """Each begins where the one before has ended, also among those of one time."""
    ids = {await world.enroll(name) for name in ("ann", "bob", "cyd")}
    find = FindEnrollments(world.database)
    first = await find(TENANT, ALL, limit=2)
    last = first[-1].enrollment
    second = await find(TENANT, ALL, after=(last.created_at, last.id), limit=2)

    assert [len(first), len(second)] == [2, 1]
    assert {each.enrollment.id for each in (*first, *second)} == ids


async def test_those_of_a_contact_are_found(world: World) -> None:
    """By the caller's name for them; a contact of another tenant is unknown."""
    enrollment = await world.enroll("ann")
    await world.enroll("bob")
    await world.finish(enrollment, Outcome.WON)
    find = FindEnrollments(world.database)

    found = await find(TENANT, EnrollmentQuery(outcome=Outcome.WON), external_id="ann")
    none = await find(TENANT, EnrollmentQuery(is_open=True), external_id="ann")

    assert [each.enrollment.id for each in found] == [enrollment]
    assert none == []
    with pytest.raises(UnknownContact):
        await find("others", ALL, external_id="ann")
