"""Where an enrollment stands, in one word, as far as the books tell: its run alone knows more."""

from enum import StrEnum

from domain.attempts import AttemptState
from domain.enrollment.commands import InteractionKind


class Standing(StrEnum):
    """What an enrollment is doing, for people and programs that watch it.

    ``starting``: its run has not begun. ``scheduled``: the next touch waits for its time. ``sending``: an
    attempt is under way. ``waiting``: an answer, or the end of the wait for one, comes next. ``with_human``:
    a person has the case. ``paused``: it, or its campaign, is held. ``finished``: it has ended.
    """

    STARTING = "starting"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    WAITING = "waiting"
    WITH_HUMAN = "with_human"
    PAUSED = "paused"
    FINISHED = "finished"


DECISIVE = frozenset({InteractionKind.BACKED_OFF, InteractionKind.DEFERRED, InteractionKind.PASSED_OVER})
"""The rows of a timeline after which a step stands differently than its last attempt says."""


def standing(
    *,
    has_ended: bool,
    has_started: bool,
    is_held: bool,
    with_human: bool,
    attempt: AttemptState | None = None,
    decided: InteractionKind | None = None,
) -> Standing:
    """Tell where an enrollment stands.

    Args:
        has_ended: it has an outcome.
        has_started: its run has begun.
        is_held: it, or its campaign, is paused.
        with_human: its steps are behind, and it has not ended.
        attempt: the state of the last attempt of the step that it is at; None where there is none.
        decided: what of `DECISIVE` was written at that step after that attempt; None for nothing.
    """
    if has_ended:
        return Standing.FINISHED
    if with_human:  # a pause holds back messages: a person goes on
        return Standing.WITH_HUMAN
    if is_held:
        return Standing.PAUSED
    return _at_step(attempt, decided) if has_started else Standing.STARTING


def _at_step(attempt: AttemptState | None, decided: InteractionKind | None) -> Standing:
    if decided is not None:
        return Standing.WAITING if decided is InteractionKind.PASSED_OVER else Standing.SCHEDULED
    if attempt is None:
        return Standing.SCHEDULED
    is_out = attempt in (AttemptState.ACCEPTED, AttemptState.UNKNOWN)
    return Standing.WAITING if is_out else Standing.SENDING
