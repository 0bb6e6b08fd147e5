"""Hours of the week, as text: what is read, what is refused and how, and what is written."""

import re
from contextlib import suppress
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times.spans import EVERY_DAY, Span, parse_quiet_hours, parse_spans, spans_text
from domain.times.wall_clock import DAYS
from domain.times.windows import PRESETS, SendWindow, parse_window
from tests.unit.domain.clocks import open_minutes, thorough

WEEK = range(5)
NINE, NOON, TWO, SIX = time(9), time(12), time(14), time(18)
WHOLE_WEEK = bytes([1]) * 7 * 24 * 60


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("08:00-21:00", [(EVERY_DAY, time(8), time(21))]),
        ("  8:00 - 21:00 ", [(EVERY_DAY, time(8), time(21))]),
        ("08:00\N{EN DASH}21:00", [(EVERY_DAY, time(8), time(21))]),
        ("08:00:30-21:00:15", [(EVERY_DAY, time(8, 0, 30), time(21, 0, 15))]),
        ("mon-fri 09:00-18:00", [(WEEK, NINE, SIX)]),
        ("Monday - FRIDAY 09:00-18:00", [(WEEK, NINE, SIX)]),
        ("mon-fri 09:00-12:00,14:00-18:00", [(WEEK, NINE, NOON), (WEEK, TWO, SIX)]),
        (
            "mon-fri 09:00-12:00, 14:00-18:00; sat 12:00-14:00",
            [(WEEK, NINE, NOON), (WEEK, TWO, SIX), ({5}, NOON, TWO)],
        ),
        ("sun-thu 09:00-18:00", [({6, 0, 1, 2, 3}, NINE, SIX)]),
        ("fri-mon 09:00-18:00", [({4, 5, 6, 0}, NINE, SIX)]),
        ("mon-mon 09:00-18:00", [({0}, NINE, SIX)]),
        ("mon,wed, fri-sat 09:00-18:00", [({0, 2, 4, 5}, NINE, SIX)]),
        ("mon-sun 00:00-24:00", [(EVERY_DAY, time(0), None)]),
        ("22:00-02:00", [(EVERY_DAY, time(22), None), (EVERY_DAY, time(0), time(2))]),
        ("sat-sun 22:00-02:00", [({5, 6}, time(22), None), ({6, 0}, time(0), time(2))]),
        ("sun 22:00-00:00", [({6}, time(22), None)]),
        ("sun 22:00-24:00", [({6}, time(22), None)]),
        ("us-tcpa", [(EVERY_DAY, time(8), time(21))]),
        (" us-florida\n", [(EVERY_DAY, time(8), time(20))]),
        ("ca-crtc", [(WEEK, NINE, time(21, 30)), ({5, 6}, time(10), SIX)]),
        ("fr-calls", [(WEEK, time(10), time(13)), (WEEK, TWO, time(20))]),
    ],
)
def test_hours_are_read(text: str, spans: list[tuple[frozenset[int], time, time | None]]) -> None:
    """Days, ranges, nights and presets mean what people mean by them."""
    assert parse_window(text) == tuple(Span(*span) for span in spans)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "'' has no hours; write it like 08:00-21:00"),
        ("mon-fri", "'mon-fri' has no hours"),
        ("mon", "'mon' has no hours"),
        ("mon-fri 09:00-18:00;", "'' has no hours"),
        ("09:00", "'09:00' is not a range of hours; write it like"),
        ("mon-fri 9-18", "'9' is not a time of day; write it on the 24-hour clock, like 09:30"),
        ("9:00am-5:00pm", "'9:00am' is not a time of day"),
        ("09:00-25:00", "'25:00' is not a time of day"),
        ("24:00-02:00", "'24:00' is not a time of day"),
        ("09:00-12:00-14:00", "'12:00-14:00' is not a time of day"),
        ("09:00-09:00", "'09:00-09:00' ends where it begins; the whole day is 00:00-24:00"),
        ("00:00-00:00", "'00:00-00:00' ends where it begins"),
        ("mon-fri 09:00-12:00, sat 10:00-14:00", "part groups of days with ';', not ','"),
        ("mon 09:00-12:00; 14:00-18:00", "'14:00-18:00' does not say its days; write every day as mon-sun"),
        ("mon-fry 09:00-18:00", "'fry' is not a day; the days are mon, tue, wed, thu, fri, sat, sun"),
        ("mon-tue-wed 09:00-18:00", "'tue-wed' is not a day"),
        ("weekdays 09:00-18:00", "'weekdays' is not a day"),
        ("us-tpca", "'us-tpca' is not a preset; they are us-tcpa, us-florida,"),
        ("x" * 80, f"'{'x' * 40}...' is not a preset"),
        ("\N{ARABIC-INDIC DIGIT NINE}:00-18:00", "is not a day"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(text: str, says: str) -> None:
    """The message quotes the part at fault and says how to write it."""
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_window(text)


@thorough
@given(
    st.lists(
        st.sampled_from([*"0123456789:-,; ", *DAYS, "us-tcpa", "\n", "\N{EN DASH}", "x", "09:00-18:00"])
    ).map("".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is written gives spans or a ValueError, nothing else."""
    with suppress(ValueError):
        spans = parse_window(text)

        assert parse_spans(spans_text(spans)) == spans


times = st.times().map(lambda value: value.replace(microsecond=0))
days = st.frozensets(st.integers(0, 6), min_size=1)


@st.composite
def _span(draw: st.DrawFn) -> Span:
    opens, closes = draw(times), draw(st.none() | times)
    return Span(draw(days), opens, closes if closes is None or closes > opens else None)


@thorough
@given(st.lists(_span(), min_size=1, max_size=5))
def test_hours_are_written_as_they_are_read(spans: list[Span]) -> None:
    """The text form of any spans gives the same spans again."""
    assert parse_spans(spans_text(spans)) == tuple(spans)


@pytest.mark.parametrize(
    "text",
    [
        "08:00-21:00",
        "mon-fri 09:00-12:00, 14:00-18:00; sat 10:00-14:00",
        "sun-thu 09:00-18:00",
        "mon,wed,fri 10:00-11:00",
        "thu,sat-mon 10:00-24:00",
        "mon-sun 10:00-11:00; sat-sun 12:00-13:00:30",
    ],
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    """A window shows the hours as a person would write them."""
    assert str(SendWindow(parse_window(text))) == text


@pytest.mark.parametrize(
    ("quiet", "left"),
    [
        ("21:00-08:00", "08:00-21:00"),
        ("00:00-08:00, 21:00-24:00", "08:00-21:00"),
        ("12:00-13:00, 12:30-14:00, 12:45-13:15", "00:00-12:00, 14:00-24:00"),
        ("mon-fri 20:00-09:00; sat 20:00-24:00; sun 00:00-24:00", None),
        ("sat-sun 00:00-24:00", "mon-fri 00:00-24:00"),
        ("sun 22:00-06:00", "mon 06:00-24:00; tue-sat 00:00-24:00; sun 00:00-22:00"),
    ],
)
def test_quiet_hours_leave_the_others(quiet: str, left: str | None) -> None:
    """Sending is allowed in what quiet hours leave of the week, to the minute."""
    spans = parse_quiet_hours(quiet)
    both = zip(open_minutes(parse_spans(quiet)), open_minutes(spans), strict=True)

    assert left is None or spans_text(spans) == left
    assert bytes(one ^ other for one, other in both) == WHOLE_WEEK


@thorough
@given(st.lists(_span(), min_size=1, max_size=4))
def test_quiet_hours_are_the_complement(quiet: list[Span]) -> None:
    """Every minute of the week is either quiet or not."""
    quiet = [Span(span.days, time(span.opens.hour), None) for span in quiet]
    if 0 not in open_minutes(quiet):
        return
    both = zip(open_minutes(quiet), open_minutes(parse_quiet_hours(spans_text(quiet))), strict=True)

    assert bytes(one ^ other for one, other in both) == WHOLE_WEEK


def test_quiet_hours_that_leave_nothing_are_refused() -> None:
    """A week of silence is a mistake."""
    with pytest.raises(ValueError, match="leave no time of the week to send in"):
        parse_quiet_hours("00:00-24:00")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_its_law(name: str) -> None:
    """Hours that come from a law say which, in a sentence."""
    preset = PRESETS[name]

    assert preset.spans == parse_window(name)
    assert any(map(str.isdigit, preset.source)) or "Part" in preset.source
    assert preset.source.endswith(".")


def test_french_calls_mind_french_holidays() -> None:
    """The preset whose law names public holidays brings their calendar."""
    assert {name: preset.holidays for name, preset in PRESETS.items() if preset.holidays} == {
        "fr-calls": ("FR",)
    }


@pytest.mark.parametrize(
    ("span", "says"),
    [
        ((frozenset(), NINE, SIX), "at least one day"),
        (({7}, NINE, SIX), "from 0 for Monday to 6 for Sunday"),
        (({-1, 3}, NINE, SIX), "from 0 for Monday to 6 for Sunday"),
        (({0}, NINE, NINE), "closes later than it opens"),
        (({0}, SIX, NINE), "closes later than it opens"),
        (({0}, time(9, 0, 0, 1), None), "no fraction of a second"),
        (({0}, NINE, time.fromisoformat("18:00+01:00")), "no zone"),
    ],
)
def test_a_span_that_makes_no_sense_is_refused(
    span: tuple[frozenset[int], time, time | None], says: str
) -> None:
    """A span lies within a day, on days that exist, in seconds."""
    with pytest.raises(ValueError, match=says):
        Span(*span)


@pytest.mark.parametrize(
    ("closes", "until"),
    [(SIX, datetime(2026, 12, 31, 18)), (None, datetime(2027, 1, 1))],  # noqa: DTZ001 - wall times
)
def test_a_span_has_an_end_on_each_day(closes: time | None, until: datetime) -> None:
    """The end of a day is the next midnight."""
    opens = datetime(2026, 12, 31, 9)  # noqa: DTZ001 - a wall time

    assert Span(EVERY_DAY, NINE, closes).on(date(2026, 12, 31)) == (opens, until)
