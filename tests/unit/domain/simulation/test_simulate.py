"""Whole campaigns simulated: everything ends, counts add up, and shares have their plain consequences."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from attrs import asdict
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.campaign import Campaign
from domain.enrollment.commands import Finish
from domain.enrollment.events import MessageAccepted, SendUnknown, Started
from domain.enrollment.state import EnrollmentState, Outcome
from domain.refusals import Refusal
from domain.simulation.assumptions import Assumptions, usual
from domain.simulation.chance import lasting
from domain.simulation.play import Course
from domain.simulation.world import SimulatedWorld
from domain.statuses import Channel
from tests.unit.domain.interpreter import Interpreter
from tests.unit.domain.scenes import THREE
from tests.unit.domain.simulation.people import (
    DAY,
    EXAMPLES,
    HOUR,
    MONDAY,
    Always,
    assumed,
    calm,
    campaign,
    example,
    model,
    step,
    tried,
)
from tests.unit.domain.strategies import T0, thorough

NAMES = sorted(path.stem for path in EXAMPLES.glob("*.yaml"))
CAMPAIGNS = {name: example(name) for name in NAMES}
HANDS_OVER = campaign(step(on={"replied": "escalate"}), handoff={"summary": "Call.", "wait": "30d"})
few = settings(thorough, max_examples=40)
shares = st.sampled_from(["0", "0.1", "0.5", "1"])


@st.composite
def wild(draw: st.DrawFn) -> tuple[Campaign, Assumptions]:
    """An example, with any shares."""
    of = CAMPAIGNS[draw(st.sampled_from(NAMES))]
    found = usual(of)
    for name, _ in usual(of):
        found = found.but(name, draw(shares))
    return of, found


@few
@given(wild(), st.integers(0, 2**32))
def test_everybody_ends_and_no_attempt_goes_out_twice(
    people: tuple[Campaign, Assumptions], seed: int
) -> None:
    """Whatever is assumed: once each, after a while."""
    of, assumptions = people
    world = SimulatedWorld(model(of, assumptions), Random(seed), MONDAY)
    course = Course(of.plan, EnrollmentState("one"), world, MONDAY)
    course.expect(world.facts())
    taken = list(course)
    gone = [(fact.step, fact.attempt) for fact, _ in taken if isinstance(fact, MessageAccepted | SendUnknown)]
    ends = [order for _, decision in taken for order in decision.commands if isinstance(order, Finish)]

    assert len(ends) == 1
    assert course.state.outcome is ends[0].outcome
    assert len(gone) == len(set(gone))
    assert all(first[0].at <= second[0].at for first, second in pairwise(taken))


@few
@given(wild(), st.integers(0, 2**32))
def test_counts_add_up(people: tuple[Campaign, Assumptions], seed: int) -> None:
    """By step, by day and by hour the same messages are counted; everybody ended or is open."""
    of, assumptions = people
    tally = tried(of, assumptions, enrollments=6, seed=seed, lasting=timedelta(days=9))

    assert tally.enrolled == 6 == tally.outcomes.total() + tally.still_open
    assert len(tally.lengths) == tally.outcomes.total()
    assert tally.messages.total() == tally.per_day.total() == tally.per_hour.total()
    assert tally.effort.starts == 6
    assert tally.effort.sends >= tally.messages.total()
    assert tally.effort.handoffs == tally.handoffs.total()
    assert tally.facts >= tally.unchanged


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_gives_the_same_again(name: str) -> None:
    """All figures; another seed gives others."""
    of = CAMPAIGNS[name]
    first, again, other = (tried(of, usual(of), enrollments=60, seed=seed) for seed in (1, 1, 2))

    assert asdict(first) == asdict(again)
    assert first.lengths != other.lengths


def test_one_more_person_changes_nothing_for_the_others() -> None:
    """Each has a chance of their own."""
    of = CAMPAIGNS["lead-follow-up"]
    few, more = (tried(of, usual(of), enrollments=count).lengths for count in (20, 21))

    assert more[:20] == few


def test_people_begin_evenly_over_a_time() -> None:
    """The first one at the start, the last one before the end of it."""
    tally = tried(campaign(), calm(campaign()), enrollments=4, over=4 * HOUR)

    assert dict(tally.per_hour) == {(hour, Channel.SMS): 1 for hour in range(4)}


def outcomes(of: Campaign, assumptions: Assumptions) -> set[Outcome]:
    return set(tried(of, assumptions).outcomes)


def test_a_share_of_all_or_none_has_its_plain_consequence() -> None:
    """What all do decides, what nobody does never happens."""
    of = campaign()

    assert outcomes(of, calm(of)) == {Outcome.EXHAUSTED}
    assert outcomes(of, calm(of, sms_replied="1")) == {Outcome.COMPLETED}
    assert outcomes(of, calm(of, sms_opted_out="1 after 1s")) == {Outcome.OPTED_OUT}
    assert tried(of, calm(of, contacts_sms="0")).messages.total() == 0
    assert tried(of, calm(of, sms_rejected="1")).messages.total() == 0
    assert tried(of, calm(of)).messages["text"] == 40


def test_humans_get_what_is_answered() -> None:
    """And close it, or not."""
    closed, kept = (
        tried(HANDS_OVER, calm(HANDS_OVER, sms_replied="1", handoff_resolved=share)) for share in ("1", "0")
    )

    assert set(closed.outcomes) == {Outcome.RESOLVED}
    assert set(kept.outcomes) == {Outcome.ESCALATED}
    assert kept.handoffs.total() == 40


def test_goals_win() -> None:
    """Also where nobody answers."""
    of = campaign(goals=["bought"])

    assert outcomes(of, calm(of, goals_bought="1 after 1s")) == {Outcome.WON}


def test_who_has_not_ended_is_open() -> None:
    """After the time that is looked at, nothing is counted any more."""
    of = campaign(step("first"), step("second"))
    tally = tried(of, calm(of), lasting=30 * HOUR)

    assert tally.still_open == 40
    assert not tally.outcomes
    assert dict(tally.messages) == {"first": 40, "second": 40}
    assert dict(tried(of, calm(of), lasting=20 * HOUR).messages) == {"first": 40}


def test_a_course_in_which_nothing_happens_is_open() -> None:
    """Nobody has seen it end."""
    tally = tried(campaign(), calm(campaign()), enrollments=1)
    tally.count((), MONDAY)

    assert (tally.enrolled, tally.still_open) == (2, 1)


def test_who_begins_after_the_time_is_not_looked_at() -> None:
    """They count as open, too."""
    tally = tried(campaign(), calm(campaign()), enrollments=2, over=10 * DAY, lasting=DAY + HOUR)

    assert (tally.outcomes.total(), tally.still_open, tally.messages.total()) == (1, 1, 1)


def test_refusals_are_counted_by_why() -> None:
    """A message that was put off once is a message, and a refusal."""
    of = campaign(window="10:00-11:00")
    tally = tried(of, calm(of), enrollments=3)

    assert dict(tally.refused) == {Refusal.WINDOW: 3}
    assert dict(tally.per_day) == {(date(2030, 3, 4), Channel.SMS): 3}


def test_the_peak_is_the_hour_with_most_messages() -> None:
    """Of all channels together; the first, where there are several."""
    of = campaign(step("text", wait="1h"), step("mail", "email"))
    tally = tried(of, calm(of), enrollments=3, over=3 * HOUR)

    assert tally.peak() == (MONDAY + HOUR, 2)
    assert tried(of, calm(of, contacts_sms="0", contacts_email="0")).peak() is None


def test_lengths_are_those_of_who_has_ended() -> None:
    """By nearest rank."""
    of = campaign()
    tally = tried(of, calm(of), enrollments=3)
    tally.lengths = [40.0, 10.0, 20.0, 30.0]

    assert [tally.length(share) for share in (0.5, 0.75, 0.9, 1)] == [
        timedelta(seconds=length) for length in (20, 30, 40, 40)
    ]
    assert tried(of, calm(of), lasting=HOUR).length(0.5) is None


@pytest.mark.parametrize(("number", "medians"), [(0, 0), (0.5, 1), (0.75, 2), (0.875, 3)])
def test_half_is_over_after_the_median(number: float, medians: int) -> None:
    """And half of the rest after as long again."""
    assert lasting(Always(number), HOUR) == medians * HOUR


def test_a_course_tells_what_comes_next() -> None:
    """A fact, or the timer; nothing at the end."""
    course = Interpreter(THREE).course()

    assert course.next_at == T0
    assert [type(fact) for fact in course.expected] == [Started]
    course.advance()
    course.advance()
    assert course.next_at == course.now + DAY
    assert list(course.expected) == []
    for _ in course:
        pass
    assert course.next_at is None


def test_assumptions_of_an_example_can_be_changed() -> None:
    """As on the command line."""
    of = CAMPAIGNS["lead-follow-up"]
    none, all_press = (
        tried(of, assumed(of, **{"call_pressed.2": share, "call_no_answer": "0"})) for share in ("0", "1")
    )

    assert none.messages["callback"] == 0
    assert all_press.messages["callback"] > 0
