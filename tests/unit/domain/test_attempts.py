"""The life of an attempt, and what a repeated send does with it."""

from itertools import product

import pytest

from domain.attempts import COMES_FROM, AttemptState, Repeat, on_repeat

CLAIMED = AttemptState.CLAIMED


@pytest.mark.parametrize(
    ("state", "honours_key", "can_look_up", "repeat"),
    [
        (CLAIMED, True, True, Repeat.RESEND),
        (CLAIMED, True, False, Repeat.RESEND),
        (CLAIMED, False, True, Repeat.LOOK_UP),
        (CLAIMED, False, False, Repeat.GIVE_UP),
        *((AttemptState.RELEASED, *can, Repeat.CALL) for can in product((True, False), repeat=2)),
        *(
            (state, *can, Repeat.RETURN)
            for state in (AttemptState.ACCEPTED, AttemptState.REJECTED, AttemptState.UNKNOWN)
            for can in product((True, False), repeat=2)
        ),
    ],
)
def test_on_repeat(state: AttemptState, *, honours_key: bool, can_look_up: bool, repeat: Repeat) -> None:
    """Only what was not sent, or cannot be sent twice, is sent again."""
    assert on_repeat(state, honours_key=honours_key, can_look_up=can_look_up) is repeat


def test_every_state_comes_from_somewhere() -> None:
    """The table has an entry for each state, and no state follows itself."""
    assert set(COMES_FROM) == set(AttemptState)
    assert all(before and state not in before for state, before in COMES_FROM.items())


@pytest.mark.parametrize("answer", [AttemptState.ACCEPTED, AttemptState.REJECTED])
def test_an_answer_is_final(answer: AttemptState) -> None:
    """Nothing overwrites what the provider has said, least of all a late "unknown"."""
    assert not any(answer in before for before in COMES_FROM.values())


def test_a_callback_settles_a_doubt() -> None:
    """An attempt in doubt can only become accepted."""
    assert {state for state, before in COMES_FROM.items() if AttemptState.UNKNOWN in before} == {
        AttemptState.ACCEPTED
    }
