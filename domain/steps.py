"""The steps of a plan: a touch on one channel, what it waits for and where each result leads; or a split."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from attrs import evolve, field, frozen

from domain.backoff import Backoff
from domain.statuses import Channel, DeliveryStatus, Result, result_of
from domain.times.delays import Delay, FromAttribute

HANDOFF = "handoff"
"""What stands for a step key once the steps are behind; attempt 0 keeps it apart from a step of that name."""


class RouteKind(StrEnum):
    """Where a result leads."""

    WAIT = "wait"
    NEXT = "next"
    STEP = "step"
    ESCALATE = "escalate"
    COMPLETE = "complete"
    EXIT = "exit"
    HOLD_OUT = "hold_out"


@frozen
class Route:
    """Where a result leads: nowhere yet, on to the next or a named step, to a human, or to the end.

    Args:
        kind: the sort of place.
        step: the key of the step to go to, for `RouteKind.STEP` only.
    """

    kind: RouteKind
    step: str | None = None

    def __str__(self) -> str:
        return f"step:{self.step}" if self.kind is RouteKind.STEP else self.kind.value

    @classmethod
    def parse(cls, text: str) -> "Route":
        """Read the text form: the word of a kind, or ``step:KEY``.

        Raises:
            ValueError: the text is none of these.
        """
        head, _, key = text.partition(":")
        route = cls(RouteKind(head), key or None)
        if str(route) != text:
            raise ValueError(f"{text!r} is not a route")
        return route


WAIT = Route(RouteKind.WAIT)
NEXT = Route(RouteKind.NEXT)
COMPLETE = Route(RouteKind.COMPLETE)
ESCALATE = Route(RouteKind.ESCALATE)
EXIT = Route(RouteKind.EXIT)
HOLD_OUT = Route(RouteKind.HOLD_OUT)


class OnUnknown(StrEnum):
    """What to do with an attempt of which nobody can say whether it was sent."""

    WAIT = "wait"
    RESEND = "resend"
    ESCALATE = "escalate"


CONCLUSIVE = frozenset({Result.FAILED, Result.REJECTED, Result.UNKNOWN, Result.UNANSWERED})
"""Results after which nothing more will come, so that a plan may not go on waiting."""

_FAILURES = CONCLUSIVE | {Result.BUSY, Result.NO_ANSWER, Result.BOUNCED, Result.VOICEMAIL}
_ANSWERS = frozenset({Result.REPLIED, Result.CLICKED, Result.ANSWERED})


def default_route(result: Result) -> Route:
    """Where a result leads unless the plan says otherwise.

    A person's act completes, a failure or silence moves on, and a message that merely arrived is waited on.
    """
    if result in _FAILURES:
        return NEXT
    return COMPLETE if result in _ANSWERS else WAIT


def _copy(routes: Mapping[Result, Route]) -> Mapping[Result, Route]:
    return dict(routes)


def _copy_keys(routes: Mapping[str, Route]) -> Mapping[str, Route]:
    return dict(routes)


_STATUSES = {result: status for status in DeliveryStatus if (result := result_of(status)) is not None}


class Late(StrEnum):
    """What to do with a touch whose time was over before the enrollment came to it."""

    SKIP = "skip"
    SEND = "send"


@frozen
class Fallback:
    """What to do when a status has not come in time, while the wait for an answer may go on if it has.

    Args:
        status: what must have come, or anything that outranks it.
        within: how long after acceptance, less than the step's wait.
        route: where it leads if nothing came.
    """

    status: DeliveryStatus
    within: timedelta
    route: Route


@frozen
class Split:
    """A step that sends nothing: by the contact's data or by chance it leads one way or another.

    How a branch is chosen stands in the campaign (`domain.campaign.Campaign.splits`), not in the plan.

    Args:
        key: its name in the plan.
        branches: where each branch leads.
    """

    key: str
    branches: tuple[Route, ...]

    @property
    def asks(self) -> bool:
        """Whether the contact's data must be asked when the step is entered."""
        return True

    def scaled(self, factor: float) -> "Split":
        """The same: it takes no time."""
        return self


@frozen
class Step:
    """One touch on one channel.

    Args:
        key: its name in the plan; part of the attempt key, so it never changes in a running campaign.
        channel: how the person is reached.
        wait: how long after acceptance an answer is waited for.
        delay: how long before the first attempt nothing happens, or until when.
        retry: which results are tried again, and when.
        routes: where results lead, where that is not the default for the channel.
        on_unknown: what to do when it cannot be known whether the message was sent.
        pressed: where the keys lead that a person presses on a call, before `Result.REPLIED` does.
        fallback: what to do when the message has not arrived in time.
        late: what to do where the delay's time was over before the enrollment came here.
        conditional: whether the campaign has a condition for it; where that does not hold, the next step
            follows.
    """

    key: str
    channel: Channel
    wait: timedelta
    delay: Delay = timedelta(0)
    retry: Backoff = field(factory=Backoff)
    routes: Mapping[Result, Route] = field(factory=dict, converter=_copy, hash=False)
    on_unknown: OnUnknown = OnUnknown.WAIT
    pressed: Mapping[str, Route] = field(factory=dict, converter=_copy_keys, hash=False)
    fallback: Fallback | None = None
    late: Late = Late.SKIP
    conditional: bool = False

    @property
    def asks(self) -> bool:
        """Whether the contact's data must be asked when the step is entered."""
        return self.conditional or not isinstance(self.delay, timedelta)

    def route(self, result: Result) -> Route:
        """Where a result leads: by the plan's own route, else by default.

        A call that was completed (``delivered``) was answered, so it leads where ``answered`` does; if that
        is to wait, it completes, since nothing more will come of it.
        """
        return self._ways[result]

    @cached_property
    def _ways(self) -> Mapping[Result, Route]:
        ways = {result: self.routes.get(result) or default_route(result) for result in Result}
        if self.channel is Channel.VOICE and Result.DELIVERED not in self.routes:
            answered = ways[Result.ANSWERED]
            ways[Result.DELIVERED] = COMPLETE if answered == WAIT else answered
        return ways

    def heeds(self, result: Result) -> bool:
        """Whether the result can change what happens. A key that is pressed is told as a reply."""
        if result is Result.REPLIED and self.pressed:
            return True
        return result in self.retry.on or self.route(result) != WAIT or self._confirmed_by(result)

    def is_over(self, due: datetime, now: datetime) -> bool:
        """Whether a touch came too late for its time, and is left out."""
        return isinstance(self.delay, FromAttribute) and due < now and self.late is Late.SKIP

    def confirms(self, status: DeliveryStatus) -> bool:
        """Whether a status is what the fallback waits for, or outranks it."""
        return self.fallback is not None and status.rank >= self.fallback.status.rank

    def _confirmed_by(self, result: Result) -> bool:
        status = _STATUSES.get(result)
        return status is not None and self.confirms(status)

    def scaled(self, factor: float) -> "Step":
        """The same step with every duration multiplied; what the contact's calendar says stays as it is."""
        retry = evolve(self.retry, first=self.retry.first * factor, cap=self.retry.cap * factor)
        delay = self.delay * factor if isinstance(self.delay, timedelta) else self.delay
        fallback = self.fallback and evolve(self.fallback, within=self.fallback.within * factor)
        return evolve(self, wait=self.wait * factor, delay=delay, retry=retry, fallback=fallback)
