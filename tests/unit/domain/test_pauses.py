"""Pausing: waits are stretched, nothing is lost and nothing is sent."""

import pytest

from domain.enrollment.events import Paused, Resumed
from domain.enrollment.state import Outcome, Status
from domain.statuses import DeliveryStatus
from tests.unit.domain.scenes import (
    DELAYED,
    MAIL,
    RETRYING,
    THREE,
    Scene,
    accepted,
    elapsed,
    end,
    hour,
    scene,
    told,
    until,
)

D = DeliveryStatus

PAUSES = [
    scene("a pause orders nothing", THREE, accepted(), Paused(hour(2)), then=Status.WAITING),
    scene(
        "a second pause changes nothing",
        THREE,
        accepted(),
        Paused(hour(2)),
        Paused(hour(3)),
        then=Status.WAITING,
    ),
    scene(
        "a resume without a pause changes nothing", THREE, accepted(), Resumed(hour(3)), then=Status.WAITING
    ),
    scene(
        "a pause stretches the wait",
        THREE,
        accepted(),
        Paused(hour(2)),
        Resumed(hour(12)),
        orders=(until(34),),
        then=Status.WAITING,
    ),
    scene(
        "a second pause does not shorten the first",
        THREE,
        accepted(),
        Paused(hour(2)),
        Paused(hour(3)),
        Resumed(hour(12)),
        orders=(until(34),),
        then=Status.WAITING,
    ),
    scene(
        "what becomes due during a pause stays",
        THREE,
        accepted(),
        Paused(hour(2)),
        elapsed(24),
        then=Status.WAITING,
    ),
    scene(
        "what became due during a pause gets the rest of its wait",
        THREE,
        accepted(),
        Paused(hour(23)),
        elapsed(24),
        Resumed(hour(40)),
        orders=(until(41),),
        then=Status.WAITING,
    ),
    scene(
        "the stretched wait ends",
        THREE,
        accepted(),
        Paused(hour(23)),
        Resumed(hour(40)),
        elapsed(41),
        orders=(MAIL,),
        then=Status.SENDING,
    ),
    scene(
        "the old timer is stale after a pause",
        THREE,
        accepted(),
        Paused(hour(2)),
        Resumed(hour(12)),
        elapsed(24),
        then=Status.WAITING,
    ),
    scene(
        "a pause holds back the next step",
        THREE,
        accepted(),
        Paused(hour(0.5)),
        told(D.FAILED),
        then=Status.SCHEDULED,
    ),
    scene(
        "the held-back step is due on resuming",
        THREE,
        accepted(),
        Paused(hour(0.5)),
        told(D.FAILED),
        Resumed(hour(12)),
        orders=(until(12, "mail"),),
        then=Status.SCHEDULED,
    ),
    scene(
        "a delay that begins in a pause is kept in full",
        DELAYED,
        accepted(),
        Paused(hour(0.5)),
        told(D.FAILED),
        Resumed(hour(20)),
        orders=(until(32, "mail"),),
        then=Status.SCHEDULED,
    ),
    scene(
        "a back-off that begins in a pause is kept in full",
        RETRYING,
        Paused(hour(0.5)),
        told(D.FAILED),
        Resumed(hour(20)),
        orders=(until(22, attempt=2),),
        then=Status.SCHEDULED,
    ),
    scene(
        "a wait that begins in a pause is kept in full",
        THREE,
        Paused(hour(0.5)),
        accepted(at=1),
        Resumed(hour(10)),
        orders=(until(34),),
        then=Status.WAITING,
    ),
    scene(
        "a pause does not order a pending send again",
        THREE,
        Paused(hour(1)),
        Resumed(hour(2)),
        then=Status.SENDING,
    ),
    end(
        "a paused enrollment still hears a reply",
        THREE,
        accepted(),
        Paused(hour(0.5)),
        told(D.REPLIED),
        at=1,
        outcome=Outcome.COMPLETED,
    ),
]


@pytest.mark.parametrize("scene", PAUSES, ids=lambda scene: scene.says)
def test_scene(scene: Scene) -> None:
    """Each behaviour is as its sentence says."""
    played = scene.played()

    assert played == (scene.orders, scene.then)
