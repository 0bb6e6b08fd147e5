"""Answers: what providers and people tell, in time, too early and too late."""

import pytest

from domain.enrollment.state import Outcome, Status
from domain.statuses import DeliveryStatus, Result
from domain.steps import ESCALATE, EXIT, WAIT
from tests.unit.domain.scenes import (
    CALL,
    DELAYED,
    JUMPING,
    MAIL,
    RETRYING,
    THREE,
    Scene,
    accepted,
    deferred,
    elapsed,
    email,
    end,
    hands_over,
    plan,
    scene,
    send_failed,
    send_unknown,
    sms,
    told,
    until,
    voice,
)

D = DeliveryStatus

ANSWERS = [
    *(
        scene(f"{status.value} is no news to act on", THREE, accepted(), told(status), then=Status.WAITING)
        for status in (D.QUEUED, D.SENT, D.DELIVERED, D.OPENED)
    ),
    end("a reply completes", THREE, accepted(), told(D.REPLIED), at=1, outcome=Outcome.COMPLETED),
    end("a click completes", THREE, accepted(), told(D.CLICKED), at=1, outcome=Outcome.COMPLETED),
    scene("a failure moves on", THREE, accepted(), told(D.FAILED), orders=(MAIL,), then=Status.SENDING),
    scene(
        "a bounce moves on",
        plan(email(), voice()),
        told(D.BOUNCED, "mail"),
        orders=(CALL,),
        then=Status.SENDING,
    ),
    end(
        "a failure of the last step ends an exhausted plan",
        plan(sms()),
        told(D.FAILED),
        at=1,
        outcome=Outcome.EXHAUSTED,
    ),
    end(
        "a call that was completed counts as answered",
        plan(voice()),
        told(D.DELIVERED, "call"),
        at=1,
        outcome=Outcome.COMPLETED,
    ),
    hands_over(
        "a completed call leads where an answered one does",
        plan(voice(on={Result.ANSWERED: ESCALATE})),
        told(D.DELIVERED, "call"),
        step="call",
        reason="delivered",
    ),
    end(
        "a completed call is over, even if an answered one is waited on",
        plan(voice(on={Result.ANSWERED: WAIT})),
        told(D.DELIVERED, "call"),
        at=1,
        outcome=Outcome.COMPLETED,
    ),
    scene(
        "a named step is jumped to", JUMPING, accepted(), told(D.REPLIED), orders=(CALL,), then=Status.SENDING
    ),
    end(
        "an exit route exits",
        plan(sms(on={Result.DELIVERED: EXIT}), email()),
        told(D.DELIVERED),
        at=1,
        outcome=Outcome.EXITED,
    ),
    scene(
        "a delay before the next step is kept",
        DELAYED,
        accepted(),
        told(D.FAILED),
        orders=(until(13, "mail"),),
        then=Status.SCHEDULED,
    ),
    scene(
        "a fact for an unknown step changes nothing", THREE, told(D.REPLIED, "nowhere"), then=Status.SENDING
    ),
    scene("a fact for a step not begun changes nothing", THREE, told(D.REPLIED, "mail"), then=Status.SENDING),
    scene(
        "a fact for an attempt never ordered changes nothing",
        THREE,
        told(D.REPLIED, attempt=2),
        then=Status.SENDING,
    ),
    scene(
        "a fact for attempt zero changes nothing",
        JUMPING,
        told(D.FAILED),
        told(D.REPLIED, attempt=0),
        then=Status.SENDING,
    ),
    end(
        "a late reply to an earlier step completes",
        THREE,
        told(D.FAILED),
        accepted("mail", at=1),
        told(D.REPLIED, at=3),
        at=3,
        outcome=Outcome.COMPLETED,
    ),
    scene(
        "a late failure of an earlier step changes nothing",
        THREE,
        elapsed(24),
        accepted(),
        elapsed(24),
        accepted("mail", at=24),
        told(D.FAILED, at=30),
        then=Status.WAITING,
    ),
    scene(
        "a late answer to an earlier step may still jump ahead",
        JUMPING,
        told(D.FAILED),
        accepted("mail", at=1),
        told(D.REPLIED, at=3),
        orders=(CALL,),
        then=Status.SENDING,
    ),
    end(
        "a reply may come before the send's own answer",
        THREE,
        told(D.REPLIED),
        at=1,
        outcome=Outcome.COMPLETED,
    ),
    scene(
        "a delivery may come before the send's own answer",
        THREE,
        told(D.DELIVERED),
        accepted(at=1),
        orders=(until(25),),
        then=Status.WAITING,
    ),
    scene(
        "a message that was delivered is not in doubt",
        THREE,
        told(D.DELIVERED),
        send_unknown(at=1),
        orders=(until(25),),
        then=Status.WAITING,
    ),
    scene(
        "a message that was delivered has not failed to be sent",
        RETRYING,
        told(D.DELIVERED),
        send_failed(at=1),
        orders=(until(25),),
        then=Status.WAITING,
    ),
    scene(
        "a message that was delivered is not deferred",
        THREE,
        told(D.DELIVERED),
        deferred(9, at=1),
        orders=(until(25),),
        then=Status.WAITING,
    ),
]


@pytest.mark.parametrize("scene", ANSWERS, ids=lambda scene: scene.says)
def test_scene(scene: Scene) -> None:
    """Each behaviour is as its sentence says."""
    played = scene.played()

    assert played == (scene.orders, scene.then)
