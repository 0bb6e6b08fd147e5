"""The worker as a process: it waits for what it needs, says so when it is ready, and drains on SIGTERM."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from temporalio.testing import WorkflowEnvironment

from adapters.cli.processes import free_ports
from adapters.db import migrate
from adapters.db.engine import create_engine
from adapters.temporal.common.task_queues import Queue, queue_name
from adapters.temporal.inspection import TemporalInspection
from adapters.temporal.probes import Duty
from tests.integration.temporal.world import until_queue

SETTINGS = {
    "DRUMBEAT_TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
    "DRUMBEAT_TWILIO_AUTH_TOKEN": "t",
    "DRUMBEAT_TWILIO_SMS_FROM": "+15550100000",
    "DRUMBEAT_TWILIO_VOICE_FROM": "+15550100000",
    "DRUMBEAT_SENDGRID_API_KEY": "k",
    "DRUMBEAT_SENDGRID_SENDER": "a@example.com",
    "DRUMBEAT_SLACK_TOKEN": "t",
    "DRUMBEAT_SLACK_CHANNEL": "C0",
}


@pytest.fixture
def environ(tmp_path: Path, task_queue: str) -> dict[str, str]:
    """Settings for a worker that calls nobody."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DRUMBEAT_")}
    return {
        **inherited,
        **SETTINGS,
        "DRUMBEAT_DATABASE_URL": f"sqlite:///{tmp_path / 'drumbeat.db'}",
        "DRUMBEAT_WORKER_TASK_QUEUE": task_queue,
    }


async def test_it_takes_all_there_is_and_drains(
    temporal: WorkflowEnvironment, environ: dict[str, str], task_queue: str
) -> None:
    """With all there it says that it is ready and asks for work of every queue; on SIGTERM it ends with 0."""
    await _migrate(environ)
    environ["TEMPORAL_ADDRESS"] = temporal.client.service_client.config.target_host
    async with _worker(environ) as process:
        ready = await _line(process, "worker.ready")
        for queue in Queue:
            name = queue_name(task_queue, queue)
            await until_queue(temporal.client, name, lambda told: len(told.pollers) == 1)
        process.send_signal(signal.SIGTERM)
        await _line(process, "worker.stopped")
        status = await process.wait()

    assert task_queue in ready
    assert status == 0


async def test_it_can_be_watched(
    temporal: WorkflowEnvironment, environ: dict[str, str], task_queue: str
) -> None:
    """Until the database is migrated it is alive and says what to do; then it is ready, and measured."""
    health, ours, sdk = free_ports(3)
    environ |= {
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
        "DRUMBEAT_WORKER_HEALTH_PORT": str(health),
        "DRUMBEAT_TELEMETRY_EXPORT": "prometheus",
        "DRUMBEAT_TELEMETRY_METRICS_PORT": str(ours),
        "DRUMBEAT_TELEMETRY_SDK_METRICS_PORT": str(sdk),
    }
    async with _worker(environ) as process, httpx.AsyncClient(trust_env=False) as http:
        first = await _line(process, "worker.waiting")
        await _line(process, "worker.waiting")
        alive = await http.get(f"http://127.0.0.1:{health}/healthz")
        early = await http.get(f"http://127.0.0.1:{health}/readyz")
        await _migrate(environ)
        await _line(process, "worker.ready")
        ready = await http.get(f"http://127.0.0.1:{health}/readyz")
        scraped = [(await http.get(f"http://127.0.0.1:{port}/metrics")).text for port in (ours, sdk)]
        process.send_signal(signal.SIGTERM)
        status = await process.wait()

    assert (alive.status_code, early.status_code, ready.status_code, status) == (200, 503, 200, 0)
    assert "run: drumbeat db upgrade" in first
    assert "Traceback" not in first
    assert set(early.json()["checks"]) == {"worker", "database", "temporal"}
    assert early.json()["checks"]["database"]["detail"].endswith("run: drumbeat db upgrade")
    assert early.json()["checks"]["temporal"]["ok"] is True
    assert "drumbeat-worker" in scraped[0]
    assert task_queue in scraped[1]


async def test_a_process_may_take_one_channel_alone(
    temporal: WorkflowEnvironment, environ: dict[str, str], task_queue: str
) -> None:
    """It asks for that channel's sends and for nothing else, and needs nobody else's settings."""
    await _migrate(environ)
    others = ("DRUMBEAT_SENDGRID_", "DRUMBEAT_SLACK_")
    alone = {name: value for name, value in environ.items() if not name.startswith(others)}
    alone["TEMPORAL_ADDRESS"] = temporal.client.service_client.config.target_host
    async with _worker(alone | {"DRUMBEAT_WORKER_QUEUES": "sms"}) as process:
        said: list[str] = []
        await _line(process, "worker.ready", said)
        await until_queue(temporal.client, f"{task_queue}-sms", lambda told: len(told.pollers) == 1)
        found = await TemporalInspection(temporal.client, task_queue).pollers()
        process.send_signal(signal.SIGTERM)
        await process.wait()

    assert {name for name, pollers in found.items() if pollers} == {"sms"}
    assert not [line for line in said if "provider.unconfigured" in line or "desk.unconfigured" in line]


async def test_duty() -> None:
    """A process is ready while it takes work, and says what it does before and after that."""
    duty = Duty()
    before = await duty.check()
    duty.begin()
    meanwhile = await duty.check()
    duty.end()
    after = await duty.check()

    assert meanwhile is None
    assert "takes no work yet" in (before or "")
    assert "it drains" in (after or "")


async def test_it_waits_for_temporal(environ: dict[str, str]) -> None:
    """With Temporal down it says so in one sentence, goes on trying, and can be stopped."""
    await _migrate(environ)
    environ["TEMPORAL_ADDRESS"] = "127.0.0.1:1"
    async with _worker(environ) as process:
        first = await _line(process, "worker.waiting")
        await _line(process, "worker.waiting")
        process.send_signal(signal.SIGINT)
        status = await process.wait()

    assert "Temporal does not answer at 127.0.0.1:1" in first
    assert "Traceback" not in first
    assert status == 0


async def test_a_wrong_setting_is_named(environ: dict[str, str]) -> None:
    """A setting that cannot be used ends it with one sentence and status 2."""
    environ["DRUMBEAT_WORKER_DRAIN_SECONDS"] = "soon"
    async with _worker(environ) as process:
        said = await _line(process, "DRUMBEAT_WORKER_DRAIN_SECONDS")
        status = await process.wait()

    assert "must be a number of seconds" in said
    assert status == 2


@asynccontextmanager
async def _worker(environ: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "adapters.temporal.worker", env=environ, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _migrate(environ: Mapping[str, str]) -> None:
    engine = create_engine(environ["DRUMBEAT_DATABASE_URL"])
    await migrate.upgrade(engine)
    await engine.dispose()


async def _line(process: asyncio.subprocess.Process, holds: str, said: list[str] | None = None) -> str:
    """The next line of standard error that holds a text; what is said until then is kept where asked for."""
    assert process.stderr is not None
    said = [] if said is None else said
    while line := (await process.stderr.readline()).decode():
        said.append(line)
        if holds in line:
            return line
    pytest.fail(f"no {holds!r} in: {''.join(said)}")
