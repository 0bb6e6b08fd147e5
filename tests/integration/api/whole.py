"""All of Drumbeat as the container wires it, in one process: API, worker, and the sandbox of providers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe

import httpx
from attrs import field, frozen
from temporalio.client import Client

from adapters.http.app import create_app
from adapters.http.serving import listen, serving
from adapters.providers.sandbox.app import create_app as create_sandbox
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.sandbox.vendor import Site
from adapters.temporal.runtime import build_worker
from bootstrap import schema
from bootstrap.container import Container, running
from bootstrap.settings import load
from domain.access import Scope
from tests.fakes.sandbox import free_port, open_accounts
from tests.fakes.serving import serve

VENDORS = ("twilio", "sendgrid", "slack")
SEED = "7"
"""As `drumbeat dev` has it: the same people behind the same numbers."""


@frozen
class Whole:
    """The system.

    Args:
        url: of its API, without ``/v1``.
        key: to everything of its tenant.
        http: a client.
    """

    url: str
    key: str = field(repr=False)
    http: httpx.AsyncClient = field(repr=False)


@asynccontextmanager
async def whole(client: Client, task_queue: str, folder: Path) -> AsyncIterator[Whole]:
    """The system over a database in a folder, for the length of the block.

    Args:
        client: of a Temporal server in real time.
        task_queue: of the test's own.
        folder: likewise.
    """
    listener = listen("127.0.0.1", 0)  # before the app is there, since the sandbox is told its address
    url = "http://{}:{}".format(*listener.getsockname())
    port = free_port()
    accounts = open_accounts(VENDORS, Site(f"http://127.0.0.1:{port}", url, free_port))
    settings = load(
        accounts
        | {
            "DRUMBEAT_DATABASE_URL": f"sqlite:///{folder / 'drumbeat.db'}",
            "DRUMBEAT_HTTP_PUBLIC_URL": url,
            "DRUMBEAT_HTTP_RELAY_SECONDS": "0.2",
            "DRUMBEAT_LINKS_SECRET": token_urlsafe(32),
            "DRUMBEAT_WORKER_TASK_QUEUE": task_queue,
            "DRUMBEAT_PROVIDERS_SMS": "twilio",
            "DRUMBEAT_PROVIDERS_EMAIL": "sendgrid",
            "DRUMBEAT_PROVIDERS_VOICE": "twilio",
            "DRUMBEAT_PROVIDERS_DESK": "slack",
        }
    )
    sandboxed = SandboxSettings(vendors=VENDORS, callback_base_url=url, seed=SEED, speed=50.0)
    await schema.upgrade(settings)
    async with (
        serve(create_sandbox(sandboxed, accounts), port),
        running(settings, "test") as container,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        container.relay_events.add_kwargs(grace=timedelta(0))  # what is only stored is told at once
        with container.temporal_client.override(client):
            app = create_app(container.http_services(), container.http_options())
            async with serving(app, listener), _working(client, task_queue, container):
                made = await container.control_api_keys().create(settings.tenant, "test", [Scope.ADMIN])
                yield Whole(url, str(made.text), http)


@asynccontextmanager
async def _working(client: Client, task_queue: str, container: Container) -> AsyncIterator[None]:
    async with build_worker(
        client,
        send_message=container.send_message(),
        log_interactions=container.log_interactions(),
        create_handoff=container.create_handoff(),
        prepare_step=container.prepare_step(),
        check_wait=container.check_wait(),
        start_batch=container.start_batch(),
        enroll_audience=container.enroll_audience(),
        task_queue=task_queue,
        drain=timedelta(seconds=5),
    ):
        yield
