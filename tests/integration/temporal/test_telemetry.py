"""What Temporal tells of itself, on a real server: spans and metrics, and nothing personal in either."""

import asyncio
import socket
from datetime import timedelta

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from adapters.cli.processes import free_ports
from adapters.temporal.client import connect
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.telemetry import otlp_runtime, prometheus_runtime, tracing_interceptors
from application.errors import TransientFault
from application.ports.runs import Run
from domain.idempotency import workflow_id
from domain.statuses import Channel
from domain.steps import ESCALATE, Step
from tests.integration.temporal.sends import worker_of
from tests.integration.temporal.world import DAY, SHORT, plan
from tests.unit.application.world import World

NAME, PHONE, EMAIL = "Ada Lovelace", "+15550107777", "ada@example.com"
PERSONAL = (NAME, "Ada", PHONE, PHONE[-7:], EMAIL, "Hello")


async def test_a_run_becomes_spans_without_personal_data(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """The start, the run and its activities are one trace; faults that quote a person leave nothing in it."""
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    client = await connect(address=_address(temporal), interceptors=tracing_interceptors(provider))
    await _follow(client, task_queue)
    provider.shutdown()

    finished = spans.get_finished_spans()
    names = {span.name for span in finished}
    assert names >= {"StartWorkflow:campaign", "RunWorkflow:campaign", "RunActivity:sms_send"}
    assert names >= {"RunActivity:handoff_create", "RunActivity:interactions_log"}
    assert len({span.context.trace_id for span in finished}) == 1
    printed = "\n".join(span.to_json() for span in finished)
    assert "TransientFault" in printed, "faults are told"
    for secret in PERSONAL:
        assert secret not in printed


async def test_metrics_can_be_scraped(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """How long tasks wait and what fails is measured by the SDK and served to Prometheus."""
    [port] = free_ports(1)
    runtime = prometheus_runtime(f"127.0.0.1:{port}")
    client = await connect(address=_address(temporal), runtime=runtime)
    await _follow(client, task_queue)
    async with httpx.AsyncClient() as http:
        scraped = (await http.get(f"http://127.0.0.1:{port}/metrics")).text

    for metric in ("workflow_completed", "activity_schedule_to_start_latency", "activity_execution_failed"):
        assert f"temporal_{metric}" in scraped
    assert task_queue in scraped
    for secret in PERSONAL:
        assert secret not in scraped


def test_an_address_that_is_taken() -> None:
    """Where somebody listens already, the process does not start as if nothing were wrong."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        host, port = taken.getsockname()

        with pytest.raises(ValueError, match="in use"):
            prometheus_runtime(f"{host}:{port}")


async def test_metrics_can_be_sent(temporal: WorkflowEnvironment) -> None:
    """The SDK's metrics reach a collector, with the headers that it asks for."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await heard.put(head + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(collect, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        runtime = otlp_runtime(f"http://{host}:{port}/v1/metrics", {"authorization": "Bearer t"})
        await connect(address=_address(temporal), runtime=runtime)
        sent = await heard.get()

    assert sent.startswith(b"POST /v1/metrics ")
    assert b"authorization: Bearer t" in sent
    assert b"temporal_request" in sent


async def _follow(client: Client, task_queue: str) -> None:
    """One enrollment through a fault, a refusal and errors that quote personal data, to a human."""
    world = World()
    await world.publish()
    enrollment = await world.enroll(f"{NAME} {task_queue}", PHONE, EMAIL)
    world.sms.answers = [TransientFault("503", SHORT), TransientFault("429", timedelta(hours=1))]
    world.desk.faults = [ValueError(f"no seat for {NAME} <{EMAIL}> {PHONE}")]
    async with worker_of(client, task_queue, world):
        steps = plan(Step("text", Channel.SMS, wait=DAY), at_end=ESCALATE, patience=timedelta(minutes=2))
        await TemporalRuns(client, task_queue).start(Run(enrollment, "acme", steps))
        outcome = await client.get_workflow_handle(workflow_id(enrollment)).result()

    assert outcome == "escalated"


def _address(temporal: WorkflowEnvironment) -> str:
    return temporal.client.service_client.config.target_host
