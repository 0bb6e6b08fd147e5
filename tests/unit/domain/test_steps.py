"""Routes as text, and where results lead unless the plan says otherwise."""

import pytest

from domain.backoff import Backoff
from domain.statuses import POSSIBLE, Channel, Result
from domain.steps import (
    COMPLETE,
    CONCLUSIVE,
    ESCALATE,
    EXIT,
    NEXT,
    WAIT,
    Route,
    RouteKind,
    Split,
    Step,
    default_route,
)
from tests.unit.domain.scenes import DAY, sms, voice


@pytest.mark.parametrize(
    "route",
    [WAIT, NEXT, COMPLETE, ESCALATE, EXIT, *(Route(RouteKind.STEP, key) for key in ("call", "a:b"))],
)
def test_routes_round_trip(route: Route) -> None:
    """A route is read back from its text as it was."""
    assert Route.parse(str(route)) == route


@pytest.mark.parametrize("text", ["", "step", "step:", "next:", "next:call", "NEXT", "call", " exit"])
def test_what_is_no_route(text: str) -> None:
    """Text that is not exactly a route is refused."""
    with pytest.raises(ValueError, match="is not a"):
        Route.parse(text)


@pytest.mark.parametrize(
    ("results", "route"),
    [
        ({Result.REPLIED, Result.CLICKED, Result.ANSWERED}, COMPLETE),
        ({Result.DELIVERED, Result.OPENED}, WAIT),
        (
            {
                Result.FAILED,
                Result.REJECTED,
                Result.UNKNOWN,
                Result.UNANSWERED,
                Result.BUSY,
                Result.NO_ANSWER,
                Result.BOUNCED,
                Result.VOICEMAIL,
            },
            NEXT,
        ),
    ],
)
def test_default_routes(results: set[Result], route: Route) -> None:
    """A person's act completes, a failure or silence moves on, and mere arrival is waited on."""
    assert {result for result in Result if default_route(result) == route} == results


@pytest.mark.parametrize("channel", Channel)
def test_no_default_waits_for_nothing(channel: Channel) -> None:
    """By default, too, nothing is waited on that cannot come."""
    step = Step("any", channel, DAY)

    assert all(step.route(result) != WAIT for result in CONCLUSIVE & POSSIBLE[channel])


@pytest.mark.parametrize(
    ("routes", "delivered"),
    [
        ({}, COMPLETE),
        ({Result.ANSWERED: ESCALATE}, ESCALATE),
        ({Result.ANSWERED: WAIT}, COMPLETE),
        ({Result.ANSWERED: ESCALATE, Result.DELIVERED: WAIT}, WAIT),
    ],
)
def test_a_completed_call_was_answered(routes: dict[Result, Route], delivered: Route) -> None:
    """A call that is over leads where an answered one does, but is not waited on unless the plan says so."""
    assert voice(on=routes).route(Result.DELIVERED) == delivered


def test_own_routes_come_first() -> None:
    """A step's own route replaces the default, for that result only."""
    step = sms(on={Result.REPLIED: ESCALATE})

    assert step.route(Result.REPLIED) == ESCALATE
    assert step.route(Result.CLICKED) == COMPLETE


@pytest.mark.parametrize(
    ("step", "result", "heeded"),
    [
        (sms(), Result.DELIVERED, False),
        (sms(), Result.FAILED, True),
        (sms(on={Result.DELIVERED: NEXT}), Result.DELIVERED, True),
        (sms(on={Result.REPLIED: WAIT}), Result.REPLIED, False),
        (sms(on={Result.REPLIED: WAIT}, retry=Backoff(2, on={Result.REPLIED})), Result.REPLIED, True),
        (voice(), Result.DELIVERED, True),
        (voice(on={Result.REPLIED: WAIT}, pressed={"1": COMPLETE}), Result.REPLIED, True),
    ],
)
def test_heeds(step: Step, result: Result, *, heeded: bool) -> None:
    """A result is heeded if it leads somewhere or is tried again."""
    assert step.heeds(result) is heeded


def test_routes_are_a_copy() -> None:
    """A step does not change with the mapping it was made from."""
    routes = {Result.REPLIED: ESCALATE}
    step = sms(on=routes)
    routes.clear()

    assert step.route(Result.REPLIED) == ESCALATE


def test_a_split_takes_no_time() -> None:
    """Where days are seconds it is the same split."""
    split = Split("who", (NEXT, COMPLETE))

    assert split.scaled(1 / 86_400) == split
