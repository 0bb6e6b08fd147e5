"""The send window at the gate: by the clocks and calendars where the contact is."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from application.send_message import SendResult, SendStatus
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.refusals import Refusal
from domain.statuses import Channel
from tests.fakes.calendar import FakeCalendar
from tests.fakes.clock import NOW
from tests.unit.application.world import PHONE, World

BY_DAY: Mapping[str, Any] = {"hours": "mon-fri 09:00-18:00", "spread": "0s"}
"""Without a spread, so that the time at which it opens is exact. `NOW` is a Tuesday, 12:00 in UTC."""

NEW_YORK, LOS_ANGELES, TOKYO = "America/New_York", "America/Los_Angeles", "Asia/Tokyo"
TODAY, TOMORROW = NOW.date(), NOW.date() + timedelta(days=1)


@pytest.fixture
def world() -> World:
    """A world in which each test publishes a campaign with its own window."""
    return World()


def utc(day: int, hour: int) -> datetime:
    return NOW.replace(day=day, hour=hour)


def closed(until: datetime | None, reason: str = "outside the send window") -> SendResult:
    return SendResult(SendStatus.REFUSED, reason=reason, until=until, refusal=Refusal.WINDOW)


async def send(world: World, enrollment: str, step: str = "text") -> SendResult:
    return await world.send(AttemptKey(enrollment, step, 1), Channel.EMAIL if step == "mail" else Channel.SMS)


async def test_within_the_window_a_message_goes_out(world: World) -> None:
    """At noon a window by day is open."""
    await world.publish(window=BY_DAY)

    assert (await send(world, await world.enroll(timezone="UTC"))).status is SendStatus.ACCEPTED


async def test_outside_the_window_a_message_waits_for_its_opening(world: World) -> None:
    """It is told until when, no row is left, and at that time it goes out."""
    await world.publish(window=BY_DAY)
    enrollment = await world.enroll(timezone=NEW_YORK)

    result = await send(world, enrollment)
    rows = dict(world.database.state.attempts)
    world.clock.now = utc(15, 14)
    later = await send(world, enrollment)

    assert result == closed(until=utc(15, 14))
    assert rows == {}
    assert later.status is SendStatus.ACCEPTED
    assert world.telemetry.sends == [("sms", "fake-sms", "refused"), ("sms", "fake-sms", "accepted")]


@pytest.mark.parametrize(
    ("own", "of_phone", "of_campaign", "opens"),
    [
        pytest.param(NEW_YORK, (TOKYO,), TOKYO, utc(15, 14), id="the contact's own"),
        pytest.param(None, (NEW_YORK,), TOKYO, utc(15, 14), id="the phone's"),
        pytest.param(None, (NEW_YORK, LOS_ANGELES), TOKYO, utc(15, 17), id="all of the phone's"),
        pytest.param(None, (), TOKYO, utc(16, 0), id="the campaign's"),
        pytest.param(None, (), None, None, id="UTC"),
    ],
)
async def test_whose_zone_counts(
    world: World, own: str | None, of_phone: tuple[str, ...], of_campaign: str | None, opens: datetime | None
) -> None:
    """The contact's own, else every one in which the phone may be, else the campaign's, else UTC."""
    world.calendar = FakeCalendar(zones={PHONE: of_phone})
    await world.publish(window=BY_DAY, **({} if of_campaign is None else {"timezone": of_campaign}))

    result = await send(world, await world.enroll(timezone=own))

    if opens is None:
        assert result.status is SendStatus.ACCEPTED
    else:
        assert result == closed(until=opens)


async def test_a_phone_tells_the_zone_of_an_email_too(world: World) -> None:
    """It is the person who sleeps, not the channel; without a phone the campaign's zone counts."""
    world.calendar = FakeCalendar(zones={PHONE: (NEW_YORK,)})
    await world.publish(window=BY_DAY)

    with_phone = await send(world, await world.enroll("ann"), "mail")
    without = await send(world, await world.enroll("bob", phone=None), "mail")

    assert with_phone == closed(until=utc(15, 14))
    assert without.status is SendStatus.ACCEPTED


async def test_where_no_hour_suits_all_zones_of_a_phone_the_campaigns_counts(world: World) -> None:
    """A number that may be in Honolulu and in Tokyo would never be written to."""
    world.calendar = FakeCalendar(zones={PHONE: ("Pacific/Honolulu", TOKYO)})
    await world.publish(window={"hours": "mon-sun 09:00-10:00", "spread": "0s"})

    assert await send(world, await world.enroll()) == closed(until=utc(16, 9))


async def test_a_window_that_is_closed_for_a_year_refuses_for_good(world: World) -> None:
    """There is no time to name: the row tells why, and a repeat gives the same answer."""
    always = {TODAY + timedelta(days=n) for n in range(-1, 370)}
    world.calendar = FakeCalendar(holidays={"US": always})
    await world.publish(window={**BY_DAY, "holidays": ["US"]})
    enrollment = await world.enroll()

    results = [await send(world, enrollment) for _ in range(2)]
    stored = await world.stored(AttemptKey(enrollment, "text", 1))

    assert results == [closed(until=None, reason="the send window does not open within a year")] * 2
    assert (stored.state, stored.refusal) == (AttemptState.REJECTED, Refusal.WINDOW)
    assert world.sms.sent == []


@pytest.mark.parametrize(
    ("holidays", "attributes", "is_closed"),
    [
        pytest.param(["US"], {}, True, id="a country's"),
        pytest.param(["DE", "US"], {}, True, id="any of them"),
        pytest.param(["DE"], {}, False, id="not this country's"),
        pytest.param(["ZZ"], {}, False, id="one that nobody knows"),
        pytest.param("local", {"country": "US"}, True, id="the contact's own country"),
        pytest.param("local", {"country": " us "}, True, id="as people write it"),
        pytest.param("local", {"country": "DE"}, False, id="the own one goes before the phone's"),
        pytest.param("local", {}, True, id="the phone's country"),
        pytest.param("local", {"country": ""}, True, id="no own one, so the phone's"),
        pytest.param("local", {"country": "Atlantis"}, False, id="a country that nobody knows"),
    ],
)
async def test_on_a_holiday_nothing_goes_out(
    world: World, holidays: object, attributes: dict[str, str], is_closed: bool
) -> None:
    """The calendars that the window names are closed days; ``local`` is that of the contact's country."""
    world.calendar = FakeCalendar(countries={PHONE: "US"}, holidays={"US": {TODAY}, "DE": {date(2030, 1, 1)}})
    await world.publish(window={**BY_DAY, "holidays": holidays})

    result = await send(world, await world.enroll(attributes=attributes))

    if is_closed:
        assert result == closed(until=utc(16, 9))
    else:
        assert result.status is SendStatus.ACCEPTED


async def test_without_a_phone_or_country_there_are_no_local_holidays(world: World) -> None:
    """Nobody knows where the contact is, so no calendar is theirs."""
    world.calendar = FakeCalendar(holidays={"US": {TODAY}})
    await world.publish(window={**BY_DAY, "holidays": "local"})

    result = await send(world, await world.enroll(phone=None), "mail")

    assert result.status is SendStatus.ACCEPTED


@pytest.mark.parametrize(
    ("of_campaign", "of_step", "opens"),
    [
        pytest.param("20:00-21:00", "09:00-18:00", None, id="open by the step's own"),
        pytest.param("09:00-18:00", "20:00-21:00", utc(15, 20), id="closed by the step's own"),
        pytest.param(None, "20:00-21:00", utc(15, 20), id="the step's alone"),
        pytest.param("20:00-21:00", None, utc(15, 20), id="the campaign's alone"),
    ],
)
async def test_a_steps_own_window_counts_instead_of_the_campaigns(
    world: World, of_campaign: str | None, of_step: str | None, opens: datetime | None
) -> None:
    """It is not narrowed by the other; a step without one keeps to the campaign's."""
    windows = [
        None if hours is None else {"hours": hours, "spread": "0s"} for hours in (of_campaign, of_step)
    ]
    given = [{} if window is None else {"window": window} for window in windows]
    step = {"key": "text", "channel": "sms", "wait": "1d", "message": {"text": "Hello"}, **given[1]}
    await world.publish(steps=[step], **given[0])

    result = await send(world, await world.enroll())

    if opens is None:
        assert result.status is SendStatus.ACCEPTED
    else:
        assert result == closed(until=opens)


async def test_what_waits_for_the_morning_is_spread_over_it(world: World) -> None:
    """Each attempt has a place of its own, asks for the same one again, and goes out when it has come."""
    await world.publish(window={"hours": "15:00-18:00", "spread": "1h"})
    enrollments = [await world.enroll(name, phone=f"+1555010{n:04}") for n, name in enumerate("abcdefgh")]

    first = [(await send(world, enrollment)).until for enrollment in enrollments]
    again = [(await send(world, enrollment)).until for enrollment in enrollments]
    world.clock.now = min(filter(None, first))
    now = [(await send(world, enrollment)).status for enrollment in enrollments]

    assert again == first
    assert len(set(first)) == len(first)
    assert all(until is not None and utc(15, 15) <= until < utc(15, 16) for until in first)
    assert SendStatus.ACCEPTED in now


async def test_in_a_demonstration_the_window_opens_by_the_plans_time(world: World) -> None:
    """Where a day takes a second the night does, too: closed at its midnight, open again at its nine."""
    await world.publish(window=BY_DAY)
    enrollment = await world.enroll(time_scale=1 / 86_400)

    at_noon = await world.send(AttemptKey(enrollment, "text", 1), Channel.SMS)
    world.clock.advance(seconds=0.5)
    at_midnight = await world.send(AttemptKey(enrollment, "text", 2), Channel.SMS)
    world.clock.now = NOW + timedelta(seconds=0.875)
    at_nine = await world.send(AttemptKey(enrollment, "text", 2), Channel.SMS)

    assert at_noon.status is SendStatus.ACCEPTED
    assert at_midnight == closed(until=NOW + timedelta(seconds=0.875))
    assert at_nine.status is SendStatus.ACCEPTED


async def test_the_window_is_asked_again_after_a_wait_for_a_turn(world: World) -> None:
    """A message that was let out at 17:59 and gets its turn at 18:00 waits for the next day."""
    await world.publish(window=BY_DAY)
    enrollment = await world.enroll()
    world.clock.now = utc(15, 18) - timedelta(minutes=1)

    class Turns:
        async def at_once(self, provider: str, channel: Channel) -> bool:
            return False

        async def turn(self, provider: str, channel: Channel) -> None:
            world.clock.advance(minutes=1)

    world.pacing = Turns()

    assert await send(world, enrollment) == closed(until=utc(16, 9))
    assert world.sms.sent == []


@pytest.mark.parametrize("is_paced", [False, True])
async def test_a_worker_whose_clock_is_behind_does_not_put_off_what_is_due(
    world: World, is_paced: bool
) -> None:
    """By the run's clock the window has opened: it would be put off to the past, again and again."""

    class Turns:
        async def at_once(self, provider: str, channel: Channel) -> bool:
            return not is_paced

        async def turn(self, provider: str, channel: Channel) -> None:
            world.clock.advance(seconds=0.1)

    world.pacing = Turns()
    await world.publish(window=BY_DAY)
    key, opens = AttemptKey(await world.enroll(timezone=NEW_YORK), "text", 1), utc(15, 14)
    world.clock.now = opens - timedelta(seconds=1)

    assert (await world.send(key, Channel.SMS, opens)).status is SendStatus.ACCEPTED
