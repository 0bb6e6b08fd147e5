"""Openings and local times, worked out once: the same that are found each time anew."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.simulation.hours import LocalTimes, Openings
from domain.times.delays import AtLocal, due
from domain.times.openings import openings
from domain.times.spans import Span, parse_spans

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2030, 3, 1, tzinfo=UTC)
HOURS = parse_spans("mon-fri 09:00-12:00, 14:00-18:00; sat 22:00-02:00")
FEW = settings(max_examples=60, deadline=None, database=None)
whens = st.timedeltas(timedelta(0), timedelta(days=270)).map(START.__add__)
spans = st.sampled_from([HOURS, parse_spans("00:00-24:00"), parse_spans("sun 02:00-02:30")])


def test_a_time_within_an_opening_is_open_until_it_closes() -> None:
    """From that time on."""
    at = datetime(2030, 3, 4, 9, 30, tzinfo=UTC)

    assert Openings(HOURS, UTC, START).at(at) == (at, datetime(2030, 3, 4, 12, tzinfo=UTC))


def test_the_end_of_an_opening_is_closed() -> None:
    """The next one counts then."""
    noon, two = datetime(2030, 3, 4, 12, tzinfo=UTC), datetime(2030, 3, 4, 14, tzinfo=UTC)

    assert Openings(HOURS, UTC, START).at(noon) == (two, two + timedelta(hours=4))


def test_hours_that_never_close_are_one_opening() -> None:
    """However often it was looked further."""
    always, late = Openings(parse_spans("00:00-24:00"), UTC, START), START + timedelta(days=200)
    always.at(START)
    opens, closes = always.at(late)

    assert opens == late
    assert closes > late + timedelta(days=7)


@FEW
@given(spans, st.lists(whens, min_size=1, max_size=4))
def test_an_opening_is_the_one_that_is_found_anew(hours: tuple[Span, ...], asked: list[datetime]) -> None:
    """In whatever order one asks, across clock changes, too."""
    table = Openings(hours, BERLIN, START)
    for when in asked:
        first = openings(hours, when, when + timedelta(days=21), (BERLIN,), lambda _: False)[0]

        assert table.at(when)[0] == first[0]
        if first[1] < when + timedelta(days=21):
            assert table.at(when)[1] == first[1]


@FEW
@given(
    st.sampled_from([AtLocal(time(10)), AtLocal(time(2, 30)), AtLocal(time(10), 1)]),
    st.lists(whens, min_size=1, max_size=4),
)
def test_a_local_time_is_the_one_that_is_found_anew(delay: AtLocal, asked: list[datetime]) -> None:
    """Always the first after the time, never that time itself."""
    table = LocalTimes(delay, BERLIN, START)
    for when in asked:
        assert table.after(when) == due(delay, when, BERLIN, {})
        assert table.after(table.after(when)) > table.after(when)
