"""Records the golden histories anew, from a real server in real time.

Run ``python -m tests.integration.temporal.record``. Do this only when a change of the workflow is meant to
change what runs do that begin from now on; move those that were recorded before into ``earlier``, as they
are, where they must still replay. A history that does not shows that running enrollments would break.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import time, timedelta
from pathlib import Path

from temporalio.client import Client

from adapters.temporal.common import names
from adapters.temporal.common.payloads import Prepared, ProviderEventSignal, SendOutcome, WaitVerdict
from domain.enrollment.migrate import END
from domain.statuses import Channel, DeliveryStatus, Result
from domain.steps import COMPLETE, NEXT, WAIT, Fallback, Route, RouteKind, Split, Step
from domain.times.delays import AtLocal
from tests.fakes.temporal_server import start_server
from tests.integration.temporal.world import (
    DAY,
    SHORT,
    FakeActivities,
    Handle,
    from_now,
    migrate,
    move,
    plan,
    retrying_plan,
    start,
    tell,
    until,
    until_true,
    when,
    working,
)

HISTORIES = Path(__file__).with_name("histories")
MAIL = Step("mail", Channel.EMAIL, wait=DAY)
NEWER = plan(Step("sms", Channel.SMS, wait=DAY), MAIL, version=2)

Scenario = Callable[[Client, str, FakeActivities], Awaitable[Handle]]


async def _happy(client: Client, task_queue: str, _: FakeActivities) -> Handle:
    handle = await start(client, task_queue, plan())
    await until(handle, status="waiting")
    await tell(handle, "delivered")
    return handle


async def _timed_out(client: Client, task_queue: str, activities: FakeActivities) -> Handle:
    """The first wait is prolonged; the second attempt is answered."""
    activities.answers[names.WAIT_CHECK] = [WaitVerdict(from_now(timedelta(seconds=2)))]
    handle = await start(client, task_queue, retrying_plan(wait=timedelta(seconds=1)))
    await until(handle, status="waiting", attempt=2)
    await tell(handle, "replied", attempt=2)
    return handle


async def _escalated(client: Client, task_queue: str, _: FakeActivities) -> Handle:
    """The second attempt backs off, and fails as the first one did."""
    handle = await start(client, task_queue, retrying_plan())
    await until(handle, status="waiting", attempt=1)
    await tell(handle, "failed")
    await until(handle, status="waiting", attempt=2)
    await tell(handle, "failed", attempt=2)
    return handle


async def _opted_out(client: Client, task_queue: str, _: FakeActivities) -> Handle:
    handle = await start(client, task_queue, plan())
    await until(handle, status="waiting")
    await handle.signal(names.OPTED_OUT)
    return handle


async def _paused(client: Client, task_queue: str, activities: FakeActivities) -> Handle:
    """Held while it waits and goes on, held again while it backs off and goes on by another policy."""
    handle = await start(client, task_queue, retrying_plan())
    await until(handle, status="waiting")
    await handle.signal(names.PAUSE)
    await until_true(lambda: activities.kinds == ["paused"])
    await handle.signal(names.RESUME)
    await tell(handle, "failed")
    await handle.signal(names.PAUSE)
    await until_true(lambda: activities.kinds.count("paused") == 2)
    await handle.signal(names.RESUME, "catch_up")
    await until(handle, status="waiting", attempt=2)
    await tell(handle, "replied", attempt=2)
    return handle


async def _refused(client: Client, task_queue: str, activities: FakeActivities) -> Handle:
    """Kept back by the window, then by a pause, twice, then sent; the next step has no consent."""
    later = [from_now(timedelta(seconds=seconds)) for seconds in (1, 2, 3)]
    activities.answers["sms_send"] = [
        SendOutcome(None, "refused", "quiet hours", later[0], "window"),
        SendOutcome(None, "refused", "campaign paused", later[1], "paused"),
        SendOutcome(None, "refused", "campaign paused", later[2], "paused"),
    ]
    activities.answers["email_send"] = [SendOutcome(None, "refused", "no consent", None, "consent")]
    handle = await start(client, task_queue, plan(Step("sms", Channel.SMS, wait=DAY), MAIL))
    await until(handle, status="waiting")
    await tell(handle, "failed")
    return handle


async def _prepared(client: Client, task_queue: str, activities: FakeActivities) -> Handle:
    """A split, a step whose condition does not hold, and one that begins at a local time."""
    activities.answers[names.STEP_PREPARE] = [
        Prepared(branch=0),
        Prepared(skip="only where plan is gold"),
        Prepared(due=from_now(timedelta(seconds=1))),
    ]
    steps = (
        Split("fork", (Route(RouteKind.STEP, "sms"), NEXT)),
        Step("call", Channel.VOICE, wait=DAY),
        Step("sms", Channel.SMS, wait=DAY, conditional=True),
        Step("mail", Channel.EMAIL, wait=DAY, delay=AtLocal(time(10))),
    )
    handle = await start(client, task_queue, plan(*steps))
    await until(handle, status="waiting", step="mail")
    await tell(handle, "replied", step="mail")
    return handle


async def _goal(client: Client, task_queue: str, _: FakeActivities) -> Handle:
    handle = await start(client, task_queue, plan(goals={"booked"}))
    await until(handle, status="waiting")
    await handle.signal(names.GOAL_REACHED, args=["browsed"])
    await handle.signal(names.GOAL_REACHED, args=["paid", "booked"])
    return handle


async def _migrated(client: Client, task_queue: str, _: FakeActivities) -> Handle:
    """It goes on at the same step, then, paused, at another one, and stays where it has no place."""
    handle = await start(client, task_queue, plan())
    await until(handle, status="waiting")
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


async def _migrated_to_the_end(client: Client, task_queue: str, _: FakeActivities) -> Handle:
    handle = await start(client, task_queue, plan())
    await until(handle, status="waiting")
    await migrate(handle, NEWER, {"sms": END})
    return handle


async def _moved(client: Client, task_queue: str, activities: FakeActivities) -> Handle:
    """On to a split upon an event; back by hand, while a message is under way; nowhere, and on again."""
    activities.answers[names.STEP_PREPARE] = [Prepared(branch=0)]
    steps = (Step("sms", Channel.SMS, wait=DAY), Split("fork", (NEXT,)), MAIL)
    released = asyncio.Event()
    activities.answers["email_send"] = [when(released, SendOutcome("ref-2", "accepted"))]
    handle = await start(client, task_queue, plan(*steps))
    await until(handle, status="waiting")
    await move(handle, "fork", "order-1", "upgraded")
    await until(handle, status="sending", step="mail")
    await until_true(lambda: len(activities.sent) == 2)
    await move(handle, "sms", "order-2")
    await until_true(lambda: activities.kinds == ["moved", "branched", "moved_on"])
    released.set()
    await until(handle, status="waiting", step="sms")
    await move(handle, "fax", "order-3")
    await move(handle, "mail", "order-4")
    await until(handle, status="waiting", step="mail")
    await move(handle, "mail", "order-4")
    await tell(handle, "replied", step="mail")
    return handle


async def _fell_back(client: Client, task_queue: str, _: FakeActivities) -> Handle:
    """What is not delivered leads to a mail; that one is, so that its wait goes on."""
    fallback = Fallback(DeliveryStatus.DELIVERED, SHORT, NEXT)
    steps = (
        Step("sms", Channel.SMS, wait=DAY, fallback=fallback),
        Step(
            "mail",
            Channel.EMAIL,
            wait=DAY,
            fallback=Fallback(DeliveryStatus.DELIVERED, timedelta(hours=1), NEXT),
            routes={Result.DELIVERED: WAIT},
        ),
    )
    handle = await start(client, task_queue, plan(*steps))
    await until(handle, status="waiting", step="mail")
    await tell(handle, "delivered", step="mail")
    await until(handle, delivery="delivered")
    await tell(handle, "clicked", step="mail")
    return handle


async def _pressed(client: Client, task_queue: str, _: FakeActivities) -> Handle:
    call = Step("call", Channel.VOICE, wait=DAY, pressed={"1": Route(RouteKind.STEP, "mail"), "2": COMPLETE})
    handle = await start(client, task_queue, plan(call, MAIL))
    await until(handle, status="waiting")
    await handle.signal(names.PROVIDER_EVENT, ProviderEventSignal("call", 1, "replied", pressed="1"))
    await until(handle, status="waiting", step="mail")
    await handle.signal(names.PROVIDER_EVENT, ProviderEventSignal("call", 1, "replied", pressed="2"))
    return handle


async def _late_events(client: Client, task_queue: str, _: FakeActivities) -> Handle:
    """Reports about a step that is behind: one that is too late to matter, one that still completes."""
    handle = await start(client, task_queue, plan(Step("sms", Channel.SMS, wait=SHORT), MAIL))
    await until(handle, status="waiting", step="mail")
    await tell(handle, "failed")
    await tell(handle, "delivered")
    await tell(handle, "opened", step="mail")
    await tell(handle, "replied")
    return handle


SCENARIOS: Mapping[str, Scenario] = {
    "happy": _happy,
    "timed_out": _timed_out,
    "escalated": _escalated,
    "opted_out": _opted_out,
    "paused": _paused,
    "refused": _refused,
    "prepared": _prepared,
    "goal": _goal,
    "migrated": _migrated,
    "moved": _moved,
    "migrated_to_the_end": _migrated_to_the_end,
    "fell_back": _fell_back,
    "pressed": _pressed,
    "late_events": _late_events,
}


async def record() -> None:
    """Run every scenario and write its history."""
    async with await start_server() as server:
        for name, scenario in SCENARIOS.items():
            task_queue, activities = f"record-{uuid.uuid4()}", FakeActivities()
            async with working(server.client, task_queue, activities):
                handle = await scenario(server.client, task_queue, activities)
                await asyncio.wait_for(handle.result(), timeout=60)
            history = await handle.fetch_history()
            (HISTORIES / f"{name}.json").write_text(history.to_json() + "\n")


if __name__ == "__main__":
    asyncio.run(record())
