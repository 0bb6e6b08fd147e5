"""Sending: what orders a message, what its answers lead to, and what happens in doubt."""

import pytest

from domain.backoff import Backoff
from domain.campaign import Plan
from domain.enrollment.state import Outcome, Status
from domain.statuses import DeliveryStatus, Result
from domain.steps import EXIT, NEXT, OnUnknown
from tests.unit.domain.scenes import (
    HOUR,
    MAIL,
    TEXT,
    THREE,
    Scene,
    accepted,
    deferred,
    elapsed,
    email,
    end,
    hands_over,
    plan,
    rejected,
    scene,
    send_failed,
    send_unknown,
    sms,
    told,
    until,
)

D = DeliveryStatus


def _doubting(policy: OnUnknown, attempts: int = 1) -> Plan:
    return plan(sms(on_unknown=policy, retry=Backoff(attempts=attempts, first=HOUR)), email())


SENDS = [
    scene("a start sends the first step", THREE, orders=(TEXT,), then=Status.SENDING),
    scene(
        "a start with a delay waits first",
        plan(sms(delay=6 * HOUR)),
        orders=(until(6),),
        then=Status.SCHEDULED,
    ),
    scene(
        "a delay that is over sends",
        plan(sms(delay=6 * HOUR)),
        elapsed(6),
        orders=(TEXT,),
        then=Status.SENDING,
    ),
    scene(
        "an accepted message is waited on",
        THREE,
        accepted(at=0.5),
        orders=(until(24.5),),
        then=Status.WAITING,
    ),
    scene(
        "an acceptance that is told twice counts once", THREE, accepted(), accepted(at=2), then=Status.WAITING
    ),
    scene("a refused message moves on", THREE, rejected(), orders=(MAIL,), then=Status.SENDING),
    scene("a send that failed moves on", THREE, send_failed(), orders=(MAIL,), then=Status.SENDING),
    scene("an answer for another attempt changes nothing", THREE, accepted(attempt=2), then=Status.SENDING),
    scene("an answer for another step changes nothing", THREE, rejected("mail"), then=Status.SENDING),
    scene(
        "an answer for an unknown step changes nothing", THREE, send_failed("nowhere"), then=Status.SENDING
    ),
    scene(
        "a deferred message waits for the gate's time",
        THREE,
        deferred(until=15, at=1),
        orders=(until(15),),
        then=Status.SCHEDULED,
    ),
    scene(
        "a deferred message is ordered again under the same key",
        THREE,
        deferred(until=15, at=1),
        elapsed(15),
        orders=(TEXT,),
        then=Status.SENDING,
    ),
    scene(
        "nobody can answer a message that is deferred",
        THREE,
        deferred(until=15, at=1),
        told(D.REPLIED),
        then=Status.SCHEDULED,
    ),
]

DOUBTS = [
    scene(
        "a message in doubt is waited on",
        _doubting(OnUnknown.WAIT),
        send_unknown(at=1),
        orders=(until(25),),
        then=Status.WAITING,
    ),
    scene(
        "silence about a message in doubt is unknown",
        plan(sms(on={Result.UNKNOWN: NEXT, Result.UNANSWERED: EXIT}), email()),
        send_unknown(),
        elapsed(24),
        orders=(MAIL,),
        then=Status.SENDING,
    ),
    end(
        "a sign of life ends the doubt",
        plan(sms(on={Result.UNKNOWN: NEXT, Result.UNANSWERED: EXIT}), email()),
        send_unknown(),
        told(D.SENT),
        elapsed(24),
        at=24,
        outcome=Outcome.EXITED,
    ),
    scene(
        "a message in doubt is sent again where the plan says so",
        _doubting(OnUnknown.RESEND, 2),
        send_unknown(at=1),
        orders=(until(2, attempt=2),),
        then=Status.SCHEDULED,
    ),
    scene(
        "the last attempt in doubt is not sent again",
        _doubting(OnUnknown.RESEND, 2),
        send_unknown(at=1),
        elapsed(2, attempt=2),
        send_unknown(attempt=2, at=3),
        orders=(MAIL,),
        then=Status.SENDING,
    ),
    hands_over(
        "a message in doubt goes to a human where the plan says so",
        _doubting(OnUnknown.ESCALATE),
        send_unknown(),
        step="text",
        reason="unknown",
    ),
]


@pytest.mark.parametrize("scene", [*SENDS, *DOUBTS], ids=lambda scene: scene.says)
def test_scene(scene: Scene) -> None:
    """Each behaviour is as its sentence says."""
    played = scene.played()

    assert played == (scene.orders, scene.then)
