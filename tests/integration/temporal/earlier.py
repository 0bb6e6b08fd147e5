"""Orders as earlier versions gave them: what those have left in flight must go on with this one."""

from typing import Any

from temporalio import workflow
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from tests.integration.temporal.world import SHORT


class TimeLimited(Interceptor):
    """The first send of each run has a limit of time that begins when it is ordered."""

    def workflow_interceptor_class(
        self, wanted: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        return _TimeLimited


class OnTheMainQueue(Interceptor):
    """Sends wait where the runs are: channels have no queues of their own."""

    def workflow_interceptor_class(
        self, wanted: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        return _OnTheMainQueue


class _TimeLimited(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_WithLimit(outbound))


class _OnTheMainQueue(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_WithoutQueue(outbound))


class _WithLimit(WorkflowOutboundInterceptor):
    is_first = True

    def start_activity(self, ordered: StartActivityInput) -> workflow.ActivityHandle[Any]:
        if self.is_first:
            ordered.schedule_to_close_timeout = SHORT
        self.is_first = False
        return super().start_activity(ordered)


class _WithoutQueue(WorkflowOutboundInterceptor):
    def start_activity(self, ordered: StartActivityInput) -> workflow.ActivityHandle[Any]:
        ordered.task_queue = workflow.info().task_queue
        return super().start_activity(ordered)
