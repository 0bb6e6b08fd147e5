"""Sends that are kept back, refused, in doubt, or not made at all."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta

from temporalio.api.enums.v1 import EventType
from temporalio.exceptions import ApplicationError

from adapters.temporal.common.mapping import enrollment_input
from adapters.temporal.common.payloads import SendOutcome, StatePayload
from adapters.temporal.workflows.campaign import CampaignWorkflow
from application.ports.runs import Run
from domain.backoff import Backoff
from domain.enrollment.decide import MOST_DEFERRALS
from domain.idempotency import workflow_id
from domain.refusals import Consequence, Refusal
from domain.statuses import Channel, Result
from domain.steps import COMPLETE, OnUnknown, Step
from tests.integration.temporal import world
from tests.integration.temporal.earlier import TimeLimited
from tests.integration.temporal.scenarios.scenario import Scenario, Stage
from tests.integration.temporal.scenarios.touches import MAIL
from tests.integration.temporal.world import (
    DAY,
    SHORT,
    Handle,
    from_now,
    in_history,
    plan,
    sending,
    tell,
    until,
)

UNKNOWN = SendOutcome(None, "unknown")


async def _refused(stage: Stage) -> Handle:
    """Kept back by the window, then by a pause, twice, then sent; the next step has no consent."""
    later = [from_now(timedelta(seconds=seconds)) for seconds in (1, 2, 3)]
    stage.activities.answers["sms_send"] = [
        SendOutcome(None, "refused", "quiet hours", later[0], "window"),
        SendOutcome(None, "refused", "campaign paused", later[1], "paused"),
        SendOutcome(None, "refused", "campaign paused", later[2], "paused"),
    ]
    stage.activities.answers["email_send"] = [SendOutcome(None, "refused", "no consent", None, "consent")]
    handle = await stage.waiting(plan(Step("sms", Channel.SMS, wait=DAY), MAIL))
    await tell(handle, "failed")
    return handle


async def _lapsed(stage: Stage) -> Handle:
    """What fell due in a pause is passed over; a gate whose clock is behind is asked again a little later."""
    stage.activities.answers["sms_send"] = [
        SendOutcome(None, "refused", "campaign paused", from_now(-DAY), "paused"),
        SendOutcome(None, "refused", "it fell due in a pause", None, "expired"),
    ]
    return await stage.start(plan(Step("sms", Channel.SMS, wait=SHORT)))


async def _ended_by_a_refusal(stage: Stage) -> Handle:
    """The campaign says that nobody goes on without consent."""
    stage.activities.answers["sms_send"] = [SendOutcome(None, "refused", "no consent", None, "consent")]
    return await stage.start(plan(refused={Refusal.CONSENT: Consequence.END}))


async def _put_off_too_often(stage: Stage) -> Handle:
    """An attempt that was put off as often as it may be is skipped; the run was another one's until then."""
    stage.activities.answers["sms_send"] = [
        SendOutcome(None, "refused", "three a week", from_now(DAY), "cap")
    ]
    enrollment = stage.task_queue
    begun = enrollment_input(Run(enrollment, "acme", plan()))
    now = from_now(timedelta(0))
    state = StatePayload("scheduled", 0, 1, due=now, since=now, deferrals=MOST_DEFERRALS)
    return await stage.client.start_workflow(
        CampaignWorkflow.run,
        replace(begun, state=state),
        id=workflow_id(enrollment),
        task_queue=stage.task_queue,
    )


async def _not_taken(stage: Stage) -> Handle:
    """The provider refuses one message, and says of the next that the person has opted out."""
    stage.activities.answers["sms_send"] = [SendOutcome(None, "rejected", "not a mobile number")]
    stage.activities.answers["email_send"] = [SendOutcome(None, "opted_out", "on their list")]
    return await stage.start(plan(Step("sms", Channel.SMS, wait=DAY), MAIL))


async def _patience_over(stage: Stage) -> Handle:
    """A provider was down for longer than the plan is patient; of the next send nobody knows."""
    stage.activities.answers["sms_send"] = [_given_up("TransientFault")]
    stage.activities.answers["email_send"] = [_given_up("OutcomeUnknown")]
    handle = await stage.start(plan(Step("sms", Channel.SMS, wait=DAY), MAIL))
    await until(handle, in_doubt=True)
    await tell(handle, "clicked", step="mail")
    return handle


def _given_up(kind: str) -> ApplicationError:
    return ApplicationError("it is down", type=kind, non_retryable=True)


async def _in_doubt(stage: Stage) -> Handle:
    """Nobody can say whether it was sent, until a callback says so."""
    stage.activities.answers["sms_send"] = [UNKNOWN]
    handle = await stage.start(plan())
    await until(handle, in_doubt=True)
    await tell(handle, "delivered")
    return handle


async def _in_doubt_to_the_end(stage: Stage) -> Handle:
    """No callback comes, and the plan completes upon that."""
    stage.activities.answers["sms_send"] = [UNKNOWN]
    return await stage.start(plan(Step("sms", Channel.SMS, wait=SHORT, routes={Result.UNKNOWN: COMPLETE})))


async def _resent(stage: Stage) -> Handle:
    """The plan would rather send twice: the second attempt is in doubt, too, and no third one is made."""
    stage.activities.answers["sms_send"] = [UNKNOWN, UNKNOWN]
    retry = Backoff(attempts=2, first=SHORT)
    return await stage.start(
        plan(Step("sms", Channel.SMS, wait=DAY, retry=retry, on_unknown=OnUnknown.RESEND))
    )


async def _doubt_escalated(stage: Stage) -> Handle:
    stage.activities.answers["sms_send"] = [UNKNOWN]
    return await stage.start(plan(Step("sms", Channel.SMS, wait=DAY, on_unknown=OnUnknown.ESCALATE)))


async def _never_called(stage: Stage) -> Handle:
    """Of a send that an earlier version ordered the time was up before any worker took it."""
    handle = await stage.start(plan())
    await in_history(handle, EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, count=1)
    await in_history(handle, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, count=2)
    async with sending(stage.client, stage.task_queue, stage.activities, Channel.SMS):
        await until(handle, status="waiting")
        await tell(handle, "delivered")
        await handle.result()
    return handle


def _without_sends(stage: Stage) -> AbstractAsyncContextManager[None]:
    return world.working(
        stage.client, stage.task_queue, stage.activities, sends=False, interceptors=[TimeLimited()]
    )


SCENARIOS: Mapping[str, Scenario] = {
    "refused": Scenario(_refused),
    "lapsed": Scenario(_lapsed),
    "ended_by_a_refusal": Scenario(_ended_by_a_refusal),
    "put_off_too_often": Scenario(_put_off_too_often),
    "not_taken": Scenario(_not_taken),
    "patience_over": Scenario(_patience_over),
    "in_doubt": Scenario(_in_doubt),
    "in_doubt_to_the_end": Scenario(_in_doubt_to_the_end),
    "resent": Scenario(_resent),
    "doubt_escalated": Scenario(_doubt_escalated),
    "never_called": Scenario(_never_called, _without_sends),
}
