"""What a simulation has found, for people and for scripts."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from attrs import asdict, fields, filters
from rich.table import Table

from adapters.cli.shell import Shell
from adapters.cli.tables import new_table
from domain.simulation.assumptions import Assumptions
from domain.simulation.tally import Tally
from domain.statuses import Channel
from domain.times import durations

_MOST_DAYS = 14


def show_tally(shell: Shell, tally: Tally, days: int, rate: float | None) -> None:
    """Tables, and sentences on what they come to.

    Args:
        shell: where.
        tally: what was found.
        days: how long was looked at.
        rate: how many messages a second the providers take; None where nobody has said.
    """
    plan = tally.plan
    shell.say(
        f"{plan.campaign} version {plan.version}: {tally.enrolled:,} enrollments, {days} days, simulated",
        "bold",
    )
    shell.say("What people and providers do is assumed, not measured: drumbeat simulate FILE --assumptions")
    shell.show("", _outcomes(tally), _messages(tally), _days(tally))
    for line in _sentences(tally, rate):
        shell.say(line)


def _outcomes(tally: Tally) -> Table:
    table = new_table("Outcomes", "outcome", "count", "share")
    for outcome, count in sorted(tally.outcomes.items()):
        table.add_row(outcome.value, f"{count:,}", f"{count / tally.enrolled:.1%}")
    if tally.still_open:
        table.add_row("(open)", f"{tally.still_open:,}", f"{tally.still_open / tally.enrolled:.1%}")
    return table


def _messages(tally: Tally) -> Table:
    table = new_table("Messages", "step", "channel", "count", "for each enrollment")
    for step in tally.plan.touches:
        count = tally.messages[step.key]
        table.add_row(step.key, step.channel.value, f"{count:,}", f"{count / tally.enrolled:.2f}")
    total = tally.messages.total()
    table.add_row("all", "", f"{total:,}", f"{total / tally.enrolled:.2f}")
    return table


def _days(tally: Tally) -> Table:
    channels = _channels(tally)
    table = new_table("Days", "day", *(channel.value for channel in channels), "handoffs")
    found = _by_day(tally)
    for day in found[:_MOST_DAYS]:
        table.add_row(_day_name(day), *_row(tally, [day], channels))
    if len(found) > _MOST_DAYS:
        table.add_row(f"{len(found) - _MOST_DAYS} more", *_row(tally, found[_MOST_DAYS:], channels))
    return table


def _row(tally: Tally, days: list[date], channels: list[Channel]) -> Iterator[str]:
    for channel in channels:
        yield f"{sum(tally.per_day[day, channel] for day in days):,}"
    yield f"{sum(tally.handoffs[day] for day in days):,}"


def _channels(tally: Tally) -> list[Channel]:
    used = {step.channel for step in tally.plan.touches}
    return [channel for channel in Channel if channel in used]


def _by_day(tally: Tally) -> list[date]:
    return sorted({day for day, _ in tally.per_day} | set(tally.handoffs))


def _day_name(day: date) -> str:
    return f"{day:%a} {day.isoformat()}"


def _sentences(tally: Tally, rate: float | None) -> Iterator[str]:
    median, late = tally.length(0.5), tally.length(0.9)
    if median is not None and late is not None:
        yield f"Of those that ended, half had ended after {_words(median)}, and 90% after {_words(late)}."
    if tally.handoffs:
        day, most = max(tally.handoffs.items(), key=lambda item: (item[1], item[0]))
        yield f"Humans get {tally.handoffs.total():,} cases, at most {most:,} a day ({_day_name(day)})."
    peak = tally.peak()
    if peak is not None:
        at, count = peak
        here = at.astimezone(tally.zone)
        busiest = f"The busiest hour begins on {here:%a %Y-%m-%d at %H:%M}: {count:,} messages"
        yield f"{busiest}, {count / 3600:.2f} a second."
        if rate is not None:
            yield f"At {rate:g} a second they take {_words(timedelta(seconds=count / rate))}."
    if tally.refused:
        kept = ", ".join(f"{why.value} {count:,}" for why, count in sorted(tally.refused.items()))
        yield f"Messages kept back or put off, by why: {kept}."
    actions = tally.effort.actions
    yield (
        f"Temporal actions, if no send has to be repeated: {actions:,}, "
        f"{actions / tally.enrolled:.1f} for each enrollment."
    )


def _words(length: timedelta) -> str:
    """Days and hours of what is long, hours and minutes of what is short: the rest says nothing."""
    unit = timedelta(hours=1) if length >= timedelta(days=1) else timedelta(minutes=1)
    if length < timedelta(minutes=1):
        unit = timedelta(seconds=1)
    return durations.words(round(length / unit) * unit)


def tally_data(tally: Tally, assumptions: Assumptions, rate: float | None) -> dict[str, Any]:
    """The same for scripts; times are seconds, shares go from 0 to 1."""
    peak, channels = tally.peak(), _channels(tally)
    median, late = tally.length(0.5), tally.length(0.9)
    by_channel = {
        each.value: sum(n for (_, by), n in tally.per_day.items() if by is each) for each in channels
    }
    return {
        "campaign": tally.plan.campaign,
        "version": tally.plan.version,
        "enrollments": tally.enrolled,
        "open": tally.still_open,
        "outcomes": {
            outcome.value: {"count": count, "share": round(count / tally.enrolled, 4)}
            for outcome, count in sorted(tally.outcomes.items())
        },
        "ended_after": None
        if median is None or late is None
        else {"median": median.total_seconds(), "p90": late.total_seconds()},
        "messages": {
            "by_channel": by_channel,
            "by_step": {step.key: tally.messages[step.key] for step in tally.plan.touches},
        },
        "days": [
            {
                "day": day.isoformat(),
                **{channel.value: tally.per_day[day, channel] for channel in channels},
                "handoffs": tally.handoffs[day],
            }
            for day in _by_day(tally)
        ],
        "kept_back": {why.value: count for why, count in sorted(tally.refused.items())},
        "handoffs": {
            "count": tally.handoffs.total(),
            "most_a_day": max(tally.handoffs.values(), default=0),
        },
        "peak_hour": None
        if peak is None
        else {
            "at": peak[0].isoformat(),
            "messages": peak[1],
            "seconds_at_rate": None if rate is None else peak[1] / rate,
        },
        "temporal_actions": {"count": tally.effort.actions, **_public(tally)},
        "facts": {"count": tally.facts, "unchanged": tally.unchanged},
        "assumptions": {name: str(assumption) for name, assumption in assumptions},
    }


def _public(tally: Tally) -> dict[str, Any]:
    kind = type(tally.effort)
    return asdict(tally.effort, filter=filters.include(*(each for each in fields(kind) if each.init)))
