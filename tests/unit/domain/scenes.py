"""Words for scenarios: small plans, facts at round hours after the start, and scenes made of both."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from domain.backoff import Backoff
from domain.campaign import Plan
from domain.enrollment.commands import (
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
    SendDeferred,
    SendFailed,
    SendUnknown,
    Started,
    WaitElapsed,
)
from domain.enrollment.state import EnrollmentState, Outcome, Status
from domain.statuses import Channel, DeliveryStatus, Result
from domain.steps import ESCALATE, EXIT, OnUnknown, Route, RouteKind, Step
from tests.unit.domain.strategies import T0

ENROLLMENT = "11111111-2222-3333-4444-555555555555"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def hour(hours: float) -> datetime:
    """So many hours after the start."""
    return T0 + timedelta(hours=hours)


def step(
    key: str,
    channel: Channel,
    *,
    on: dict[Result, Route] | None = None,
    retry: Backoff | None = None,
    delay: timedelta = timedelta(0),
    on_unknown: OnUnknown = OnUnknown.WAIT,
) -> Step:
    """A step that waits for a day."""
    return Step(key, channel, DAY, delay, retry or Backoff(), on or {}, on_unknown)


def sms(key: str = "text", **options: Any) -> Step:
    return step(key, Channel.SMS, **options)


def email(key: str = "mail", **options: Any) -> Step:
    return step(key, Channel.EMAIL, **options)


def voice(key: str = "call", **options: Any) -> Step:
    return step(key, Channel.VOICE, **options)


def plan(*steps: Step, at_end: Route = EXIT, handoff_wait: timedelta | None = None) -> Plan:
    """A plan of these steps; a text, a mail and a call where none are given."""
    return Plan("scene", 1, steps or (sms(), email(), voice()), at_end, handoff_wait)


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


def deferred(until: float, step: str = "text", attempt: int = 1, at: float = 0) -> SendDeferred:
    return SendDeferred(hour(at), step, attempt, hour(until), "quiet hours")


def told(status: DeliveryStatus, step: str = "text", attempt: int = 1, at: float = 1) -> ProviderEvent:
    return ProviderEvent(hour(at), step, attempt, status)


def elapsed(at: float, step: str = "text", attempt: int = 1) -> WaitElapsed:
    return WaitElapsed(hour(at), step, attempt)


def replay(plan: Plan, events: Iterable[Event]) -> tuple[EnrollmentState, list[Command]]:
    """The state that facts lead to, and every order and record on the way."""
    state = EnrollmentState(ENROLLMENT)
    commands: list[Command] = []
    for event in events:
        decision = decide(plan, state, event)
        state = decision.state
        commands += decision.commands
    return state, commands


def orders(commands: Iterable[Command]) -> tuple[Command, ...]:
    """The commands that are not only for the timeline."""
    return tuple(command for command in commands if not isinstance(command, RecordInteraction))


def send(step: str, channel: Channel, attempt: int = 1) -> SendMessage:
    return SendMessage(step, attempt, channel)


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
        decision = decide(self.plan, earlier, self.facts[-1])
        return orders(decision.commands), decision.state.outcome or decision.state.status


def scene(says: str, plan: Plan, *facts: Event, orders: tuple[Command, ...] = (), then: Status) -> Scene:
    return Scene(says, plan, (started(), *facts), orders, then)


def end(says: str, plan: Plan, *facts: Event, at: float, outcome: Outcome) -> Scene:
    return Scene(says, plan, (started(), *facts), (Finish(outcome, hour(at)),), outcome)


def hands_over(says: str, plan: Plan, *facts: Event, step: str, reason: str) -> Scene:
    order = CreateHandoff(step, reason)
    return Scene(says, plan, (started(), *facts), (order,), Status.HANDING_OFF)
