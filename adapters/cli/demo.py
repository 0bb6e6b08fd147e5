"""The main job from start to end, on a system of its own that is gone afterwards."""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from attrs import frozen
from rich.console import Console
from rich.live import Live

from adapters.cli import views
from adapters.cli.carriers import Carriers
from adapters.cli.processes import Processes, ServiceFailed
from adapters.cli.system import Behaviour, LocalSystem, Ports
from adapters.cli.timeline_view import enrollment_view
from adapters.cli.tools import CampaignFile, Tools, UseCases
from application.enroll_contacts import EnrollReport
from application.errors import ApplicationError
from application.ports.files import ContactFile
from application.summarize_campaign import CampaignSummary
from domain.campaign import Plan
from domain.reconciliation import Reconciliation

DAY = timedelta(days=1).total_seconds()

PORT_TRIES = 4

BATCH = 10
BATCH_SECONDS = 0.6
"""How many contacts are enrolled at once, and how long that takes at least."""

SETTLE_SECONDS = 45.0
"""What starting, sending and calling back may take beside the plan's own waits."""


@frozen
class Options:
    """What a demonstration is about.

    Args:
        contacts: the contact file.
        campaign: the campaign file.
        rejects: where the refused rows go.
        seconds_per_day: how long a day of the plan takes.
        behaviour: how people and providers behave.
        carriers: who serves which role.
    """

    contacts: Path
    campaign: Path
    rejects: Path
    seconds_per_day: float
    behaviour: Behaviour
    carriers: Carriers

    @property
    def scale(self) -> float:
        """What the plan's durations are multiplied with."""
        return self.seconds_per_day / DAY


@frozen
class Result:
    """What came of it.

    Args:
        summary: the campaign's figures.
        reconciliation: our books against the sandbox's ledger.
    """

    summary: CampaignSummary
    reconciliation: Reconciliation

    @property
    def good(self) -> bool:
        """Whether every enrollment ended and the books match."""
        return self.summary.open == 0 and self.reconciliation.clean


async def run(options: Options, tools: Tools, console: Console) -> Result:
    """Read the files, start the system, run the campaign, sum up.

    Raises:
        ApplicationError: a file cannot be used, or a part of the system does not come up. Nothing is left
            running.
    """
    # Both files are read before anything is started or stored: a bad one leaves nothing half done.
    campaign = tools.read_campaign(options.campaign)
    contacts = read_contacts(options.contacts, tools)
    _keep_apart(options)
    tools.write_rejects(options.rejects, contacts)
    views.show_files(console, options, campaign, contacts)
    views.show_carriers(console, options.carriers, campaign.campaign.plan)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drumbeat-demo-")))
        processes = await stack.enter_async_context(Processes(folder, temporary=True))
        system = await _started(folder, options, processes, tools, console)
        views.show_system(console, system)
        uses = await stack.enter_async_context(tools.open(system.environ))
        sandbox = await stack.enter_async_context(httpx.AsyncClient(base_url=system.sandbox_url, timeout=10))
        watch = asyncio.create_task(processes.watch())
        job = asyncio.create_task(_campaign(options, campaign, contacts, uses, sandbox, console))
        try:
            await asyncio.wait({watch, job}, return_when=asyncio.FIRST_COMPLETED)
            if not job.done():
                watch.result()  # a part of the system has ended by itself; this raises
            return await job
        finally:
            for task in (watch, job):
                task.cancel()
            await asyncio.gather(watch, job, return_exceptions=True)


class Unusable(ApplicationError):
    """A file that was given cannot be used for this."""


def read_contacts(path: Path, tools: Tools) -> ContactFile:
    """Read a contact file of which something can be used.

    Raises:
        ApplicationError: the file, or every row of it, cannot be used, or a persona is unknown.
    """
    contacts = tools.read_contacts(path)
    if not contacts.rows:
        first = contacts.problems[0]
        raise Unusable(
            f"{path}: none of its {contacts.read} rows can be used; line {first.line}: {first.reason}"
        )
    for row in contacts.rows:
        persona = row.contact.attributes.get("persona")
        if persona and persona not in tools.personas:
            known = ", ".join(sorted(tools.personas))
            raise Unusable(f"{path}:{row.line}: persona: the sandbox knows no {persona!r}; it knows {known}")
    return contacts


def _keep_apart(options: Options) -> None:
    for what, path in (("--contacts", options.contacts), ("--campaign", options.campaign)):
        if options.rejects.resolve() == path.resolve():
            raise Unusable(f"--rejects and {what} name the same file, {path}, which would be overwritten.")


async def _started(
    folder: Path, options: Options, processes: Processes, tools: Tools, console: Console
) -> LocalSystem:
    """Start a system on free ports; should somebody take one of them first, try again with others."""
    for tries_left in reversed(range(PORT_TRIES)):
        system = LocalSystem.on(
            folder, Ports.free(), options.behaviour, options.carriers, tools.open_accounts
        )
        try:
            await bring_up(system, processes, tools, console)
        except ServiceFailed as fault:
            await processes.stop()
            if not (fault.lost_a_port and tries_left):
                raise
        else:
            return system
    raise AssertionError("the last try either returns or raises")


async def bring_up(system: LocalSystem, processes: Processes, tools: Tools, console: Console) -> None:
    """Start all parts of a local system; return when they serve.

    Raises:
        ServiceFailed: one of them does not come up.
    """
    with console.status("Starting Temporal, the database, the HTTP app, the worker and the sandbox ..."):
        await tools.migrate(system.environ)
        await processes.start(system.temporal(), system.sandbox())
        await processes.start(system.http(), system.worker())


async def enroll(campaign: CampaignFile, contacts: ContactFile, scale: float, uses: UseCases) -> EnrollReport:
    """Publish the campaign if it is new, and enroll the contacts who are not enrolled yet.

    They are enrolled little by little: where days are seconds, a burst would keep callbacks waiting for days.
    """
    plan = campaign.campaign.plan
    await uses.publish_campaign()(uses.tenant, campaign.definition)
    total = EnrollReport(0, 0, 0)
    for at in range(0, len(contacts.contacts), BATCH):
        began = time.monotonic()
        total += await uses.enroll_contacts()(
            uses.tenant, plan.campaign, plan.version, contacts.contacts[at : at + BATCH], time_scale=scale
        )
        await asyncio.sleep(max(0.0, BATCH_SECONDS - (time.monotonic() - began)))
    return total


async def set_people(contacts: ContactFile, sandbox: httpx.AsyncClient) -> None:
    """Tell the sandbox who answers how: the `persona` column of the contact file.

    Raises:
        ServiceFailed: it does not know a persona, or does not answer.
    """
    people = {
        address: contact.attributes["persona"]
        for contact in contacts.contacts
        if contact.attributes.get("persona")
        for address in (contact.phone, contact.email)
        if address
    }
    await _asked(sandbox, "PUT", "/sandbox/people", people)


async def _ledger(sandbox: httpx.AsyncClient) -> Any:
    return (await _asked(sandbox, "GET", "/sandbox/ledger")).json()


async def _asked(sandbox: httpx.AsyncClient, method: str, path: str, body: object = None) -> httpx.Response:
    try:
        answer = await sandbox.request(method, path, json=body)
    except httpx.HTTPError as error:
        raise ServiceFailed(f"The sandbox does not answer ({type(error).__name__}).") from error
    if not answer.is_success:
        raise ServiceFailed(f"The sandbox did not take a request to {path}: {answer.text}")
    return answer


async def _campaign(
    options: Options,
    campaign: CampaignFile,
    contacts: ContactFile,
    uses: UseCases,
    sandbox: httpx.AsyncClient,
    console: Console,
) -> Result:
    await set_people(contacts, sandbox)
    plan = campaign.campaign.plan
    progress = views.Progress(
        total=len(contacts.contacts),
        limit=_longest(plan.scaled(options.scale), options.scale).total_seconds() + SETTLE_SECONDS,
    )
    enrolling = asyncio.create_task(enroll(campaign, contacts, options.scale, uses))
    try:
        await _until_all_ended(plan.campaign, enrolling, progress, uses, console)
        report = await enrolling
    finally:
        enrolling.cancel()
    await _until_called_back(sandbox)
    summary = await uses.summarize_campaign()(uses.tenant, plan.campaign)
    taken = [send["attempt"] or "" for send in (await _ledger(sandbox))["accepted"]]
    reconciliation = await uses.reconcile_campaign()(uses.tenant, plan.campaign, taken)
    views.show_summary(console, contacts, report, summary, reconciliation)
    if summary.sample is not None:
        sample = await uses.show_enrollment()(uses.tenant, summary.sample)
        console.print(enrollment_view(sample, console.width), highlight=False)
    return Result(summary, reconciliation)


async def _until_all_ended(
    campaign: str,
    enrolling: asyncio.Task[EnrollReport],
    progress: views.Progress,
    uses: UseCases,
    console: Console,
) -> None:
    summary = await uses.summarize_campaign()(uses.tenant, campaign)
    with Live(progress.view(summary), console=console, refresh_per_second=4, transient=True) as live:
        while (summary.open or not enrolling.done()) and not progress.overdue:
            await asyncio.sleep(1.0)
            if enrolling.done():
                enrolling.result()  # where it failed, that is what there is to say
            summary = await uses.summarize_campaign()(uses.tenant, campaign)
            live.update(progress.view(summary))
            if not console.is_terminal:
                progress.line(console, summary)


async def _until_called_back(sandbox: httpx.AsyncClient) -> None:
    """Callbacks may still be on their way when the last enrollment ends; the figures wait for them."""
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while (await _ledger(sandbox))["callbacks"]["pending"]:  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise ServiceFailed(f"The sandbox was still calling back after {SETTLE_SECONDS:g} s.") from None


_CALENDAR = timedelta(days=366)
"""How long at most a step waits for a time that the contact's calendar tells."""


def _longest(plan: Plan, scale: float) -> timedelta:
    """The longest that a run of a plan of this scale may take, every wait to its end."""
    touches = (
        (step.delay if isinstance(step.delay, timedelta) else _CALENDAR * scale)
        + (step.wait + plan.patience) * step.retry.attempts
        + step.retry.cap * (step.retry.attempts - 1)
        for step in plan.touches
    )
    return sum(touches, timedelta()) + (plan.handoff_wait or timedelta())
