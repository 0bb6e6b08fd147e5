"""The same system as the demonstration's, kept up until Ctrl-C, with its data kept between runs."""

import fcntl
import shlex
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import httpx
from attrs import frozen
from rich.console import Console
from rich.markup import escape

from adapters.cli import views
from adapters.cli.carriers import Carriers
from adapters.cli.demo import DAY, bring_up, enroll, read_contacts, set_people
from adapters.cli.dev_key import FILE, folder_key, write_secret
from adapters.cli.processes import Processes, ServiceFailed
from adapters.cli.system import Behaviour, LocalSystem, Ports
from adapters.cli.tools import Tools
from application.environment import API_KEY, API_URL


@frozen
class Options:
    """What to keep up.

    Args:
        folder: where the data lives.
        ports: where to listen.
        behaviour: how the sandbox's people and providers behave.
        carriers: who serves which role.
        contacts: a contact file to enroll at the start, or None.
        campaign: the campaign file for it.
        seconds_per_day: how long a day of its plan takes.
    """

    folder: Path
    ports: Ports
    behaviour: Behaviour
    carriers: Carriers
    contacts: Path | None
    campaign: Path
    seconds_per_day: float


async def run(options: Options, tools: Tools, console: Console) -> None:
    """Start the system, enroll the file if there is one, and stay until cancelled.

    Raises:
        ApplicationError: a file cannot be used, or a part of the system does not come up or ends by itself.
    """
    campaign = tools.read_campaign(options.campaign)
    contacts = None if options.contacts is None else read_contacts(options.contacts, tools)
    views.show_carriers(console, options.carriers, None if contacts is None else campaign.campaign.plan)
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        stack.enter_context(_alone_in(options.folder))
        system = LocalSystem.on(
            options.folder.resolve(), options.ports, options.behaviour, options.carriers, tools.open_accounts
        )
        processes = await stack.enter_async_context(Processes(options.folder))
        await bring_up(system, processes, tools, console)
        views.show_system(console, system)
        console.print(
            f"Data and logs: {escape(str(options.folder))}   (Ctrl-C ends it; the data stays)",
            highlight=False,
            soft_wrap=True,
        )
        uses = await stack.enter_async_context(tools.open(system.environ))
        key = await folder_key(options.folder, uses)
        console.print(
            f"API: {system.http_url}/v1   with this key, which is also in {escape(FILE)} there:",
            highlight=False,
            soft_wrap=True,
        )
        console.print(key, highlight=False, markup=False, soft_wrap=True)
        env = _write_env(options.folder, system, key)
        console.print(
            f"To reach it with other commands: . {escape(shlex.quote(str(env)))} && drumbeat campaign list",
            highlight=False,
            soft_wrap=True,
        )
        if contacts is not None:
            sandbox = await stack.enter_async_context(httpx.AsyncClient(base_url=system.sandbox_url))
            await set_people(contacts, sandbox)
            report = await enroll(campaign, contacts, options.seconds_per_day / DAY, uses)
            console.print(
                f"{report.contacts} contacts: {report.enrolled} enrolled now, {report.already} before, "
                f"{contacts.rejected} rows rejected",
                highlight=False,
            )
        await processes.watch()


def _write_env(folder: Path, system: LocalSystem, key: str) -> Path:
    """Write what points a shell's commands at the system, and programs at its API.

    Args:
        folder: where the data lives.
        system: which.
        key: to its API.

    Raises:
        ServiceFailed: the file cannot be written.
    """
    path = folder.resolve() / "env"
    pointers = {**system.pointers, API_URL: system.http_url, API_KEY: key}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in pointers.items()]
    try:
        write_secret(path, "".join(lines))
    except OSError as error:
        raise ServiceFailed(f"{path} cannot be written: {error.strerror}") from error
    return path


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep a second one out of the folder: two servers on one database would spoil it.

    Raises:
        ServiceFailed: somebody else uses the folder.
    """
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ServiceFailed(
                f"{folder} is in use by another `drumbeat dev`: end that one, or give another --folder."
            ) from None
        yield
