"""Our own HTTP app and the bare one, each a process of its own, and a worker."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from attrs import evolve, field, frozen
from temporalio.client import Client

from adapters.cli.carriers import Carriers
from adapters.cli.processes import Processes, Service, free_ports, module
from adapters.cli.system import HOST, Behaviour, LocalSystem, Ports
from adapters.cli.tools import Accounts
from adapters.db import migrate
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from trials.bench.webhooks import bare


@frozen
class App:
    """A process that takes webhooks.

    Args:
        url: where.
        pid: of the process.
    """

    url: str
    pid: int


@frozen
class Setting:
    """Where the apps run.

    Args:
        client: of Temporal.
        system: our own system; only its HTTP app and its worker are run.
        database_url: of our database.
        bare_url: of the bare app's database.
    """

    client: Client
    system: LocalSystem
    database_url: str = field(repr=False)
    bare_url: str = field(repr=False)

    @property
    def environ(self) -> dict[str, str]:
        """Of our processes. The relay's pause is the one outside demonstrations."""
        ours = {name: value for name, value in self.system.environ.items() if name != _RELAY}
        return ours | {"DRUMBEAT_DATABASE_URL": self.database_url}

    @asynccontextmanager
    async def apps(self) -> AsyncIterator[tuple[App, App]]:
        """Both apps, ours first, for the length of the block.

        Raises:
            ServiceFailed: one does not come up.
        """
        (port,) = free_ports(1)
        url = f"http://{HOST}:{port}"
        environ = self.system.environ | {
            bare.ADDRESS: self.client.service_client.config.target_host,
            bare.DATABASE: self.bare_url,
            bare.PORT: str(port),
        }
        other = Service("bare app", module("trials.bench.webhooks.bare"), environ, _ready(f"{url}/readyz"))
        async with Processes(self.system.folder) as processes:
            ours = evolve(self.system.http(), environ=self.environ)
            pids = await processes.start(ours, other)
            yield App(self.system.http_url, pids[0]), App(url, pids[1])

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        """Our worker, once it works, for the length of the block."""
        (port,) = free_ports(1)
        environ = self.environ | {"DRUMBEAT_WORKER_HEALTH_PORT": str(port)}
        works = _ready(f"http://{HOST}:{port}/readyz")
        async with Processes(self.system.folder) as processes:
            await processes.start(evolve(self.system.worker(), environ=environ, ready=works))
            yield

    @asynccontextmanager
    async def database(self) -> AsyncIterator[SqlDatabase]:
        """Our database, from this process."""
        engine = create_engine(self.database_url)
        try:
            yield SqlDatabase(engine)
        finally:
            await engine.dispose()

    async def migrate(self) -> None:
        """Make the tables of both."""
        for url, make in ((self.database_url, migrate.upgrade), (self.bare_url, bare.make_tables)):
            engine = create_engine(url)
            try:
                await make(engine)
            finally:
                await engine.dispose()


_RELAY = "DRUMBEAT_HTTP_RELAY_SECONDS"


def on_sqlite(client: Client, folder: Path, accounts: Mapping[str, str]) -> Setting:
    """The databases as files in a folder.

    Args:
        client: of Temporal.
        folder: for them, and for the logs.
        accounts: at the vendors.
    """
    temporal = int(client.service_client.config.target_host.rpartition(":")[2])
    ports = evolve(Ports.free(), temporal=temporal)
    system = LocalSystem(folder, ports, Behaviour(), Carriers(voice="none"), Accounts(accounts, {}))
    return Setting(client, system, system.environ["DRUMBEAT_DATABASE_URL"], f"sqlite:///{folder / 'bare.db'}")


def _ready(url: str) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            try:
                return (await client.get(url)).is_success
            except httpx.HTTPError:
                return False

    return ready
