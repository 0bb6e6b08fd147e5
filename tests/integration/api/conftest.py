"""Fixtures for tests of the whole API."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from tests.fakes.api_process import ApiProcess, api_process
from tests.integration.api.wired import wired_api


@pytest_asyncio.fixture(scope="session")
async def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The OpenAPI document of the whole API, as programs get it."""
    async with wired_api(tmp_path_factory.mktemp("document")) as api:
        found = await api("", "GET", "/openapi.json")
    made: dict[str, Any] = found.json()
    return made


@pytest_asyncio.fixture(scope="session")
async def running_api(
    temporal: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ApiProcess]:
    """The API as a process of its own; each test takes a tenant of its own."""
    address = temporal.client.service_client.config.target_host
    async with api_process(tmp_path_factory.mktemp("api"), address) as api:
        yield api
