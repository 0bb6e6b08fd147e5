"""Probes over HTTP for a process that serves nothing else."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import structlog

from adapters.http.health import Check, HealthEndpoints, probe_app
from adapters.http.serving import listen, serving
from bootstrap.settings import WorkerSettings

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def probes(settings: WorkerSettings, checks: Mapping[str, Check]) -> AsyncIterator[None]:
    """Answer ``/healthz`` and ``/readyz`` for the length of the block, where a port is set for it.

    Args:
        settings: where to listen; port 0 is nowhere.
        checks: what must answer for the process to be ready, by name.

    Raises:
        CannotListen: the port cannot be had.
    """
    if not settings.health_port:
        yield
        return
    with listen(settings.health_host, settings.health_port, "DRUMBEAT_WORKER_HEALTH") as listener:
        async with serving(probe_app(HealthEndpoints(checks)), listener) as url:
            _log.info("worker.probes", url=url)
            yield
