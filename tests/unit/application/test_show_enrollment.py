"""One enrollment as it stands, and what comes next."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from application.errors import UnknownEnrollment
from application.show_enrollment import EnrollmentView
from application.what_is_next import Action, Next
from domain.attempts import AttemptState
from domain.enrollment.commands import InteractionKind, RecordInteraction
from domain.enrollment.standing import Standing
from domain.enrollment.turn import HANDOFF
from domain.pauses import PausePolicy
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.calendar import FakeCalendar
from tests.unit.application.world import PHONE, TENANT, World

DAY = timedelta(days=1)
TEXT = {"key": "text", "channel": "sms", "wait": "1d", "message": {"text": "Hello"}}
MAIL = {"key": "mail", "channel": "email", "wait": "1d", "message": {"text": "Hello", "subject": "You"}}
CALL = {"key": "call", "channel": "voice", "wait": "1d", "message": {"text": "Hello"}}


async def enrolled(world: World, *steps: Mapping[str, Any], **campaign: Any) -> str:
    """An enrollment on a version with these steps."""
    await world.publish(version=2, steps=list(steps or (TEXT, MAIL)), **campaign)
    return await world.enroll(version=2)


async def stands(world: World, enrollment: str, step: str | None, due: datetime | None = None) -> None:
    """Note where an enrollment stands, and by when something is expected of it."""
    async with world.database.transaction() as tx:
        await tx.enrollments.place(enrollment, 2, step)
    state = world.database.state.enrollments
    state[enrollment] = evolve(state[enrollment], due_at=due)


async def decided(
    world: World, enrollment: str, kind: InteractionKind, detail: str, attempt: int = 1
) -> None:
    """Write a row as the run does."""
    record = RecordInteraction(kind, world.clock(), "text", attempt, detail)
    await world.log_interactions(enrollment, [record])


async def seen(world: World, enrollment: str) -> EnrollmentView:
    """Look at it."""
    return await world.show_enrollment(TENANT, enrollment)


async def test_before_its_run_has_begun_that_comes_next(world: World) -> None:
    """Nothing is promised about when."""
    view = await seen(world, await world.enroll(started=False))

    assert view.standing is Standing.STARTING
    assert view.next is not None
    assert (view.next.action, view.next.at) == (Action.START, None)


async def test_a_touch_waits_for_its_time(world: World) -> None:
    """Before it has left the first step, it is there."""
    enrollment = await enrolled(world)
    due = world.clock() + DAY
    await stands(world, enrollment, None, due)
    view = await seen(world, enrollment)

    assert (view.standing, view.place.step) == (Standing.SCHEDULED, "text")
    assert view.next == Next(Action.SEND, due, "text", Channel.SMS, 1)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (AttemptState.CLAIMED, "it is being sent, or nobody can tell yet whether it was"),
        (AttemptState.RELEASED, "no provider has taken it yet; that is tried again"),
        (AttemptState.REJECTED, "it was refused; what follows is being decided"),
    ],
)
async def test_an_attempt_is_under_way(world: World, state: AttemptState, reason: str) -> None:
    """Since it was claimed."""
    enrollment = await enrolled(world)
    await world.attempt(enrollment, state)
    view = await seen(world, enrollment)

    assert view.standing is Standing.SENDING
    assert view.next == Next(Action.SEND, world.clock(), "text", Channel.SMS, 1, reason=reason)


async def test_what_follows_silence_is_told(world: World) -> None:
    """The next touch, when its delay is over, unless an answer comes."""
    enrollment = await enrolled(world, TEXT, {**MAIL, "delay": "2h"})
    await world.attempt(enrollment)
    due = world.clock() + DAY
    await stands(world, enrollment, "text", due)
    view = await seen(world, enrollment)

    assert view.standing is Standing.WAITING
    assert view.next == Next(Action.SEND, due + timedelta(hours=2), "mail", Channel.EMAIL, 1, unless="answer")


async def test_what_would_be_left_out_is_passed_by(world: World) -> None:
    """Conditions and splits are asked of the contact as it is now; the way leads past them."""
    split = {"key": "which", "split": [{"when": {"vip": "yes"}, "then": "exit"}]}
    mail = {**MAIL, "when": {"vip": "yes"}}
    enrollment = await enrolled(world, TEXT, split, mail, CALL, attributes={"vip": "text"})
    await world.attempt(enrollment)
    due = world.clock() + DAY
    await stands(world, enrollment, "text", due)
    view = await seen(world, enrollment)

    assert view.next == Next(Action.SEND, due, "call", Channel.VOICE, 1, unless="answer")


@pytest.mark.parametrize(
    ("campaign", "action"), [({}, Action.END), ({"at_end": "escalate"}, Action.HAND_OVER)]
)
async def test_past_the_last_step_it_ends_or_goes_to_a_person(
    world: World, campaign: Mapping[str, Any], action: Action
) -> None:
    """As the campaign says."""
    enrollment = await enrolled(world, TEXT, **campaign)
    await world.attempt(enrollment)
    due = world.clock() + DAY
    await stands(world, enrollment, "text", due)
    view = await seen(world, enrollment)

    assert view.next == Next(action, due, unless="answer")


async def test_a_retry_comes_after_its_back_off(world: World) -> None:
    """Before it was decided, and after that."""
    retry = {"attempts": 2, "first": "1h", "on": ["unanswered"]}
    enrollment = await enrolled(world, {**TEXT, "retry": retry})
    await world.attempt(enrollment)
    due = world.clock() + DAY
    await stands(world, enrollment, "text", due)
    before = await seen(world, enrollment)
    await decided(world, enrollment, InteractionKind.BACKED_OFF, "unanswered")
    await stands(world, enrollment, "text", due)
    after = await seen(world, enrollment)

    hour = timedelta(hours=1)
    assert before.next == Next(Action.SEND, due + hour, "text", Channel.SMS, 2, unless="answer")
    assert after.standing is Standing.SCHEDULED
    assert after.next == Next(Action.SEND, due, "text", Channel.SMS, 2, reason="unanswered")


async def test_a_fallback_comes_before_the_whole_wait(world: World) -> None:
    """Unless the sign comes for which it waits."""
    fallback = {"if_not": "delivered", "within": "10m", "then": "mail"}
    enrollment = await enrolled(world, {**TEXT, "fallback": fallback}, MAIL)
    key = await world.attempt(enrollment)
    due = world.clock() + DAY
    await stands(world, enrollment, "text", due)
    before = await seen(world, enrollment)
    await world.hear(world.status(key, DeliveryStatus.DELIVERED))
    after = await seen(world, enrollment)

    assert before.next is not None
    assert after.next is not None
    assert (before.next.at, before.next.unless) == (world.clock() + timedelta(minutes=10), "delivered")
    assert (after.next.at, after.next.unless) == (due, "answer")


async def test_the_window_where_the_contact_is_counts(world: World) -> None:
    """The time is the very one at which the gate will let it out; the zone is that of the number."""
    world.calendar = FakeCalendar(zones={PHONE: ("America/Chicago",)})
    window = {"hours": "mon-fri 09:00-18:00", "spread": "0s"}
    enrollment = await enrolled(world, window=window)
    await decided(world, enrollment, InteractionKind.DEFERRED, "outside the send window")
    await stands(world, enrollment, "text", world.clock())  # 06:00 there
    view = await seen(world, enrollment)

    opens = world.clock() + timedelta(hours=3)
    assert view.zone == ZoneInfo("America/Chicago")
    assert view.next == Next(Action.SEND, opens, "text", Channel.SMS, 1, reason="outside the send window")


async def test_what_was_passed_over_waits_all_the_same(world: World) -> None:
    """Nothing was sent, and what follows keeps its time."""
    enrollment = await enrolled(world)
    due = world.clock() + DAY
    await decided(world, enrollment, InteractionKind.PASSED_OVER, "it fell due in the pause")
    await stands(world, enrollment, "text", due)
    view = await seen(world, enrollment)

    assert view.standing is Standing.WAITING
    assert view.next == Next(Action.SEND, due, "mail", Channel.EMAIL, 1, unless="answer")


async def test_what_was_put_off_before_it_was_sent_is_over(world: World) -> None:
    """The attempt came after that."""
    enrollment = await enrolled(world)
    await decided(world, enrollment, InteractionKind.DEFERRED, "outside the send window")
    world.clock.advance(hours=3)
    await world.attempt(enrollment)
    view = await seen(world, enrollment)

    assert view.standing is Standing.WAITING


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (PausePolicy.FREEZE, "its waits stand still"),
        (PausePolicy.EXPIRE, "passed over"),
        (PausePolicy.CATCH_UP, "little by little"),
    ],
)
async def test_a_pause_of_the_campaign_is_explained(world: World, policy: PausePolicy, says: str) -> None:
    """With what becomes of what falls due; when it ends, nothing of it is left."""
    enrollment = await world.enroll()
    await world.pause(policy)
    held = await seen(world, enrollment)
    await world.resume()
    released = await seen(world, enrollment)

    assert (held.standing, released.standing) == (Standing.PAUSED, Standing.SCHEDULED)
    assert held.next is not None
    assert held.next.action is Action.RESUME
    assert says in str(held.next.reason)


async def test_a_pause_of_its_own_is_explained(world: World) -> None:
    """Whatever the campaign does."""
    enrollment = await world.enroll()
    await world.control_enrollment.pause(TENANT, enrollment)
    view = await seen(world, enrollment)

    assert view.standing is Standing.PAUSED
    assert view.next == Next(
        Action.RESUME, reason="the enrollment is paused; nothing is sent until it is resumed"
    )


async def test_a_case_waits_for_a_person(world: World) -> None:
    """Until the campaign gives up on them."""
    handoff = {"summary": "Please call", "wait": "3d"}
    enrollment = await enrolled(world, TEXT, at_end="escalate", handoff=handoff)
    await stands(world, enrollment, HANDOFF)
    on_its_way = await seen(world, enrollment)
    await world.create_handoff(enrollment, "text", "unanswered")
    there = await seen(world, enrollment)

    assert (there.standing, there.place.step) == (Standing.WITH_HUMAN, None)
    assert on_its_way.next == Next(Action.RESOLVE, None, reason="a person has the case")
    assert there.next == Next(
        Action.RESOLVE, world.clock() + timedelta(days=3), reason="a person has the case"
    )


async def test_a_step_may_be_called_handoff(world: World) -> None:
    """No new version's may; of an old one only the case itself tells that a person has it."""
    enrollment = await enrolled(world)
    definition = world.database.state.campaigns[TENANT, "spring", 2]
    definition["steps"] = [{**TEXT, "key": "handoff"}]
    await stands(world, enrollment, "handoff")
    before = await seen(world, enrollment)
    await world.create_handoff(enrollment, "handoff", "unanswered")
    after = await seen(world, enrollment)

    assert (before.standing, before.place.step) == (Standing.SCHEDULED, "handoff")
    assert (after.standing, after.place.step) == (Standing.WITH_HUMAN, None)


async def test_at_a_split_the_contacts_data_decides(world: World) -> None:
    """That takes a moment; no message is promised."""
    split = {"key": "which", "split": [{"when": {"vip": "yes"}, "then": "exit"}]}
    enrollment = await enrolled(world, split, TEXT, attributes={"vip": "text"})
    view = await seen(world, enrollment)

    assert view.next == Next(Action.DECIDE, None, "which")


async def test_after_the_end_nothing_comes(world: World) -> None:
    """Also where the contact is not known any more: then the campaign's zone counts."""
    enrollment = await enrolled(world, timezone="Europe/Berlin")
    await world.finish(enrollment)
    world.database.state.contacts.clear()
    view = await seen(world, enrollment)

    assert (view.standing, view.next, view.external_id) == (Standing.FINISHED, None, None)
    assert view.zone == ZoneInfo("Europe/Berlin")
    assert [entry.kind for entry in view.timeline] == ["enrolled"]


async def test_another_tenants_enrollment_is_unknown(world: World) -> None:
    """Like one that does not exist."""
    enrollment = await world.enroll()

    for tenant, asked in (("others", enrollment), (TENANT, "nobody")):
        with pytest.raises(UnknownEnrollment, match=f"no enrollment {asked}"):
            await world.show_enrollment(tenant, asked)
