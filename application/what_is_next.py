"""What an enrollment does next if nothing more is heard, and when: read ahead in its plan, no promise."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from attrs import evolve, frozen

from application.local_calendar import LocalCalendar
from application.ports.enrollments import Enrollment
from application.prepare_step import PrepareStep
from application.standings import Place
from domain.attempts import AttemptState
from domain.campaign import Campaign, Plan
from domain.contact import Contact
from domain.enrollment.commands import InteractionKind
from domain.enrollment.forecast import after_skip, after_split, silence, target
from domain.enrollment.standing import Standing
from domain.enrollment.turn import later
from domain.idempotency import AttemptKey
from domain.pauses import Pause, PausePolicy
from domain.statuses import Channel
from domain.steps import Route, RouteKind, Split, Step
from domain.times.plan_time import PlanTime


class Action(StrEnum):
    """What comes next.

    ``start``: its run begins. ``send``: a touch goes out. ``decide``: a split, or the contact's data, decides
    which. ``hand_over``: a person gets the case. ``resolve``: the person who has the case closes it.
    ``resume``: somebody lets it go on. ``end``: it ends.
    """

    START = "start"
    SEND = "send"
    DECIDE = "decide"
    HAND_OVER = "hand_over"
    RESOLVE = "resolve"
    RESUME = "resume"
    END = "end"


@frozen
class Next:
    """What is expected next.

    Args:
        action: what.
        at: when, as far as that can be told; for `Action.RESOLVE`, until when that is waited for.
        step: at which step, for `Action.SEND` and `Action.DECIDE`.
        channel: by which channel, for `Action.SEND`.
        attempt: the how manieth attempt of the step, for `Action.SEND`.
        unless: what would change it if it came before: ``answer``, or a delivery status.
        reason: why it is not done yet, or why it is done; a few words, or a sentence, without personal data.
    """

    action: Action
    at: datetime | None = None
    step: str | None = None
    channel: Channel | None = None
    attempt: int | None = None
    unless: str | None = None
    reason: str | None = None


@frozen
class WhatIsNext:
    """Reads ahead in the plan of one enrollment, with what is known of the contact now.

    Args:
        prepare_step: tells what a step comes to for the contact.
        places: tells when messages may go out where the contact is.
    """

    prepare_step: PrepareStep
    places: LocalCalendar

    async def __call__(
        self,
        enrollment: Enrollment,
        campaign: Campaign,
        contact: Contact | None,
        place: Place,
        handed_over: datetime | None = None,
    ) -> Next | None:
        """What comes next; None where nothing does any more.

        Args:
            enrollment: which; ask outside of the transaction in which it was read.
            campaign: the version that it follows.
            contact: who; None where nobody is known any more.
            place: where it stands.
            handed_over: when a person got the case, where one has it.
        """
        match place.standing:
            case Standing.FINISHED:
                return None
            case Standing.PAUSED:
                return Next(Action.RESUME, reason=_held(enrollment, place.pause))
            case Standing.STARTING:
                return Next(Action.START, reason="its run has not begun; that is tried again and again")
            case Standing.WITH_HUMAN:
                wait = campaign.plan.scaled(enrollment.time_scale).handoff_wait or timedelta(0)
                return Next(Action.RESOLVE, later(handed_over, wait), reason="a person has the case")
            case Standing.WAITING:
                return await _Reading(self, enrollment, campaign, contact).after_wait(place)
            case Standing.SCHEDULED | Standing.SENDING:
                return _Reading(self, enrollment, campaign, contact).touch(place)


@frozen
class _Reading:
    """One enrollment being read ahead."""

    ask: WhatIsNext
    enrollment: Enrollment
    campaign: Campaign
    contact: Contact | None

    @property
    def plan(self) -> Plan:
        return self.campaign.plan.scaled(self.enrollment.time_scale)

    def touch(self, place: Place) -> Next:
        """The touch that waits for its time, or is under way."""
        step = self._step(place.step)
        if not isinstance(step, Step):
            return Next(Action.DECIDE, self.enrollment.due_at, place.step)
        last = place.attempt
        attempt = 1 if last is None else last.key.attempt
        if place.standing is Standing.SENDING and last is not None:
            reason = _UNDER_WAY.get(last.state)
            return Next(Action.SEND, last.claimed_at, step.key, step.channel, attempt, reason=reason)
        if place.decided is not None:
            is_next = place.decided.kind == InteractionKind.BACKED_OFF
            attempt = (place.decided.attempt or 1) + is_next
        reason = None if place.decided is None else place.decided.detail or None
        return self._send(step, attempt, self.enrollment.due_at, reason)

    async def after_wait(self, place: Place) -> Next:
        """What follows when the wait for an answer ends without one."""
        plan, step = self.plan, self._step(place.step)
        index = plan.index(place.step or "")
        if index is None or not isinstance(step, Step):
            return Next(Action.DECIDE, self.enrollment.due_at, place.step)
        last = place.attempt
        passed = place.decided is not None  # nothing else leads from a decision to waiting
        attempt = 1 if last is None else last.key.attempt
        key = AttemptKey(self.enrollment.id, step.key, attempt)
        in_doubt = last is not None and last.state is AttemptState.UNKNOWN
        delivery = None if last is None else last.delivery
        ends = silence(step, key, delivery=delivery, in_doubt=in_doubt, passed=passed)
        due = later(self.enrollment.due_at, -ends.early)  # which counts the whole wait: `expected`
        if ends.again is not None:
            at = later(due, ends.again)
            return evolve(self._send(step, attempt + 1, at), unless=ends.missing)
        found = await self._follow(plan, index, ends.route, due)
        return evolve(found, unless=ends.missing)

    async def _follow(self, plan: Plan, index: int, route: Route, at: datetime | None) -> Next:
        """Go along a route, past what is left out, to what is done; steps only lead forward."""
        while True:
            place = target(plan, index, route)
            if isinstance(place, RouteKind):
                return Next(Action.HAND_OVER if place is RouteKind.ESCALATE else Action.END, at)
            index, step = place, plan.steps[place]
            told = await self.ask.prepare_step(self.enrollment.id, step.key, at or self.enrollment.created_at)
            if told.skip is not None:
                route = after_skip(step, rejected=told.rejected)
            elif isinstance(step, Split):
                route = after_split(step, told.branch)
            else:
                return self._send(step, 1, None if at is None else told.due)

    def _step(self, key: str | None) -> Step | Split | None:
        index = self.campaign.plan.index(key or "")
        return None if index is None else self.plan.steps[index]

    def _send(self, step: Step, attempt: int, at: datetime | None, reason: str | None = None) -> Next:
        opens = None if at is None else self._opens(step, attempt, at)
        return Next(Action.SEND, opens, step.key, step.channel, attempt, reason=reason)

    def _opens(self, step: Step, attempt: int, at: datetime) -> datetime:
        """When the step may go out that is due at a time: as the gate will say it."""
        rules, contact = self.campaign.rules, self.contact
        window = rules.window_of(step.key)
        if window is None or contact is None:
            return at
        time = PlanTime(self.enrollment.created_at, self.enrollment.time_scale)
        seed = str(AttemptKey(self.enrollment.id, step.key, attempt))
        opens = self.ask.places.may_go_out(window, contact, rules, time.of(at), seed)
        return at if opens is None else time.real(opens)


_UNDER_WAY = {
    AttemptState.CLAIMED: "it is being sent, or nobody can tell yet whether it was",
    AttemptState.RELEASED: "no provider has taken it yet; that is tried again",
    AttemptState.REJECTED: "it was refused; what follows is being decided",
}
_POLICIES = {
    PausePolicy.FREEZE: "its waits stand still",
    PausePolicy.EXPIRE: "what falls due meanwhile is passed over",
    PausePolicy.CATCH_UP: "what falls due meanwhile goes out afterwards, little by little",
}


def _held(enrollment: Enrollment, pause: Pause | None) -> str:
    if enrollment.paused_at is not None:
        return "the enrollment is paused; nothing is sent until it is resumed"
    policy = _POLICIES[cast("Pause", pause).policy]
    return f"the campaign is paused; nothing is sent until it is resumed, and {policy}"
