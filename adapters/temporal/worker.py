"""The worker's entrypoint: ``python -m adapters.temporal.worker``.

While the database is not ready or Temporal cannot be reached it says so and tries again, ever more slowly.
On SIGTERM or SIGINT it takes no new work, lets what is under way end, and exits with 0. Whoever watches over
it may ask it over HTTP, from its start to its end, whether it is alive and whether it works.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta

import structlog
from temporalio.client import Client

from adapters.temporal.client import connect, ensure_search_attributes
from adapters.temporal.common.task_queues import Queue
from adapters.temporal.probes import Duty, answers
from adapters.temporal.runtime import Deployment, build_worker
from application.errors import ApplicationError, DatabaseUnavailable, RunsUnavailable
from bootstrap import container
from bootstrap.leaving import leaving
from bootstrap.probes import probes
from bootstrap.settings import Settings, WrongSetting, load
from bootstrap.telemetry import configure_logging

_log = structlog.get_logger(__name__)

UNUSABLE = 2
"""The exit status where the worker cannot be started as it is set up."""

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
"""Seconds between two looks at what it needs."""


def main() -> int:
    """Run the process; returns its exit status."""
    try:
        settings = load(os.environ)
        configure_logging(settings.telemetry)
        asyncio.run(work(settings))
    except (ApplicationError, WrongSetting) as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE
    return 0


async def work(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; what is under way is finished.

    Raises:
        WrongSetting: a setting that the worker needs is missing.
        ApplicationError: the port for probes cannot be had.
    """
    stop, duty = _stop_on_signals(), Duty()
    async with container.running(settings, "drumbeat-worker") as wired:
        checks = {
            "worker": duty.check,
            "database": wired.database().check,
            "temporal": answers(wired.temporal_client()),
        }
        async with probes(settings.worker, checks):
            await _work(settings, wired, stop, duty)
    _log.info("worker.stopped")


async def _work(settings: Settings, wired: container.Container, stop: asyncio.Event, duty: Duty) -> None:
    own = settings.worker
    # Made before anything is connected: what the settings lack shows at once.
    send_message = wired.send_message()
    create_handoff = wired.create_handoff() if Queue.CAMPAIGNS in own.queues else None
    client = await _ready(stop, wired)
    if client is None:
        return
    worker = build_worker(
        client,
        send_message=send_message,
        log_interactions=wired.log_interactions(),
        prepare_step=wired.prepare_step(),
        check_wait=wired.check_wait(),
        create_handoff=create_handoff,
        start_batch=wired.start_batch(),
        enroll_audience=wired.enroll_audience(),
        task_queue=own.task_queue,
        queues=own.queues,
        rates=wired.channel_rates(),
        drain=timedelta(seconds=own.drain_seconds),
        cached_runs=own.cached_runs,
        deployment=Deployment(own.deployment, own.build_id) if own.deployment else None,
    )
    async with worker:
        duty.begin()
        queues = ",".join(own.queues)
        _log.info("worker.ready", task_queue=own.task_queue, queues=queues, namespace=client.namespace)
        await stop.wait()
        duty.end()
        _log.info("worker.draining", at_most_seconds=own.drain_seconds)


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _ready(stop: asyncio.Event, wired: container.Container) -> Client | None:
    """A connected client once the database is ready too, however long it takes; None when told to stop."""
    wait = FIRST_WAIT
    while not stop.is_set():
        try:
            await wired.database().check()  # else every row that a run writes is tried again and again
            client = await _connected(like=wired.temporal_client())
        except (DatabaseUnavailable, RunsUnavailable) as fault:
            _log.warning("worker.waiting", reason=str(fault), next_try_seconds=wait)
        else:
            await _prepare(client)
            return client
        await _either(stop, wait)
        wait = min(wait * 2, LONGEST_WAIT)
    return None


async def _connected(like: Client) -> Client:
    """A client with the telemetry of the container's own, which is lazy: a worker cannot use that one."""
    return await connect(
        runtime=like.service_client.config.runtime, interceptors=like.config()["interceptors"]
    )


async def _prepare(client: Client) -> None:
    try:
        await ensure_search_attributes(client)
    except RunsUnavailable as fault:  # somebody with more rights may have registered them
        _log.warning("worker.search_attributes", reason=str(fault))


async def _either(stop: asyncio.Event, seconds: float) -> None:
    """Until told to stop, or for so long."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


if __name__ == "__main__":
    with leaving():
        sys.exit(main())
