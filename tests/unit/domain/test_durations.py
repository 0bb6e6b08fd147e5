"""Durations as people write them, and back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times import durations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        ("1d12h", timedelta(hours=36)),
        ("1d 12h", timedelta(hours=36)),
        (" 1 day 12 hours ", timedelta(hours=36)),
        ("1.5h", timedelta(minutes=90)),
        ("0,5d", timedelta(hours=12)),
        ("0s", timedelta(0)),
        ("PT10M", timedelta(minutes=10)),
        ("P3D", timedelta(days=3)),
        ("P1DT12H", timedelta(hours=36)),
        ("P2W", timedelta(weeks=2)),
        ("PT0.5S", timedelta(milliseconds=500)),
    ],
)
def test_reads_what_people_write(text: str, expected: timedelta) -> None:
    """Numbers with units, words, and ISO 8601 are all read."""
    assert durations.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "must not be empty"),
        ("3", "'3' has no unit"),
        ("1d12", "'1d12' has no unit"),
        ("3x", "'x' is not a unit of time"),
        ("3M", "'M' is not a unit of time"),
        ("soon", "'soon' is not a duration"),
        ("-3d", "'-3d' is not a duration"),
        ("12h1d", "must name each unit once, the largest first"),
        ("1d1d", "must name each unit once, the largest first"),
        ("P", "is not an ISO 8601 duration"),
        ("PT", "is not an ISO 8601 duration"),
        ("P3H", "is not an ISO 8601 duration"),
        ("P1Y", "counts years or months"),
        ("P2M", "counts years or months"),
        ("999999999999w", "is too long for a duration"),
        ("P999999999999D", "is too long for a duration"),
        ("y" * 100, "y...' is not a duration"),
    ],
)
def test_refuses_with_a_sentence(text: str, sentence: str) -> None:
    """What cannot be read is refused with a sentence that names it."""
    with pytest.raises(ValueError, match=r".+") as refused:
        durations.parse(text)

    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (timedelta(days=3), "3 days"),
        (timedelta(days=1, hours=12), "1 day 12 hours"),
        (timedelta(minutes=1, seconds=1), "1 minute 1 second"),
        (timedelta(milliseconds=1500), "1.5 seconds"),
        (timedelta(0), "0 seconds"),
        (timedelta(hours=-2), "minus 2 hours"),
    ],
)
def test_says_durations_in_words(duration: timedelta, expected: str) -> None:
    """A duration is said with the units that it needs, in the singular where it is one."""
    assert durations.words(duration) == expected


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000)))
def test_words_are_read_back(duration: timedelta) -> None:
    """What is said is read back as the same duration."""
    assert durations.parse(durations.words(duration)) == duration


@given(st.text())
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    """No text leads to another error than the documented one."""
    try:
        result = durations.parse(text)
    except ValueError:
        return

    assert result >= timedelta(0)
