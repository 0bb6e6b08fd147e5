"""What follows if nothing more is heard."""

from datetime import timedelta

import pytest
from attrs import evolve

from domain.backoff import Backoff
from domain.campaign import Plan
from domain.enrollment.forecast import ANSWER, Silence, after_skip, after_split, silence, target
from domain.idempotency import AttemptKey
from domain.statuses import DeliveryStatus, Result
from domain.steps import (
    COMPLETE,
    ESCALATE,
    EXIT,
    NEXT,
    Fallback,
    Route,
    RouteKind,
    Split,
)
from tests.unit.domain.scenes import DAY, ENROLLMENT, HOUR, email, sms

FIRST = AttemptKey(ENROLLMENT, "text", 1)
NOT_EARLY = timedelta(0)
MAIL = Route(RouteKind.STEP, "mail")
SPLIT = Split("split", (MAIL, COMPLETE))
PLAN = Plan("spring", 1, (sms(), SPLIT, email()), at_end=ESCALATE)


def test_silence_leads_where_no_answer_does() -> None:
    """On to the next step, unless the plan says otherwise."""
    own = sms(on={Result.UNANSWERED: ESCALATE, Result.UNKNOWN: EXIT})

    assert silence(sms(), FIRST) == Silence(ANSWER, NOT_EARLY, None, NEXT)
    assert silence(own, FIRST).route == ESCALATE


def test_of_what_may_not_have_been_sent_silence_is_another_one() -> None:
    """Until something is heard of it."""
    own = sms(on={Result.UNANSWERED: ESCALATE, Result.UNKNOWN: EXIT})
    heard = silence(own, FIRST, in_doubt=True, delivery=DeliveryStatus.SENT)

    assert silence(own, FIRST, in_doubt=True).route == EXIT
    assert heard.route == ESCALATE


def test_a_step_that_is_tried_again_says_after_which_time() -> None:
    """The same delay that the run will wait for, jitter included; after the last attempt there is none."""
    retry = Backoff(attempts=2, first=HOUR, jitter=0.5, on=frozenset({Result.UNANSWERED}))
    first = silence(sms(retry=retry), FIRST)
    last = silence(sms(retry=retry), evolve(FIRST, attempt=2))

    assert first.again == retry.delay(1, str(FIRST))
    assert last.again is None


@pytest.mark.parametrize(
    ("delivery", "passed", "missing"),
    [
        (None, False, "delivered"),
        (DeliveryStatus.SENT, False, "delivered"),
        (DeliveryStatus.DELIVERED, False, ANSWER),
        (None, True, ANSWER),
    ],
)
def test_a_fallback_waits_for_a_sign_first(
    delivery: DeliveryStatus | None, passed: bool, missing: str
) -> None:
    """It ends before the whole wait does; what was never sent has no sign to come."""
    step = sms(fallback=Fallback(DeliveryStatus.DELIVERED, HOUR, MAIL))
    ends = silence(step, FIRST, delivery=delivery, passed=passed)

    assert ends.missing == missing
    assert ends.early == (DAY - HOUR if missing != ANSWER else NOT_EARLY)
    assert ends.route == (MAIL if missing != ANSWER else NEXT)


@pytest.mark.parametrize(
    ("index", "route", "found"),
    [
        (0, NEXT, 1),
        (0, MAIL, 2),
        (2, NEXT, RouteKind.ESCALATE),
        (0, Route(RouteKind.STEP, "gone"), RouteKind.ESCALATE),
        (0, COMPLETE, RouteKind.COMPLETE),
    ],
)
def test_a_route_leads_to_a_step_or_an_end(index: int, route: Route, found: int | RouteKind) -> None:
    """Past the last step follows what the plan says."""
    assert target(PLAN, index, route) == found


def test_what_is_left_out_leads_on() -> None:
    """Where something is wrong, as if it had been refused; of a split, always on."""
    own = sms(on={Result.REJECTED: EXIT})

    assert after_skip(own, rejected=False) == NEXT
    assert after_skip(own, rejected=True) == EXIT
    assert after_skip(SPLIT, rejected=True) == NEXT


@pytest.mark.parametrize(("branch", "route"), [(0, MAIL), (1, COMPLETE), (None, NEXT), (7, NEXT)])
def test_a_split_leads_along_its_branch(branch: int | None, route: Route) -> None:
    """Or on, where none fits."""
    assert after_split(SPLIT, branch) == route
