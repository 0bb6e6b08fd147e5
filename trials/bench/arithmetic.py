"""How much of everything so many enrollments a month need. Pure arithmetic: from stated figures to others."""

from math import ceil, log2

from attrs import frozen

DAYS = 30
HOURS = 24
SECONDS = 3600


@frozen
class Life:
    """What one enrollment of the usual shape takes: two texts, two callbacks each, and an answer.

    From `drumbeat bench`, on two cores: shapes, enrollments, webhooks, rows and sizes.

    Args:
        sends: messages.
        callbacks: webhooks about them, with the answer.
        actions: billable ones at Temporal.
        events: of its history.
        history_kb: of its history.
        updates: writes to its history shard: three a workflow task, two an activity, one a signal.
        tasks: workflow tasks and activities, which wait in task queues.
        wakes: workflow tasks long after the one before, when no worker has the run in its memory any more.
        open_days: how long it is open.
        rows: in the database.
        row_kb: of rows and indexes, as written.
        transactions: of the database.
        wal_kb: of the database's log, without full page images.
        worker_ms: CPU time of a worker, which has it in memory.
        replay_ms: CPU time to bring it back into memory.
        webhook_ms: CPU time of the HTTP app for one webhook.
        database_ms: CPU time of PostgreSQL.
        temporal_ms: CPU time of the Temporal server.
    """

    sends: float = 2
    callbacks: float = 5
    actions: float = 8
    events: float = 31
    history_kb: float = 5.3
    updates: float = 21
    tasks: float = 7
    wakes: float = 3
    open_days: float = 3
    rows: float = 19
    row_kb: float = 9.8
    transactions: float = 16
    wal_kb: float = 21
    worker_ms: float = 45
    replay_ms: float = 12
    webhook_ms: float = 3.2
    database_ms: float = 8
    temporal_ms: float = 47


@frozen
class Habits:
    """When it happens, and how full machines may be.

    Args:
        days: of a month on which messages go out.
        hours: of such a day.
        peak: how much more there is in the worst minutes than on average in these hours.
        busy: how much of a core's time may be in use at the peak.
        spare: how much more the database's files hold than their rows: what vacuum has yet to free.
        kept_months: how long rows are kept.
        shard_updates: how many updates a second one history shard of Temporal may have: they go one after the
            other, some 5 ms each, and should wait for none.
        partition_tasks: how many tasks a second one partition of a task queue may pass on.
        fewest_shards: below which nobody should begin.
        growth: for how much more than is planned there are shards: their number stays for ever.
        dollars_per_million: for actions, at the first step of Temporal Cloud's list.
    """

    days: float = 22
    hours: float = 8
    peak: float = 3
    busy: float = 0.6
    spare: float = 1.5
    kept_months: float = 13
    shard_updates: float = 20
    partition_tasks: float = 250
    fewest_shards: int = 512
    growth: float = 4
    dollars_per_million: float = 50


@frozen
class Needs:
    """What so many enrollments a month need; rates are a second.

    Args:
        lives: enrollments, on average over all hours.
        lives_at_peak: the same in the worst minutes, as all that is at peak.
        sends_at_peak: messages, which the providers' rates must allow.
        webhooks_at_peak: callbacks.
        transactions_at_peak: of the database.
        wal_mb_at_peak: MB of the database's log.
        updates_at_peak: writes of Temporal's history shards.
        tasks_at_peak: through Temporal's task queues.
        workers: processes; one uses one core.
        apps: processes of the HTTP app; one uses one core.
        database_cores: of PostgreSQL.
        temporal_cores: of the Temporal server, without its own database.
        shards: history shards.
        partitions: of the task queues, together.
        open_runs: at one time.
        open_histories_gb: of these.
        rows_a_month: in the database.
        gb_a_month: of rows and indexes, with what vacuum has yet to free.
        gb_kept: the same, for as long as rows are kept.
        wal_gb_a_month: of the database's log.
        actions_a_month: at Temporal Cloud.
        dollars_a_month: for these.
    """

    lives: float
    lives_at_peak: float
    sends_at_peak: float
    webhooks_at_peak: float
    transactions_at_peak: float
    wal_mb_at_peak: float
    updates_at_peak: float
    tasks_at_peak: float
    workers: int
    apps: int
    database_cores: int
    temporal_cores: int
    shards: int
    partitions: int
    open_runs: float
    open_histories_gb: float
    rows_a_month: float
    gb_a_month: float
    gb_kept: float
    wal_gb_a_month: float
    actions_a_month: float
    dollars_a_month: float


def needs(enrollments: float, life: Life | None = None, habits: Habits | None = None) -> Needs:
    """What so many enrollments a month need.

    Args:
        enrollments: how many a month.
        life: what one takes.
        habits: when, and how full machines may be.
    """
    life, habits = life or Life(), habits or Habits()
    at_peak = enrollments / (habits.days * habits.hours * SECONDS) * habits.peak
    open_runs = enrollments * life.open_days / DAYS
    updates, tasks = at_peak * life.updates, at_peak * life.tasks
    gb = enrollments * life.row_kb / 1e6 * habits.spare
    webhooks = at_peak * life.callbacks

    def cores(milliseconds: float) -> int:
        return ceil(milliseconds / 1000 / habits.busy)

    return Needs(
        lives=enrollments / (DAYS * HOURS * SECONDS),
        lives_at_peak=at_peak,
        sends_at_peak=at_peak * life.sends,
        webhooks_at_peak=webhooks,
        transactions_at_peak=at_peak * life.transactions,
        wal_mb_at_peak=at_peak * life.wal_kb / 1000,
        updates_at_peak=updates,
        tasks_at_peak=tasks,
        workers=max(2, cores(at_peak * (life.worker_ms + life.wakes * life.replay_ms))),
        apps=max(2, cores(webhooks * life.webhook_ms)),
        database_cores=cores(at_peak * life.database_ms),
        temporal_cores=cores(at_peak * life.temporal_ms),
        shards=max(habits.fewest_shards, _power_of_two(updates * habits.growth / habits.shard_updates)),
        partitions=ceil(tasks / habits.partition_tasks),
        open_runs=open_runs,
        open_histories_gb=open_runs * life.history_kb / 1e6,
        rows_a_month=enrollments * life.rows,
        gb_a_month=gb,
        gb_kept=gb * habits.kept_months,
        wal_gb_a_month=enrollments * life.wal_kb / 1e6,
        actions_a_month=enrollments * life.actions,
        dollars_a_month=enrollments * life.actions / 1e6 * habits.dollars_per_million,
    )


def _power_of_two(least: float) -> int:
    return 1 << ceil(log2(max(1, least)))
