"""The world around one simulated enrollment: a contact, providers, the gate, a desk."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate

from attrs import define, evolve, field

from domain.enrollment.commands import CreateHandoff, PrepareStep, SendMessage
from domain.enrollment.events import (
    Event,
    GoalReached,
    HandoffCreated,
    HandoffResolved,
    MessageAccepted,
    MessageRejected,
    ProviderEvent,
    SendFailed,
    SendRefused,
    SendUnknown,
    Started,
    StepPrepared,
    StepSkipped,
)
from domain.refusals import Refusal
from domain.simulation.chance import Chance, lasting
from domain.simulation.model import ARRIVED, Manner, Model
from domain.statuses import Channel, DeliveryStatus
from domain.steps import Split
from domain.times.delays import AtLocal, due

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


@define
class SimulatedWorld:
    """Answers the orders of one enrollment (`domain.simulation.play.World`).

    Args:
        model: what people and providers do.
        chance: what they do this time.
        began: when the enrollment began.
    """

    model: Model
    chance: Chance
    began: datetime
    _sent: list[tuple[datetime, Channel]] = field(factory=list, init=False)
    _drawn: dict[str, bool] = field(factory=dict, init=False)
    _dates: dict[str, str] = field(factory=dict, init=False)

    def facts(self) -> Iterator[Event]:
        """What happens whatever is sent: the beginning, and goals that are reached some time."""
        yield Started(self.began)
        for goal, assumption in self.model.assumptions.places["goals"].items():
            if self.chance.random() < assumption.share:
                yield GoalReached(self.began + lasting(self.chance, assumption.after), goal)

    # Steps -------------------------------------------------------------------------------------------

    def prepare(self, order: PrepareStep, at: datetime) -> Event:
        """By the assumptions on conditions and dates; a branch by weight as the plan says."""
        plan = self.model.campaign.plan
        step = plan.steps[plan.index(order.step) or 0]
        if isinstance(step, Split):
            return StepPrepared(at, step.key, branch=self._branch(step))
        if step.conditional and not self._holds(step.key):
            return StepSkipped(at, step.key, "its condition does not hold")
        if isinstance(step.delay, timedelta):
            return StepPrepared(at, step.key, at + step.delay)
        if isinstance(step.delay, AtLocal):
            return StepPrepared(at, step.key, self.model.local_times[step.key].after(at))
        if not self._has("dates", step.delay.attribute):
            return StepSkipped(at, step.key, f"the contact has no {step.delay.attribute}", rejected=True)
        attribute = step.delay.attribute
        when = due(step.delay, at, self.model.zone, {attribute: self._date(attribute)})
        if step.is_over(when, at):
            return StepSkipped(at, step.key, f"its time ({attribute}) was over")
        return StepPrepared(at, step.key, when)

    def _branch(self, split: Split) -> int:
        splitter = self.model.campaign.splits[split.key]
        if splitter.weights:
            *sums, total = accumulate(splitter.weights)
            return bisect_right(sums, self.chance.random() * total)
        holding = (branch for branch in range(len(splitter.conditions)) if self._holds(split.key))
        return next(holding, len(splitter.conditions))

    def _holds(self, step: str) -> bool:
        return self.chance.random() < self.model.assumed("conditions", step).share

    def _date(self, attribute: str) -> str:
        """A contact's own: from half of the time that is assumed, up to one and a half times it."""
        if attribute not in self._dates:
            after = self.model.assumed("dates", attribute).after * (0.5 + self.chance.random())
            self._dates[attribute] = (self.began + after).isoformat()
        return self._dates[attribute]

    def _has(self, place: str, word: str) -> bool:
        """What is true or not of a contact, for good."""
        name = f"{place}.{word}"
        if name not in self._drawn:
            self._drawn[name] = self.chance.random() < self.model.assumed(place, word).share
        return self._drawn[name]

    # Messages ----------------------------------------------------------------------------------------

    def send(self, order: SendMessage, at: datetime) -> Iterator[Event]:
        """The gate's answer, else the provider's, and all that is told of the message."""
        refused = self._refused(order, at)
        if refused is not None:
            yield refused
            return
        manner, step, attempt = self.model.manners[order.step], order.step, order.attempt
        fate, after = manner.drawn(self.chance)
        if fate == "rejected":
            yield MessageRejected(at + _SECOND, step, attempt, "the provider refuses it")
        elif fate == "unavailable":
            yield SendFailed(at + self.model.campaign.plan.patience, step, attempt)
        else:
            self._sent.append((at, order.channel))
            sent = at + _SECOND
            in_doubt = fate == "unknown"
            if in_doubt:
                yield SendUnknown(sent, step, attempt)
                fate = ARRIVED if self.chance.random() < 0.5 else "silent"
            else:
                yield MessageAccepted(sent, step, attempt)
            for when, status, key in self._told(manner, fate, sent, after):
                if in_doubt or status in manner.heeded:
                    yield from self._reported(ProviderEvent(when, step, attempt, status, key))

    def _refused(self, order: SendMessage, at: datetime) -> SendRefused | None:
        """What the gate says, in its order: address, consent, window, caps."""
        rules, channel = self.model.campaign.rules, order.channel
        if not self._has("contacts", channel.value):
            return _refusal(order, at, Refusal.ADDRESS)
        if channel in rules.consent and not self._has("contacts", "consent"):
            return _refusal(order, at, Refusal.CONSENT)
        hours, window = self.model.windows.get(order.step), rules.window_of(order.step)
        if hours is not None and window is not None:
            opens, closes = hours.at(at)
            if opens > at:
                spread = min(window.spread, closes - opens) * self.chance.random()
                return _refusal(order, at, Refusal.WINDOW, opens + spread)
        free = at
        for cap in self.model.caps[channel]:
            counted = [when for when, by in self._sent if cap.channel in (None, by)]
            if len(counted) >= cap.count:
                free = max(free, counted[-cap.count] + cap.per)
        return _refusal(order, at, Refusal.CAP, free) if free > at else None

    def _told(
        self, manner: Manner, fate: str, sent: datetime, after: timedelta
    ) -> Iterator[tuple[datetime, DeliveryStatus, str | None]]:
        if fate == "silent":
            return
        if fate != ARRIVED:
            yield sent + self._about(after), DeliveryStatus(fate), None
            return
        is_call, over = manner.step.channel is Channel.VOICE, manner.over
        last = arrived = sent + self._about(manner.arrival.after)
        if self.chance.random() < manner.arrival.share:
            yield arrived, manner.arrives, None
        for status, key, assumption in manner.acts:
            if self.chance.random() < assumption.share:
                when = arrived + lasting(self.chance, assumption.after)
                when = when if is_call else self._awake(when)
                last = max(last, when)
                yield when, status, key
        if is_call and self.chance.random() < over.share:
            yield last + self._about(over.after), DeliveryStatus.DELIVERED, None

    def _reported(self, event: ProviderEvent) -> Iterator[Event]:
        """A report, which may be late, and may come twice."""
        late, repeated = self.model.assumed("providers", "late"), self.model.assumed("providers", "repeated")
        if self.chance.random() < late.share:
            event = evolve(event, at=event.at + lasting(self.chance, late.after))
        yield event
        if self.chance.random() < repeated.share:
            yield evolve(event, at=event.at + lasting(self.chance, repeated.after))

    def _about(self, usually: timedelta) -> timedelta:
        """From half of what something usually takes up to one and a half times that."""
        return usually * (0.5 + self.chance.random())

    def _awake(self, when: datetime) -> datetime:
        """Nobody acts in their sleep: within an hour of getting up."""
        opens, _ = self.model.awake.at(when)
        return when if opens == when else opens + _HOUR * self.chance.random()

    # Cases -------------------------------------------------------------------------------------------

    def hand_over(self, order: CreateHandoff, at: datetime) -> Iterator[Event]:
        """A human has it within a minute; whoever closes it does so in office hours."""
        yield HandoffCreated(at + _MINUTE * self.chance.random())
        resolved = self.model.assumed("handoff", "resolved")
        if self.chance.random() < resolved.share:
            when, _ = self.model.staffed.at(at + _MINUTE + lasting(self.chance, resolved.after))
            yield HandoffResolved(when)


def _refusal(order: SendMessage, at: datetime, why: Refusal, until: datetime | None = None) -> SendRefused:
    return SendRefused(at, order.step, order.attempt, why, until, why.value)
