"""The whole API as the container wires it, over a SQLite file and runs that only take note."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from attrs import frozen
from fastapi import FastAPI

from adapters.http.app import create_app
from bootstrap import schema
from bootstrap.container import Container, running
from bootstrap.settings import load
from domain.access import Scope
from tests.fakes.bulk import FakeBatchRuns
from tests.fakes.runs import FakeRuns
from tests.fakes.schedules import FakeSchedules

PUBLIC_URL = "https://drumbeat.example.com"


@frozen
class WiredApi:
    """The API.

    Args:
        app: the app.
        container: what it is made of.
    """

    app: FastAPI
    container: Container

    async def key(self, tenant: str) -> str:
        """A new key that may do everything for a tenant."""
        made = await self.container.control_api_keys().create(tenant, "test", [Scope.ADMIN])
        return str(made.text)

    async def __call__(self, key: str, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Call the API."""
        headers = {"Authorization": f"Bearer {key}"} | arguments.pop("headers", {})
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=PUBLIC_URL) as client:
            return await client.request(method, path, headers=headers, **arguments)


@asynccontextmanager
async def wired_api(folder: Path) -> AsyncIterator[WiredApi]:
    """The API over a database in a folder."""
    settings = load(
        {
            "DRUMBEAT_DATABASE_URL": f"sqlite:///{folder / 'drumbeat.db'}",
            "DRUMBEAT_HTTP_PUBLIC_URL": PUBLIC_URL,
            "DRUMBEAT_PROVIDERS_SMS": "none",
            "DRUMBEAT_PROVIDERS_EMAIL": "none",
            "DRUMBEAT_PROVIDERS_VOICE": "none",
        }
    )
    await schema.upgrade(settings)
    async with running(settings, "test") as container:
        with ExitStack() as stack:
            stack.enter_context(container.runs.override(FakeRuns()))
            stack.enter_context(container.schedules.override(FakeSchedules()))
            stack.enter_context(container.batch_runs.override(FakeBatchRuns()))
            yield WiredApi(create_app(container.http_services(), container.http_options()), container)
