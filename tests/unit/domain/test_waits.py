"""Waiting: silence, back-off, and timers that come when they should not."""

import pytest

from domain.backoff import Backoff
from domain.enrollment.decide import decide
from domain.enrollment.state import EnrollmentState, Outcome, Status
from domain.statuses import Channel, DeliveryStatus, Result
from domain.steps import COMPLETE, EXIT
from tests.unit.domain.scenes import (
    DAY,
    MAIL,
    RETRYING,
    THREE,
    Scene,
    accepted,
    elapsed,
    email,
    end,
    plan,
    rejected,
    scene,
    send,
    send_failed,
    sms,
    told,
    until,
)

D = DeliveryStatus

WAITS = [
    scene("silence moves on", THREE, accepted(), elapsed(24), orders=(MAIL,), then=Status.SENDING),
    scene("a timer that is early changes nothing", THREE, accepted(), elapsed(23.9), then=Status.WAITING),
    scene(
        "a timer of another attempt changes nothing",
        THREE,
        accepted(),
        elapsed(24, attempt=2),
        then=Status.WAITING,
    ),
    scene(
        "a timer of another step changes nothing",
        THREE,
        told(D.FAILED),
        accepted("mail", at=1),
        elapsed(25),
        then=Status.WAITING,
    ),
    scene("a timer without a wait changes nothing", THREE, elapsed(24), then=Status.SENDING),
    end(
        "silence after the last step ends an exhausted plan",
        plan(sms()),
        accepted(),
        elapsed(24),
        at=24,
        outcome=Outcome.EXHAUSTED,
    ),
    end(
        "a plan may complete at its end",
        plan(sms(), at_end=COMPLETE),
        accepted(),
        elapsed(24),
        at=24,
        outcome=Outcome.COMPLETED,
    ),
    end(
        "a plan may exit early on silence",
        plan(sms(on={Result.UNANSWERED: EXIT}), email()),
        accepted(),
        elapsed(24),
        at=24,
        outcome=Outcome.EXITED,
    ),
]

BACK_OFFS = [
    scene(
        "a failure is backed off from",
        RETRYING,
        accepted(),
        told(D.FAILED),
        orders=(until(3, attempt=2),),
        then=Status.SCHEDULED,
    ),
    scene(
        "a failed send is backed off from",
        RETRYING,
        send_failed(at=1),
        orders=(until(3, attempt=2),),
        then=Status.SCHEDULED,
    ),
    scene(
        "silence is backed off from",
        RETRYING,
        accepted(),
        elapsed(24),
        orders=(until(26, attempt=2),),
        then=Status.SCHEDULED,
    ),
    scene(
        "a failure that is told twice is backed off from once",
        RETRYING,
        accepted(),
        told(D.FAILED),
        told(D.FAILED, at=2),
        then=Status.SCHEDULED,
    ),
    scene(
        "the next attempt is sent when it is due",
        RETRYING,
        told(D.FAILED),
        elapsed(3, attempt=2),
        orders=(send("text", Channel.SMS, 2),),
        then=Status.SENDING,
    ),
    scene(
        "a back-off grows",
        RETRYING,
        told(D.FAILED),
        elapsed(3, attempt=2),
        told(D.FAILED, attempt=2, at=4),
        orders=(until(10, attempt=3),),
        then=Status.SCHEDULED,
    ),
    scene(
        "the last attempt's failure moves on",
        RETRYING,
        told(D.FAILED),
        elapsed(3, attempt=2),
        told(D.FAILED, attempt=2, at=4),
        elapsed(10, attempt=3),
        told(D.FAILED, attempt=3, at=11),
        orders=(MAIL,),
        then=Status.SENDING,
    ),
    scene(
        "a result that is not tried again moves on", RETRYING, rejected(), orders=(MAIL,), then=Status.SENDING
    ),
    end(
        "a reply while backing off completes",
        RETRYING,
        told(D.FAILED),
        told(D.REPLIED, at=2),
        at=2,
        outcome=Outcome.COMPLETED,
    ),
    scene(
        "nobody can answer an attempt that is backed off",
        RETRYING,
        told(D.FAILED),
        told(D.REPLIED, attempt=2, at=2),
        then=Status.SCHEDULED,
    ),
]


@pytest.mark.parametrize("scene", [*WAITS, *BACK_OFFS], ids=lambda scene: scene.says)
def test_scene(scene: Scene) -> None:
    """Each behaviour is as its sentence says."""
    played = scene.played()

    assert played == (scene.orders, scene.then)


def test_jitter_follows_from_the_attempt_key() -> None:
    """Two enrollments back off by different delays, the same one always by the same."""
    jittery = plan(sms(retry=Backoff(attempts=2, first=DAY, jitter=0.5, on={Result.FAILED})))
    dues = [
        decide(jittery, EnrollmentState(name, Status.WAITING, attempt=1), told(D.FAILED)).state.due
        for name in ("one", "one", "other")
    ]

    assert dues[0] == dues[1] != dues[2]
