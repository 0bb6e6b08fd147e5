"""What an enrollment writes into its timeline: once, at the right place, and without anybody's words."""

from domain.backoff import Backoff
from domain.campaign import Plan
from domain.enrollment.commands import InteractionKind, RecordInteraction
from domain.enrollment.events import Cancelled, Event, HandoffCreated, Paused, Resumed
from domain.statuses import DeliveryStatus, Result
from domain.steps import ESCALATE
from tests.unit.domain.scenes import (
    HOUR,
    accepted,
    deferred,
    elapsed,
    email,
    hour,
    plan,
    replay,
    sms,
    started,
    told,
)

PLAN = plan(sms(retry=Backoff(attempts=2, first=HOUR, on={Result.UNANSWERED})), email(), at_end=ESCALATE)


def _timeline(plan: Plan, *events: Event) -> list[RecordInteraction]:
    _, commands = replay(plan, (started(), *events))
    return [command for command in commands if isinstance(command, RecordInteraction)]


def test_a_run_is_told_from_its_start_to_its_end() -> None:
    """A deferred, unanswered, repeated and bounced run leaves one row for each turn it took."""
    rows = _timeline(
        PLAN,
        deferred(until=2, at=1),
        elapsed(2),
        accepted(at=2),
        elapsed(26),
        elapsed(27, attempt=2),
        accepted(attempt=2, at=27),
        elapsed(51, attempt=2),
        accepted("mail", at=51),
        told(DeliveryStatus.BOUNCED, "mail", at=52),
        HandoffCreated(hour(53)),
    )

    kinds = InteractionKind
    assert [(row.kind, row.at, row.step, row.attempt, row.detail) for row in rows] == [
        (kinds.DEFERRED, hour(1), "text", 1, "window"),
        (kinds.TIMED_OUT, hour(26), "text", 1, "unanswered"),
        (kinds.BACKED_OFF, hour(26), "text", 1, "unanswered"),
        (kinds.TIMED_OUT, hour(51), "text", 2, "unanswered"),
        (kinds.MOVED_ON, hour(51), "text", 2, "unanswered -> mail"),
        (kinds.ESCALATED, hour(52), "mail", 1, "bounced"),
        (kinds.FINISHED, hour(53), "handoff", 0, "escalated: handed to a human"),
    ]


def test_a_pause_leaves_two_rows() -> None:
    """Holding and letting go are written once each, however often they are asked for."""
    rows = _timeline(PLAN, accepted(), *[Paused(hour(1))] * 2, *[Resumed(hour(2))] * 2, Cancelled(hour(3)))

    assert [row.kind.value for row in rows] == ["paused", "resumed", "finished"]


def test_a_repeated_fact_leaves_one_row() -> None:
    """A callback that comes three times moves on once."""
    rows = _timeline(PLAN, accepted(), *[told(DeliveryStatus.FAILED)] * 3)

    assert [row.detail for row in rows] == ["failed -> mail"]
