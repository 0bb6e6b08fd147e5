"""Attributes: how the text of a contact is read for comparisons."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attributes import AttributeType, read_time


@pytest.mark.parametrize(
    ("text", "value"), [("Gold", "gold"), (" STRASSE ", "strasse"), ("Straße", "strasse")]
)
def test_text_has_no_case_and_no_edges(text: str, value: str) -> None:
    """Text is compared without regard to case and outer spaces."""
    assert AttributeType.TEXT.read(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        (" -3.50 ", "-3.5"),
        ("+7", "7"),
        ("1e+20", "100000000000000000000"),
        ("12345678901234567890123", "12345678901234567890123"),
    ],
)
def test_numbers_are_exact(text: str, value: str) -> None:
    """A number is read as it is written, whatever its length."""
    assert AttributeType.NUMBER.read(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "  ", "a", "1,5", "1 000", "nan", "inf", "1_000", "٣", ".5", "0x10", "1e999"]
)
def test_what_is_no_number(text: str) -> None:
    """Anything else than a plain decimal number is none."""
    assert AttributeType.NUMBER.read(text) is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-12-21", "2026-12-21T00:00:00"),
        ("20261221", "2026-12-21T00:00:00"),
        (" 2026-12-21 11:00 ", "2026-12-21T11:00:00"),
        ("2026-12-21t11:00:30z", "2026-12-21T11:00:30+00:00"),
        ("2026-12-21T11:00+01:00", "2026-12-21T11:00:00+01:00"),
        ("2026-12-21T11:00:00.250-0530", "2026-12-21T11:00:00.250000-05:30"),
    ],
)
def test_times_are_those_of_iso_8601(text: str, time: str) -> None:
    """A date, or a date with a time of day, with or without an offset."""
    read = read_time(text)

    assert read is not None
    assert read.isoformat() == time


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "11:00", "21.12.2026", "2026-13-01", "2026-02-30", "2026-W10-1"]
)
def test_what_is_no_time(text: str) -> None:
    """Anything else is no time, and compares with nothing."""
    assert read_time(text) is None
    assert AttributeType.TIME.read(text) is None


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-14 * 60, 14 * 60))
def test_times_have_one_order(at: datetime, minutes: int) -> None:
    """The same instant is the same value in any offset; what says no offset counts as UTC."""
    try:
        elsewhere = at.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        elsewhere = at
    read = AttributeType.TIME.read

    assert read(elsewhere.isoformat()) == read(at.isoformat()) == read(at.replace(tzinfo=None).isoformat())


@given(st.datetimes(), st.datetimes())
def test_times_compare_as_times(one: datetime, other: datetime) -> None:
    """The order of values is that of the times."""
    first, second = (AttributeType.TIME.read(each.isoformat()) for each in (one, other))

    assert (first < second, first == second) == (one < other, one == other)


@pytest.mark.parametrize("kind", AttributeType)
@given(text=st.text())
def test_any_text_is_read_or_none(kind: AttributeType, text: str) -> None:
    """Whatever a contact has, reading it raises nothing."""
    assert kind.read(text) is None or text.strip()
