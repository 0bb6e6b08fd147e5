"""Rates of a campaign, from counts: the same words mean the same on every channel."""

from collections.abc import Mapping

from attrs import frozen

from domain.attempts import AttemptState
from domain.enrollment.state import Outcome
from domain.statuses import ENDING, DeliveryStatus

_UNSENT = frozenset({AttemptState.RELEASED.value, AttemptState.REJECTED.value})
_NOT_ARRIVED = frozenset(
    {
        DeliveryStatus.QUEUED,
        DeliveryStatus.SENT,
        DeliveryStatus.FAILED,
        DeliveryStatus.BUSY,
        DeliveryStatus.NO_ANSWER,
        DeliveryStatus.BOUNCED,
    }
)
_ARRIVED = frozenset(status.value for status in DeliveryStatus if status not in _NOT_ARRIVED)
_ANSWERED = frozenset(
    {DeliveryStatus.ANSWERED.value, DeliveryStatus.CLICKED.value, DeliveryStatus.REPLIED.value}
)
_LEFT = frozenset(status.value for status in ENDING)


@frozen
class MessageRates:
    """What became of the messages of one channel, as shares from 0 to 1 of those that were sent.

    Args:
        sent: how many were sent, or may have been.
        delivered: the share that has arrived, as far as that was reported; None where nothing was sent.
        answered: the share on which a person has acted: replied, clicked, or taken a call.
        opted_out: the share after which a person wanted no more, or complained.
    """

    sent: int
    delivered: float | None
    answered: float | None
    opted_out: float | None


def message_rates(statuses: Mapping[str, int]) -> MessageRates:
    """The rates of one channel.

    Args:
        statuses: how many messages stand at each status: a `DeliveryStatus` where one was heard, else an
            `AttemptState`.
    """
    sent = sum(count for status, count in statuses.items() if status not in _UNSENT)
    return MessageRates(
        sent,
        _share(statuses, _ARRIVED, sent),
        _share(statuses, _ANSWERED, sent),
        _share(statuses, _LEFT, sent),
    )


@frozen
class EnrollmentRates:
    """What became of enrollments, as shares from 0 to 1.

    Args:
        finished: the share of all enrollments that has ended; None where there are none.
        won: the share of those that ended which reached a goal; None where none has ended.
        completed: the share of those that ended which a person's answer, or the plan, completed.
        opted_out: the share of those that ended because the person wanted no more, or complained.
    """

    finished: float | None
    won: float | None
    completed: float | None
    opted_out: float | None


def enrollment_rates(outcomes: Mapping[str, int], still_open: int) -> EnrollmentRates:
    """The rates of a campaign's enrollments.

    Args:
        outcomes: how many have ended with each `Outcome`.
        still_open: how many have not ended.
    """
    ended = sum(outcomes.values())
    left = frozenset({Outcome.OPTED_OUT.value, Outcome.COMPLAINED.value})
    return EnrollmentRates(
        _share(outcomes, frozenset(outcomes), ended + still_open),
        _share(outcomes, frozenset({Outcome.WON.value}), ended),
        _share(outcomes, frozenset({Outcome.COMPLETED.value}), ended),
        _share(outcomes, left, ended),
    )


def _share(counts: Mapping[str, int], chosen: frozenset[str], of: int) -> float | None:
    """The share of some counts, to four digits."""
    if of == 0:
        return None
    return round(sum(count for name, count in counts.items() if name in chosen) / of, 4)
