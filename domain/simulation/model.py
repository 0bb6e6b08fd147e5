"""What is worked out once for a campaign, before thousands of people go through it."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from itertools import accumulate

from attrs import define, field, frozen

from domain.campaign import Campaign
from domain.contact_rules import Cap
from domain.simulation.assumptions import ACTS, ENDS_OF_SENDS, FAILURES, Assumption, Assumptions
from domain.simulation.chance import Chance
from domain.simulation.hours import LocalTimes, Openings
from domain.statuses import ENDING, Channel, DeliveryStatus, result_of
from domain.steps import Step
from domain.times.delays import AtLocal
from domain.times.spans import parse_spans

AWAKE = parse_spans("07:00-22:00")
"""When people open, click and answer messages."""

STAFFED = parse_spans("mon-fri 09:00-17:00")
"""When humans close the cases that they were handed."""

ARRIVED = "arrived"
_NEVER = Assumption(0)


@frozen
class Manner:
    """What becomes of the messages of one step.

    Args:
        step: which.
        fates: what can become of one before it arrives.
        bounds: up to which number each of them is drawn.
        arrives: what is told of one that has arrived.
        arrival: when that is.
        over: of a call, when it is told that it is over, after all that people do on it.
        acts: what people do about it: what is told, the key that is pressed, how many do it and when.
        heeded: what of it can change the plan's course: only that is told (`Plan.heeds`).
    """

    step: Step
    fates: tuple[tuple[str, timedelta], ...]
    bounds: tuple[float, ...]
    arrives: DeliveryStatus
    arrival: Assumption
    over: Assumption
    acts: tuple[tuple[DeliveryStatus, str | None, Assumption], ...]
    heeded: frozenset[DeliveryStatus]

    def drawn(self, chance: Chance) -> tuple[str, timedelta]:
        """What becomes of one message, and when that is told; `ARRIVED` unless anything else does."""
        place = bisect_right(self.bounds, chance.random())
        return self.fates[place] if place < len(self.fates) else (ARRIVED, timedelta(0))


def manner(campaign: Campaign, step: Step, assumptions: Assumptions) -> Manner:
    """Work out what becomes of the messages of a step."""
    words = {word: assumptions.of(step, word) for word in (*ENDS_OF_SENDS, *FAILURES)}
    fates = {word: each for word, each in words.items() if each is not None}
    left = accumulate((1 - each.share for each in fates.values()), lambda all_left, kept: all_left * kept)
    is_call = step.channel is Channel.VOICE
    arrives = DeliveryStatus.ANSWERED if is_call else DeliveryStatus.DELIVERED
    return Manner(
        step,
        tuple((word, each.after) for word, each in fates.items()),
        tuple(1 - share for share in left),
        arrives,
        assumptions.of(step, arrives.value) or _NEVER,
        assumptions.of(step, DeliveryStatus.DELIVERED.value) or _NEVER,
        tuple(_acts(step, assumptions)),
        frozenset(status for status in DeliveryStatus if _is_heeded(campaign, step.key, status)),
    )


def _acts(step: Step, assumptions: Assumptions) -> list[tuple[DeliveryStatus, str | None, Assumption]]:
    known = [(DeliveryStatus(word), assumptions.of(step, word)) for word in ACTS]
    acts = [(status, None, each) for status, each in known if each is not None and each.share > 0]
    if step.channel is not Channel.VOICE:
        return [*acts]
    # On a call nobody writes: people press keys.
    return [
        *((DeliveryStatus.REPLIED, key, assumptions.of_key(step, key)) for key in step.pressed),
        *(act for act in acts if act[0] is not DeliveryStatus.REPLIED),
    ]


def _is_heeded(campaign: Campaign, step: str, status: DeliveryStatus) -> bool:
    result = result_of(status)
    return status in ENDING or (result is not None and campaign.plan.heeds(step, result))


@define
class Model:
    """What people and providers do in one campaign.

    Args:
        campaign: which.
        assumptions: of its people and providers.
        zone: whose clocks all of its contacts live by.
        start: nothing happens before.
    """

    campaign: Campaign
    assumptions: Assumptions
    zone: tzinfo
    start: datetime
    manners: Mapping[str, Manner] = field(init=False)
    windows: Mapping[str, Openings] = field(init=False)
    caps: Mapping[Channel, tuple[Cap, ...]] = field(init=False)
    local_times: Mapping[str, LocalTimes] = field(init=False)
    awake: Openings = field(init=False)
    staffed: Openings = field(init=False)

    def __attrs_post_init__(self) -> None:
        rules, touches = self.campaign.rules, self.campaign.plan.touches
        self.manners = {step.key: manner(self.campaign, step, self.assumptions) for step in touches}
        windows = {step.key: rules.window_of(step.key) for step in touches}
        self.windows = {
            key: Openings(each.spans, self.zone, self.start)
            for key, each in windows.items()
            if each is not None
        }
        self.caps = {
            channel: tuple(cap for cap in rules.caps if cap.channel in (None, channel)) for channel in Channel
        }
        self.local_times = {
            step.key: LocalTimes(step.delay, self.zone, self.start)
            for step in touches
            if isinstance(step.delay, AtLocal)
        }
        self.awake = Openings(AWAKE, self.zone, self.start)
        self.staffed = Openings(STAFFED, self.zone, self.start)

    def assumed(self, place: str, word: str) -> Assumption:
        """What is assumed of other things than messages."""
        return self.assumptions.places[place][word]
