"""Ending: on request, by opt-out, and by way of a human."""

import pytest

from domain.enrollment.events import Cancelled, HandoffCreated, HandoffResolved, OptedOut, Paused, Resumed
from domain.enrollment.state import EnrollmentState, Outcome, Status
from domain.enrollment.turn import HANDOFF
from domain.statuses import DeliveryStatus
from domain.steps import ESCALATE
from tests.unit.domain.scenes import (
    REPLY_TO_HUMAN,
    THREE,
    Scene,
    accepted,
    elapsed,
    email,
    end,
    hands_over,
    hour,
    plan,
    rejected,
    scene,
    sms,
    started,
    told,
    until,
)

D = DeliveryStatus

TO_HUMAN_AT_END = plan(sms(), at_end=ESCALATE)

ENDINGS = [
    end("a cancel ends it", THREE, accepted(), Cancelled(hour(5)), at=5, outcome=Outcome.CANCELLED),
    end(
        "a cancel ends a paused one",
        THREE,
        Paused(hour(4)),
        Cancelled(hour(5)),
        at=5,
        outcome=Outcome.CANCELLED,
    ),
    end(
        "an opt-out on another message ends it",
        THREE,
        accepted(),
        OptedOut(hour(5)),
        at=5,
        outcome=Outcome.OPTED_OUT,
    ),
    end(
        "an opt-out by reply ends it",
        THREE,
        accepted(),
        told(D.OPTED_OUT, at=5),
        at=5,
        outcome=Outcome.OPTED_OUT,
    ),
    end(
        "an opt-out by reply to an earlier step ends it",
        THREE,
        told(D.FAILED),
        told(D.OPTED_OUT, at=5),
        at=5,
        outcome=Outcome.OPTED_OUT,
    ),
    end("a complaint ends it", THREE, accepted(), told(D.COMPLAINED, at=5), at=5, outcome=Outcome.COMPLAINED),
    end(
        "an opt-out ends a handoff",
        REPLY_TO_HUMAN,
        told(D.REPLIED),
        HandoffCreated(hour(2)),
        told(D.OPTED_OUT, at=5),
        at=5,
        outcome=Outcome.OPTED_OUT,
    ),
    Scene(
        "nothing follows the end",
        THREE,
        (started(), Cancelled(hour(1)), told(D.REPLIED, at=2)),
        (),
        Outcome.CANCELLED,
    ),
]

HANDOFFS = [
    hands_over(
        "an escalating route hands over",
        REPLY_TO_HUMAN,
        accepted(),
        told(D.REPLIED),
        step="text",
        reason="replied",
    ),
    hands_over(
        "a late reply hands over by the step that it answers",
        REPLY_TO_HUMAN,
        told(D.FAILED),
        accepted("mail", at=1),
        told(D.REPLIED, at=2),
        step="text",
        reason="replied",
    ),
    hands_over(
        "a plan may hand over at its end",
        TO_HUMAN_AT_END,
        accepted(),
        elapsed(24),
        step="text",
        reason="unanswered",
    ),
    end(
        "a handoff without a wait ends it",
        TO_HUMAN_AT_END,
        rejected(),
        HandoffCreated(hour(1)),
        at=1,
        outcome=Outcome.ESCALATED,
    ),
    scene(
        "a handoff with a wait is waited on",
        REPLY_TO_HUMAN,
        told(D.REPLIED),
        HandoffCreated(hour(2)),
        orders=(until(74, HANDOFF, 0),),
        then=Status.HANDED_OFF,
    ),
    end(
        "a handoff that stays open ends it",
        REPLY_TO_HUMAN,
        told(D.REPLIED),
        HandoffCreated(hour(2)),
        elapsed(74, HANDOFF, 0),
        at=74,
        outcome=Outcome.ESCALATED,
    ),
    end(
        "a handoff that is resolved ends it",
        REPLY_TO_HUMAN,
        told(D.REPLIED),
        HandoffCreated(hour(2)),
        HandoffResolved(hour(9)),
        at=9,
        outcome=Outcome.RESOLVED,
    ),
    end(
        "a handoff may be resolved before it is told of",
        REPLY_TO_HUMAN,
        told(D.REPLIED),
        HandoffResolved(hour(2)),
        at=2,
        outcome=Outcome.RESOLVED,
    ),
    scene(
        "a handoff is not made twice",
        REPLY_TO_HUMAN,
        told(D.REPLIED),
        told(D.REPLIED),
        then=Status.HANDING_OFF,
    ),
    scene(
        "a late failure does not close a handoff",
        REPLY_TO_HUMAN,
        told(D.FAILED),
        accepted("mail", at=1),
        told(D.REPLIED, at=2),
        HandoffCreated(hour(3)),
        told(D.BOUNCED, "mail", at=4),
        then=Status.HANDED_OFF,
    ),
    end(
        "a late act of the person completes a handoff",
        REPLY_TO_HUMAN,
        told(D.REPLIED),
        HandoffCreated(hour(3)),
        told(D.CLICKED, at=4),
        at=4,
        outcome=Outcome.COMPLETED,
    ),
    scene(
        "a pause stretches an open handoff",
        REPLY_TO_HUMAN,
        told(D.REPLIED),
        HandoffCreated(hour(2)),
        Paused(hour(3)),
        Resumed(hour(13)),
        orders=(until(84, HANDOFF, 0),),
        then=Status.HANDED_OFF,
    ),
    scene(
        "a step may be called handoff",
        plan(sms(HANDOFF), email()),
        elapsed(24, HANDOFF),
        accepted(HANDOFF),
        elapsed(24, HANDOFF, 0),
        then=Status.WAITING,
    ),
]


@pytest.mark.parametrize("scene", [*ENDINGS, *HANDOFFS], ids=lambda scene: scene.says)
def test_scene(scene: Scene) -> None:
    """Each behaviour is as its sentence says."""
    played = scene.played()

    assert played == (scene.orders, scene.then)


def test_a_run_takes_over_the_end_that_is_written_of_it() -> None:
    """Wherever it stood: it ends so, waits for nothing and does not stand still."""
    standing = EnrollmentState(
        "e", Status.WAITING, 1, 2, D.SENT, due=hour(5), since=hour(1), paused_at=hour(2), rules=1
    )

    assert standing.ended(Outcome.EXHAUSTED) == EnrollmentState(
        "e", Status.FINISHED, 1, 2, D.SENT, outcome=Outcome.EXHAUSTED, rules=1
    )
