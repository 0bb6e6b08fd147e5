"""What people, goals and other versions want of runs."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from adapters.temporal.common import names
from adapters.temporal.common.payloads import MoveSignal, Prepared, SendOutcome, WaitVerdict
from domain.enrollment.migrate import END
from domain.statuses import Channel, DeliveryStatus
from domain.steps import NEXT, Fallback, Split, Step
from tests.integration.temporal.scenarios.scenario import Scenario, Stage
from tests.integration.temporal.scenarios.touches import MAIL
from tests.integration.temporal.world import (
    DAY,
    Handle,
    down_until,
    from_now,
    migrate,
    move,
    plan,
    retrying_plan,
    tell,
    until,
    until_true,
    when,
)

NEWER = plan(Step("sms", Channel.SMS, wait=DAY), MAIL, version=2)


async def _opted_out(stage: Stage) -> Handle:
    handle = await stage.waiting(plan())
    await handle.signal(names.OPTED_OUT)
    return handle


async def _opted_out_while_sending(stage: Stage) -> Handle:
    """The call that is being made ends before the run does."""
    released = asyncio.Event()
    stage.activities.answers["sms_send"] = [when(released, SendOutcome("ref-1", "accepted"))]
    handle = await stage.start(plan())
    await until_true(lambda: bool(stage.activities.sent))
    await handle.signal(names.OPTED_OUT)
    await until(handle, status="finished")
    released.set()
    return handle


async def _cancelled(stage: Stage) -> Handle:
    """By us, while it backs off."""
    handle = await stage.waiting(retrying_plan())
    await tell(handle, "failed")
    await handle.signal(names.CANCEL)
    return handle


async def _paused(stage: Stage) -> Handle:
    """Held while it waits and goes on, held again while it backs off and goes on by another policy."""
    handle = await stage.waiting(retrying_plan())
    await handle.signal(names.PAUSE)
    await until_true(lambda: stage.activities.kinds == ["paused"])
    await handle.signal(names.RESUME)
    await tell(handle, "failed")
    await handle.signal(names.PAUSE)
    await until_true(lambda: stage.activities.kinds.count("paused") == 2)
    await handle.signal(names.RESUME, "catch_up")
    await until(handle, status="waiting", attempt=2)
    await tell(handle, "replied", attempt=2)
    return handle


async def _passed_over(stage: Stage) -> Handle:
    """What falls due while it is paused is not sent; pausing and resuming it once more changes nothing."""
    step = Step("sms", Channel.SMS, wait=timedelta(seconds=1), delay=timedelta(seconds=1))
    handle = await stage.start(plan(step))
    await until(handle, status="scheduled")
    await handle.signal(names.PAUSE)
    await handle.signal(names.PAUSE)
    due = (await until(handle, status="scheduled"))["due"]
    await until_true(lambda: from_now(timedelta(0)) > due)
    await handle.signal(names.RESUME, "expire")
    await handle.signal(names.RESUME)
    return handle


async def _paused_while_checking(stage: Stage) -> Handle:
    """The end of its wait does not count while it is paused; then it is asked again, and waits on."""
    known = asyncio.Event()
    stage.activities.answers[names.WAIT_CHECK] = [
        down_until(known, timedelta(seconds=4), WaitVerdict()),
        down_until(known, timedelta(seconds=4), WaitVerdict()),
        WaitVerdict(from_now(timedelta(seconds=12))),
    ]
    handle = await stage.start(plan(Step("sms", Channel.SMS, wait=timedelta(seconds=1)), MAIL))
    await until(handle, status="checking")
    await until_true(lambda: bool(stage.activities.checked))
    await handle.signal(names.PAUSE)
    await until_true(lambda: stage.activities.kinds == ["paused"])
    known.set()
    await until(handle, status="waiting")
    await handle.signal(names.RESUME)
    await until(handle, status="waiting", step="mail")
    await tell(handle, "clicked", step="mail")
    return handle


async def _goal(stage: Stage) -> Handle:
    handle = await stage.waiting(plan(goals={"booked"}))
    await handle.signal(names.GOAL_REACHED, args=["browsed"])
    await handle.signal(names.GOAL_REACHED, args=["paid", "booked"])
    return handle


async def _migrated(stage: Stage) -> Handle:
    """It goes on at the same step, then, paused, at another one, and stays where it has no place."""
    handle = await stage.waiting(plan())
    await migrate(handle, NEWER, {"sms": "sms"})
    await until(handle, version=2)
    await handle.signal(names.PAUSE)
    await migrate(handle, plan(MAIL, version=3), {"sms": "mail"})
    await until(handle, version=3, status="scheduled")
    await handle.signal(names.RESUME)
    await until(handle, status="waiting", step="mail")
    await migrate(handle, NEWER, {"sms": "sms"})
    await tell(handle, "replied", step="mail")
    return handle


async def _migrated_to_the_end(stage: Stage) -> Handle:
    handle = await stage.waiting(plan())
    await migrate(handle, NEWER, {"sms": END})
    return handle


async def _migrated_by_its_limit(stage: Stage) -> Handle:
    """It waits for a sign of arrival, for which the other version has less time. Told twice, it goes once.

    What cannot be read is dropped before that.
    """
    steps = {
        version: Step("sms", Channel.SMS, wait=DAY, fallback=Fallback(DeliveryStatus.DELIVERED, limit, NEXT))
        for version, limit in ((1, timedelta(hours=1)), (2, timedelta(seconds=1)))
    }
    newer = plan(steps[2], MAIL, version=2)
    handle = await stage.waiting(plan(steps[1], MAIL))
    await handle.signal(names.MIGRATE, {"version": 2})
    await migrate(handle, newer, {"sms": "sms"})
    await migrate(handle, newer, {"sms": "sms"})
    await until(handle, status="waiting", step="mail")
    await tell(handle, "clicked", step="mail")
    return handle


async def _moved(stage: Stage) -> Handle:
    """On to a split upon an event; back by hand, while a message is under way; nowhere, and on again."""
    stage.activities.answers[names.STEP_PREPARE] = [Prepared(branch=0)]
    steps = (Step("sms", Channel.SMS, wait=DAY), Split("fork", (NEXT,)), MAIL)
    released = asyncio.Event()
    stage.activities.answers["email_send"] = [when(released, SendOutcome("ref-2", "accepted"))]
    handle = await stage.waiting(plan(*steps))
    await move(handle, "fork", "order-1", "upgraded")
    await until(handle, status="sending", step="mail")
    await until_true(lambda: len(stage.activities.sent) == 2)
    await move(handle, "sms", "order-2")
    await until_true(lambda: stage.activities.kinds == ["moved", "branched", "moved_on"])
    released.set()
    await until(handle, status="waiting", step="sms")
    await move(handle, "fax", "order-3")
    await move(handle, "mail", "order-4")
    await until(handle, status="waiting", step="mail")
    await move(handle, "mail", "order-4")
    await tell(handle, "replied", step="mail")
    return handle


async def _moved_together(stage: Stage) -> Handle:
    """Of orders that are told at once one is followed; what cannot be read, and what leads back, none."""
    call = Step("call", Channel.VOICE, wait=DAY)
    told = [
        MoveSignal("mail", "order-1", "upgraded"),
        "mail",
        MoveSignal("call", "order-2", "bought"),
        MoveSignal("mail", "order-3", "upgraded"),
    ]
    handle = await stage.waiting(plan(Step("sms", Channel.SMS, wait=DAY), MAIL, call))
    await handle.signal(names.MOVE, args=told)
    await until(handle, status="waiting", step="call")
    await move(handle, "sms", "order-4", "browsed")
    await tell(handle, "answered", step="call")
    return handle


SCENARIOS: Mapping[str, Scenario] = {
    "opted_out": Scenario(_opted_out),
    "opted_out_while_sending": Scenario(_opted_out_while_sending),
    "cancelled": Scenario(_cancelled),
    "paused": Scenario(_paused),
    "passed_over": Scenario(_passed_over),
    "paused_while_checking": Scenario(_paused_while_checking),
    "goal": Scenario(_goal),
    "migrated": Scenario(_migrated),
    "migrated_to_the_end": Scenario(_migrated_to_the_end),
    "migrated_by_its_limit": Scenario(_migrated_by_its_limit),
    "moved": Scenario(_moved),
    "moved_together": Scenario(_moved_together),
}
