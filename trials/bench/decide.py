"""How many facts the core takes a second, in one process, and how much memory a state takes."""

import gc
import math
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from attrs import evolve, frozen

from adapters.cli.examples import example
from adapters.cli.simulate import chance_of, model_of
from bootstrap.files import read_campaign
from domain.campaign import Plan
from domain.enrollment.decide import decide
from domain.enrollment.events import Event
from domain.enrollment.state import EnrollmentState, Status
from domain.idempotency import enrollment_id
from domain.simulation.assumptions import usual
from domain.simulation.play import Course
from domain.simulation.world import SimulatedWorld
from domain.statuses import DeliveryStatus
from trials.bench.report import Figure, Options, Section, at_least

LEAST_RATE = 200_000
EXAMPLES = (
    "appointment-reminder",
    "appointment-by-date",
    "event-invitation",
    "lead-follow-up",
    "payment-reminder",
    "trial-onboarding",
)
_MIX = (
    f"The facts are those of simulated people in {', '.join(EXAMPLES)}: sends that are taken, refused, in "
    "doubt or put off; reports that come, come late (1 in 50) or twice (1 in 20); answers, key presses, "
    "time-outs, retries, handoffs. What the product does not tell its runs is not among them."
)
_ASSUMED = {"providers.repeated": "0.05", "providers.late": "0.02 after 2d"}
_SEED = 7
_TURNS = 20_000
_PART = 30
"""How many stories are told at a time: a few milliseconds."""


@frozen
class Story:
    """The facts of one enrollment, in the order in which they came."""

    plan: Plan
    state: EnrollmentState
    facts: tuple[Event, ...]


@frozen
class Speed:
    """How fast stories are told.

    Args:
        rate: facts a second of CPU time, each part of the stories in its least disturbed telling.
        turns: of a fixed loop, in the time of one fact, that measured in the same way.
    """

    rate: float
    turns: float


async def measure(options: Options) -> Section:
    """Tell `decide` alone once more what happened to simulated people."""
    people, rounds = (40, 3) if options.is_quick else (700, 15)
    told = [story for name in EXAMPLES for story in stories(name, people)]
    changing = [_changing(story) for story in told]
    count, kept = (sum(len(story.facts) for story in each) for each in (told, changing))
    options.say(f"{len(told):,} enrollments with {count:,} facts, {rounds} times")
    with _set_aside():
        speed, without = _speed(told, rounds), _speed(changing, rounds)
    return Section(
        "decide(): facts taken in one process",
        [
            Figure("facts taken", speed.rate, "/s", at_least(LEAST_RATE)),
            Figure("facts taken, only those that change something", without.rate, "/s"),
            Figure("facts that change nothing", 100 * (count - kept) / count, "%"),
            Figure("one fact, in turns of a fixed loop", speed.turns),
            Figure("facts of an enrollment", count / len(told)),
            Figure("memory of a state", _memory(1_000 if options.is_quick else 100_000), "bytes"),
            Figure("of that the object with its fields", _size(_waiting(0)), "bytes"),
        ],
        [
            _MIX,
            "Rates are of CPU time: of each part of the work, the least disturbed of the rounds counts.",
            "A state is one that waits, with an id and two times of its own.",
        ],
    )


def stories(name: str, people: int) -> Iterator[Story]:
    """What happens to people in one of the examples.

    Args:
        name: of the example.
        people: how many.
    """
    _, campaign = read_campaign(example(f"{name}.yaml"))
    assumed = usual(campaign)
    for assumption, text in _ASSUMED.items():
        assumed = assumed.but(assumption, text)
    model = model_of(campaign, assumed)
    for number in range(people):
        state = EnrollmentState(enrollment_id("bench", name, str(number)))
        world = SimulatedWorld(model, chance_of(_SEED, number), model.start)
        course = Course(campaign.plan, state, world, model.start)
        course.expect(world.facts())
        yield Story(campaign.plan, state, tuple(_to_the_end(course)))


def _to_the_end(course: Course) -> Iterator[Event]:
    for fact, decision in course:
        yield fact
        if decision.state.outcome is not None:
            return


def _changing(story: Story) -> Story:
    """The same without the facts that change nothing."""
    state, facts = story.state, []
    for fact in story.facts:
        decision = decide(story.plan, state, fact)
        if decision.state is not state:
            facts.append(fact)
        state = decision.state
    return evolve(story, facts=tuple(facts))


def _speed(told: Sequence[Story], rounds: int) -> Speed:
    """Others take the caches away, too: so many small parts are told often, and their best times count."""
    parts = [told[first : first + _PART] for first in range(0, len(told), _PART)]
    best, turn = [math.inf] * len(parts), math.inf
    for _ in range(rounds):
        turn = min(turn, _seconds(_loop) / _TURNS)
        best = [min(known, _seconds(partial(_tell, part))) for known, part in zip(best, parts, strict=True)]
    a_fact = sum(best) / sum(len(story.facts) for story in told)
    return Speed(1 / a_fact, a_fact / turn)


def _tell(told: Sequence[Story]) -> None:
    for story in told:
        plan, state = story.plan, story.state
        for fact in story.facts:
            state = decide(plan, state, fact).state


def _loop() -> None:
    """A fixed piece of Python, against which a slow machine shows."""
    known = {"here": 0, "there": 0}
    for turn in range(_TURNS):
        known["here"], known["there"] = known["there"], (turn, known["here"])[0]


def _seconds(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@contextmanager
def _set_aside() -> Iterator[None]:
    """Keep what the benchmark itself holds from the garbage collector, which would look at it often."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _memory(count: int) -> float:
    """Bytes of a state that waits: with its id and its times, which no other shares."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        states = [_waiting(number) for number in range(count)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before - sys.getsizeof(states)) / count


def _size(state: EnrollmentState) -> int:
    return sys.getsizeof(state) + sys.getsizeof(vars(state))


def _waiting(number: int) -> EnrollmentState:
    since = datetime(2030, 3, 4, tzinfo=UTC) + timedelta(seconds=number)
    return EnrollmentState(
        enrollment_id("bench", "memory", str(number)),
        Status.WAITING,
        step=1,
        attempt=1,
        delivery=DeliveryStatus.DELIVERED,
        since=since,
        due=since + timedelta(days=3),
    )
