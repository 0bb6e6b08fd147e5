"""Temporal as a person who is on call looks at it."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta

from attrs import frozen
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    GetSystemInfoRequest,
    PollActivityTaskQueueRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.common import retry_policies, search_attributes, task_queues
from adapters.temporal.common.task_queues import Queue
from application.errors import RunsUnavailable
from application.ports.inspection import ClockReading, ServiceSeen

LOOK = timedelta(milliseconds=20)
"""The pause between two looks for our own mark."""


@frozen
class TemporalInspection:
    """The port `RunsInspection`.

    Args:
        client: may be lazy.
        task_queue: of the workflows.
    """

    client: Client
    task_queue: str = task_queues.DRUMBEAT

    async def look(self) -> ServiceSeen:
        """See to it that it answers, and has our namespace."""
        service, namespace = self.client.workflow_service, self.client.namespace
        address = self.client.service_client.config.target_host
        with _told(
            f"Temporal does not answer at {address}: start it, or set TEMPORAL_ADDRESS to where it runs"
        ):
            info = await service.get_system_info(GetSystemInfoRequest(), timeout=retry_policies.SIGNAL_RPC)
            request = DescribeNamespaceRequest(namespace=namespace)
            try:
                await service.describe_namespace(request, timeout=retry_policies.SIGNAL_RPC)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                raise RunsUnavailable(
                    f"Temporal at {address} has no namespace {namespace}: set TEMPORAL_NAMESPACE, or "
                    f"create it with temporal operator namespace create --namespace {namespace}"
                ) from error
        return ServiceSeen(address, namespace, info.server_version)

    async def missing_attributes(self) -> Sequence[str]:
        """The search attributes that a query cannot name: anybody may ask that, who can do little else."""
        missing = []
        with _told("the search attributes cannot be seen"):
            for key in search_attributes.ALL:
                count = self.client.count_workflows(
                    f'{key.name} = "drumbeat-doctor"', rpc_timeout=retry_policies.SIGNAL_RPC
                )
                try:
                    await count
                except RPCError as error:
                    if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                        raise
                    missing.append(key.name)
        return missing

    async def pollers(self) -> Mapping[str, int]:
        """How many workers have asked for work in the last five minutes, as Temporal keeps it, by queue."""
        with _told("the task queues cannot be seen"):
            told = await asyncio.gather(*map(self._queue, Queue))
        return {queue.value: len(each.pollers) for queue, each in zip(Queue, told, strict=True)}

    async def clock(self) -> ClockReading:
        """Ask for work at a queue of our own, and see when Temporal thinks that this was.

        No answer of Temporal tells the time. It keeps when a queue was last asked; nobody ever puts work into
        this one, and it is forgotten.
        """
        queue = f"drumbeat-doctor-{uuid.uuid4()}"
        kind = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
        with _told("the clock of Temporal cannot be seen"):
            began = datetime.now(UTC)
            async with self._asking(queue):
                while not (told := await self._describe(queue, kind)).pollers:  # noqa: ASYNC110 - asks
                    await asyncio.sleep(LOOK.total_seconds())
            half = (datetime.now(UTC) - began) / 2
        asked_at = told.pollers[0].last_access_time.ToDatetime(UTC)
        return ClockReading(asked_at - (began + half), half)

    async def _queue(self, queue: Queue) -> DescribeTaskQueueResponse:
        workflows = queue is Queue.CAMPAIGNS
        kind = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW if workflows else TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
        return await self._describe(task_queues.queue_name(self.task_queue, queue), kind)

    async def _describe(self, queue: str, kind: TaskQueueType.ValueType) -> DescribeTaskQueueResponse:
        request = DescribeTaskQueueRequest(
            namespace=self.client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        )
        service = self.client.workflow_service
        return await service.describe_task_queue(request, timeout=retry_policies.SIGNAL_RPC)

    @asynccontextmanager
    async def _asking(self, queue: str) -> AsyncIterator[None]:
        request = PollActivityTaskQueueRequest(
            namespace=self.client.namespace, task_queue=TaskQueue(name=queue), identity="drumbeat-doctor"
        )
        service = self.client.workflow_service
        asking = asyncio.create_task(
            service.poll_activity_task_queue(request, timeout=retry_policies.START_RPC)
        )
        try:
            yield
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError, RPCError, RuntimeError):
                await asking


@contextmanager
def _told(sentence: str) -> Iterator[None]:
    """Say as a sentence why Temporal could not be asked.

    Raises:
        RunsUnavailable: always where it could not.
    """
    try:
        yield
    except RPCError as error:
        if error.status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED):
            says = "Temporal refuses our credentials: see TEMPORAL_API_KEY or TEMPORAL_TLS_CLIENT_CERT_PATH"
            raise RunsUnavailable(f"{says} ({error.status.name})") from error
        raise RunsUnavailable(f"{sentence} ({error.status.name})") from error
    except RuntimeError as error:  # a lazy client that cannot connect
        raise RunsUnavailable(f"{sentence} while Temporal does not answer") from error
