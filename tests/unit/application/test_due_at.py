"""By when something is expected of an enrollment, as everything that knows it writes it down."""

from datetime import datetime, timedelta

import pytest

from application.errors import TransientFault
from application.ports.enrollments import Place
from application.ports.messaging import Refused
from domain.contact import NewContact
from domain.enrollment.commands import Finish, InteractionKind, RecordInteraction
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.unit.application.world import DEFINITION, TENANT, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROW = RecordInteraction(InteractionKind.TIMED_OUT, NOW, "text", 1, "unanswered")
TEXT, MAIL, CALL = DEFINITION["steps"]


def due(world: World, enrollment: str) -> datetime | None:
    """What the books say of an enrollment."""
    return world.database.state.enrollments[enrollment].due_at


async def enrolled(world: World, *, time_scale: float = 1.0) -> str:
    """Enroll one contact as the application does."""
    await world.enroll_contacts(
        TENANT, "spring", 1, [NewContact("ann", "+12025550123")], time_scale=time_scale
    )
    [enrollment] = world.database.state.enrollments
    return enrollment


async def test_it_must_start_when_it_is_enrolled(world: World) -> None:
    """What begins at once is due at once."""
    assert due(world, await enrolled(world)) == NOW


async def test_a_first_step_with_a_delay_is_due_after_it() -> None:
    """From when its run is started, at the enrollment's scale; until then it must start."""
    world = World()
    await world.publish(steps=[{**TEXT, "delay": "2h"}, MAIL, CALL])
    world.runs.down = True
    enrollment = await enrolled(world, time_scale=0.5)
    world.runs.down = False
    unstarted = due(world, enrollment)
    world.clock.advance(minutes=10)
    await world.relay()

    assert unstarted == NOW + HOUR
    assert due(world, enrollment) == world.clock() + HOUR


async def test_a_send_expects_its_answer_before_anybody_is_called(world: World) -> None:
    """Claim and wait, at the enrollment's scale: nothing stands between an accept and its record."""
    enrollment = await world.enroll(time_scale=0.5)
    seen = []

    async def look() -> None:
        seen.append(due(world, enrollment))
        world.clock.advance(seconds=30)

    world.sms.meanwhile = look
    await world.send(AttemptKey(enrollment, "text", 1), Channel.SMS)

    assert seen == [NOW + DAY / 2]
    assert due(world, enrollment) == NOW + DAY / 2


async def test_what_the_gate_puts_off_is_due_then() -> None:
    """However often it is put off: a run writes down a pause once only."""
    world = World()
    await world.publish(caps={"per_day": 1})
    enrollment = await world.enroll()
    await world.send(AttemptKey(enrollment, "text", 1), Channel.SMS)
    world.clock.advance(hours=1)
    told = await world.send(AttemptKey(enrollment, "mail", 1), Channel.EMAIL)

    assert told.until == NOW + DAY
    assert due(world, enrollment) == told.until


async def test_what_no_provider_has_taken_is_due_since(world: World) -> None:
    """While it is tried again, whoever looks finds it overdue."""
    enrollment = await world.enroll()
    world.sms.answers = [TransientFault("503")]
    world.clock.advance(minutes=5)
    with pytest.raises(TransientFault):
        await world.send(AttemptKey(enrollment, "text", 1), Channel.SMS)

    assert due(world, enrollment) == NOW + timedelta(minutes=5)


@pytest.mark.parametrize("answer", [None, Refused("21211 invalid number")])
async def test_what_was_sent_before_is_waited_for_anew(world: World, answer: Refused | None) -> None:
    """As after a move back to its step: the run hears of it now, and waits from now on."""
    key = AttemptKey(await world.enroll(), "text", 1)
    world.sms.answers = [answer] if answer else []
    await world.send(key, Channel.SMS)
    world.clock.advance(hours=5)
    await world.send(key, Channel.SMS)

    assert due(world, key.enrollment_id) == NOW + 5 * HOUR + DAY


async def test_of_a_version_that_cannot_be_read_nothing_is_known(world: World) -> None:
    """What became of an attempt is told all the same."""
    key = AttemptKey(await world.enroll(), "text", 1)
    await world.send(key, Channel.SMS)
    del world.database.state.campaigns[TENANT, "spring", 1]
    world.clock.advance(hours=5)
    told = await world.send(key, Channel.SMS)

    assert told.provider_ref == f"ref-{key}"
    assert due(world, key.enrollment_id) == NOW + DAY


@pytest.mark.parametrize("place", [None, Place(1, "mail")])
async def test_a_run_hands_over_what_it_waits_for(world: World, place: Place | None) -> None:
    """With whatever it writes down, also that nothing is expected any more."""
    enrollment = await world.enroll()
    await world.log_interactions(enrollment, [ROW], place=place, due=NOW + HOUR)
    first = due(world, enrollment)
    await world.log_interactions(enrollment, [ROW], place=place)

    assert (first, due(world, enrollment)) == (NOW + HOUR, None)


async def test_nothing_is_expected_of_what_has_ended(world: World) -> None:
    """A late word about it changes that no more."""
    enrollment = await world.enroll()
    await world.log_interactions(enrollment, [ROW], due=NOW + HOUR)
    await world.log_interactions(enrollment, [ROW], Finish(Outcome.EXITED, NOW), due=NOW + HOUR)
    await world.log_interactions(enrollment, [ROW], due=NOW + HOUR)

    assert due(world, enrollment) is None


async def test_a_step_that_depends_on_the_contact_is_due_when_it_says() -> None:
    """What was over is due now; whoever only reads ahead writes nothing."""
    world = World()
    await world.publish(
        attributes={"who": "text", "at": "time"},
        steps=[{**TEXT, "delay": {"until": "at", "if_late": "send"}}],
    )
    ann = await world.enroll(attributes={"at": "2030-01-20T09:00Z"})
    bob = await world.enroll("bob", attributes={"at": "2030-01-10T09:00Z"})
    read = await world.prepare_step(ann, "text", NOW)
    before = due(world, ann)
    told = [await world.prepare_step.for_run(each, "text", NOW) for each in (ann, bob)]

    assert before is None
    assert read == told[0]
    assert due(world, ann) == told[0].due == datetime.fromisoformat("2030-01-20T09:00Z")
    assert due(world, bob) == NOW


async def test_a_wait_that_stands_still_is_due_when_it_is_asked_about_again(world: World) -> None:
    """One whose end counts is decided upon at once, and that is written down."""
    enrollment = await world.enroll()
    over = await world.check_wait(enrollment, NOW, NOW + HOUR)
    before = due(world, enrollment)
    world.clock.advance(minutes=30)
    await world.pause()
    world.clock.advance(hours=1)
    until = await world.check_wait(enrollment, NOW, NOW + HOUR)

    assert (over, before) == (None, None)
    assert due(world, enrollment) == until is not None


async def test_nothing_is_expected_once_a_human_has_the_case(world: World) -> None:
    """While the desk is down, the case is overdue."""
    enrollment = await world.enroll()
    await world.log_interactions(enrollment, [ROW], due=NOW)
    world.desk.faults = [TransientFault("503")]
    with pytest.raises(TransientFault):
        await world.create_handoff(enrollment, "text", "failed")
    before = due(world, enrollment)
    await world.create_handoff(enrollment, "text", "failed")

    assert (before, due(world, enrollment)) == (NOW, None)
