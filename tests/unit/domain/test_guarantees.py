"""What can be promised of a provider or a desk, by what it can do."""

import pytest

from domain.attempts import AttemptState, Repeat, on_repeat
from domain.guarantees import (
    DESK_SENTENCES,
    SENTENCES,
    Abilities,
    DeskAbilities,
    DeskGuarantee,
    Guarantee,
    desk_guarantee,
    guarantee,
)


@pytest.mark.parametrize(
    ("honours_key", "can_look_up", "calls_back", "promised"),
    [
        (False, False, False, Guarantee.NEVER),
        (False, False, True, Guarantee.BY_CALLBACK),
        (False, True, False, Guarantee.BY_LOOK_UP),
        (False, True, True, Guarantee.BY_LOOK_UP),
        (True, False, False, Guarantee.BY_KEY),
        (True, True, True, Guarantee.BY_KEY),
    ],
)
def test_what_settles_a_lost_answer(
    *, honours_key: bool, can_look_up: bool, calls_back: bool, promised: Guarantee
) -> None:
    """The strongest ability counts, as it does where an attempt is met again."""
    repeat = on_repeat(AttemptState.CLAIMED, honours_key=honours_key, can_look_up=can_look_up)

    assert guarantee(Abilities(honours_key, can_look_up, calls_back)) is promised
    assert (repeat is Repeat.RESEND) is (promised is Guarantee.BY_KEY)
    assert (repeat is Repeat.LOOK_UP) is (promised is Guarantee.BY_LOOK_UP)


@pytest.mark.parametrize(
    ("knows_key", "promised"), [(True, DeskGuarantee.ONCE), (False, DeskGuarantee.MAYBE_TWICE)]
)
def test_how_often_a_desk_shows_a_case(*, knows_key: bool, promised: DeskGuarantee) -> None:
    """Once where it knows our key again."""
    assert desk_guarantee(DeskAbilities(knows_key, calls_back=True)) is promised


def test_every_guarantee_is_a_sentence() -> None:
    """None is promised without words, and no two with the same ones."""
    assert list(SENTENCES) == list(Guarantee)
    assert list(DESK_SENTENCES) == list(DeskGuarantee)
    assert len({*SENTENCES.values(), *DESK_SENTENCES.values()}) == len(Guarantee) + len(DeskGuarantee)
