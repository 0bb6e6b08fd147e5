"""What follows when the gate refuses, when a pause stretches waits, when signs are missing, and goals."""

import pytest
from attrs import evolve

from domain.backoff import Backoff
from domain.enrollment.decide import MOST_DEFERRALS, decide
from domain.enrollment.events import (
    GoalReached,
    Paused,
    ProviderEvent,
    Resumed,
    StepSkipped,
    WaitChecked,
)
from domain.enrollment.state import EnrollmentState, Outcome, Status
from domain.pauses import SHORTEST_CHECK, PausePolicy
from domain.refusals import Consequence, Refusal
from domain.statuses import DeliveryStatus, Result
from domain.steps import COMPLETE, ESCALATE, WAIT, Fallback, Route, RouteKind
from domain.times.delays import FromAttribute
from tests.unit.domain.scenes import (
    CALL,
    DAY,
    DELAYED,
    HOUR,
    MAIL,
    TEXT,
    THREE,
    Scene,
    accepted,
    check,
    checked,
    elapsed,
    email,
    end,
    hour,
    orders,
    plan,
    refused,
    rejected,
    replay,
    scene,
    send_unknown,
    sms,
    started,
    timeless,
    told,
    until,
    voice,
)

D, R = DeliveryStatus, Refusal
STRICT = plan(sms(), email(), refused={R.CONSENT: Consequence.END, R.WINDOW: Consequence.SKIP})
BACKING_OFF = plan(sms(retry=Backoff(attempts=2, first=HOUR, on={Result.UNANSWERED})), email())
CALLS_IF_LOST = plan(
    sms(on={Result.DELIVERED: WAIT}, fallback=Fallback(D.DELIVERED, HOUR, Route(RouteKind.STEP, "call"))),
    email(),
    voice(),
)
PRESSED = plan(voice(pressed={"1": COMPLETE, "2": Route(RouteKind.STEP, "text"), "3": WAIT}), email(), sms())
WINS = plan(
    sms(), email(), goals=frozenset({"purchased"}), goal_statuses=frozenset({D.CLICKED}), handoff_wait=DAY
)


def pressed(key: str, at: float = 1) -> ProviderEvent:
    return ProviderEvent(hour(at), "call", 1, D.REPLIED, key)


REFUSALS = [
    scene("a closed window defers", THREE, refused(R.WINDOW, 9), orders=(until(9),), then=Status.SCHEDULED),
    scene("a cap defers", THREE, refused(R.CAP, 9), orders=(until(9),), then=Status.SCHEDULED),
    scene(
        "what was deferred is sent", THREE, refused(R.CAP, 9), elapsed(9), orders=(TEXT,), then=Status.SENDING
    ),
    scene(
        "without a time nothing is deferred", THREE, refused(R.WINDOW), orders=(MAIL,), then=Status.SENDING
    ),
    scene("a missing consent is passed by", THREE, refused(R.CONSENT), orders=(MAIL,), then=Status.SENDING),
    scene("a suppressed address, too", THREE, refused(R.SUPPRESSED), orders=(MAIL,), then=Status.SENDING),
    end("a campaign may end without consent", STRICT, refused(R.CONSENT, at=1), at=1, outcome=Outcome.EXITED),
    scene("or skip what it may defer", STRICT, refused(R.WINDOW, 9), orders=(MAIL,), then=Status.SENDING),
    end(
        "what the books say has ended ends, and no human gets it",
        plan(sms(), at_end=ESCALATE),
        refused(R.ENDED, at=1),
        at=1,
        outcome=Outcome.EXITED,
    ),
    scene(
        "a refusal of another attempt is stale", THREE, refused(R.WINDOW, 9, attempt=2), then=Status.SENDING
    ),
    scene(
        "a message that was delivered was not refused",
        THREE,
        told(D.DELIVERED, at=1),
        refused(R.CONSENT, at=2),
        orders=(until(26),),
        then=Status.WAITING,
    ),
    scene(
        "what expired is passed over, its wait is not",
        THREE,
        refused(R.EXPIRED),
        orders=(until(24),),
        then=Status.WAITING,
    ),
    scene(
        "then what follows has its time",
        THREE,
        refused(R.EXPIRED),
        elapsed(24),
        orders=(MAIL,),
        then=Status.SENDING,
    ),
    scene(
        "what was passed over is tried again where silence is",
        BACKING_OFF,
        refused(R.EXPIRED),
        elapsed(24),
        orders=(until(25, attempt=2),),
        then=Status.SCHEDULED,
    ),
    scene(
        "it has nothing to confirm",
        CALLS_IF_LOST,
        refused(R.EXPIRED),
        elapsed(24),
        orders=(MAIL,),
        then=Status.SENDING,
    ),
]

CAMPAIGN_PAUSES = [
    scene(
        "a paused campaign is asked again",
        THREE,
        refused(R.PAUSED, 1),
        orders=(until(1),),
        then=Status.SCHEDULED,
    ),
    scene(
        "and again",
        THREE,
        refused(R.PAUSED, 1),
        elapsed(1),
        refused(R.PAUSED, 3, at=1),
        orders=(until(3),),
        then=Status.SCHEDULED,
    ),
]

FALLBACKS = [
    scene("a sign is waited for first", CALLS_IF_LOST, accepted(), orders=(until(1),), then=Status.WAITING),
    scene("none came", CALLS_IF_LOST, accepted(), elapsed(1), orders=(CALL,), then=Status.SENDING),
    scene(
        "none of a message in doubt came",
        CALLS_IF_LOST,
        send_unknown(),
        elapsed(1),
        orders=(CALL,),
        then=Status.SENDING,
    ),
    scene(
        "it came, and an answer is waited for",
        CALLS_IF_LOST,
        accepted(),
        told(D.DELIVERED, at=0.5),
        orders=(until(24),),
        then=Status.WAITING,
    ),
    scene(
        "it came before the answer of the send",
        CALLS_IF_LOST,
        told(D.DELIVERED, at=1),
        accepted(at=2),
        orders=(until(26),),
        then=Status.WAITING,
    ),
    scene(
        "it comes again",
        CALLS_IF_LOST,
        accepted(),
        told(D.DELIVERED, at=0.5),
        told(D.DELIVERED, at=0.6),
        then=Status.WAITING,
    ),
    scene(
        "the answer did not come",
        CALLS_IF_LOST,
        accepted(),
        told(D.DELIVERED, at=0.5),
        elapsed(24),
        orders=(MAIL,),
        then=Status.SENDING,
    ),
    scene("a sent text is no sign", CALLS_IF_LOST, accepted(), told(D.SENT, at=0.5), then=Status.WAITING),
    scene(
        "a failure does not wait for a sign",
        CALLS_IF_LOST,
        accepted(),
        told(D.FAILED, at=0.5),
        orders=(MAIL,),
        then=Status.SENDING,
    ),
]

KEYS = [
    end("a key completes", PRESSED, accepted("call"), pressed("1"), at=1, outcome=Outcome.COMPLETED),
    scene(
        "a key leads to a step", PRESSED, accepted("call"), pressed("2"), orders=(TEXT,), then=Status.SENDING
    ),
    scene("a key may mean nothing", PRESSED, accepted("call"), pressed("3"), then=Status.WAITING),
    end("any other key is a reply", PRESSED, accepted("call"), pressed("7"), at=1, outcome=Outcome.COMPLETED),
]

GOALS = [
    end("a goal wins", WINS, GoalReached(hour(1), "purchased"), at=1, outcome=Outcome.WON),
    end(
        "a goal wins from a wait",
        WINS,
        accepted(),
        GoalReached(hour(1), "purchased"),
        at=1,
        outcome=Outcome.WON,
    ),
    end("a status may be a goal", WINS, accepted(), told(D.CLICKED), at=1, outcome=Outcome.WON),
    end(
        "also of a step that an earlier version had",
        WINS,
        accepted(),
        told(D.CLICKED, "old"),
        at=1,
        outcome=Outcome.WON,
    ),
    end(
        "an opt-out counts of such a step, too",
        WINS,
        accepted(),
        told(D.OPTED_OUT, "old"),
        at=1,
        outcome=Outcome.OPTED_OUT,
    ),
    scene("nothing else does", WINS, accepted(), told(D.REPLIED, "old"), then=Status.WAITING),
    scene("another event is none", WINS, GoalReached(hour(1), "sneezed"), then=Status.SENDING),
]

RESUMES = [
    scene(
        "what fell due in a pause may expire",
        DELAYED,
        accepted(),
        told(D.FAILED),
        Paused(hour(2)),
        Resumed(hour(20), PausePolicy.EXPIRE),
        orders=(until(44, "mail"),),
        then=Status.WAITING,
    ),
    scene(
        "what is not due does not expire",
        DELAYED,
        accepted(),
        told(D.FAILED),
        Paused(hour(2)),
        Resumed(hour(10), PausePolicy.EXPIRE),
        orders=(until(13, "mail"),),
        then=Status.SCHEDULED,
    ),
    scene(
        "what fell due may be caught up with",
        DELAYED,
        accepted(),
        told(D.FAILED),
        Paused(hour(2)),
        Resumed(hour(20), PausePolicy.CATCH_UP),
        orders=(until(13, "mail"),),
        then=Status.SCHEDULED,
    ),
]


@pytest.mark.parametrize(
    "scene", [*REFUSALS, *CAMPAIGN_PAUSES, *FALLBACKS, *KEYS, *GOALS, *RESUMES], ids=lambda scene: scene.says
)
def test_scene(scene: Scene) -> None:
    """Each behaviour is as its sentence says."""
    played = scene.played()

    assert played == (scene.orders, scene.then)


def _waiting() -> EnrollmentState:
    state, _ = replay(THREE, [started(), accepted()])
    return state


def test_the_end_of_a_wait_is_checked() -> None:
    """A wait that ends asks whether that counts, and tells since when it was and until when."""
    decision = decide(THREE, _waiting(), elapsed(24))

    assert decision.commands == (check(24),)
    assert decision.state.status is Status.CHECKING


def test_a_wait_that_stood_still_goes_on() -> None:
    """It ends at the later time, and is then checked by its own beginning and end."""
    asked = decide(THREE, _waiting(), elapsed(24)).state
    decision = decide(THREE, asked, checked(24, until=30))
    again = decide(THREE, decision.state, elapsed(30))
    over = decide(THREE, again.state, checked(30))

    assert decision.commands == (until(30),)
    assert again.commands == (check(24),)
    assert tuple(map(timeless, orders(over.commands))) == (MAIL,)


@pytest.mark.parametrize("stale", [checked(24, step="mail"), checked(24, attempt=2)])
def test_a_stale_check_changes_nothing(stale: WaitChecked) -> None:
    """What was asked of another attempt says nothing of this one."""
    asked = decide(THREE, _waiting(), elapsed(24)).state

    assert decide(THREE, asked, stale).state is asked


def test_a_wait_that_ends_in_a_pause_of_its_own_is_asked_again() -> None:
    """A check that comes back to a paused enrollment leaves the wait to the time after the pause."""
    asked = decide(THREE, _waiting(), elapsed(24)).state
    paused = decide(THREE, asked, Paused(hour(24))).state
    back = decide(THREE, paused, checked(25)).state
    resumed = decide(THREE, back, Resumed(hour(30)))

    assert back.status is Status.WAITING
    assert resumed.commands[-1] == until(30)


def test_a_sign_of_arrival_while_a_wait_is_checked() -> None:
    """The wait for an answer goes on, and the answer to the check is stale."""
    waiting, _ = replay(CALLS_IF_LOST, [started(), accepted()])
    asked = decide(CALLS_IF_LOST, waiting, elapsed(1)).state
    signed = decide(CALLS_IF_LOST, asked, told(D.DELIVERED, at=1))
    after = decide(CALLS_IF_LOST, signed.state, checked(1))

    assert signed.commands == (until(24),)
    assert after.state is signed.state


def test_a_gate_whose_clock_is_behind_is_asked_again_in_a_minute() -> None:
    """In a pause it names a time that is past by the run's clock: it is not asked again and again at once."""
    state, _ = replay(THREE, [started()])
    late = decide(THREE, state, refused(R.PAUSED, 1, at=2))
    earlier = decide(THREE, evolve(state, rules=1), refused(R.PAUSED, 1, at=2))

    assert late.state.due == hour(2) + SHORTEST_CHECK
    assert earlier.state.due == hour(1)


def test_nobody_is_put_off_for_ever() -> None:
    """Campaigns that compete for a cap do not keep one of them waiting without an end: it is skipped."""
    facts = [fact for _ in range(MOST_DEFERRALS) for fact in (refused(R.CAP, 1), elapsed(1))]
    state, _ = replay(THREE, [started(), *facts])
    decision = decide(THREE, state, refused(R.CAP, 2, at=1))

    assert state.status is Status.SENDING
    assert tuple(map(timeless, orders(decision.commands))) == (MAIL,)


def test_runs_of_the_first_rules_do_not_check() -> None:
    """Whoever began before waits were checked takes their end at once, as it did."""
    began = evolve(_waiting(), rules=1)

    assert decide(THREE, began, elapsed(24)).state.status is Status.SENDING


def test_a_message_knows_when_it_was_due() -> None:
    """A message that a pause holds up still tells when it fell due, and since when that was waited for."""
    state, _ = replay(DELAYED, [started(), rejected(at=1), elapsed(13, "mail")])
    held = decide(DELAYED, state, refused(R.PAUSED, 14, "mail", at=13)).state
    again = decide(DELAYED, held, elapsed(14, "mail"))

    assert again.commands == (evolve(MAIL, since=hour(1), due=hour(13)),)


def test_one_row_tells_of_a_campaigns_pause() -> None:
    """However often it is asked whether it is over, and when it was due is kept."""
    facts = [started(), refused(R.PAUSED, 1), elapsed(1), refused(R.PAUSED, 2, at=1)]
    state, commands = replay(THREE, facts)
    rows = [command for command in commands if command not in orders(commands)]

    assert len(rows) == 1
    assert state.owed == hour(0)


def test_a_time_that_cannot_be_told_is_not_tried_again() -> None:
    """A second attempt would go out at once, without its time; the way of a rejection is taken instead."""
    trying = sms(
        delay=FromAttribute("appointment_at"), retry=Backoff(attempts=2, first=HOUR, on={Result.REJECTED})
    )
    facts = [started(), StepSkipped(hour(0), "text", "its time is missing", rejected=True)]
    state, commands = replay(plan(trying, email()), facts)

    assert (state.step, state.attempt) == (1, 1)
    assert tuple(map(timeless, orders(commands)))[-1] == MAIL
