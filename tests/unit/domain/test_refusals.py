"""What follows from a refusal of the gate."""

import pytest

from domain.refusals import CHOICES, USUALLY, Consequence, Refusal, consequence

C, R = Consequence, Refusal


@pytest.mark.parametrize(
    ("refusal", "follows"),
    [
        (R.PAUSED, C.DEFER),
        (R.EXPIRED, C.LAPSE),
        (R.CATCHING_UP, C.DEFER),
        (R.WINDOW, C.DEFER),
        (R.CAP, C.DEFER),
        (R.CONSENT, C.SKIP),
        (R.SUPPRESSED, C.SKIP),
        (R.ADDRESS, C.SKIP),
        (R.CONTENT, C.SKIP),
        (R.PROVIDER, C.SKIP),
        (R.ENDED, C.END),
    ],
)
def test_what_usually_follows(refusal: Refusal, follows: Consequence) -> None:
    """What passes is put off, what does not is skipped; what a pause let expire lapses, and an end ends."""
    assert consequence({}, refusal, has_time=True) is follows


@pytest.mark.parametrize("refusal", [refusal for refusal in R if USUALLY[refusal] is C.DEFER])
def test_without_a_time_nothing_is_put_off(refusal: Refusal) -> None:
    """Nobody would know until when, so the step has failed."""
    assert consequence({}, refusal, has_time=False) is C.SKIP
    assert consequence({refusal: C.DEFER}, refusal, has_time=False) is C.SKIP


@pytest.mark.parametrize("has_time", [True, False])
@pytest.mark.parametrize(
    ("refusal", "chosen"),
    [(refusal, word) for refusal, choices in CHOICES.items() for word in sorted(choices - {C.DEFER})],
)
def test_a_campaign_may_say_otherwise(refusal: Refusal, chosen: Consequence, has_time: bool) -> None:
    """Its word counts for this sort of refusal, with or without a time, and for no other sort."""
    assert consequence({refusal: chosen}, refusal, has_time=has_time) is chosen
    assert consequence({refusal: chosen}, R.CONTENT, has_time=has_time) is C.SKIP


def test_every_refusal_has_a_usual_consequence_among_its_choices() -> None:
    """The tables are total, and what usually follows may also be said."""
    assert set(USUALLY) == set(R)
    assert all(USUALLY[refusal] in choices for refusal, choices in CHOICES.items())
    assert not any(C.LAPSE in choices for choices in CHOICES.values())
