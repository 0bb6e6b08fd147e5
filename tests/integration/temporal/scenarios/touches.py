"""Messages, and what comes back of them."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta

from adapters.temporal.common import names
from adapters.temporal.common.mapping import enrollment_input
from adapters.temporal.common.payloads import Prepared, ProviderEventSignal, SendOutcome, WaitVerdict
from adapters.temporal.workflows.campaign import CampaignWorkflow
from application.ports.runs import Run
from domain.backoff import Backoff
from domain.idempotency import workflow_id
from domain.statuses import Channel, DeliveryStatus, Result
from domain.steps import COMPLETE, EXIT, HOLD_OUT, NEXT, WAIT, Fallback, Route, RouteKind, Split, Step
from domain.times.delays import AtLocal
from tests.integration.temporal.scenarios.scenario import Scenario, Stage
from tests.integration.temporal.world import (
    DAY,
    SHORT,
    Handle,
    down,
    from_now,
    plan,
    retrying_plan,
    tell,
    until,
    until_true,
    when,
)

MAIL = Step("mail", Channel.EMAIL, wait=DAY)


async def _happy(stage: Stage) -> Handle:
    handle = await stage.waiting(plan())
    await tell(handle, "delivered")
    return handle


async def _timed_out(stage: Stage) -> Handle:
    """The first wait is prolonged; the second attempt is answered."""
    stage.activities.answers[names.WAIT_CHECK] = [WaitVerdict(from_now(timedelta(seconds=2)))]
    handle = await stage.start(retrying_plan(wait=timedelta(seconds=1)))
    await until(handle, status="waiting", attempt=2)
    await tell(handle, "replied", attempt=2)
    return handle


async def _backed_off(stage: Stage) -> Handle:
    """The first attempt fails; the second one, after its back-off, is answered."""
    handle = await stage.waiting(retrying_plan())
    await tell(handle, "failed")
    await until(handle, status="waiting", attempt=2)
    await tell(handle, "replied", attempt=2)
    return handle


async def _exhausted(stage: Stage) -> Handle:
    """Nobody answers the only step."""
    return await stage.start(plan(Step("sms", Channel.SMS, wait=SHORT)))


async def _exited(stage: Stage) -> Handle:
    """A result leads to the end."""
    handle = await stage.waiting(plan(Step("sms", Channel.SMS, wait=DAY, routes={Result.FAILED: EXIT}), MAIL))
    await tell(handle, "failed")
    return handle


async def _fell_back(stage: Stage) -> Handle:
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
    handle = await stage.start(plan(*steps))
    await until(handle, status="waiting", step="mail")
    await tell(handle, "delivered", step="mail")
    await until(handle, delivery="delivered")
    await tell(handle, "clicked", step="mail")
    return handle


async def _pressed(stage: Stage) -> Handle:
    call = Step("call", Channel.VOICE, wait=DAY, pressed={"1": Route(RouteKind.STEP, "mail"), "2": COMPLETE})
    handle = await stage.waiting(plan(call, MAIL))
    await handle.signal(names.PROVIDER_EVENT, ProviderEventSignal("call", 1, "replied", pressed="1"))
    await until(handle, status="waiting", step="mail")
    await handle.signal(names.PROVIDER_EVENT, ProviderEventSignal("call", 1, "replied", pressed="2"))
    return handle


async def _late_events(stage: Stage) -> Handle:
    """Reports about a step that is behind: one that is too late to matter, one that still completes."""
    handle = await stage.start(plan(Step("sms", Channel.SMS, wait=SHORT), MAIL))
    await until(handle, status="waiting", step="mail")
    await tell(handle, "failed")
    await tell(handle, "delivered")
    await tell(handle, "opened", step="mail")
    await tell(handle, "replied")
    return handle


async def _late_failures(stage: Stage) -> Handle:
    """Failures of attempts that are behind: one would repeat what was repeated, one close a human's case."""
    retry = Backoff(attempts=2, first=SHORT, on={Result.FAILED})
    routes = {Result.UNANSWERED: Route(RouteKind.ESCALATE), Result.BOUNCED: EXIT}
    steps = (
        Step("sms", Channel.SMS, wait=DAY, retry=retry),
        Step("mail", Channel.EMAIL, wait=timedelta(seconds=2), routes=routes),
    )
    handle = await stage.waiting(plan(*steps, handoff_wait=DAY))
    await tell(handle, "failed")
    await until(handle, status="waiting", attempt=2)
    await tell(handle, "failed")
    await tell(handle, "failed", attempt=2)
    await until(handle, status="handed_off")
    await tell(handle, "bounced", step="mail")
    await tell(handle, "failed", attempt=2)
    await handle.signal(names.HANDOFF_RESOLVED)
    return handle


async def _batched(stage: Stage) -> Handle:
    """A callback tells of several events at once, one of which is nothing that we could read."""
    told = [
        ProviderEventSignal("sms", 1, "sent"),
        ProviderEventSignal("sms", 1, "devoured"),
        ProviderEventSignal("sms", 2, "delivered"),
        ProviderEventSignal("sms", 1, "delivered"),
    ]
    handle = await stage.waiting(plan())
    await handle.signal(names.PROVIDER_EVENT, args=told)
    return handle


async def _strays(stage: Stage) -> Handle:
    """Facts that fit nothing: a case that is closed and was none, reports about what was never sent."""
    stage.activities.answers[names.STEP_PREPARE] = [Prepared(branch=0)]
    handle = await stage.start(plan(Split("fork", (NEXT,)), Step("sms", Channel.SMS, wait=DAY), MAIL))
    await until(handle, status="waiting")
    await handle.signal(names.HANDOFF_RESOLVED)
    for step in ("fork", "mail", "fax"):
        await tell(handle, "delivered", step=step)
    await tell(handle, "replied")
    return handle


async def _overtaken_check(stage: Stage) -> Handle:
    """Whether the first wait is over is said when the second one is being asked about."""
    later = down(timedelta(seconds=4))
    stage.activities.answers[names.WAIT_CHECK] = [later, later]
    handle = await stage.start(retrying_plan(wait=timedelta(seconds=1)))
    await until(handle, status="checking")
    await until_true(lambda: len(stage.activities.checked) == 1)
    await tell(handle, "failed")
    return handle


async def _of_earlier_rules(stage: Stage) -> Handle:
    """Begun by the first rules: nobody is asked at the end of a wait, and no stranger's report is heard."""
    enrollment = stage.task_queue
    begun = replace(
        enrollment_input(Run(enrollment, "acme", plan(Step("sms", Channel.SMS, wait=SHORT), MAIL))), rules=1
    )
    handle = await stage.client.start_workflow(
        CampaignWorkflow.run, begun, id=workflow_id(enrollment), task_queue=stage.task_queue
    )
    await until(handle, status="waiting", step="mail")
    await tell(handle, "complained", step="fax")
    await tell(handle, "clicked", step="mail")
    return handle


async def _overtaken(stage: Stage) -> Handle:
    """A callback comes before the send's own answer, and its wait begins with that."""
    released = asyncio.Event()
    stage.activities.answers["sms_send"] = [when(released, SendOutcome("ref-1", "accepted"))]
    step = Step("sms", Channel.SMS, wait=DAY, fallback=Fallback(DeliveryStatus.DELIVERED, SHORT, NEXT))
    handle = await stage.start(plan(step))
    await until_true(lambda: bool(stage.activities.sent))
    await tell(handle, "delivered")
    await until(handle, delivery="delivered")
    released.set()
    await until(handle, status="waiting")
    await tell(handle, "replied")
    return handle


async def _complained(stage: Stage) -> Handle:
    handle = await stage.waiting(plan(MAIL))
    await tell(handle, "complained", step="mail")
    return handle


async def _won_by_a_report(stage: Stage) -> Handle:
    """What a provider reports is the goal."""
    handle = await stage.waiting(plan(MAIL, goal_statuses={DeliveryStatus.CLICKED}))
    await tell(handle, "clicked", step="mail")
    return handle


async def _prepared(stage: Stage) -> Handle:
    """A split, a step whose condition does not hold, and one that begins at a local time."""
    stage.activities.answers[names.STEP_PREPARE] = [
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
    handle = await stage.start(plan(*steps))
    await until(handle, status="waiting", step="mail")
    await tell(handle, "replied", step="mail")
    return handle


async def _held_out(stage: Stage) -> Handle:
    """A control group: a split leads to the end."""
    stage.activities.answers[names.STEP_PREPARE] = [Prepared(branch=0)]
    return await stage.start(plan(Split("fork", (HOLD_OUT,)), MAIL))


async def _skipped(stage: Stage) -> Handle:
    """What a step needs of the contact is missing, so that it counts as rejected."""
    stage.activities.answers[names.STEP_PREPARE] = [Prepared(skip="no appointment_at", rejected=True)]
    conditional = Step("sms", Channel.SMS, wait=DAY, conditional=True, routes={Result.REJECTED: EXIT})
    return await stage.start(plan(conditional, MAIL))


SCENARIOS: Mapping[str, Scenario] = {
    "happy": Scenario(_happy),
    "timed_out": Scenario(_timed_out),
    "backed_off": Scenario(_backed_off),
    "exhausted": Scenario(_exhausted),
    "exited": Scenario(_exited),
    "fell_back": Scenario(_fell_back),
    "pressed": Scenario(_pressed),
    "late_events": Scenario(_late_events),
    "late_failures": Scenario(_late_failures),
    "batched": Scenario(_batched),
    "strays": Scenario(_strays),
    "overtaken_check": Scenario(_overtaken_check),
    "of_earlier_rules": Scenario(_of_earlier_rules),
    "overtaken": Scenario(_overtaken),
    "complained": Scenario(_complained),
    "won_by_a_report": Scenario(_won_by_a_report),
    "prepared": Scenario(_prepared),
    "held_out": Scenario(_held_out),
    "skipped": Scenario(_skipped),
}
