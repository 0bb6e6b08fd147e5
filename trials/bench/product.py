"""The product in this process, as its container wires it, over a SQLite file and a Temporal server.

Only what is outside is not there: providers take every message at once, and the desk every case.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
from attrs import define, field
from dependency_injector import providers
from temporalio.client import Client

from adapters.db.database import SqlDatabase
from adapters.temporal.common.cache import CACHED_RUNS
from adapters.temporal.runtime import build_worker
from application.ports.messaging import Accepted, OutboundMessage
from application.ports.telemetry import NoTelemetry
from bootstrap import schema
from bootstrap.container import Container
from bootstrap.settings import LinksSettings, Settings, WorkerSettings
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from trials.bench.nobody import Tray, Vendor

TENANT = "bench"
TASK_QUEUE = "drumbeat"
_SECRET = "of links that nobody clicks, and nobody ever gets"  # noqa: S105

Heard = Callable[[AttemptKey], None]
"""Is told of each message that a provider has taken."""


@define
class Teller(Vendor):
    """A provider that takes every message at once and tells of it.

    Args:
        heard: is told.
    """

    heard: Heard = field(kw_only=True)

    async def send(self, message: OutboundMessage) -> Accepted:
        """Take it."""
        accepted = await super().send(message)
        self.heard(message.key)
        return accepted


@asynccontextmanager
async def product(
    folder: Path, client: Client, heard: Heard, task_queue: str = TASK_QUEUE
) -> AsyncIterator[Container]:
    """The product over a database in a folder, migrated.

    Args:
        folder: for the database's file.
        client: of Temporal, connected.
        heard: is told of each message that goes out.
        task_queue: where its runs are worked on.
    """
    settings = Settings(
        tenant=TENANT,
        database_url=f"sqlite:///{folder / 'drumbeat.db'}",
        worker=WorkerSettings(task_queue=task_queue),
        links=LinksSettings(secret=_SECRET),
    )
    await schema.upgrade(settings)
    async with schema.engine(settings) as engine, httpx.AsyncClient() as http_client:
        wired = Container(
            settings=settings,
            database=SqlDatabase(engine),
            http_client=http_client,
            temporal_client=client,
            telemetry=NoTelemetry(),
        )
        tellers = {channel: [Teller(channel, heard=heard)] for channel in Channel}
        wired.message_providers.override(providers.Object(tellers))
        wired.desk.override(providers.Object(Tray()))
        yield wired


def worker(
    wired: Container, client: Client, cached_runs: int = CACHED_RUNS
) -> AbstractAsyncContextManager[None]:
    """The worker, with all that its entrypoint gives it.

    Args:
        wired: the product.
        client: of Temporal, connected.
        cached_runs: how many runs it keeps in memory.
    """
    return build_worker(
        client,
        send_message=wired.send_message(),
        log_interactions=wired.log_interactions(),
        prepare_step=wired.prepare_step(),
        check_wait=wired.check_wait(),
        create_handoff=wired.create_handoff(),
        start_batch=wired.start_batch(),
        enroll_audience=wired.enroll_audience(),
        task_queue=wired.settings().worker.task_queue,
        cached_runs=cached_runs,
    )
