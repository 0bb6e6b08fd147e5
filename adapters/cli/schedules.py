"""Commands on schedules: audiences that are enrolled again and again."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from adapters.cli.campaign_files import JsonOption
from adapters.cli.schedule_views import schedule_data, schedule_table, show_schedule
from adapters.cli.shell import Shell
from adapters.cli.tools import UseCases
from application.control_schedules import ScheduleView
from domain.schedules import Overlap

KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="What the schedule is called.")]
CampaignOption = Annotated[str, typer.Option("--campaign", help="Key of the campaign.")]
AudienceOption = Annotated[str, typer.Option("--audience", help="Key of the audience.")]
CronOption = Annotated[
    list[str] | None, typer.Option("--cron", help="A cron expression; may be given again.")
]
AtOption = Annotated[
    list[str] | None, typer.Option("--at", help="A time of day, like 09:00; may be given again.")
]
OnOption = Annotated[
    str | None, typer.Option("--on", help="With --at: days of the week, like mon-fri or mon,thu.")
]
DaysOption = Annotated[str | None, typer.Option("--days", help="With --at: days of the month, like 1,15.")]
MonthsOption = Annotated[str | None, typer.Option("--months", help="With --at: months, like jan,jul.")]
EveryOption = Annotated[str | None, typer.Option("--every", help="An interval, like 6h.")]
OffsetOption = Annotated[str | None, typer.Option("--offset", help="With --every: so much later.")]
ZoneOption = Annotated[
    str, typer.Option("--zone", help="By whose clocks: an IANA name, like America/Chicago.")
]
VersionOption = Annotated[
    int | None,
    typer.Option("--version", help="Version of the campaign; the latest when it fires unless given."),
]
RateOption = Annotated[float | None, typer.Option("--rate", help="Runs that it starts a second at most.")]
JitterOption = Annotated[
    str | None, typer.Option("--jitter", help="It fires so much later at most, by chance.")
]
OverlapOption = Annotated[
    Overlap,
    typer.Option("--overlap", help="What happens when it is due while an earlier firing still enrolls."),
]
CatchUpOption = Annotated[
    str | None,
    typer.Option("--catch-up", help="How late a missed firing still happens; a day unless given."),
]
StartsOption = Annotated[
    str | None, typer.Option("--starts", help="It does not fire before, like 2026-03-01T00:00:00Z.")
]
EndsOption = Annotated[str | None, typer.Option("--ends", help="It does not fire after.")]
NoteOption = Annotated[str | None, typer.Option("--note", help="What it is for; nothing personal.")]
PausedOption = Annotated[
    bool | None,
    typer.Option("--paused/--active", help="Whether it stands still; as it was before unless given."),
]
RemarkOption = Annotated[str, typer.Option("--because", help="Why, for whoever looks at it.")]
FromOption = Annotated[str, typer.Option("--from", help="Where it begins, like 2026-03-01T00:00:00Z.")]
ToOption = Annotated[str, typer.Option("--to", help="Where it ends; not in the future.")]


def schedules(shell: Shell) -> typer.Typer:
    """The group ``schedule``."""
    app = typer.Typer(
        help="Audiences that are enrolled again and again.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,  # it is an app of its own, too
    )
    _add_create(app, shell)
    _add_looking(app, shell)
    _add_steering(app, shell)
    return app


def _add_create(app: typer.Typer, shell: Shell) -> None:
    @app.command(
        epilog="Example: drumbeat schedule create new-leads --campaign welcome --audience new-leads "
        "--at 09:00 --on mon-fri --zone America/Chicago"
    )
    def create(
        key: KeyArgument,
        campaign: CampaignOption,
        audience: AudienceOption,
        cron: CronOption = None,
        at: AtOption = None,
        on: OnOption = None,
        days: DaysOption = None,
        months: MonthsOption = None,
        every: EveryOption = None,
        offset: OffsetOption = None,
        zone: ZoneOption = "UTC",
        version: VersionOption = None,
        rate: RateOption = None,
        jitter: JitterOption = None,
        overlap: OverlapOption = Overlap.SKIP,
        catch_up: CatchUpOption = None,
        starts: StartsOption = None,
        ends: EndsOption = None,
        note: NoteOption = None,
        paused: PausedOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Make a schedule, or change the one of this key; twice the same is once.

        Say when by one of --cron, --at and --every.
        """
        when = {
            "cron": cron,
            "at": at,
            "weekdays": on,
            "days": days,
            "months": months,
            "every": every,
            "offset": offset,
        }
        data = {
            "campaign": campaign,
            "audience": audience,
            "version": version,
            "rate": rate,
            "when": _given(when),
            "time_zone": zone,
            "jitter": jitter,
            "overlap": overlap.value,
            "catch_up": catch_up,
            "starts_at": starts,
            "ends_at": ends,
            "note": note,
        }
        _put(shell, key, _given(data), paused=paused, as_json=as_json)


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value not in (None, [])}


def _put(shell: Shell, key: str, data: Mapping[str, Any], *, paused: bool | None, as_json: bool) -> None:
    async def work(uses: UseCases) -> tuple[bool, ScheduleView]:
        is_new = await uses.control_schedules().put(uses.tenant, key, data, paused=paused)
        return is_new, await uses.control_schedules().get(uses.tenant, key)

    is_new, view = shell.use(work)
    if not as_json:
        shell.say(f"The schedule {key} is {'made' if is_new else 'changed'}.")
    _show(shell, view, as_json=as_json)


def _show(shell: Shell, view: ScheduleView, *, as_json: bool) -> None:
    if as_json:
        shell.data(schedule_data(view))
    else:
        show_schedule(shell, view)


def _add_looking(app: typer.Typer, shell: Shell) -> None:
    @app.command("list", epilog="Example: drumbeat schedule list")
    def list_all(as_json: JsonOption = False) -> None:
        """List the schedules; one made a moment ago may show a little later."""
        found = shell.use(lambda uses: uses.control_schedules().all(uses.tenant))
        if as_json:
            shell.data([schedule_data(each) for each in found])
        elif found:
            shell.show(schedule_table(found))
        else:
            shell.say("There is no schedule.")

    @app.command(epilog="Example: drumbeat schedule describe new-leads --json")
    def describe(key: KeyArgument, as_json: JsonOption = False) -> None:
        """Show when it fires next, and what its last firings have enrolled."""
        view = shell.use(lambda uses: uses.control_schedules().get(uses.tenant, key))
        _show(shell, view, as_json=as_json)


def _add_steering(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog="Example: drumbeat schedule trigger new-leads")
    def trigger(key: KeyArgument, as_json: JsonOption = False) -> None:
        """Let it fire now, or after the firing that goes on; also while it is paused."""
        shell.use(lambda uses: uses.control_schedules().trigger(uses.tenant, key))
        _told(shell, key, "fires", as_json=as_json)

    @app.command(epilog="Example: drumbeat schedule pause new-leads --because 'the form is being rebuilt'")
    def pause(key: KeyArgument, because: RemarkOption = "", as_json: JsonOption = False) -> None:
        """Let it stand still; what it has enrolled goes on."""
        shell.use(lambda uses: uses.control_schedules().pause(uses.tenant, key, because))
        _told(shell, key, "is paused", as_json=as_json)

    @app.command(epilog="Example: drumbeat schedule unpause new-leads")
    def unpause(key: KeyArgument, because: RemarkOption = "", as_json: JsonOption = False) -> None:
        """Let it go on; what would have fired meanwhile does not: backfill does that."""
        shell.use(lambda uses: uses.control_schedules().unpause(uses.tenant, key, because))
        _told(shell, key, "goes on", as_json=as_json)

    @app.command(epilog="Example: drumbeat schedule delete new-leads")
    def delete(key: KeyArgument, as_json: JsonOption = False) -> None:
        """Forget it; what it has enrolled goes on."""
        shell.use(lambda uses: uses.control_schedules().delete(uses.tenant, key))
        _told(shell, key, "is deleted", as_json=as_json)

    @app.command(
        epilog="Example: drumbeat schedule backfill new-leads --from 2026-03-01T00:00:00Z "
        "--to 2026-03-08T00:00:00Z"
    )
    def backfill(key: KeyArgument, start: FromOption, end: ToOption, as_json: JsonOption = False) -> None:
        """Let it fire for each of its times in a stretch of the past, one after the other."""
        shell.use(lambda uses: uses.control_schedules().backfill(uses.tenant, key, start, end))
        _told(shell, key, "fires for the times past", as_json=as_json)


def _told(shell: Shell, key: str, done: str, *, as_json: bool) -> None:
    if as_json:
        shell.data({"key": key, "done": done})
    else:
        shell.say(f"The schedule {key} {done}.")
