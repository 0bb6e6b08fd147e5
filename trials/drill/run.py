"""One run of a drill: start a system, enroll, bring faults about, heal, wait for the end, audit."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from adapters.cli.processes import Processes, ServiceFailed
from adapters.cli.tools import Tools
from bootstrap.abilities import capabilities
from bootstrap.providers import wiring
from bootstrap.settings import load
from domain.guarantees import Capabilities
from domain.idempotency import AttemptKey
from domain.ledgers.audit import audit
from domain.ledgers.records import Ledgers
from trials.drill.caller import Caller
from trials.drill.enrolling import HearOfEnrollment, meet, strangers
from trials.drill.faults import Part
from trials.drill.injecting import Injected, Injector
from trials.drill.ledgers import collect
from trials.drill.lost_calls import give_up
from trials.drill.people import STRANGER, Person, people
from trials.drill.running import Running, started
from trials.drill.schedule import schedule
from trials.drill.system import DrilledSystem
from trials.drill.trial import Result, Trial, rows_of
from trials.drill.waiting import until_none, within
from trials.postgres import DURABLE, postgres_server

_LOOK = 0.5
"""Seconds between two looks at something that must come."""

Say = Callable[[str], None]


async def run(trial: Trial, folder: Path, tools: Tools, say: Say, *, temporary: bool) -> Result:
    """Carry out a run, on a system of its own that is gone afterwards.

    Args:
        trial: what it is about.
        folder: for its data and logs; whoever makes it removes it.
        temporary: that folder goes, too, should this process be killed.
        tools: of the command line.
        say: tells how far it is, a line for each phase.

    Raises:
        ApplicationError: a part of the system does not come up, or has ended by itself.
    """
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        processes = await stack.enter_async_context(Processes(folder, temporary))
        say("starting Temporal, API, workers and sandbox")
        postgres = stack.enter_context(postgres_server(*DURABLE)) if trial.postgres else None
        running = await started(trial, folder, postgres, processes, tools, stack)
        services = (*running.parts.workers, running.parts.api, running.parts.temporal)
        keeping = asyncio.create_task(running.supervisor.keep_up(services))
        job = asyncio.create_task(_carried_out(trial, running, say, began))
        try:
            with _first_of_all():
                await asyncio.wait({keeping, job}, return_when=asyncio.FIRST_COMPLETED)
                if not job.done():
                    keeping.result()  # a part of the system has ended by itself; this raises
                return await job
        finally:
            for task in (keeping, job):
                task.cancel()
            await asyncio.gather(keeping, job, return_exceptions=True)
    raise AssertionError("the block either returns or raises")


@contextmanager
def _first_of_all() -> Iterator[None]:
    """Of several faults at once tell the first, as it is."""
    try:
        yield
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from None


async def _carried_out(trial: Trial, running: Running, say: Say, began: float) -> Result:
    everybody = people(trial.people, [fault.name for fault in trial.faults])
    theirs = frozenset(fault.name for fault in trial.faults if fault.at_provider)
    injector = Injector(
        running.parts,
        running.supervisor,
        running.supervisor.switches,
        database=None if trial.postgres else running.system.local.folder / "drumbeat.db",
        database_gone=running.without_database if trial.postgres else None,
    )
    injections = schedule(trial.faults, trial.seed, trial.seconds)
    async with within(trial.limit, "The campaign could not be published"):
        await running.enroller.publish()
        await meet(running.sandbox, everybody, theirs)
        others = await _enroll_stranger(trial, running)
    say(f"enrolling {len(everybody)} contacts, bringing about {_words(injections, theirs)}")
    operator = asyncio.create_task(_give_up_lost_calls(running))
    try:
        async with asyncio.TaskGroup() as group:
            enrolling = group.create_task(
                running.enroller.enroll(everybody, trial.seconds, _tell_of(running, others))
            )
            await injector.inject(injections)
            async with within(trial.seconds + trial.limit, "After the last fault not all could be enrolled"):
                await enrolling
        say("healed; waiting for the end")
        waits_for = await _until_over(trial, running)
    finally:
        operator.cancel()
    enrolled = {**enrolling.result(), **others}
    say("auditing" if waits_for is None else f"not over after {trial.limit:g} s; auditing")
    ledgers = await _collected(running, enrolled)
    found = audit(ledgers, await _capabilities(running.system))
    fault_of = {person.external_id: person.fault for person in (*everybody, STRANGER)}
    met_by = {enrollment: fault_of[external] for enrollment, external in enrolled.items()}
    met = (await running.ledger())["faults"]
    injected = {
        fault.name: Injected(met.get(fault.name, 0)) if fault.at_provider else injector.injected(fault)
        for fault in trial.faults
    }
    rows = rows_of(trial, injected, met_by, _sends(ledgers), found)
    return Result(trial, rows, found, injected, time.monotonic() - began, waits_for)


def _words(injections: Sequence[object], theirs: frozenset[str]) -> str:
    moments = f"{len(injections)} faults by time" if injections else ""
    by_address = f"{len(theirs)} by address" if theirs else ""
    return " and ".join(words for words in (moments, by_address) if words) or "no fault"


async def _enroll_stranger(trial: Trial, running: Running) -> dict[str, str]:
    """A contact of another tenant, where somebody is needed whose attempts are named wrongly."""
    if not any(fault.name == STRANGER.fault for fault in trial.faults):
        return {}
    await running.stranger.publish()
    return await running.stranger.enroll([STRANGER], 0.0)


def _tell_of(running: Running, others: Iterable[str]) -> HearOfEnrollment:
    """Have the stray callbacks about a contact of ours name the attempts of somebody else."""
    sandbox = Caller(running.sandbox, "sandbox")

    async def hear(person: Person, enrollment: str) -> None:
        if person.fault == STRANGER.fault:
            for other in others:
                await sandbox.ask("PUT", "/sandbox/strangers", json=strangers(enrollment, other))

    return hear


async def _give_up_lost_calls(running: Running) -> None:
    """Do as an operator does who sees that a worker is dead, until it is cancelled."""
    settled = 0
    while True:
        await asyncio.sleep(_LOOK)
        dead = {death.pid for death in running.supervisor.deaths if death.service.startswith(Part.WORKER)}
        if len(dead) == settled:
            continue
        try:
            # Until nothing more is found: what Temporal has handed out last may not be listed at once.
            await until_none(partial(give_up, running.temporal, dead))
            await asyncio.sleep(5)
            await give_up(running.temporal, dead)
        except RPCError:
            continue  # Temporal is away itself
        settled = len(dead)


async def _until_over(trial: Trial, running: Running) -> str | None:
    """Wait until every enrollment has ended and nothing is on its way; what is, where that takes too long."""
    waits_for = ""
    try:
        async with asyncio.timeout(trial.limit):
            for what, is_any in (
                ("enrollments that are open", running.enroller.count_open),
                ("enrollments of the other tenant that are open", running.strangers_open),
                ("runs that are open", running.runs_open),
                ("callbacks that are on their way", running.callbacks),
                ("interactions of which no run has heard", running.untold),
            ):
                waits_for = what
                await until_none(is_any)
    except TimeoutError:
        return waits_for
    return None


async def _collected(running: Running, enrolled: Mapping[str, str]) -> Ledgers:
    try:
        async with running.engine() as engine:
            return await collect(
                sandbox=running.sandbox, engine=engine, client=running.temporal, acknowledged=enrolled
            )
    except (httpx.HTTPError, SQLAlchemyError, RPCError) as error:
        raise ServiceFailed(f"The ledgers cannot be collected ({type(error).__name__}): {error}") from error


async def _capabilities(system: DrilledSystem) -> Capabilities:
    settings = load(system.environ)
    async with httpx.AsyncClient() as client:
        return capabilities(settings, wiring(settings, client))


def _sends(ledgers: Ledgers) -> Counter[str]:
    keys = (AttemptKey.parse(sent.attempt or "") for sent in ledgers.provider.sent)
    return Counter(key.enrollment_id for key in keys if key is not None)
