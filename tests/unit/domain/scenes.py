"""Words for scenarios: small plans, facts at round hours after the start, and scenes made of both."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve, frozen

from domain.backoff import Backoff
from domain.campaign import Plan
from domain.enrollment.commands import (
    CheckWait,
    Command,
    CreateHandoff,
    Finish,
    RecordInteraction,
    SendMessage,
    WaitUntil,
)
from domain.enrollment.decide import decide
from domain.enrollment.events import (
    Event,
    MessageAccepted,
    MessageRejected,
    ProviderEvent,
    SendFailed,
    SendRefused,
    SendUnknown,
    Started,
    WaitChecked,
    WaitElapsed,
)
from domain.enrollment.state import EnrollmentState, Outcome, Status
from domain.refusals import Refusal
from domain.statuses import Channel, DeliveryStatus, Result
from domain.steps import ESCALATE, Route, RouteKind, Split, Step
from tests.unit.domain.strategies import T0

ENROLLMENT = "11111111-2222-3333-4444-555555555555"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def hour(hours: float) -> datetime:
    """So many hours after the start."""
    return T0 + timedelta(hours=hours)


def step(key: str, channel: Channel, *, on: Mapping[Result, Route] | None = None, **options: Any) -> Step:
    """A step that waits for a day, unless the options of `Step` say otherwise."""
    return Step(key, channel, **{"wait": DAY, "routes": on or {}, **options})


def sms(key: str = "text", **options: Any) -> Step:
    return step(key, Channel.SMS, **options)


def email(key: str = "mail", **options: Any) -> Step:
    return step(key, Channel.EMAIL, **options)


def voice(key: str = "call", **options: Any) -> Step:
    return step(key, Channel.VOICE, **options)


def plan(*steps: Step | Split, **options: Any) -> Plan:
    """A plan of these steps; a text, a mail and a call where none are given."""
    return Plan("scene", 1, steps or (sms(), email(), voice()), **options)


def started() -> Started:
    return Started(T0)


def accepted(step: str = "text", attempt: int = 1, at: float = 0) -> MessageAccepted:
    return MessageAccepted(hour(at), step, attempt)


def rejected(step: str = "text", attempt: int = 1, at: float = 0) -> MessageRejected:
    return MessageRejected(hour(at), step, attempt, "the address is suppressed")


def send_failed(step: str = "text", attempt: int = 1, at: float = 0) -> SendFailed:
    return SendFailed(hour(at), step, attempt)


def send_unknown(step: str = "text", attempt: int = 1, at: float = 0) -> SendUnknown:
    return SendUnknown(hour(at), step, attempt)


def deferred(until: float, step: str = "text", attempt: int = 1, at: float = 0) -> SendRefused:
    return refused(Refusal.WINDOW, until, step, attempt, at)


def refused(
    refusal: Refusal, until: float | None = None, step: str = "text", attempt: int = 1, at: float = 0
) -> SendRefused:
    when = None if until is None else hour(until)
    return SendRefused(hour(at), step, attempt, refusal, when, refusal.value)


def told(status: DeliveryStatus, step: str = "text", attempt: int = 1, at: float = 1) -> ProviderEvent:
    return ProviderEvent(hour(at), step, attempt, status)


def checked(at: float, step: str = "text", attempt: int = 1, until: float | None = None) -> WaitChecked:
    return WaitChecked(hour(at), step, attempt, None if until is None else hour(until))


def elapsed(at: float, step: str = "text", attempt: int = 1) -> WaitElapsed:
    return WaitElapsed(hour(at), step, attempt)


def replay(plan: Plan, events: Iterable[Event]) -> tuple[EnrollmentState, list[Command]]:
    """The state that facts lead to, and every order and record on the way."""
    state = EnrollmentState(ENROLLMENT)
    commands: list[Command] = []
    for event in events:
        state, more = take(plan, state, event)
        commands += more
    return state, commands


def take(plan: Plan, state: EnrollmentState, event: Event) -> tuple[EnrollmentState, list[Command]]:
    """What one fact leads to, in a world where the end of every wait counts: that is asked and answered."""
    decision = decide(plan, state, event)
    given = [each for each in decision.commands if not isinstance(each, CheckWait)]
    for asked in decision.commands:
        if isinstance(asked, CheckWait):
            then = decide(plan, decision.state, WaitChecked(event.at, asked.step, asked.attempt))
            return then.state, [*given, *then.commands]
    return decision.state, given


def orders(commands: Iterable[Command]) -> tuple[Command, ...]:
    """The commands that are not only for the timeline."""
    return tuple(command for command in commands if not isinstance(command, RecordInteraction))


def send(step: str, channel: Channel, attempt: int = 1) -> SendMessage:
    return SendMessage(step, attempt, channel)


def check(at: float, step: str = "text", attempt: int = 1, since: float = 0) -> CheckWait:
    return CheckWait(step, attempt, hour(since), hour(at))


def timeless(command: Command) -> Command:
    """A command as scenes tell it: when a message fell due is looked at elsewhere."""
    return evolve(command, since=None, due=None) if isinstance(command, SendMessage) else command


def until(at: float, step: str = "text", attempt: int = 1) -> WaitUntil:
    return WaitUntil(hour(at), step, attempt)


THREE = plan()
RETRYING = plan(
    sms(retry=Backoff(attempts=3, first=2 * HOUR, factor=3, on={Result.FAILED, Result.UNANSWERED})), email()
)
JUMPING = plan(sms(on={Result.REPLIED: Route(RouteKind.STEP, "call")}), email(), voice())
DELAYED = plan(sms(), email(delay=12 * HOUR))
REPLY_TO_HUMAN = plan(sms(on={Result.REPLIED: ESCALATE}), email(), handoff_wait=3 * DAY)
TEXT, MAIL, CALL = send("text", Channel.SMS), send("mail", Channel.EMAIL), send("call", Channel.VOICE)


@frozen
class Scene:
    """One behaviour.

    Args:
        says: the behaviour, as a sentence.
        plan: what is followed.
        facts: what happens, the last of which is looked at.
        orders: what is ordered upon the last fact, records aside.
        then: what the enrollment does or why it ended, afterwards.
    """

    says: str
    plan: Plan
    facts: tuple[Event, ...]
    orders: tuple[Command, ...]
    then: Status | Outcome

    def played(self) -> tuple[tuple[Command, ...], Status | Outcome]:
        """What the last fact really orders, and what really follows."""
        earlier, _ = replay(self.plan, self.facts[:-1])
        state, commands = take(self.plan, earlier, self.facts[-1])
        return tuple(map(timeless, orders(commands))), state.outcome or state.status


def scene(says: str, plan: Plan, *facts: Event, orders: tuple[Command, ...] = (), then: Status) -> Scene:
    return Scene(says, plan, (started(), *facts), orders, then)


def end(says: str, plan: Plan, *facts: Event, at: float, outcome: Outcome) -> Scene:
    return Scene(says, plan, (started(), *facts), (Finish(outcome, hour(at)),), outcome)


def hands_over(says: str, plan: Plan, *facts: Event, step: str, reason: str) -> Scene:
    order = CreateHandoff(step, reason)
    return Scene(says, plan, (started(), *facts), (order,), Status.HANDING_OFF)
