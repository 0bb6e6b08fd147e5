"""Going over to a new version: what that would mean, and telling whoever is meant."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from application.errors import DatabaseUnavailable
from application.move_enrollments import KEEP, PAGE, InFlightAt
from application.ports.enrollments import Enrollment
from domain.campaign import Plan
from domain.enrollment.migrate import END
from domain.enrollment.turn import HANDOFF
from domain.errors import InvalidCampaign
from tests.fakes.clock import NOW
from tests.fakes.database import FakeDatabase, FakeTransaction
from tests.unit.application.world import DEFINITION, TENANT, World

TEXT, MAIL, CALL = DEFINITION["steps"]
CALL = {**CALL, "message": {"text": "Hello"}}
NEWER: list[Mapping[str, Any]] = [MAIL, {**TEXT, "key": "reminder"}]
"""The second version has no step ``text`` and no call."""


async def published(world: World, version: int = 2, **changes: Any) -> Plan:
    """Publish a version; its plan."""
    await world.publish(**{"version": version, "steps": NEWER, **changes})
    async with world.database.transaction() as tx:
        return (await tx.campaigns.get(TENANT, "spring", version)).plan


async def standing_at(world: World, *steps: str | None) -> list[str]:
    """Enroll somebody for each place of the first version; None is the first step, never left."""
    enrollments = []
    for n, step in enumerate(steps):
        enrollments.append(await world.enroll(f"person-{n}"))
        await world.place(enrollments[-1], step)
    return enrollments


async def relayed(world: World) -> dict[str, Mapping[str, str]]:
    """Let the runs hear; the moves that each was told."""
    world.clock.advance(minutes=1)
    while await world.relay():
        pass
    return {enrollment: moves for enrollment, _, moves in world.runs.migrated}


# What it would mean -----------------------------------------------------------------------------------


async def test_it_is_counted_who_stands_where_and_what_remains(world: World) -> None:
    """In the order of the steps; who never left the first one stands there, and the ended stand nowhere."""
    plan = await published(world)
    *_, ended = await standing_at(world, "mail", "broken", None, "text", "mail", HANDOFF, "mail")
    await world.finish(ended)

    assert await world.move_enrollments.impact(TENANT, plan) == [
        InFlightAt(1, "text", 2, remains=False),
        InFlightAt(1, "mail", 2, remains=True),
        InFlightAt(1, "broken", 1, remains=False),
        InFlightAt(1, HANDOFF, 1, remains=False),
    ]


async def test_each_version_is_counted_by_itself(world: World) -> None:
    """Who follows the new one already is not in question; nor is another campaign or tenant."""
    await published(world)
    plan = await published(world, 3, steps=[TEXT])
    await world.publish(campaign="summer")
    for who, version in (("ann", 1), ("bob", 2), ("cid", 3)):
        await world.enroll(who, version=version)
    await world.enroll("dee", campaign="summer")

    assert await world.move_enrollments.impact(TENANT, plan) == [
        InFlightAt(1, "text", 1, remains=True),
        InFlightAt(2, "mail", 1, remains=False),
    ]
    assert await world.move_enrollments.impact("globex", plan) == []


async def test_a_step_that_was_called_like_a_handoff_is_counted_once(world: World) -> None:
    """A version from before the key was taken: it stands for both in the books."""
    steps = [{**TEXT, "key": HANDOFF}]
    world.database.state.campaigns[TENANT, "spring", 1] = {**DEFINITION, "steps": steps}
    plan = await published(world)
    await standing_at(world, None, HANDOFF)

    assert await world.move_enrollments.impact(TENANT, plan) == [InFlightAt(1, HANDOFF, 2, remains=False)]


# Telling ----------------------------------------------------------------------------------------------


async def test_each_step_goes_where_was_chosen(world: World) -> None:
    """To another step, to the same one, to the end, or nowhere: then nothing is told."""
    plan = await published(world)
    texts = await standing_at(world, None, "text", "mail", "broken", HANDOFF)
    choices = {"text": "reminder", "mail": "mail", "broken": KEEP, HANDOFF: END}

    told = await world.move_enrollments(TENANT, plan, choices)
    heard = await relayed(world)

    moves = {"text": "reminder", "mail": "mail", HANDOFF: END}
    assert told == 4
    assert heard == {enrollment: moves for n, enrollment in enumerate(texts) if n != 3}
    assert {plan.version for _, plan, _ in world.runs.migrated} == {2}


async def test_who_follows_the_new_version_already_is_not_told(world: World) -> None:
    """Also where it has a step of the same key; nor is who is enrolled in another campaign."""
    plan = await published(world)
    await world.publish(campaign="summer")
    old = await world.enroll()
    await world.place(await world.enroll("bob", version=2), "mail", version=2)
    await world.place(await world.enroll("cid", campaign="summer"), "mail")

    assert await world.move_enrollments(TENANT, plan, {"text": "mail", "mail": "reminder"}) == 1
    assert list(await relayed(world)) == [old]


async def test_a_run_that_has_gone_on_meanwhile_knows_all_choices(world: World) -> None:
    """Whoever stood at the first step when it was told may be at the second when it hears."""
    plan = await published(world)
    [enrollment] = await standing_at(world, "text")
    await world.move_enrollments(TENANT, plan, {"text": "reminder", "mail": "mail", "broken": END})

    assert (await relayed(world))[enrollment] == {"text": "reminder", "mail": "mail", "broken": END}


@pytest.mark.parametrize("choices", [{}, {"text": KEEP, "mail": KEEP}, {"unheard-of": "mail"}])
async def test_nobody_is_told_where_nothing_was_chosen_for_their_step(
    world: World, choices: dict[str, str]
) -> None:
    """An enrollment stays on its version."""
    plan = await published(world)
    await standing_at(world, None, "mail")

    assert await world.move_enrollments(TENANT, plan, choices) == 0
    assert world.rows == []


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        ({"mail": "mail", "text": "call"}, "moving.text: version 2 has no step call"),
        ({"text": "text"}, "moving.text: version 2 has no step text"),
        ({HANDOFF: "mail"}, "moving.handoff: a human has the case: it can be kept or ended"),
    ],
)
async def test_a_choice_that_leads_nowhere_is_refused(
    world: World, choices: dict[str, str], problem: str
) -> None:
    """And nobody is told anything."""
    plan = await published(world)
    await standing_at(world, "text", "mail")
    with pytest.raises(InvalidCampaign, match=problem):
        await world.move_enrollments(TENANT, plan, choices)

    assert world.rows == []


async def test_telling_again_tells_nobody_twice(world: World) -> None:
    """Another choice is another word, and the last one counts."""
    plan = await published(world)
    [enrollment] = await standing_at(world, "text")
    move = world.move_enrollments
    counts = [await move(TENANT, plan, {"text": step}) for step in ("mail", "mail", "reminder")]

    assert counts == [1, 0, 1]
    assert await relayed(world) == {enrollment: {"text": "reminder"}}
    assert len(world.runs.migrated) == 1


async def test_one_that_was_not_started_yet_begins_and_then_goes_over(world: World) -> None:
    """It is at the first step, and told like the others."""
    plan = await published(world)
    enrollment = await world.enroll(started=False)
    await world.move_enrollments(TENANT, plan, {"text": "reminder"})

    assert await relayed(world) == {enrollment: {"text": "reminder"}}
    assert world.runs.starts == [enrollment]


# Many -------------------------------------------------------------------------------------------------


class DyingDatabase(FakeDatabase):
    """A database that goes away after so many transactions."""

    transactions = 0
    last = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[FakeTransaction]:
        self.transactions += 1
        self.down = bool(self.last) and self.transactions > self.last
        async with super().transaction() as tx:
            yield tx


def crowd(world: World, size: int) -> None:
    """People who stand at the first step, straight into the tables."""
    for n in range(size):
        id_ = f"e-{n:05}"
        world.database.state.enrollments[id_] = Enrollment(id_, TENANT, "spring", 1, f"c-{n}", NOW)


async def test_more_than_a_page_is_told_page_by_page(world: World) -> None:
    """Nobody is left out and nobody told twice, and no transaction holds them all."""
    plan = await published(world)
    crowd(world, 2 * PAGE + 1)
    world.database = database = DyingDatabase(clock=world.clock, state=world.database.state)

    told = await world.move_enrollments(TENANT, plan, {"text": "mail"})

    assert told == len({row.enrollment_id for row in world.rows}) == 2 * PAGE + 1
    # Twice, since somebody may have moved on: the places; three pages and the end; the rows of each.
    assert database.transactions == 2 * (1 + 4 + 3)


async def test_after_a_crash_the_same_choice_tells_the_rest_only(world: World) -> None:
    """What was told is stored, so nothing is lost and nothing is done twice."""
    plan = await published(world)
    crowd(world, PAGE + 1)
    world.database = database = DyingDatabase(clock=world.clock, state=world.database.state)
    database.last = 4  # the places, a page, its rows, the next page; and not the rows of that
    with pytest.raises(DatabaseUnavailable):
        await world.move_enrollments(TENANT, plan, {"text": "mail"})
    before = len(world.rows)
    database.last = 0

    rest = await world.move_enrollments(TENANT, plan, {"text": "mail"})

    assert (before, rest) == (PAGE, 1)
    assert len(world.rows) == PAGE + 1
