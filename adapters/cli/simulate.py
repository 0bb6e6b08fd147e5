"""``drumbeat simulate``: a campaign tried before launch, in memory."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from random import Random
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from attrs import frozen

from adapters.cli.campaign_files import FileArgument, JsonOption
from adapters.cli.shell import Shell, Unusable
from adapters.cli.simulation_views import show_tally, tally_data
from domain.campaign import Campaign
from domain.simulation.assumptions import Assumptions, usual
from domain.simulation.model import Model
from domain.simulation.simulate import simulate
from domain.simulation.tally import Tally
from domain.times import durations

MOST_ENROLLMENTS = 1_000_000
_MOST_DAYS = 3650
_YEARS = range(1971, 3000)
_START = datetime(2030, 3, 4, 9)  # noqa: DTZ001 - a Monday, on the clocks of the campaign's zone
_WHAT = (
    "Try a campaign before launch: thousands of enrollments, in memory, by assumptions and chance.\n\n"
    "Nothing is sent, and no server is needed. The plan is followed by the very function that decides in "
    "production; people and providers do what is assumed of them: see --assumptions, and change it "
    "with --set, or with a file of such lines. The same seed gives the same figures.\n\n"
    "Not modelled: holidays, zones but the campaign's, pauses, events that lead to a step, other campaigns' "
    "messages that count for caps, retries of providers, what contacts' data says: conditions hold by chance."
)

EnrollmentsOption = Annotated[
    int, typer.Option("--enrollments", min=1, max=MOST_ENROLLMENTS, help="How many people are enrolled.")
]
DaysOption = Annotated[
    int,
    typer.Option("--days", min=1, max=_MOST_DAYS, help="How many days are looked at from the first one on."),
]
OverOption = Annotated[str, typer.Option("--over", help="They are enrolled evenly over so much time.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Where chance begins.")]
StartOption = Annotated[
    datetime,
    typer.Option("--start", formats=["%Y-%m-%dT%H:%M"], help="When, on the clocks of the campaign's zone."),
]
BehaviourOption = Annotated[
    Path | None,
    typer.Option("--behaviour", help="File of assumptions, one a line, as --assumptions prints them."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PLACE.WORD=SHARE", help="One assumption, above the file's."),
]
RateOption = Annotated[
    float | None, typer.Option("--rate", min=0.001, help="Messages a second that your providers take.")
]
AssumptionsOption = Annotated[
    bool, typer.Option("--assumptions", help="Print what is assumed, as a file for --behaviour, and end.")
]


@frozen
class Options:
    """What is simulated.

    Args:
        enrollments: how many.
        days: how long is looked at.
        over: how long they take to begin.
        seed: where chance begins.
        start: when, without zone.
    """

    enrollments: int
    days: int = 30
    over: timedelta = timedelta(days=1)
    seed: int = 7
    start: datetime = _START


def add_commands(app: typer.Typer, shell: Shell) -> None:
    """Add ``simulate``.

    Args:
        app: the whole command line.
        shell: what it is carried out with.
    """

    @app.command(
        "simulate",
        help=_WHAT,
        epilog="Example: drumbeat simulate reminder.yaml --enrollments 20000 --set sms.replied=0.2",
    )
    def simulate_campaign(
        file: FileArgument,
        enrollments: EnrollmentsOption = 10_000,
        days: DaysOption = 30,
        over: OverOption = "1d",
        seed: SeedOption = 7,
        start: StartOption = _START,
        behaviour: BehaviourOption = None,
        changes: SetOption = None,
        rate: RateOption = None,
        assumptions: AssumptionsOption = False,
        as_json: JsonOption = False,
    ) -> None:
        with shell.explained():
            campaign = shell.tools.read_campaign(file).campaign
            assumed = _assumed(campaign, behaviour, changes or ())
            options = Options(enrollments, days, _duration(over), seed, start)
            if start.year not in _YEARS:
                raise Unusable(f"--start: the year is one from {_YEARS[0]} to {_YEARS[-1]}")
            if options.over > timedelta(days=_MOST_DAYS):
                raise Unusable(
                    f"--over: {over} is longer than the {_MOST_DAYS} days that are looked at, at most"
                )
            if rate is not None and not isfinite(rate):  # which no bound of an option keeps out
                raise Unusable(f"--rate: {rate:g} is not a number of messages; write it like 0.5 or 20")
        if assumptions:
            for name, assumption in assumed:
                shell.say(f"{name} = {assumption}")
            return
        tally = tried(campaign, assumed, options)
        if as_json:
            shell.data(tally_data(tally, assumed, rate))
        else:
            show_tally(shell, tally, days, rate)


def tried(campaign: Campaign, assumed: Assumptions, options: Options) -> Tally:
    """Simulate.

    Args:
        campaign: which.
        assumed: of its people and providers.
        options: how many, how long.
    """
    return simulate(
        model_of(campaign, assumed, options.start),
        options.enrollments,
        lambda number: chance_of(options.seed, number),
        options.over,
        timedelta(days=options.days),
    )


def model_of(campaign: Campaign, assumed: Assumptions, start: datetime = _START) -> Model:
    """A campaign's model, beginning at a time on the clocks of its zone."""
    zone = ZoneInfo(campaign.rules.timezone)
    return Model(campaign, assumed, zone, start.replace(tzinfo=zone).astimezone(UTC))


def chance_of(seed: int, number: int) -> Random:
    """An enrollment's own chance, by its number: whoever else there is."""
    return Random(f"{seed}/{number}")  # noqa: S311 - a simulation, no secret


def _assumed(campaign: Campaign, behaviour: Path | None, changes: Sequence[str]) -> Assumptions:
    assumed = usual(campaign)
    lines = [] if behaviour is None else [*_lines(behaviour)]
    for place, line in (*lines, *(("--set", change) for change in changes)):
        name, equals, value = line.partition("=")
        if not equals:
            raise Unusable(f"{place}: an assumption needs a name and a share, such as sms.replied=0.2")
        try:
            assumed = assumed.but(name.strip(), value.strip())
        except ValueError as error:
            raise Unusable(f"{place}: {error}") from None
    return assumed


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines of a file that say something, each with its place."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{path}: cannot be read: {error}") from None
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.partition("#")[0].strip()
        if said:
            yield f"{path}:{number}", said


def _duration(text: str) -> timedelta:
    try:
        return durations.parse(text)
    except ValueError as error:
        raise Unusable(f"--over: {error}") from None
