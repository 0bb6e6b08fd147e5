"""``drumbeat campaign publish``: what a new version means for those under way, and then the deed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from attrs import frozen

from adapters.cli.campaign_files import FileArgument, JsonOption, finding_line
from adapters.cli.moves import (
    Impact,
    ask_choices,
    check_choices,
    impact_data,
    read_choices,
    show_impact,
)
from adapters.cli.running import UNUSABLE
from adapters.cli.shell import NEGATIVE, Shell, Unusable
from adapters.cli.tools import CampaignFile, UseCases
from application.move_enrollments import KEEP

MovingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--moving",
        metavar="STEP=CHOICE",
        help="What becomes of those at a step of other versions: keep (as usual), end, or the key of a step "
        "of this version that they go to (step:end for one that is called so).",
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Ask nothing.")]


@frozen
class Published:
    """What was done.

    Args:
        new: False where this very version had been published before.
        told: how many enrollments were told to go over or to end.
    """

    new: bool
    told: int


def add_commands(app: typer.Typer, shell: Shell) -> None:
    """Add ``publish``.

    Args:
        app: the group ``campaign``.
        shell: what it is carried out with.
    """

    @app.command(
        epilog="Example: drumbeat campaign publish reminder.yaml --moving call=end --moving text=sms --yes"
    )
    def publish(
        file: FileArgument,
        moving: MovingOption = None,
        yes: YesOption = False,
        as_json: JsonOption = False,
    ) -> None:
        """Publish a version, once you have seen whom it finds under way.

        Enrollments stay at the version that they began with, unless you choose otherwise for the step that
        they are at. A version never changes afterwards; publishing it again does no harm, and a choice that
        was interrupted is carried on.
        """
        with shell.explained():
            choices: Mapping[str, str] = read_choices(moving or [])
            campaign = _read(shell, file)
        plan = campaign.campaign.plan
        impact = shell.use(lambda uses: _impact(uses, campaign))
        with shell.explained():
            check_choices(plan, impact, choices)
        asks = shell.tools.asks and not (yes or as_json)
        if not as_json:
            show_impact(shell, plan, impact, choices)
        if asks:
            choices = _confirmed(shell, campaign, impact, choices)
        elif impact.count and not yes:
            _refuse(shell, campaign, impact)
        done = shell.use(lambda uses: _publish(uses, campaign, choices))
        if as_json:
            shell.data(_data(campaign, impact, choices, done))
        else:
            _show(shell, campaign, choices, done)


def _read(shell: Shell, file: Path) -> CampaignFile:
    """The campaign of a file of which at most warnings are to be told; they do not belong to the answer."""
    check = shell.tools.check_campaign(file)
    if check.file is None:
        raise Unusable("\n".join(finding_line(file, problem) for problem in check.problems))
    for warning in check.warnings:
        shell.warn(finding_line(file, warning, "warning: "))
    return check.file


async def _impact(uses: UseCases, file: CampaignFile) -> Impact:
    plan = file.campaign.plan
    places = await uses.move_enrollments().impact(uses.tenant, plan)
    return Impact(places, await uses.show_campaigns().steps(uses.tenant, plan.campaign))


def _confirmed(
    shell: Shell, file: CampaignFile, impact: Impact, choices: Mapping[str, str]
) -> Mapping[str, str]:
    plan = file.campaign.plan
    asked = ask_choices(shell, plan, impact, choices)
    if asked != choices:
        show_impact(shell, plan, impact, asked)
    if not typer.confirm(f"Publish {plan.campaign} version {plan.version}?"):
        shell.say("Nothing was published.")
        raise typer.Exit(NEGATIVE)
    return asked


def _refuse(shell: Shell, file: CampaignFile, impact: Impact) -> None:
    plan = file.campaign.plan
    lost = f", some at steps that version {plan.version} does not have ({', '.join(impact.lost)})"
    shell.warn(
        f"Nothing was published: enrollments are in flight on other versions ({impact.count})"
        f"{lost if impact.lost else ''}. Add --yes to publish; they stay at their versions, except where "
        "--moving STEP=end or --moving STEP=NEWSTEP says otherwise."
    )
    raise typer.Exit(UNUSABLE)


async def _publish(uses: UseCases, file: CampaignFile, choices: Mapping[str, str]) -> Published:
    new = await uses.publish_campaign()(uses.tenant, file.definition)
    told = await uses.move_enrollments()(uses.tenant, file.campaign.plan, choices)
    return Published(new, told)


def _show(shell: Shell, file: CampaignFile, choices: Mapping[str, str], done: Published) -> None:
    plan = file.campaign.plan
    was = "is published" if done.new else "was published before, as it is"
    shell.say(f"{plan.campaign} version {plan.version} {was}.", "green")
    if any(choice != KEEP for choice in choices.values()):
        shell.say(
            f"Enrollments told of what was chosen: {done.told}. Each does it as soon as nothing is under way "
            "with it; those that had been told before are not counted."
        )


def _data(
    file: CampaignFile, impact: Impact, choices: Mapping[str, str], done: Published
) -> Mapping[str, object]:
    plan = file.campaign.plan
    return {
        "campaign": plan.campaign,
        "version": plan.version,
        "published": done.new,
        "impact": impact_data(impact, choices),
        "told": done.told,
    }
