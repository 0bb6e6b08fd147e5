"""The command line: ``drumbeat``, or ``python -m adapters.cli``."""

import os
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from adapters.cli import demo as demonstration
from adapters.cli import dev as development
from adapters.cli.examples import example
from adapters.cli.running import STOPPED, UNUSABLE, Stopped, explain, run
from adapters.cli.system import Behaviour, Ports
from adapters.cli.tools import CampaignFile, Tools, UseCases
from application.errors import ApplicationError
from bootstrap import container, files, schema
from bootstrap.settings import WrongSetting, load
from bootstrap.telemetry import configure_logging
from domain.errors import DomainError

_T = TypeVar("_T")

app = typer.Typer(
    name="drumbeat",
    help="Durable, exact outreach campaigns over SMS, e-mail and voice.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(db, name="db")

_console = Console()
_errors = Console(stderr=True)

ContactsOption = Annotated[Path | None, typer.Option("--contacts", help="CSV file of the people to reach.")]
CampaignOption = Annotated[Path | None, typer.Option("--campaign", help="YAML file of the campaign.")]
DayOption = Annotated[
    float, typer.Option("--day", min=0.1, max=86_400, help="Seconds that a day of the plan takes.")
]
SeedOption = Annotated[int, typer.Option(help="Two runs with one seed agree.")]
FaultsOption = Annotated[
    float, typer.Option(min=0, max=0.2, help="Share of addresses that meet each of the providers' faults.")
]


@app.command(epilog="Example: drumbeat demo --contacts people.csv --campaign reminder.yaml")
def demo(
    contacts: ContactsOption = None,
    campaign: CampaignOption = None,
    day: DayOption = 5.0,
    seed: SeedOption = 7,
    faults: FaultsOption = 0.06,
    rejects: Annotated[Path, typer.Option(help="Where refused rows go.")] = Path(".drumbeat/rejects.csv"),
) -> None:
    """Run a campaign from start to end on real servers and sandboxed providers; leave nothing behind."""
    options = demonstration.Options(
        contacts=contacts or example("contacts.csv"),
        campaign=campaign or example("appointment-reminder.yaml"),
        rejects=rejects,
        seconds_per_day=day,
        behaviour=Behaviour(seed, faults),
    )
    result = _carry_out(demonstration.run(options, _tools(), _console))
    if not result.good:
        raise typer.Exit(1)


@app.command(epilog="Example: drumbeat dev --contacts people.csv --campaign reminder.yaml --day 60")
def dev(
    contacts: ContactsOption = None,
    campaign: CampaignOption = None,
    day: DayOption = 60.0,
    seed: SeedOption = 7,
    faults: FaultsOption = 0.0,
    folder: Annotated[Path, typer.Option(help="Where the data lives.")] = Path(".drumbeat/dev"),
    port: Annotated[int, typer.Option(help="Port of the HTTP app.")] = 8000,
    ui_port: Annotated[int, typer.Option(help="Port of the Temporal Web UI.")] = 8233,
    temporal_port: Annotated[int, typer.Option(help="Port of the Temporal server.")] = 7233,
) -> None:
    """Keep the same system up until Ctrl-C, with its data kept between runs."""

    async def keep_up() -> None:
        options = development.Options(
            folder=folder,
            ports=Ports.fixed(http=port, temporal=temporal_port, temporal_ui=ui_port),
            behaviour=Behaviour(seed, faults),
            contacts=contacts,
            campaign=campaign or example("appointment-reminder.yaml"),
            seconds_per_day=day,
        )
        await development.run(options, _tools(), _console)

    _carry_out(keep_up())


@db.command("upgrade", epilog="Example: DRUMBEAT_DATABASE_URL=sqlite:///drumbeat.db drumbeat db upgrade")
def db_upgrade() -> None:
    """Bring the database of DRUMBEAT_DATABASE_URL up to date; safe to run again."""
    _carry_out(_migrate(os.environ))
    _console.print("The database is up to date.")


@db.command("check", epilog="Example: drumbeat db check")
def db_check() -> None:
    """Say whether the database of DRUMBEAT_DATABASE_URL answers and is up to date."""

    async def check() -> None:
        await schema.check(load(os.environ))

    _carry_out(check())
    _console.print("The database answers and is up to date.")


def _carry_out(command: Coroutine[Any, Any, _T]) -> _T:
    try:
        configure_logging(load(os.environ).telemetry)
        return run(command)
    except Stopped:
        _errors.print("Stopped; nothing is left running.", style="yellow")
        raise typer.Exit(STOPPED) from None
    except (ApplicationError, DomainError, WrongSetting) as error:
        explain(_errors, error)
        raise typer.Exit(UNUSABLE) from None
    finally:
        command.close()


def _tools() -> Tools:
    return Tools(
        read_campaign=lambda path: CampaignFile(*files.read_campaign(path)),
        read_contacts=files.read_contacts,
        write_rejects=files.write_rejects,
        migrate=_migrate,
        open=_use_cases,
    )


async def _migrate(environ: Mapping[str, str]) -> None:
    await schema.upgrade(load(environ))


@asynccontextmanager
async def _use_cases(environ: Mapping[str, str]) -> AsyncIterator[UseCases]:
    settings = load(environ)
    # Temporal's own variables are read from the environment of the process, as every Temporal tool does it.
    os.environ.update({name: value for name, value in environ.items() if name.startswith("TEMPORAL_")})
    async with container.running(settings, "drumbeat-cli") as wired:
        yield UseCases(
            tenant=settings.tenant,
            publish_campaign=wired.publish_campaign(),
            enroll_contacts=wired.enroll_contacts(),
            summarize_campaign=wired.summarize_campaign(),
            reconcile_campaign=wired.reconcile_campaign(),
            show_timeline=wired.show_timeline(),
        )


def main() -> None:
    """The installed command."""
    app()


if __name__ == "__main__":
    main()
