"""Steps that depend on the contact: conditions, times and splits."""

from datetime import time

import pytest

from domain.enrollment.commands import PrepareStep
from domain.enrollment.events import Cancelled, Paused, Resumed, StepPrepared, StepSkipped
from domain.enrollment.state import Outcome, Status
from domain.statuses import DeliveryStatus, Result
from domain.steps import ESCALATE, EXIT, HOLD_OUT, NEXT, Route, RouteKind, Split
from domain.times.delays import AtLocal
from tests.unit.domain.scenes import (
    MAIL,
    TEXT,
    Scene,
    accepted,
    elapsed,
    email,
    end,
    hands_over,
    hour,
    plan,
    scene,
    sms,
    started,
    told,
    until,
)

TIMED = plan(sms(delay=AtLocal(time(10)), on={Result.REJECTED: ESCALATE}), email())
CONDITIONAL = plan(sms(conditional=True), email())
FORK = plan(Split("fork", (NEXT, Route(RouteKind.STEP, "mail"), HOLD_OUT, ESCALATE, EXIT)), sms(), email())
LATER_FORK = plan(sms(), Split("fork", (EXIT, NEXT)), email())


def prepared(
    at: float = 0, due: float | None = None, branch: int | None = None, step: str = "text"
) -> StepPrepared:
    return StepPrepared(hour(at), step, None if due is None else hour(due), branch)


def skipped(step: str = "text", *, rejected: bool = False) -> StepSkipped:
    return StepSkipped(hour(0), step, "the contact has none", rejected)


SCENES = [
    Scene("a step by the calendar asks first", TIMED, (started(),), (PrepareStep("text"),), Status.PREPARING),
    scene("it waits for its time", TIMED, prepared(due=5), orders=(until(5),), then=Status.SCHEDULED),
    scene("it is sent at its time", TIMED, prepared(due=5), elapsed(5), orders=(TEXT,), then=Status.SENDING),
    scene("a time that is past is now", TIMED, prepared(at=1, due=0), orders=(TEXT,), then=Status.SENDING),
    scene("no time is now", CONDITIONAL, prepared(), orders=(TEXT,), then=Status.SENDING),
    scene(
        "a condition that does not hold goes on", CONDITIONAL, skipped(), orders=(MAIL,), then=Status.SENDING
    ),
    hands_over(
        "a time that is not known is rejected", TIMED, skipped(rejected=True), step="text", reason="rejected"
    ),
    scene("what is asked about another step is stale", TIMED, prepared(step="mail"), then=Status.PREPARING),
    scene(
        "a pause holds what is prepared", CONDITIONAL, Paused(hour(0)), prepared(at=1), then=Status.SCHEDULED
    ),
    scene(
        "and lets it go",
        CONDITIONAL,
        Paused(hour(0)),
        prepared(at=1),
        Resumed(hour(3)),
        orders=(until(3),),
        then=Status.SCHEDULED,
    ),
    scene("a split goes on", FORK, prepared(branch=0, step="fork"), orders=(TEXT,), then=Status.SENDING),
    scene(
        "a split leads to a step", FORK, prepared(branch=1, step="fork"), orders=(MAIL,), then=Status.SENDING
    ),
    scene(
        "without a branch the next step follows",
        FORK,
        prepared(step="fork"),
        orders=(TEXT,),
        then=Status.SENDING,
    ),
    scene(
        "with a branch that is not there, too",
        FORK,
        prepared(branch=-1, step="fork"),
        orders=(TEXT,),
        then=Status.SENDING,
    ),
    end("a split holds out", FORK, prepared(branch=2, step="fork"), at=0, outcome=Outcome.HELD_OUT),
    hands_over("a split hands over", FORK, prepared(branch=3, step="fork"), step="fork", reason="split"),
    end("a split ends", FORK, prepared(branch=4, step="fork"), at=0, outcome=Outcome.EXITED),
    scene(
        "a split that cannot be asked goes on",
        FORK,
        skipped("fork", rejected=True),
        orders=(TEXT,),
        then=Status.SENDING,
    ),
    scene(
        "a callback about a split is nobody's",
        FORK,
        told(DeliveryStatus.REPLIED, "fork"),
        then=Status.PREPARING,
    ),
    end(
        "an opt-out is heard while a split is asked",
        LATER_FORK,
        accepted(),
        told(DeliveryStatus.FAILED),
        told(DeliveryStatus.OPTED_OUT, at=2),
        at=2,
        outcome=Outcome.OPTED_OUT,
    ),
    end(
        "so is a late reply",
        LATER_FORK,
        accepted(),
        told(DeliveryStatus.FAILED),
        told(DeliveryStatus.REPLIED, at=2),
        at=2,
        outcome=Outcome.COMPLETED,
    ),
    end("so is a request", FORK, Cancelled(hour(1)), at=1, outcome=Outcome.CANCELLED),
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.says)
def test_scene(scene: Scene) -> None:
    """Each behaviour is as its sentence says."""
    played = scene.played()

    assert played == (scene.orders, scene.then)
