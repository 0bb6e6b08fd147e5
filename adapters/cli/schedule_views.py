"""Schedules, for people and for scripts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from adapters.cli.campaign_views import moment
from adapters.cli.shell import Shell
from adapters.cli.tables import new_table
from application.control_schedules import ScheduleView
from application.ports.batches import Batch
from application.ports.schedules import Firing, Planned
from domain.schedule_form import write_schedule
from domain.schedule_words import in_words
from domain.times.rfc3339 import rfc3339

NEXT_TIMES = 5


def schedule_table(found: Sequence[Planned]) -> Table:
    """All schedules, a row each."""
    table = new_table("Schedules", "key", "campaign", "audience", "when", "next", "")
    for each in found:
        schedule = each.schedule
        table.add_row(
            schedule.key,
            schedule.campaign,
            schedule.audience,
            escape(in_words(schedule)),
            _local(each, each.next_at[0]) if each.next_at and not each.paused else "never",
            "paused" if each.paused else "",
        )
    return table


def show_schedule(shell: Shell, view: ScheduleView) -> None:
    """One schedule: what it does, when next, and what its last firings have come to."""
    planned, schedule = view.planned, view.planned.schedule
    version = "the latest version" if schedule.version is None else f"version {schedule.version}"
    shell.say(f"{schedule.key}: {in_words(schedule)}", "bold")
    shell.say(f"It enrolls the audience {schedule.audience} in {schedule.campaign}, {version}.")
    if schedule.note:
        shell.say(schedule.note)
    if planned.paused:
        shell.say(f"It is paused: {planned.remark}", "yellow")
    for name, count in (("skipped", planned.skipped), ("missed", planned.missed)):
        if count:
            shell.say(f"{count} of its times were {name}.", "yellow")
    next_at = [_local(planned, at) for at in planned.next_at[:NEXT_TIMES]]
    shell.say(f"It fires next at {', '.join(next_at)}." if next_at else "It does not fire any more.")
    if planned.firings:
        shell.show(_firings(view))


def schedule_data(found: Planned | ScheduleView) -> Mapping[str, object]:
    """One schedule, with its last firings where they were looked at."""
    planned = found if isinstance(found, Planned) else found.planned
    data: dict[str, object] = {
        "key": planned.schedule.key,
        **write_schedule(planned.schedule),
        "in_words": in_words(planned.schedule),
        "paused": planned.paused,
        "remark": planned.remark,
        "next_at": [rfc3339(at) for at in planned.next_at[:NEXT_TIMES]],
        "fired": planned.fired,
        "skipped": planned.skipped,
        "missed": planned.missed,
    }
    if isinstance(found, ScheduleView):
        data["firings"] = [_firing(each, found.batches.get(each.batch_id)) for each in planned.firings]
    return data


def _firings(view: ScheduleView) -> Table:
    table = new_table("Last firings", "for", "state", "enrolled", "already", "batch", "")
    for each in view.planned.firings:
        batch = view.batches.get(each.batch_id)
        table.add_row(
            _local(view.planned, each.due_at),
            each.state.value,
            "" if batch is None else str(batch.enrolled),
            "" if batch is None else str(batch.already),
            "" if batch is None else each.batch_id,
            escape(each.problem),
        )
    return table


def _firing(firing: Firing, batch: Batch | None) -> Mapping[str, object]:
    return {
        "due_at": rfc3339(firing.due_at),
        "fired_at": rfc3339(firing.fired_at),
        "state": firing.state.value,
        "problem": firing.problem,
        "batch_id": firing.batch_id,
        "enrolled": None if batch is None else batch.enrolled,
        "already": None if batch is None else batch.already,
        "started": None if batch is None else batch.started,
    }


def _local(planned: Planned, at: datetime) -> str:
    """A time by the clocks of the schedule; in UTC where its zone is not known here."""
    try:
        zone = ZoneInfo(planned.schedule.time_zone)
    except (LookupError, OSError, ValueError):
        return moment(at)
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"
