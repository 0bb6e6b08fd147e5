"""Commands on the campaigns that are published: what there is, what has changed, holding one."""

import re
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli import campaign_views as views
from adapters.cli.campaign_files import JsonOption
from adapters.cli.shell import NEGATIVE, Shell
from adapters.cli.tools import UseCases
from application.control_campaign import ControlCampaign
from application.show_campaigns import CampaignState
from domain.campaign import Campaign
from domain.language.diff import differences
from domain.pauses import PausePolicy

KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="Key of a campaign.")]
VersionOption = Annotated[
    int | None, typer.Option("--version", min=1, help="Which version; the latest unless given.")
]
WhatArgument = Annotated[
    list[str], typer.Argument(metavar="KEY OLD NEW | FILE FILE", help="Two versions, or two files.")
]
ExitCodeOption = Annotated[
    bool, typer.Option("--exit-code", help="Exit with 1 where there are differences, as diff does.")
]
RateOption = Annotated[
    float | None,
    typer.Option("--rate", min=0.001, max=10_000, help="With catch-up: touches a second; 1 unless given."),
]

_VERSION = re.compile(r"[0-9]{1,10}")


class Then(StrEnum):
    """`domain.pauses.PausePolicy`, as people write it."""

    FREEZE = "freeze"
    EXPIRE = "expire"
    CATCH_UP = "catch-up"

    @property
    def policy(self) -> PausePolicy:
        """What it stands for."""
        return PausePolicy(self.value.replace("-", "_"))


ThenOption = Annotated[
    Then,
    typer.Option(
        "--then",
        help="What becomes of what falls due meanwhile: freeze lengthens every wait by the pause, expire "
        "passes such touches over, catch-up sends them afterwards, little by little.",
    ),
]


def add_commands(app: typer.Typer, shell: Shell) -> None:
    """Add the commands.

    Args:
        app: the group ``campaign``.
        shell: what they are carried out with.
    """
    _add_looking(app, shell)
    _add_holding(app, shell)


def _add_looking(app: typer.Typer, shell: Shell) -> None:
    @app.command("list", epilog="Example: drumbeat campaign list --json")
    def all_campaigns(as_json: JsonOption = False) -> None:
        """List what is published, and how many are in flight."""
        states = shell.use(lambda uses: uses.show_campaigns()(uses.tenant))
        if as_json:
            shell.data([views.campaign_data(each) for each in states])
        elif states:
            shell.show(views.campaign_table(states))
        else:
            shell.say("No campaign is published.")

    @app.command(epilog="Example: drumbeat campaign show appointment-reminder --version 2")
    def show(
        key: KeyArgument,
        version: VersionOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show one version: its steps, who is at which, and whether the campaign is paused."""
        state = shell.use(lambda uses: uses.show_campaigns().version(uses.tenant, key, version))
        if as_json:
            shell.data(views.version_data(state))
        else:
            views.show_version(shell, state)

    @app.command(epilog="Example: drumbeat campaign diff appointment-reminder 1 2")
    def diff(
        what: WhatArgument,
        exit_code: ExitCodeOption = False,
        as_json: JsonOption = False,
    ) -> None:
        """Say in words what has changed between two versions, or between two files."""
        found = differences(*_pair(shell, what))
        if as_json:
            shell.data(found)
        else:
            for each in found or ["There is no difference."]:
                shell.say(each)
        if found and exit_code:
            raise typer.Exit(NEGATIVE)


def _pair(shell: Shell, what: list[str]) -> tuple[Campaign, Campaign]:
    match what:
        case [old, new]:
            with shell.explained():
                read = shell.tools.read_campaign
                return read(Path(old)).campaign, read(Path(new)).campaign
        case [key, old, new] if _VERSION.fullmatch(old) and _VERSION.fullmatch(new):
            return shell.use(lambda uses: _versions(uses, key, int(old), int(new)))
        case _:
            raise typer.BadParameter(
                "name a campaign and two of its versions, such as hello 1 2, or two files"
            )


async def _versions(uses: UseCases, key: str, old: int, new: int) -> tuple[Campaign, Campaign]:
    show = uses.show_campaigns().version
    return (await show(uses.tenant, key, old)).campaign, (await show(uses.tenant, key, new)).campaign


def _add_holding(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog="Example: drumbeat campaign pause appointment-reminder --then catch-up --rate 5")
    def pause(
        key: KeyArgument,
        then: ThenOption = Then.FREEZE,
        rate: RateOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Hold a campaign in all its versions: nothing more is sent from now on."""
        if rate is not None and then is not Then.CATCH_UP:
            raise typer.BadParameter("it goes with --then catch-up only", param_hint="--rate")
        touches = 1.0 if rate is None else rate
        held, now = _change(
            shell, key, lambda control, tenant: control.pause(tenant, key, then.policy, touches)
        )
        if as_json:
            shell.data(views.changed_data(now, changed=held))
        elif held:
            shell.say(f"{key} is paused; what falls due meanwhile: {then.value}.")
        else:
            shell.say(f"{key} was paused before, and stays as it was.")

    @app.command(epilog="Example: drumbeat campaign resume appointment-reminder")
    def resume(key: KeyArgument, as_json: JsonOption = False) -> None:
        """Let a campaign go on, as was said when it was paused."""
        resumed, now = _change(shell, key, lambda control, tenant: control.resume(tenant, key))
        if as_json:
            shell.data(views.changed_data(now, changed=resumed))
        else:
            shell.say(f"{key} goes on." if resumed else f"{key} was not paused.")


def _change(
    shell: Shell, key: str, order: Callable[[ControlCampaign, str], Awaitable[bool]]
) -> tuple[bool, CampaignState]:
    async def work(uses: UseCases) -> tuple[bool, CampaignState]:
        changed = await order(uses.control_campaign(), uses.tenant)
        return changed, await uses.show_campaigns().state(uses.tenant, key)

    return shell.use(work)
