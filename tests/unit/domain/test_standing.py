"""Where an enrollment stands, in one word."""

import pytest

from domain.attempts import AttemptState
from domain.enrollment.commands import InteractionKind
from domain.enrollment.standing import DECISIVE, Standing, standing

RUNNING = {"has_ended": False, "has_started": True, "is_held": False, "with_human": False}


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"has_ended": True, "is_held": True}, Standing.FINISHED),
        ({"with_human": True, "is_held": True}, Standing.WITH_HUMAN),
        ({"is_held": True, "has_started": False}, Standing.PAUSED),
        ({"has_started": False}, Standing.STARTING),
        ({}, Standing.SCHEDULED),
    ],
)
def test_what_is_so_as_a_whole_comes_first(facts: dict[str, bool], word: Standing) -> None:
    """The end before all else, a person before a pause, a pause before a beginning."""
    assert standing(**(RUNNING | facts)) is word


@pytest.mark.parametrize(
    ("attempt", "word"),
    [
        (AttemptState.CLAIMED, Standing.SENDING),
        (AttemptState.RELEASED, Standing.SENDING),
        (AttemptState.REJECTED, Standing.SENDING),
        (AttemptState.ACCEPTED, Standing.WAITING),
        (AttemptState.UNKNOWN, Standing.WAITING),
    ],
)
def test_an_attempt_says_what_goes_on(attempt: AttemptState, word: Standing) -> None:
    """What may have been sent is waited on; all else is still on its way out."""
    assert standing(**RUNNING, attempt=attempt) is word


@pytest.mark.parametrize(
    ("decided", "word"),
    [
        (InteractionKind.BACKED_OFF, Standing.SCHEDULED),
        (InteractionKind.DEFERRED, Standing.SCHEDULED),
        (InteractionKind.PASSED_OVER, Standing.WAITING),
    ],
)
def test_what_was_decided_since_counts_more(decided: InteractionKind, word: Standing) -> None:
    """The next attempt waits for its time, or the wait goes by without one."""
    assert decided in DECISIVE
    assert standing(**RUNNING, attempt=AttemptState.ACCEPTED, decided=decided) is word
