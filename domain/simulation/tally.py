"""What is counted of simulated enrollments."""

import math
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from attrs import define, field

from domain.campaign import Plan
from domain.enrollment.commands import CreateHandoff
from domain.enrollment.events import MessageAccepted, SendRefused, SendUnknown
from domain.enrollment.state import Outcome
from domain.refusals import Refusal
from domain.simulation.effort import Effort
from domain.simulation.play import Taken
from domain.statuses import Channel

_HOUR = timedelta(hours=1)


@define
class Tally:
    """Counts, which grow.

    Args:
        plan: what is followed.
        zone: whose days are counted.
        start: the beginning, from which hours are counted.
        enrolled: how many enrollments have begun.
        outcomes: how many have ended, by why.
        still_open: how many have not ended when the simulation does.
        lengths: how long each one that has ended took, in seconds.
        messages: how many went out, or may have, by step.
        per_day: the same by day and channel.
        per_hour: the same by the number of the hour and the channel.
        refused: how often the gate kept a message back, by why.
        handoffs: how many cases were handed to humans, by day.
        facts: how many facts were taken.
        unchanged: how many of them have changed nothing.
        effort: what all of it costs.
    """

    plan: Plan
    zone: tzinfo
    start: datetime
    enrolled: int = 0
    outcomes: Counter[Outcome] = field(factory=Counter)
    still_open: int = 0
    lengths: list[float] = field(factory=list)
    messages: Counter[str] = field(factory=Counter)
    per_day: Counter[tuple[date, Channel]] = field(factory=Counter)
    per_hour: Counter[tuple[int, Channel]] = field(factory=Counter)
    refused: Counter[Refusal] = field(factory=Counter)
    handoffs: Counter[date] = field(factory=Counter)
    facts: int = 0
    unchanged: int = 0
    effort: Effort = field(factory=Effort)
    _channels: dict[str, Channel] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._channels = {step.key: step.channel for step in self.plan.touches}

    def count(self, course: Iterable[Taken], until: datetime) -> None:
        """Count one enrollment, up to its end or to a time."""
        self.enrolled += 1
        before = began = None
        for fact, decision in course:
            if fact.at > until:
                break
            began = began or fact.at
            self.facts += 1
            self.unchanged += decision.state is before
            before = decision.state
            self.effort.note(fact, decision)
            if isinstance(fact, MessageAccepted | SendUnknown):
                self._count_message(fact.step, fact.at)
            elif isinstance(fact, SendRefused):
                self.refused[fact.refusal] += 1
            if decision.commands and isinstance(decision.commands[-1], CreateHandoff):
                self.handoffs[self._day(fact.at)] += 1
            if before.outcome is not None:
                self.outcomes[before.outcome] += 1
                self.lengths.append((fact.at - began).total_seconds())
                return
        self.still_open += 1

    def length(self, share: float) -> timedelta | None:
        """After which time so many of those that have ended had ended; None where none has.

        Args:
            share: above 0, up to 1: 0.5 for the median.
        """
        if not self.lengths:
            return None
        rank = math.ceil(share * len(self.lengths))
        return timedelta(seconds=sorted(self.lengths)[rank - 1])

    def peak(self) -> tuple[datetime, int] | None:
        """The hour in which most messages went out: its beginning, and how many; None without any."""
        hours: Counter[int] = Counter()
        for (hour, _), count in self.per_hour.items():
            hours[hour] += count
        if not hours:
            return None
        most = max(hours.values())
        first = min(hour for hour, count in hours.items() if count == most)
        return self.start + first * _HOUR, most

    def _count_message(self, step: str, at: datetime) -> None:
        channel = self._channels[step]
        self.messages[step] += 1
        self.per_day[self._day(at), channel] += 1
        self.per_hour[(at - self.start) // _HOUR, channel] += 1

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()
