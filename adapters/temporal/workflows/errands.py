"""What a run of a campaign has done for it: activities that are begun by orders and end in facts."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, TypeVar, assert_never

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

from adapters.temporal.common import mapping, names, retry_policies, task_queues
from adapters.temporal.common.errors import nothing_was_sent, was_never_called
from adapters.temporal.common.payloads import (
    HandoffOutcome,
    HandoffPayload,
    Prepared,
    PreparePayload,
    RecordsPayload,
    SendOutcome,
    WaitVerdict,
)
from adapters.temporal.workflows.signals import Heard
from domain.enrollment.commands import CheckWait, CreateHandoff, PrepareStep, SendMessage
from domain.enrollment.events import Cancelled, Event, HandoffCreated, SendFailed, SendUnknown
from domain.enrollment.state import Outcome

_T = TypeVar("_T")

Errand = SendMessage | PrepareStep | CheckWait | CreateHandoff
"""The orders that take time."""


class Errands:
    """Everything that is under way for one run; nothing is awaited that could keep a later fact waiting.

    Args:
        enrollment_id: whose run.
        inbox: where its facts go.
    """

    def __init__(self, enrollment_id: str, inbox: deque[Heard]) -> None:
        self._enrollment_id = enrollment_id
        self._inbox = inbox
        self._under_way: list[asyncio.Task[Event]] = []

    @property
    def under_way(self) -> bool:
        """Whether anything is, or has ended and was not collected yet."""
        return bool(self._under_way)

    @property
    def any_ended(self) -> bool:
        """Whether there is something to collect."""
        return any(task.done() for task in self._under_way)

    def begin(self, order: Errand, patience: timedelta) -> None:
        """Begin what an order asks for.

        Args:
            order: what.
            patience: the plan's, with a provider that is down.
        """
        self._under_way.append(asyncio.create_task(self._work(order, patience)))

    def collect(self) -> None:
        """Put what has ended into the inbox."""
        ended = [task for task in self._under_way if task.done()]
        self._under_way = [task for task in self._under_way if task not in ended]
        self._inbox.extend(task.result() for task in ended)

    async def write(self, records: RecordsPayload) -> Outcome | None:
        """Write rows, and wait until they are written: the only thing that is waited for.

        Returns:
            How the enrollment has ended in the books before, and otherwise; None where it has not.
        """
        rows: asyncio.Task[Any] = workflow.start_local_activity(
            names.INTERACTIONS_LOG, args=[self._enrollment_id, records], **retry_policies.books()
        )
        await self._ended([rows])
        try:
            told = rows.result()
        except FailureError:  # of a local activity the failure comes as it is, not as an ActivityError
            self._inbox.append(self._abandoned(names.INTERACTIONS_LOG))
            return None
        return Outcome(told) if isinstance(told, str) else None

    async def settle(self) -> None:
        """Leave nothing under way: a call that is being made ends, one that is backing off is dropped.

        Facts that come meanwhile are dropped too: nothing changes an enrollment that has ended.
        """
        for task in self._under_way:
            task.cancel()
        await self._ended(self._under_way)
        for task in self._under_way:
            if not task.cancelled():
                task.exception()  # looked at, so that asyncio does not report it

    def _work(self, order: Errand, patience: timedelta) -> Coroutine[Any, Any, Event]:
        match order:
            case SendMessage():
                return self._send(order, patience)
            case PrepareStep():
                return self._prepare(order)
            case CheckWait():
                return self._check(order)
            case CreateHandoff():
                return self._hand_over(order)
            case _:
                assert_never(order)

    async def _send(self, order: SendMessage, patience: timedelta) -> Event:
        limit = retry_policies.send_patience(patience).total_seconds()
        payload = mapping.send_payload(order, limit)
        options = retry_policies.send()
        options["task_queue"] = task_queues.of_channel(workflow.info().task_queue, order.channel)
        try:
            outcome = await workflow.execute_activity(
                names.SENDS[order.channel],
                args=[self._enrollment_id, payload],
                result_type=SendOutcome,
                **options,
            )
        except ActivityError as error:
            # An earlier version ordered it and let it wait for so long only. Evaluated here alone: a run that
            # went on without the message, under that version, replays as it was.
            if was_never_called(error) and workflow.patched(names.QUEUE_IS_NOT_PATIENCE):
                return await self._send(order, patience)
            fact = SendFailed if nothing_was_sent(error) else SendUnknown
            return fact(workflow.now(), order.step, order.attempt)
        return mapping.send_fact(outcome, order, workflow.now())

    async def _prepare(self, order: PrepareStep) -> Event:
        asked = PreparePayload(order.step, workflow.now().isoformat())
        told = await self._ask(names.STEP_PREPARE, asked, Prepared)
        now = workflow.now()
        return (
            self._abandoned(names.STEP_PREPARE)
            if told is None
            else mapping.prepared_fact(told, order.step, now)
        )

    async def _check(self, order: CheckWait) -> Event:
        asked = mapping.wait_payload(order, workflow.now())
        told = await self._ask(names.WAIT_CHECK, asked, WaitVerdict)
        now = workflow.now()
        return self._abandoned(names.WAIT_CHECK) if told is None else mapping.wait_fact(told, order, now)

    async def _ask(self, activity: str, question: Any, answer: type[_T]) -> _T | None:
        """Ask the books, within the run's own task; None where they can never answer."""
        try:
            told: _T = await workflow.execute_local_activity(
                activity,
                args=[self._enrollment_id, question],
                result_type=answer,
                **retry_policies.books(),
            )
        except FailureError as error:
            if is_cancelled_exception(error):  # dropped by `settle`
                raise
            return None
        return told

    async def _hand_over(self, order: CreateHandoff) -> Event:
        try:
            await workflow.execute_activity(
                names.HANDOFF_CREATE,
                args=[self._enrollment_id, HandoffPayload(order.step, order.reason)],
                result_type=HandoffOutcome,
                **retry_policies.handoff(),
            )
        except ActivityError as error:
            if is_cancelled_exception(error):  # dropped by `settle`
                raise
            return self._abandoned(names.HANDOFF_CREATE)
        return HandoffCreated(workflow.now())

    def _abandoned(self, activity: str) -> Cancelled:
        """What it means that work which is repeated without an end was given up for good.

        The books do not know the enrollment, or its campaign, any more: whoever took it out has ended it. No
        human has the case, so it does not pass for handed over.
        """
        workflow.logger.error("%s can never succeed: the run ends as cancelled.", activity)
        return Cancelled(workflow.now())

    async def _ended(self, work: Sequence[asyncio.Task[Any]]) -> None:
        """Wait until all of it has ended; a cancel request that comes meanwhile stops none of it."""
        while not all(task.done() for task in work):
            try:
                await workflow.wait(work)
            except asyncio.CancelledError:
                self._inbox.append(Cancelled(workflow.now()))
