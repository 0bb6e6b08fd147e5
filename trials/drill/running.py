"""A drilled system that runs: its start on ports of its own, and what is looked at while it does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from attrs import frozen
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError

from adapters.cli.processes import Processes, ServiceFailed
from adapters.cli.system import HOST, Behaviour, LocalSystem, Ports
from adapters.cli.tools import Tools, UseCases
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from adapters.temporal.common import names
from application.errors import DatabaseUnavailable
from domain.access import Scope
from trials.drill.caller import Caller
from trials.drill.enrolling import Enroller
from trials.drill.histories import RPC
from trials.drill.injecting import Parts
from trials.drill.supervisor import Supervisor
from trials.drill.switches import Switches
from trials.drill.system import DrilledSystem
from trials.drill.trial import Trial
from trials.postgres import PostgresServer

PORT_TRIES = 4

_ALONE = asyncio.Lock()
"""One system at a time is migrated, and given a key: Alembic, and what a command opens, are set up for the
whole process."""

_OTHER_TENANT = "another"


@frozen
class Running:
    """A system that runs.

    Args:
        system: it.
        supervisor: keeps it up.
        parts: its services.
        enroller: uses its API.
        stranger: uses it for another tenant.
        sandbox: a client of its sandbox.
        temporal: a client of its Temporal server.
        postgres: its database server, where it has one.
    """

    system: DrilledSystem
    supervisor: Supervisor
    parts: Parts
    enroller: Enroller
    stranger: Enroller
    sandbox: httpx.AsyncClient
    temporal: Client
    postgres: PostgresServer | None

    async def without_database(self, seconds: float) -> None:
        """Kill the database server, and start it again after a while."""
        if self.postgres is None:
            raise ValueError("a SQLite file has no server")
        await asyncio.to_thread(self.postgres.kill)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.postgres.start)

    async def ledger(self) -> dict[str, Any]:
        """The sandbox's, as it is now."""
        page: dict[str, Any] = (await Caller(self.sandbox, "sandbox").ask("GET", "/sandbox/ledger")).json()
        return page

    async def strangers_open(self) -> int:
        """How many enrollments of the other tenant have not ended; it may have none, and no campaign."""
        return len((await self.stranger.api.ask("GET", "/v1/enrollments?status=open")).json()["items"])

    async def runs_open(self) -> int:
        """How many runs have not ended; 1 where that cannot be seen now.

        An enrollment has ended before its run: that one waits for the answer to a send that is still out.
        """
        query = f"WorkflowType = '{names.CAMPAIGN}' AND ExecutionStatus = 'Running'"
        try:
            return (await self.temporal.count_workflows(query, rpc_timeout=RPC)).count
        except RPCError:
            return 1

    async def callbacks(self) -> int:
        """How many callbacks are still to come."""
        return int((await self.ledger())["callbacks"]["pending"])

    async def untold(self) -> int:
        """How much is stored of which runs must still hear; 1 where that cannot be seen now."""
        async with self.engine() as engine:
            try:
                async with SqlDatabase(engine).transaction() as tx:
                    return len(await tx.interactions.pending(datetime.now(UTC) + timedelta(days=1), 1))
            except DatabaseUnavailable:
                return 1

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[AsyncEngine]:
        """Connections to its database."""
        engine = create_engine(self.system.environ["DRUMBEAT_DATABASE_URL"])
        try:
            yield engine
        finally:
            await engine.dispose()


async def started(
    trial: Trial,
    folder: Path,
    postgres: PostgresServer | None,
    processes: Processes,
    tools: Tools,
    stack: AsyncExitStack,
) -> Running:
    """Start a system on free ports; should somebody take one of them first, try again with others.

    Args:
        trial: what it is for.
        folder: for its data and logs.
        postgres: its database server; None for a SQLite file.
        processes: where its services run.
        tools: of the command line.
        stack: closes its clients.

    Raises:
        ServiceFailed: a part of it does not come up.
    """
    url = None if postgres is None else await postgres.create_database()
    for tries_left in reversed(range(PORT_TRIES)):
        behaviour = Behaviour(seed=trial.seed, faults=0.0)
        local = LocalSystem.on(folder, Ports.free(), behaviour, trial.carriers, tools.open_accounts)
        switches = folder / "switches"
        switches.mkdir(exist_ok=True)
        system = DrilledSystem(local, switches, sabotage=trial.sabotage, database_url=url)
        temporal, sandbox, api, workers = (
            local.temporal(),
            system.sandbox(),
            system.api(),
            system.all_workers(),
        )
        try:
            async with _ALONE:
                await tools.migrate(system.environ)
            await processes.start(temporal, sandbox)
            await processes.start(api, *workers)
        except ServiceFailed as fault:
            await processes.stop()
            if not (fault.lost_a_port and tries_left):
                raise
        else:
            parts = Parts(workers, api, temporal)
            return await _running(trial, system, parts, postgres, processes, tools, stack)
    raise AssertionError("the last try either returns or raises")


async def _running(
    trial: Trial,
    system: DrilledSystem,
    parts: Parts,
    postgres: PostgresServer | None,
    processes: Processes,
    tools: Tools,
    stack: AsyncExitStack,
) -> Running:
    local = system.local

    async def enroller(uses: UseCases, tenant: str) -> Enroller:
        key = await uses.control_api_keys().create(tenant, "drumbeat drill", [Scope.ADMIN])
        bearer = {"Authorization": f"Bearer {key.text}"}
        client = httpx.AsyncClient(base_url=local.http_url, headers=bearer, timeout=15, trust_env=False)
        return Enroller(Caller(await stack.enter_async_context(client), "API"), trial.seed)

    async with _ALONE, tools.open(system.environ) as uses:
        ours, theirs = await enroller(uses, uses.tenant), await enroller(uses, _OTHER_TENANT)
    sandbox = await stack.enter_async_context(
        httpx.AsyncClient(base_url=local.sandbox_url, timeout=15, trust_env=False)
    )
    temporal = await Client.connect(f"{HOST}:{local.ports.temporal}", runtime=_quiet())
    supervisor = Supervisor(processes, Switches(system.switches))
    return Running(system, supervisor, parts, ours, theirs, sandbox, temporal, postgres)


def _quiet() -> Runtime:
    """A client's own runtime, which does not log that a server is away: that is as it should be here."""
    levels = TelemetryFilter(core_level="ERROR", other_level="ERROR")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=levels)))
