"""When a step begins: what is read, how it is written, and the instant that comes of it."""

import re
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times.delays import (
    MAX_OFFSET,
    AtLocal,
    Delay,
    DelayUnknown,
    FromAttribute,
    delay_text,
    due,
    parse_delay,
)
from domain.times.wall_clock import DAYS, is_weekday
from tests.unit.domain.clocks import thorough

BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)


def utc(text: str) -> datetime:
    """An instant, e.g. 2026-03-29 01:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("0s", timedelta(0)),
        ("2h", 2 * HOUR),
        (" 3 days ", 3 * DAY),
        ("PT10M", HOUR / 6),
        ("P2D", 2 * DAY),
        ("10:00", AtLocal(time(10))),
        ("9:30:15", AtLocal(time(9, 30, 15))),
        ("tue 10:00", AtLocal(time(10), 1)),
        ("Sunday  00:00", AtLocal(time(0), 6)),
        ("appointment_at", FromAttribute("appointment_at")),
        ("appointment_at - 2d", FromAttribute("appointment_at", -2 * DAY)),
        ("appointment_at-2d", FromAttribute("appointment_at", -2 * DAY)),
        ("appointment_at \N{MINUS SIGN} 1d12h", FromAttribute("appointment_at", -1.5 * DAY)),
        ("appointment_at + 1h", FromAttribute("appointment_at", HOUR)),
        ("appointment_at - 1d at 09:00", FromAttribute("appointment_at", -DAY, time(9))),
        ("appointment_at + PT90M at 0:00", FromAttribute("appointment_at", 1.5 * HOUR, time(0))),
        ("appointment_at at 09:00", FromAttribute("appointment_at", at=time(9))),
        ("at at 09:00", FromAttribute("at", at=time(9))),
        ("Prüfung_2", FromAttribute("Prüfung_2")),
        ("PTO_ends", FromAttribute("PTO_ends")),
    ],
)
def test_delays_are_read(text: str, delay: Delay) -> None:
    """A duration, a local time and an attribute's time are told apart by how they are written."""
    assert parse_delay(text) == delay


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "'' is not a delay; write a duration (2h), a local time (10:00, tue 10:00)"),
        ("2", "'2' has no unit"),
        ("2 fortnights", "'fortnights' is not a unit of time"),
        ("PT5X", "is not an ISO 8601 duration"),
        ("-2d", "'-2d' is not a delay"),
        ("25:00", "'25:00' is not a time of day; write it on the 24-hour clock, like 09:30"),
        ("24:00", "'24:00' is not a time of day"),
        ("10:00 tue", "'10:00 tue' is not a time of day"),
        ("tue", "'tue' needs a time of day, such as tue 10:00"),
        ("tue at 10:00", "'at 10:00' is not a time of day"),
        ("tue - 2d", "'- 2d' is not a time of day"),
        ("\N{SUPERSCRIPT TWO}", "cannot be the name of an attribute in a delay"),
        ("tue-2d", "'tue' cannot be the name of an attribute in a delay"),
        ("appointment_at 2d", "'appointment_at 2d' is not a delay"),
        ("appointment-at - 2d", "'at - 2d' is not a duration"),
        ("2 days before appointment_at", "'2 days before appointment_at' is not a duration"),
        ("appointment_at - soon", "'soon' is not a duration"),
        ("appointment_at - 1d at nine", "'nine' is not a time of day"),
        ("appointment_at -", "'appointment_at -' is not a delay"),
        ("appointment_at - 20000d", "a step begins at most 3660 days from an attribute's time"),
        ("appointment_at - 999999999d23h59m59.999999s", "at most 3660 days"),
        ("x" * 80 + " y", f"'{'x' * 40}...' is not a delay"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(text: str, says: str) -> None:
    """The message quotes the part at fault and says how to write it."""
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_delay(text)


@thorough
@given(
    st.lists(
        st.sampled_from([*"0129:-+. ", *DAYS[:2], "appointment_at", " - ", "2d", "1h", " at ", "09:00", "PT"])
    )
)
def test_any_text_is_read_or_refused(words: list[str]) -> None:
    """Whatever is written gives a delay or a ValueError, nothing else."""
    with suppress(ValueError):
        delay = parse_delay("".join(words))

        assert parse_delay(delay_text(delay)) == delay


times = st.times().map(lambda value: value.replace(microsecond=0))
names = st.from_regex(r"[^\W\d]\w{0,9}", fullmatch=True).filter(
    lambda name: name.isidentifier() and not is_weekday(name) and not re.match("PT?[0-9]", name)
)


@thorough
@given(
    st.timedeltas(timedelta(0), 400 * DAY)
    | st.builds(AtLocal, times, st.none() | st.integers(0, 6))
    | st.builds(FromAttribute, names, st.timedeltas(-MAX_OFFSET, MAX_OFFSET), st.none() | times)
)
def test_delays_are_written_as_they_are_read(delay: Delay) -> None:
    """The text form of any delay gives the same delay again."""
    assert parse_delay(delay_text(delay)) == delay


@pytest.mark.parametrize(
    ("delay", "text"),
    [
        (1.5 * DAY, "1 day 12 hours"),
        (AtLocal(time(10), 1), "tue 10:00"),
        (AtLocal(time(0)), "00:00"),
        (FromAttribute("appointment_at"), "appointment_at"),
        (FromAttribute("appointment_at", -2 * DAY, time(0)), "appointment_at - 2 days at 00:00"),
        (FromAttribute("appointment_at", HOUR), "appointment_at + 1 hour"),
    ],
)
def test_delays_are_shown_in_words(delay: Delay, text: str) -> None:
    """A delay shows as a person would write it."""
    assert delay_text(delay) == text


@pytest.mark.parametrize(
    ("delay", "now", "begins"),
    [
        ("10:00", "2026-01-07 08:59:59.999999", "2026-01-07 09:00"),
        ("10:00", "2026-01-07 09:00", "2026-01-08 09:00"),
        ("10:00", "2026-01-07 23:30", "2026-01-08 09:00"),
        ("wed 10:00", "2026-01-07 08:00", "2026-01-07 09:00"),
        ("wed 10:00", "2026-01-07 09:00", "2026-01-14 09:00"),
        ("tue 10:00", "2026-01-07 09:00", "2026-01-13 09:00"),
        # 00:30 on Thursday in Berlin
        ("thu 00:45", "2026-01-07 23:30", "2026-01-07 23:45"),
        # 02:30 is skipped on 29 March: the end of the gap
        ("02:30", "2026-03-28 12:00", "2026-03-29 01:00"),
        ("02:30", "2026-03-29 01:00", "2026-03-30 00:30"),
        ("sun 02:30", "2026-03-28 12:00", "2026-03-29 01:00"),
        # 02:30 comes twice on 25 October: the first
        ("02:30", "2026-10-24 12:00", "2026-10-25 00:30"),
        ("02:30", "2026-10-25 00:30", "2026-10-26 01:30"),
        ("02:30", "2026-10-25 01:10", "2026-10-26 01:30"),
        # across a change of clocks the wall time stays
        ("mon 10:00", "2026-03-28 12:00", "2026-03-30 08:00"),
    ],
)
def test_the_next_local_time(delay: str, now: str, begins: str) -> None:
    """The step begins at the next such time in the contact's zone, strictly after now."""
    local = parse_delay(delay)

    assert isinstance(local, AtLocal)
    assert due(local, utc(now), BERLIN, {}) == utc(begins)
    assert due(local, utc(now).astimezone(LORD_HOWE), BERLIN, {}).tzinfo is UTC


@pytest.mark.parametrize(
    ("delay", "value", "begins"),
    [
        ("appointment_at", "2026-12-21T11:00", "2026-12-21 10:00"),
        ("appointment_at", " 2026-12-21 11:00 ", "2026-12-21 10:00"),
        ("appointment_at", "2026-12-21 11:00:30", "2026-12-21 10:00:30"),
        ("appointment_at", "2026-12-21T11:00Z", "2026-12-21 11:00"),
        ("appointment_at", "2026-12-21t11:00:00.250z", "2026-12-21 11:00:00.25"),
        ("appointment_at", "2026-12-21T11:00:00,5Z", "2026-12-21 11:00:00.5"),
        ("appointment_at", "2026-12-21T11:00-05:00", "2026-12-21 16:00"),
        ("appointment_at", "2026-12-21 11:00:00+01", "2026-12-21 10:00"),
        ("appointment_at", "20261221T110000Z", "2026-12-21 11:00"),
        ("appointment_at", "2026-12-21", "2026-12-20 23:00"),
        ("appointment_at - 2d", "2026-12-21T11:00", "2026-12-19 10:00"),
        ("appointment_at + 1h", "2026-12-21T11:00", "2026-12-21 11:00"),
        ("appointment_at - 90m", "2026-12-21T11:00", "2026-12-21 08:30"),
        ("appointment_at - 1d at 09:00", "2026-12-21T11:00", "2026-12-20 08:00"),
        # the local date counts: half past midnight on the 22nd in Berlin
        ("appointment_at at 09:00", "2026-12-21T23:30Z", "2026-12-22 08:00"),
        ("appointment_at + 1h at 09:00", "2026-12-21T23:30", "2026-12-22 08:00"),
        # clocks go forward on 29 March: whole days keep the wall time, hours are exact
        ("appointment_at - 2d", "2026-03-30T10:00", "2026-03-28 09:00"),
        ("appointment_at - 2d", "2026-03-30T08:00Z", "2026-03-28 09:00"),
        ("appointment_at - 1w", "2026-03-30T10:00", "2026-03-23 09:00"),
        ("appointment_at - 24h", "2026-03-29T10:00", "2026-03-28 09:00"),
        ("appointment_at - 23h", "2026-03-29T10:00", "2026-03-28 09:00"),
        ("appointment_at - 1d1h", "2026-03-29T10:00", "2026-03-28 08:00"),
        ("appointment_at + 1d", "2026-03-28T02:30", "2026-03-29 01:00"),
        ("appointment_at", "2026-03-29T02:30", "2026-03-29 01:00"),
        ("appointment_at - 1d", "2026-03-29T02:30", "2026-03-28 01:30"),
        ("appointment_at - 1d at 02:30", "2026-03-30T10:00", "2026-03-29 01:00"),
        # clocks go back on 25 October: without an offset the first, with one what it says
        ("appointment_at", "2026-10-25T02:30", "2026-10-25 00:30"),
        ("appointment_at", "2026-10-25T02:30+01:00", "2026-10-25 01:30"),
        ("appointment_at - 30m", "2026-10-25T02:30+01:00", "2026-10-25 01:00"),
        ("appointment_at - 1d", "2026-10-26T02:30", "2026-10-25 00:30"),
        ("appointment_at - 1d", "2026-10-25T02:30+01:00", "2026-10-24 00:30"),
        # a time in the past is told as it is
        ("appointment_at - 2d", "1999-12-31T11:00", "1999-12-29 10:00"),
    ],
)
def test_from_an_attribute(delay: str, value: str, begins: str) -> None:
    """The step begins at the attribute's time, moved by days of the calendar and by exact hours."""
    parsed = parse_delay(delay)

    assert isinstance(parsed, FromAttribute)
    assert due(parsed, NOW, BERLIN, {"appointment_at": value}) == utc(begins)
    assert due(parsed, NOW, BERLIN, {"appointment_at": value}).tzinfo is UTC


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({}, "the contact's attribute appointment_at is missing"),
        ({"Appointment_at": "2026-12-21"}, "is missing"),
        ({"appointment_at": " "}, "is missing"),
        ({"appointment_at": "tomorrow"}, "is not a time; it must be like 2026-12-21T11:00"),
        ({"appointment_at": "21.12.2026"}, "is not a time"),
        ({"appointment_at": "12/21/2026 11:00"}, "is not a time"),
        ({"appointment_at": "2026-02-29"}, "is not a time"),
        ({"appointment_at": "2026-12-21T24:00"}, "is not a time"),
        ({"appointment_at": "2026-12-21T11:00+25:00"}, "is not a time"),
        ({"appointment_at": "2026-12-21T11:00 Europe/Berlin"}, "is not a time"),
        ({"appointment_at": "2026-1221"}, "is not a time"),
        ({"appointment_at": "1798711200"}, "is not a time"),
        ({"appointment_at": "2026-W52-1"}, "is not a time"),
        ({"appointment_at": "\N{ARABIC-INDIC DIGIT TWO}026-12-21"}, "is not a time"),
        ({"appointment_at": "0001-01-01"}, "is too far from now"),
        ({"appointment_at": "9999-12-31T23:59-05:00"}, "is too far from now"),
        ({"appointment_at": "0000-12-31"}, "is not a time"),
    ],
)
def test_what_the_attribute_does_not_tell(attributes: dict[str, str], says: str) -> None:
    """A missing or unreadable time is named, and its value never shown."""
    with pytest.raises(DelayUnknown, match=re.escape(says)) as unknown:
        due(FromAttribute("appointment_at", -2 * DAY), NOW, BERLIN, attributes)

    assert unknown.value.attribute == "appointment_at"
    assert not any(value.strip() and value in str(unknown.value) for value in attributes.values())
    assert unknown.value.__cause__ is None
    assert unknown.value.__suppress_context__ or unknown.value.__context__ is None


@thorough
@given(
    st.text(alphabet="0123456789-:TZ+ ,.", max_size=30) | st.datetimes().map(str) | st.dates().map(str),
    st.timedeltas(-MAX_OFFSET, MAX_OFFSET),
    st.none() | times,
)
def test_any_value_gives_an_instant_or_says_why_not(value: str, offset: timedelta, at: time | None) -> None:
    """Whatever a contact's data holds, the outcome is an instant in UTC or a DelayUnknown."""
    with suppress(DelayUnknown):
        assert due(FromAttribute("x", offset, at), NOW, BERLIN, {"x": value}).tzinfo is UTC


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: AtLocal(time(10, 0, 0, 1)),
        lambda: AtLocal(time.fromisoformat("10:00+01:00")),
        lambda: AtLocal(time(10), 7),
        lambda: AtLocal(time(10), -1),
        lambda: FromAttribute("a b"),
        lambda: FromAttribute(""),
        lambda: FromAttribute("1st"),
        lambda: FromAttribute("tue"),
        lambda: FromAttribute("P2D"),
        lambda: FromAttribute("x", MAX_OFFSET + timedelta.resolution),
        lambda: FromAttribute("x", timedelta.min),
        lambda: FromAttribute("x", at=time(10, 0, 0, 1)),
        lambda: due(AtLocal(time(10)), NOW.replace(tzinfo=None), BERLIN, {}),
    ],
)
def test_what_no_delay_can_be_is_refused(wrong: "type[Delay]") -> None:
    """What could not be written is not a delay, and a naive time means nothing."""
    with pytest.raises(ValueError, match=r"."):
        wrong()
