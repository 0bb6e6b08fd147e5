"""A worker that is killed at the worst moment: the provider has the message, and our books do not know."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import UpdateActivityOptionsRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from adapters.db.database import SqlDatabase
from adapters.providers.sandbox.app import create_app
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.sandbox.vendor import Site
from adapters.temporal.common import names
from adapters.temporal.gateway import TemporalRuns
from application.ports.attempts import Attempt
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.sandbox import free_port, open_accounts
from tests.fakes.serving import serve
from tests.fakes.system import System, sqlite
from tests.integration.temporal.world import until

PHONE = "+12025550101"
LOST = timedelta(seconds=5)
"""When a call is taken for lost, here; `retry_policies.CALL` elsewhere, which is a minute."""

CAMPAIGN: dict[str, Any] = {
    "campaign": "spring",
    "version": 1,
    "steps": [{"key": "text", "channel": "sms", "wait": "1d", "message": {"text": "Hello."}}],
}


@asynccontextmanager
async def working(environ: Mapping[str, str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker in a process of its own, which is killed at the end."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "adapters.temporal.worker", env=dict(environ), stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_message_that_a_killed_worker_had_sent_is_found_at_the_provider(
    temporal: WorkflowEnvironment, task_queue: str, tmp_path: Path
) -> None:
    """Killed between the provider's accept and our record: the next worker looks it up and sends nothing."""
    port, nobody = free_port(), f"http://127.0.0.1:{free_port()}"
    account = open_accounts(["twilio"], Site(f"http://127.0.0.1:{port}", nobody, free_port))
    environ = _environ(temporal, task_queue, tmp_path) | account | {"DRUMBEAT_HTTP_PUBLIC_URL": nobody}
    settings = SandboxSettings(vendors=("twilio",), callback_base_url=nobody)
    async with (
        sqlite(tmp_path) as database,
        serve(create_app(settings, account), port) as sandbox,
        httpx.AsyncClient(base_url=sandbox, trust_env=False) as http,
    ):
        client = temporal.client
        system = System(client, TemporalRuns(client, task_queue), database, http)
        await system.publish(CAMPAIGN)
        for page, value in (("people", "ignores"), ("faults", "hangs")):
            (await http.put(f"/sandbox/{page}", json={PHONE: value})).raise_for_status()
        async with working(environ, tmp_path / "killed.log"):
            enrollment = await system.enroll("spring", PHONE)
            while not await _taken(http):  # noqa: ASYNC110 - only HTTP tells
                await asyncio.sleep(0.02)
        key = AttemptKey(enrollment, "text", 1)
        left = await _attempt(database, key)
        handle = system.run_of(enrollment)
        await _call_may_take(client, handle.id, LOST)
        async with working(environ, tmp_path / "next.log") as process:
            found = left
            while found == left:  # until Temporal takes the call for lost
                await asyncio.sleep(0.2)
                found = await _attempt(database, key)
            await until(handle, status="waiting", in_doubt=False)
            await handle.signal(names.CANCEL)
            outcome = await handle.result()
            process.terminate()
            status = await process.wait()
        taken = await _taken(http)

    assert left.state is AttemptState.CLAIMED
    assert found.state is AttemptState.ACCEPTED
    assert [(send["attempt"], send["provider_ref"]) for send in taken] == [(str(key), found.provider_ref)]
    assert (outcome, status) == ("cancelled", 0)


def _environ(temporal: WorkflowEnvironment, task_queue: str, folder: Path) -> dict[str, str]:
    ours = ("DRUMBEAT_", "TEMPORAL_")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
        "TEMPORAL_NAMESPACE": temporal.client.namespace,
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "DRUMBEAT_DATABASE_URL": f"sqlite:///{folder / 'drumbeat.db'}",
        "DRUMBEAT_WORKER_TASK_QUEUE": task_queue,
        "DRUMBEAT_PROVIDERS_SMS": "twilio",
        "DRUMBEAT_PROVIDERS_EMAIL": "none",
        "DRUMBEAT_PROVIDERS_VOICE": "none",
    }


async def _call_may_take(client: Client, run: str, time: timedelta) -> None:
    """Have the server take the call under way in a run for lost after this time, as operators can."""
    request = UpdateActivityOptionsRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=run),
        type=names.SENDS[Channel.SMS],
        activity_options=ActivityOptions(start_to_close_timeout=Duration(seconds=int(time.total_seconds()))),
        update_mask=FieldMask(paths=["start_to_close_timeout"]),
    )
    answer = await client.workflow_service.update_activity_options(request)
    assert answer.activity_options.start_to_close_timeout.ToTimedelta() == time


async def _attempt(database: SqlDatabase, key: AttemptKey) -> Attempt:
    async with database.transaction() as tx:
        attempt = await tx.attempts.get(key)
    assert attempt is not None
    return attempt


async def _taken(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    page: dict[str, Any] = (await http.get("/sandbox/ledger")).json()
    taken: list[dict[str, Any]] = page["accepted"]
    return taken
