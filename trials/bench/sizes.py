"""``drumbeat bench sizes``: whether a life costs more where there are more enrollments already."""

import gc
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from statistics import median

from attrs import define, field, frozen

from trials.bench.copies import multiply
from trials.bench.costs import Cost, Meter
from trials.bench.databases import Kind, both_kinds
from trials.bench.lived import HAPPY
from trials.bench.lives import Lives
from trials.bench.mix import a_mix
from trials.bench.report import Figure, Options, Section, at_most

SIZES = (1_000, 10_000, 50_000)
FLAT = 1.10
A_BLOCK_MORE = 1.5
"""A tree of fifty times the rows is a block higher; what reads them all takes dozens of times as many."""
_BACKGROUND = 4
"""In two of so many rounds the background jobs are measured, too."""

_NOTES = (
    "A life is enrolling, sending, one callback and the end, by the use cases; all else is on the table.",
    "What counts is CPU time: the server's and ours. Each round measures all sizes, and the medians count.",
    "A block more for each look into an index is what a tree pays for ten times the rows, and costs no time.",
)


@frozen
class Amount:
    """How much is measured.

    Args:
        sizes: how many enrollments there are, the fewest first.
        rounds: how often each is measured.
        lives: how many lives a round has.
        mix: how many lives the rows are copied from, in hundreds of `trials.bench.mix.MIX`.
    """

    sizes: Sequence[int] = SIZES
    rounds: int = 40
    lives: int = 3
    mix: float = 1.0


_QUICK = Amount((200, 400, 800), rounds=2, lives=2, mix=0.1)


@define
class Place:
    """A database of one size.

    Args:
        lives: in it.
        meter: of it.
        costs: of a life, by round.
        jobs: what each background job costs, by its name and by round.
    """

    lives: Lives
    meter: Meter
    costs: list[Cost] = field(factory=list)
    jobs: dict[str, list[Cost]] = field(factory=dict)
    _number: int = 10_000

    async def round(self, lives: int) -> None:
        """Measure once."""
        numbers = range(self._number, self._number + lives)
        self._number += lives

        async def live() -> None:
            for number in numbers:
                await self.lives.live(HAPPY, number)

        gc.collect()
        self.costs.append(await self.meter.cost(live) / lives)

    async def background(self) -> None:
        """Measure once what goes on by itself, whatever happens."""
        use = self.lives.use
        for name, job in (
            ("relay", use.relay_events()),
            ("look for what is stuck", partial(use.find_stuck(), None)),
        ):
            self.jobs.setdefault(name, []).append(await self.meter.cost(job))


async def measure(options: Options) -> Section:
    """Let enrollments live beside few and beside many others."""
    amount = _QUICK if options.is_quick else Amount()
    figures: list[Figure] = []
    async with both_kinds(options.folder) as kinds:
        for kind in kinds:
            async with AsyncExitStack() as stack:
                places = await _places(kind, amount, options, stack)
                await _rounds(places, amount, kind, options)
                figures += _figures(kind, places)
    return Section("What an enrollment costs beside others", figures, _NOTES)


async def _places(kind: Kind, amount: Amount, options: Options, stack: AsyncExitStack) -> Mapping[int, Place]:
    options.say(f"{kind.name}: lives to copy")
    template = await kind.filled("few", partial(a_mix, part=amount.mix))
    watcher = await stack.enter_async_context(kind.watcher())
    places: dict[int, Place] = {}
    for size in amount.sizes:
        options.say(f"{kind.name}: {size:,} enrollments")
        fill = partial(multiply, total=size)
        engine = await stack.enter_async_context(kind.made(f"{size}", fill, like=template))
        places[size] = Place(Lives(engine), Meter(engine, watcher))
    return places


async def _rounds(places: Mapping[int, Place], amount: Amount, kind: Kind, options: Options) -> None:
    order = list(places.values())
    for number in range(amount.rounds + 1):
        if number % 10 == 1:
            options.say(f"{kind.name}: round {number} of {amount.rounds}")
        for place in order:
            await place.round(amount.lives)
            if number % _BACKGROUND in {0, 1}:
                await place.background()
        order = order[1:] + order[:1]
    for place in order:  # the first round has read and prepared what is read and prepared once
        del place.costs[0]
        for costs in place.jobs.values():
            del costs[0]


def _figures(kind: Kind, places: Mapping[int, Place]) -> list[Figure]:
    sizes = list(places)
    figures = [
        Figure(f"{kind.name}: CPU of a life beside {size:,}", _cpu(places[size].costs) * 1000, "ms")
        for size in sizes
    ]
    figures += [
        Figure(
            f"{kind.name}: CPU of a life, {size:,} / {sizes[0]:,}",
            _ratio(places[size].costs, places[sizes[0]].costs),
            "ratio",
            at_most(FLAT),
        )
        for size in sizes[1:]
    ]
    for job in places[sizes[0]].jobs:
        figures += [
            Figure(f"{kind.name}: CPU of a {job} beside {size:,}", _cpu(places[size].jobs[job]) * 1000, "ms")
            for size in (sizes[0], sizes[-1])
        ]
    if kind.server is not None:
        figures += [
            Figure(f"{kind.name}: blocks of a life beside {size:,}", _blocks(places[size].costs))
            for size in sizes
        ]
        for job in places[sizes[0]].jobs:
            figures += [
                Figure(f"{kind.name}: blocks of a {job} beside {size:,}", _blocks(places[size].jobs[job]))
                for size in (sizes[0], sizes[-1])
            ]
            figures.append(
                Figure(
                    f"{kind.name}: blocks of a {job}, {sizes[-1]:,} / {sizes[0]:,}",
                    _blocks(places[sizes[-1]].jobs[job]) / _blocks(places[sizes[0]].jobs[job]),
                    "ratio",
                    at_most(A_BLOCK_MORE),
                )
            )
        figures.append(
            Figure(f"{kind.name}: of the CPU the server's", _servers_share(places[sizes[-1]].costs), "ratio")
        )
    return figures


def _cpu(costs: Sequence[Cost]) -> float:
    return median(cost.cpu for cost in costs)


def _blocks(costs: Sequence[Cost]) -> float:
    return median(cost.blocks for cost in costs)


def _ratio(many: Sequence[Cost], few: Sequence[Cost]) -> float:
    """Of two sizes, round by round: what slows a whole round slows both."""
    return median(a.cpu / b.cpu for a, b in zip(many, few, strict=True))


def _servers_share(costs: Sequence[Cost]) -> float:
    whole = sum(costs, start=Cost())
    return whole.server / whole.cpu
