"""The same system as the demonstration's, kept up until Ctrl-C, with its data kept between runs."""

from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from attrs import frozen
from rich.console import Console

from adapters.cli import views
from adapters.cli.demo import DAY, bring_up, enroll, set_people
from adapters.cli.processes import Processes
from adapters.cli.system import Behaviour, LocalSystem, Ports
from adapters.cli.tools import Tools


@frozen
class Options:
    """What to keep up.

    Args:
        folder: where the data lives.
        ports: where to listen.
        behaviour: how the sandbox's people and providers behave.
        contacts: a contact file to enroll at the start, or None.
        campaign: the campaign file for it.
        seconds_per_day: how long a day of its plan takes.
    """

    folder: Path
    ports: Ports
    behaviour: Behaviour
    contacts: Path | None
    campaign: Path
    seconds_per_day: float


async def run(options: Options, tools: Tools, console: Console) -> None:
    """Start the system, enroll the file if there is one, and stay until cancelled.

    Raises:
        ApplicationError: a file cannot be used, or a part of the system does not come up or ends by itself.
    """
    campaign = tools.read_campaign(options.campaign)
    contacts = None if options.contacts is None else tools.read_contacts(options.contacts)
    options.folder.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        system = LocalSystem(options.folder.resolve(), options.ports, options.behaviour)
        processes = await stack.enter_async_context(Processes(options.folder))
        await bring_up(system, processes, tools, console)
        views.show_system(console, system)
        console.print(f"Data and logs: {options.folder}   (Ctrl-C ends it; the data stays)", highlight=False)
        if contacts is not None:
            uses = await stack.enter_async_context(tools.open(system.environ))
            sandbox = await stack.enter_async_context(httpx.AsyncClient(base_url=system.sandbox_url))
            await set_people(contacts, sandbox)
            report = await enroll(campaign, contacts, options.seconds_per_day / DAY, uses)
            console.print(
                f"{report.contacts} contacts: {report.enrolled} enrolled now, {report.already} before, "
                f"{contacts.rejected} rows rejected",
                highlight=False,
            )
        await processes.watch()
