"""A human presses "Resolve" at the desk, and the enrollment that waits for it ends. The whole system."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen
from temporalio.testing import WorkflowEnvironment

from adapters.http.serving import listen
from adapters.providers import registry
from adapters.providers.common.vendor import Wiring
from adapters.providers.sandbox.app import create_app
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.sandbox.vendor import Site
from application.environment import read_group
from domain.idempotency import handoff_key
from domain.statuses import Channel
from tests.fakes.providers import FakeProvider
from tests.fakes.sandbox import TIMEOUTS, free_port, open_accounts
from tests.fakes.serving import serve
from tests.fakes.system import System, http_app, running_system, sqlite
from tests.fakes.temporal_server import task_queue, temporal
from tests.integration.temporal.world import until

__all__ = ["task_queue", "temporal"]

DESKS = [vendor.name for vendor in registry.BUILT_IN if vendor.desk is not None]
CAMPAIGN: dict[str, Any] = {
    "campaign": "spring",
    "version": 1,
    "handoff": {"wait": "7d", "summary": "Please call {{who}}"},
    "steps": [
        {
            "key": "text",
            "channel": "sms",
            "wait": "1d",
            "message": {"text": "Hello {{who}}"},
            "on": {"rejected": "escalate"},
        }
    ],
}


@frozen
class Desk:
    """The system, and the sandbox of one desk."""

    system: System
    sandbox: str

    async def press(self, ref: str, action: str) -> None:
        """Let a human press a button."""
        url = f"{self.sandbox}/sandbox/handoffs/{ref}"
        (await self.system.http.put(url, params={"action": action})).raise_for_status()

    async def told(self, enrollment: str, kind: str) -> None:
        """Wait until a row of the timeline tells it."""
        while kind not in {row.kind for row in await self.system.timeline(enrollment)}:  # noqa: ASYNC110 - only the database tells
            await asyncio.sleep(0.02)


@pytest.fixture(params=DESKS)
async def desk(
    request: pytest.FixtureRequest, temporal: WorkflowEnvironment, task_queue: str, tmp_path: Path
) -> AsyncIterator[Desk]:
    """Worker, HTTP app, SQLite, Temporal and the desk's sandbox, on free ports."""
    name, vendor = request.param, registry.vendors()[request.param]
    listener = listen("127.0.0.1", 0)  # before the app is there, since the sandbox is told its address
    own_url = "http://{}:{}".format(*listener.getsockname())
    port = free_port()
    account = open_accounts([name], Site(f"http://127.0.0.1:{port}", own_url, free_port))
    sandboxed = SandboxSettings(vendors=(name,), callback_base_url=own_url, speed=50.0)
    async with (
        sqlite(tmp_path) as database,
        serve(create_app(sandboxed, account), port) as sandbox,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        wiring = Wiring(client, own_url, TIMEOUTS)
        settings = read_group(vendor.settings, name, account)
        adapter, reader = vendor.handoff_desk(settings, wiring), vendor.callback_reader(settings, wiring)
        async with (
            running_system(
                temporal.client, task_queue, database, FakeProvider(Channel.EMAIL), desk=adapter
            ) as system,
            http_app(database, system.runs, listener=listener, readers={name: reader}, desk=adapter),
        ):
            await system.publish(CAMPAIGN)
            yield Desk(system, sandbox)


async def test_a_case_that_a_human_resolves_ends_its_enrollment(desk: Desk) -> None:
    """The run is told by one signal, and ends as resolved; passing the case on before changes nothing."""
    enrollment = await desk.system.enroll("spring", "+12025550101")
    await until(desk.system.run_of(enrollment), status="handed_off")
    async with desk.system.database.transaction() as tx:
        handoff = await tx.handoffs.get(handoff_key(enrollment))
    assert handoff is not None
    assert handoff.ref is not None

    await desk.press(handoff.ref, "reassign")
    await desk.told(enrollment, "handoff_reassigned")
    await desk.press(handoff.ref, "resolve")
    outcome = await desk.system.run_of(enrollment).result()
    await desk.told(enrollment, "handoff_resolved")

    assert outcome == "resolved"
    assert await desk.system.signals(enrollment) == ["handoff_resolved"]
