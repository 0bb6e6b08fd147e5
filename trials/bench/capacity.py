"""``drumbeat bench capacity``: what 1, 10 and 100 million enrollments a month need."""

from attrs import frozen

from trials.bench.arithmetic import Habits, Life, Needs, needs
from trials.bench.report import Figure, Options, Section

MILLIONS = (1, 10, 100)


@frozen
class Line:
    """One figure of all sizes.

    Args:
        name: what it is.
        field: of `Needs`.
        unit: of what.
    """

    name: str
    field: str
    unit: str = ""


LINES = (
    Line("enrollments, on average", "lives", "/s"),
    Line("enrollments at the peak", "lives_at_peak", "/s"),
    Line("messages at the peak", "sends_at_peak", "/s"),
    Line("webhooks at the peak", "webhooks_at_peak", "/s"),
    Line("workers", "workers"),
    Line("HTTP apps", "apps"),
    Line("transactions at the peak", "transactions_at_peak", "/s"),
    Line("cores of PostgreSQL", "database_cores"),
    Line("log of PostgreSQL at the peak", "wal_mb_at_peak", "MB/s"),
    Line("log of PostgreSQL in a month", "wal_gb_a_month", "GB"),
    Line("rows in a month", "rows_a_month"),
    Line("database in a month", "gb_a_month", "GB"),
    Line("database after 13 months", "gb_kept", "GB"),
    Line("open runs", "open_runs"),
    Line("histories of open runs", "open_histories_gb", "GB"),
    Line("writes of history shards at the peak", "updates_at_peak", "/s"),
    Line("history shards", "shards"),
    Line("tasks through queues at the peak", "tasks_at_peak", "/s"),
    Line("partitions of task queues", "partitions"),
    Line("cores of the Temporal server", "temporal_cores"),
    Line("actions in a month", "actions_a_month"),
    Line("actions in a month, at Temporal Cloud", "dollars_a_month", "$"),
)


def named(line: Line, millions: int) -> str:
    """The name of a figure of one size."""
    return f"{millions} million a month: {line.name}"


async def measure(options: Options) -> Section:
    """Work it out; nothing is measured here, so that the inputs are the same wherever it runs."""
    found: dict[int, Needs] = {millions: needs(millions * 1_000_000) for millions in MILLIONS}
    figures = [
        Figure(named(line, millions), float(getattr(found[millions], line.field)), line.unit)
        for millions in MILLIONS
        for line in LINES
    ]
    return Section("What so many enrollments a month need", figures, _NOTES)


_LIFE, _HABITS = Life(), Habits()
_NOTES = (
    (
        f"A life: {_LIFE.sends:g} messages, {_LIFE.callbacks:g} callbacks, {_LIFE.actions:g} actions, open "
        f"for {_LIFE.open_days:g} days."
    ),
    (
        f"Peak: {_HABITS.peak:g} times the average of {_HABITS.hours:g} hours on {_HABITS.days:g} days; "
        f"cores are {_HABITS.busy:.0%} busy then."
    ),
)
