"""The HTTP API as a process, ``python -m adapters.http.server``, over a SQLite file and a Temporal server."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes

import httpx
from attrs import field, frozen

from adapters.db.database import SqlDatabase
from adapters.http.serving import listen
from adapters.keys.argon2 import Argon2Hasher
from application.control_api_keys import ControlApiKeys
from domain.access import Scope
from tests.fakes.system import sqlite

PATIENCE = 30.0
_POLL = 0.05


@frozen
class ApiProcess:
    """A running API.

    Args:
        url: its address.
        database: the database that it works on.
        folder: where its log is.
        task_queue: the queue on which its runs wait for a worker.
    """

    url: str
    database: SqlDatabase
    folder: Path
    task_queue: str
    _keys: ControlApiKeys = field(repr=False)

    @property
    def log(self) -> str:
        """What the process has logged so far: what went wrong in it."""
        return (self.folder / "api.log").read_text()

    async def key(self, tenant: str, *scopes: Scope) -> str:
        """A new key; it may do everything for the tenant unless scopes are given."""
        made = await self._keys.create(tenant, "tests", scopes or [Scope.ADMIN])
        return made.text

    def client(self, key: str) -> httpx.AsyncClient:
        """A client that brings a key."""
        return httpx.AsyncClient(
            base_url=self.url, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=PATIENCE
        )


@asynccontextmanager
async def api_process(folder: Path, temporal_address: str) -> AsyncIterator[ApiProcess]:
    """The API for as long as the block lasts; whatever number of requests it may be asked.

    Args:
        folder: empty; for its database and its log.
        temporal_address: host and port of a Temporal server. No worker takes what is started there.
    """
    with listen("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
    url, queue = f"http://127.0.0.1:{port}", f"api-{port}"
    more = {"TEMPORAL_ADDRESS": temporal_address, "DRUMBEAT_WORKER_TASK_QUEUE": queue}
    async with sqlite(folder) as database, _process(folder, _environ(folder, port) | more) as running:
        await _until_ready(running, url, folder)
        keys = ControlApiKeys(database, Argon2Hasher(), token_bytes, lambda: datetime.now(UTC))
        yield ApiProcess(url, database, folder, queue, keys)


def _environ(folder: Path, port: int) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DRUMBEAT_", "TEMPORAL_"))
    }
    return kept | {
        "DRUMBEAT_DATABASE_URL": f"sqlite:///{folder / 'drumbeat.db'}",
        "DRUMBEAT_HTTP_PORT": str(port),
        "DRUMBEAT_HTTP_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DRUMBEAT_API_RATE": "none",
        "DRUMBEAT_PROVIDERS_SMS": "none",
        "DRUMBEAT_PROVIDERS_EMAIL": "none",
        "DRUMBEAT_PROVIDERS_VOICE": "none",
        "DRUMBEAT_TELEMETRY_LOG_FORMAT": "json",
        "DRUMBEAT_TELEMETRY_LOG_LEVEL": "warning",
    }


@asynccontextmanager
async def _process(folder: Path, environ: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, ended in order."""
    with (folder / "api.log").open("wb") as log:  # a pipe that nobody reads would stop it some time
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "adapters.http.server", env=dict(environ), stdout=log, stderr=log
        )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.terminate()
            try:
                await asyncio.wait_for(running.wait(), PATIENCE)
            except TimeoutError:
                running.kill()
                await running.wait()


async def _until_ready(running: asyncio.subprocess.Process, url: str, folder: Path) -> None:
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as client:
        while not await _is_ready(client, url):
            assert running.returncode is None, (folder / "api.log").read_text()
            await asyncio.sleep(_POLL)


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/readyz")).is_success
    except httpx.TransportError:
        return False
