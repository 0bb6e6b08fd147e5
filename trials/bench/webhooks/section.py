"""``drumbeat bench webhooks``: our webhooks against a bare route, and how soon a run decides."""

from collections.abc import Sequence
from statistics import median

from attrs import field, frozen
from temporalio.client import Client

from domain.idempotency import AttemptKey
from domain.statuses import Channel
from trials.bench.cpu import cpu_seconds
from trials.bench.report import Figure, Options, Section, at_least, at_most
from trials.bench.server import embedded_server
from trials.bench.side_by_side import AT_ONCE
from trials.bench.webhooks.apps import App, Setting, on_sqlite
from trials.bench.webhooks.counted import counted
from trials.bench.webhooks.latency import latency
from trials.bench.webhooks.load import Signed, Vendors, post_all
from trials.bench.webhooks.waiting import Kind, new_attempts, stand, start, store

LEAST_SHARE = 0.7
"""Of the bare route's webhooks a second, with a signature checked and everything recorded."""

MOST_STATEMENTS = 6
MOST_TRANSACTIONS = 2
MOST_AMONG_OTHERS = 4
"""Statements of a webhook that comes at the same time as others: they share theirs."""

SMS = Kind(Channel.SMS, "twilio")
EMAIL = Kind(Channel.EMAIL, "sendgrid")
IN_A_BATCH = 20


@frozen
class Scale:
    """How much is measured.

    Args:
        rounds: of each app, in turns.
        each: webhooks in a round.
        batches: of e-mail events.
        paced: webhooks whose way is timed.
        rate: how many of those are sent a second.
    """

    rounds: int
    each: int
    batches: int
    paced: int
    rate: float


FULL = Scale(rounds=7, each=150, batches=20, paced=200, rate=20.0)
QUICK = Scale(rounds=2, each=32, batches=2, paced=20, rate=20.0)
_ALONE = 1 + 5
_COUNTED = _ALONE + 1 + 4 * AT_ONCE
_WARMING = 10


@frozen
class Rounds:
    """What the rounds of one app came to: webhooks a second, and milliseconds of processor time for each."""

    speeds: list[float] = field(factory=list)
    cpu: list[float] = field(factory=list)

    async def one(self, app: App, callbacks: Sequence[Signed]) -> None:
        """Post a round's callbacks."""
        before = cpu_seconds(app.pid)
        seconds = await post_all(callbacks)
        self.speeds.append(len(callbacks) / seconds)
        self.cpu.append((cpu_seconds(app.pid) - before) * 1000 / len(callbacks))


async def measure(options: Options) -> Section:
    """Measure.

    Args:
        options: how.
    """
    scale, vendors = QUICK if options.is_quick else FULL, Vendors()
    async with embedded_server(options.folder) as server:
        setting = on_sqlite(server.client, options.folder, vendors.ours)
        await setting.migrate()
        async with setting.apps() as (app, bare):
            async with setting.worker():
                options.say("enrollments are put where they wait for word of a message")
                ours = await _waiting(setting, SMS, (scale.rounds + 1) * scale.each)
                theirs = await _waiting(setting, SMS, (scale.rounds + 1) * scale.each)
                mailed = await _waiting(setting, EMAIL, scale.batches * IN_A_BATCH)
                more = await _waiting(setting, SMS, _COUNTED + _WARMING + scale.paced)
                await stand(server.client, [*ours, *theirs, *mailed, *more])
                options.say("from a webhook to the next command")
                timed = await _latency(setting.client, app, vendors, more[_COUNTED:], scale.rate)
            options.say("webhooks against a bare route, in turns")
            figures = await _compared(vendors, scale, (app, ours), (bare, theirs))
            figures += await _batches(app, vendors, mailed)
        figures += await _counted(setting, vendors, more[:_COUNTED]) + timed
    return Section("Webhooks, from the signature to the signal", figures, _notes(scale))


async def _waiting(setting: Setting, kind: Kind, count: int) -> list[AttemptKey]:
    attempts = new_attempts(kind, count)
    async with setting.database() as database:
        await store(database, kind, attempts)
    await start(setting.client, kind, attempts)
    return attempts


async def _compared(
    vendors: Vendors,
    scale: Scale,
    ours: tuple[App, Sequence[AttemptKey]],
    theirs: tuple[App, Sequence[AttemptKey]],
) -> list[Figure]:
    """Rounds that take turns; the first of each warms up and does not count."""
    (app, to_us), (bare, to_them) = ours, theirs
    we, they = Rounds(), Rounds()
    for begin in range(0, len(to_us), scale.each):
        part = slice(begin, begin + scale.each)
        await we.one(app, [vendors.delivered(f"{app.url}/webhooks/twilio", key) for key in to_us[part]])
        await they.one(bare, [vendors.delivered(f"{bare.url}/webhooks", key) for key in to_them[part]])
    shares = [us / them for us, them in zip(we.speeds[1:], they.speeds[1:], strict=True)]
    cpu, bare_cpu = median(we.cpu[1:]), median(they.cpu[1:])
    return [
        Figure("webhooks: share of the bare route's speed", median(shares), "ratio", at_least(LEAST_SHARE)),
        Figure("webhooks", median(we.speeds[1:]), "/s"),
        Figure("bare route", median(they.speeds[1:]), "/s"),
        Figure("processor time of a webhook", cpu, "ms"),
        Figure("processor time of the bare route", bare_cpu, "ms"),
    ]


async def _batches(app: App, vendors: Vendors, mailed: Sequence[AttemptKey]) -> list[Figure]:
    callbacks = [
        vendors.all_delivered(app.url, mailed[begin : begin + IN_A_BATCH])
        for begin in range(0, len(mailed), IN_A_BATCH)
    ]
    seconds = await post_all(callbacks)
    return [Figure(f"e-mail events, {IN_A_BATCH} in a webhook", len(mailed) / seconds, "/s")]


async def _counted(setting: Setting, vendors: Vendors, attempts: Sequence[AttemptKey]) -> list[Figure]:
    callbacks = [vendors.delivered(f"{setting.system.http_url}/webhooks/twilio", key) for key in attempts]
    alone, together = callbacks[:_ALONE], callbacks[_ALONE:]
    one = await counted(setting.environ, setting.client, alone, 1)
    many = await counted(setting.environ, setting.client, together, AT_ONCE)
    return [
        Figure("statements of a webhook alone", one.statements, "", at_most(MOST_STATEMENTS)),
        Figure("transactions of a webhook alone", one.transactions, "", at_most(MOST_TRANSACTIONS)),
        Figure(f"statements of each of {AT_ONCE} at once", many.statements, "", at_most(MOST_AMONG_OTHERS)),
    ]


async def _latency(
    client: Client, app: App, vendors: Vendors, attempts: Sequence[AttemptKey], rate: float
) -> list[Figure]:
    """The first ones warm up and do not count."""
    callbacks = [(key, vendors.delivered(f"{app.url}/webhooks/twilio", key)) for key in attempts]
    await latency(client, callbacks[:_WARMING], rate)
    found = await latency(client, callbacks[_WARMING:], rate)
    return [
        Figure("webhook to the run's next command, p50", found.p50, "ms"),
        Figure("webhook to the run's next command, p99", found.p99, "ms"),
    ]


def _notes(scale: Scale) -> list[str]:
    turns = f"{scale.rounds} rounds of {scale.each} in turns, after one that warms up; medians"
    return [
        "The bare route inserts one row and signals; it checks nothing and finds nobody out.",
        f"Each app is a process, posted to by {AT_ONCE} connections: {turns}.",
        "Every webhook is news to a run of its own; no worker runs meanwhile.",
        f"Latency is at {scale.rate:.0f} webhooks a second, with a worker, until the outcome is written.",
    ]
