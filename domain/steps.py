"""One step of a plan: a touch on one channel, what it waits for, and where each result leads."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from attrs import evolve, field, frozen

from domain.backoff import Backoff
from domain.statuses import Channel, Result


class RouteKind(StrEnum):
    """Where a result leads."""

    WAIT = "wait"
    NEXT = "next"
    STEP = "step"
    ESCALATE = "escalate"
    COMPLETE = "complete"
    EXIT = "exit"


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
        """Read the text form: ``wait``, ``next``, ``complete``, ``escalate``, ``exit`` or ``step:KEY``.

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


@frozen
class Step:
    """One touch on one channel.

    Args:
        key: its name in the plan; part of the attempt key, so it never changes in a running campaign.
        channel: how the person is reached.
        wait: how long after acceptance an answer is waited for.
        delay: how long before the first attempt nothing happens.
        retry: which results are tried again, and when.
        routes: where results lead, where that is not the default for the channel.
        on_unknown: what to do when it cannot be known whether the message was sent.
    """

    key: str
    channel: Channel
    wait: timedelta
    delay: timedelta = timedelta(0)
    retry: Backoff = field(factory=Backoff)
    routes: Mapping[Result, Route] = field(factory=dict, converter=_copy, hash=False)
    on_unknown: OnUnknown = OnUnknown.WAIT

    def route(self, result: Result) -> Route:
        """Where a result leads: by the plan's own route, else by default.

        A call that was completed (``delivered``) was answered, so it leads where ``answered`` does; if that
        is to wait, it completes, since nothing more will come of it.
        """
        if self.channel is Channel.VOICE and result is Result.DELIVERED and result not in self.routes:
            answered = self.route(Result.ANSWERED)
            return COMPLETE if answered == WAIT else answered
        return self.routes.get(result) or default_route(result)

    def heeds(self, result: Result) -> bool:
        """Whether the result can change what happens."""
        return result in self.retry.on or self.route(result) != WAIT

    def scaled(self, factor: float) -> "Step":
        """The same step with every duration multiplied."""
        retry = evolve(self.retry, first=self.retry.first * factor, cap=self.retry.cap * factor)
        return evolve(self, wait=self.wait * factor, delay=self.delay * factor, retry=retry)
