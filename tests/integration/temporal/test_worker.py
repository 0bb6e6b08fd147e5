"""The worker as a process: it waits for what it needs, says so when it is ready, and drains on SIGTERM."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from adapters.db import migrate
from adapters.db.engine import create_engine
from adapters.temporal.common import task_queues
from domain.statuses import Channel
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


async def test_it_is_ready_and_drains(temporal: WorkflowEnvironment, environ: dict[str, str]) -> None:
    """With all there it says that it is ready; on SIGTERM it ends with 0."""
    await _migrate(environ)
    environ["TEMPORAL_ADDRESS"] = temporal.client.service_client.config.target_host
    async with _worker(environ) as process:
        ready = await _line(process, "worker.ready")
        process.send_signal(signal.SIGTERM)
        await _line(process, "worker.stopped")
        status = await process.wait()

    assert environ["DRUMBEAT_WORKER_TASK_QUEUE"] in ready
    assert status == 0


async def test_it_takes_the_sends_of_every_channel(
    temporal: WorkflowEnvironment, environ: dict[str, str], task_queue: str
) -> None:
    """One process asks for the runs and for the sends of each channel, until it is told to stop."""
    await _migrate(environ)
    environ["TEMPORAL_ADDRESS"] = temporal.client.service_client.config.target_host
    channels = [task_queues.of_channel(task_queue, channel) for channel in Channel]
    async with _worker(environ) as process:
        for queue in (task_queue, *channels):
            await until_queue(temporal.client, queue, lambda told: len(told.pollers) == 1)
        process.send_signal(signal.SIGTERM)
        status = await process.wait()

    assert status == 0


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


async def test_it_waits_for_the_database(temporal: WorkflowEnvironment, environ: dict[str, str]) -> None:
    """On a database that is not migrated it says what to do and waits; once that is done it is ready."""
    environ["TEMPORAL_ADDRESS"] = temporal.client.service_client.config.target_host
    async with _worker(environ) as process:
        first = await _line(process, "worker.")
        await _line(process, "worker.waiting")
        await _migrate(environ)
        await _line(process, "worker.ready")
        process.send_signal(signal.SIGTERM)
        status = await process.wait()

    assert "worker.waiting" in first, "it is not ready before"
    assert "run: drumbeat db upgrade" in first
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


async def _line(process: asyncio.subprocess.Process, holds: str) -> str:
    """The next line of standard error that holds a text."""
    assert process.stderr is not None
    said: list[str] = []
    while line := (await process.stderr.readline()).decode():
        said.append(line)
        if holds in line:
            return line
    pytest.fail(f"no {holds!r} in: {''.join(said)}")
