"""The example campaigns, each lived from start to end by people in several zones, over simulated weeks.

It is the spring of 2040. Clocks go forward in the United States on 11 March and in Europe on 25 March, and
30 March is Good Friday. The year only has to lie ahead of the world's: no run can begin in the past.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from adapters.db import migrate
from adapters.db.engine import create_engine
from domain.statuses import Channel
from tests.fakes.virtual_time import VirtualTime
from tests.integration.temporal.example_people import (
    BERLIN,
    LONDON,
    LOS_ANGELES,
    NEW_YORK,
    SOMEWHERE,
    TOKYO,
    VIENNA,
    becomes,
    causes,
    comes_to,
    is_helped,
    presses,
    unsubscribes,
    writes,
)
from tests.integration.temporal.example_world import World, a_world

MONDAY = "2040-03-05T12:00+00:00"
THURSDAY = "2040-03-08T16:00+00:00"


@pytest.fixture(scope="module")
async def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file for worlds to copy."""
    file = tmp_path_factory.mktemp("examples") / "template.db"
    engine = create_engine(f"sqlite:///{file}")
    await migrate.upgrade(engine)
    await engine.dispose()
    return file


@pytest.fixture
async def world(
    time_skipping: WorkflowEnvironment, task_queue: str, migrated: Path, tmp_path: Path
) -> AsyncIterator[World]:
    async with a_world(VirtualTime(time_skipping), task_queue, migrated, tmp_path) as here:
        yield here


def rows(table: str) -> list[str]:
    """The rows of a table, without the space that lines its columns up."""
    return [" ".join(line.split()) for line in table.strip().splitlines()]


async def test_an_appointment_reminder_counts_back_from_the_appointment(world: World) -> None:
    """An e-mail, a text, a call and a word on the day, each at its local time, across clock changes."""
    campaign, clinic = "appointment-by-date", "Elm Clinic"
    await world.publish(campaign, MONDAY)
    world.enroll(
        campaign,
        # The call falls on Good Friday, and nobody is there the day after.
        BERLIN.who(
            {"mail": comes_to("opened", "2h")},
            clinic=clinic, appointment="Samstag, 31. März, 15 Uhr", appointment_at="2040-03-31T15:00",
        ),
        # Booked two days before: the e-mail's time is over, and the day itself begins before the window.
        NEW_YORK.who(
            {"text": writes("YES", "40m")},
            clinic=clinic, appointment="Wednesday 7 March, 8:30 am", appointment_at="2040-03-07T08:30",
        ),
        # The calls come on the Sunday on which the clocks change.
        LOS_ANGELES.who(
            {"call#2": presses("2")},
            clinic=clinic, appointment="Monday 12 March, 3 pm", appointment_at="2040-03-12T15:00",
        ),
        LONDON.who(
            {"call": presses("1"), "on-the-day": (writes("stuck in traffic", "2h"), is_helped("3h"))},
            clinic=clinic, appointment="Monday 26 March, 2 pm", appointment_at="2040-03-26T14:00",
        ),
        # This one is an instant, with its offset.
        TOKYO.who(
            {"text": writes("STOP", "1h")},
            clinic=clinic, appointment="28 March, 5 pm", appointment_at="2040-03-28T10:00+02:00",
        ),
        SOMEWHERE.who(
            {"mail": comes_to("clicked", "3h")},
            clinic=clinic, appointment="Tuesday 3 April, 9 am", appointment_at="2040-04-03T09:00",
        ),
        at=MONDAY,
    )  # fmt: skip
    await world.live()

    assert world.diary == rows("""
        berlin       mail        email  Sat 24 Mar 10:00
        berlin       text        sms    Thu 29 Mar 09:30
        berlin       call        voice  Sat 31 Mar 09:03
        berlin       call#2      voice  Sat 31 Mar 09:49
        new-york     text        sms    Mon 05 Mar 09:30
        new-york     on-the-day  sms    Wed 07 Mar 07:08
        los-angeles  mail        email  Mon 05 Mar 10:00
        los-angeles  text        sms    Sat 10 Mar 09:30
        los-angeles  call        voice  Sun 11 Mar 16:00
        los-angeles  call#2      voice  Sun 11 Mar 16:45
        london       mail        email  Mon 19 Mar 10:00
        london       text        sms    Sat 24 Mar 09:30
        london       call        voice  Sun 25 Mar 16:00
        london       on-the-day  sms    Mon 26 Mar 11:00
        tokyo        mail        email  Wed 21 Mar 10:00
        tokyo        text        sms    Mon 26 Mar 09:30
        somewhere    mail        email  Tue 27 Mar 10:00
    """)
    assert await world.outcomes() == {
        "berlin": "escalated",
        "new-york": "completed",
        "los-angeles": "escalated",
        "london": "resolved",
        "tokyo": "opted_out",
        "somewhere": "completed",
    }
    assert await world.told(NEW_YORK, "skipped", "deferred") == [
        "mail: its time (appointment_at) was over",
        "on-the-day: outside the send window",
    ]
    assert await world.told(SOMEWHERE, "refused") == ["on-the-day: no address for sms"]
    for touch in world.touches:
        first, last = {"on-the-day": (7, 20)}.get(
            touch.step, (15, 18) if touch.local.weekday() == 6 else (9, 19)
        )
        assert first <= touch.local.hour < last
    assert world.got(BERLIN, "mail").message.content.subject == "Ihr Termin: Samstag, 31. März, 15 Uhr"
    assert world.got(LONDON, "call").message.keys == {"1", "2"}
    assert min(ticket.summary for ticket in world.tickets) == (
        "Ana has not confirmed Monday 12 March, 3 pm at Elm Clinic, or wants another time: "
        "please call +13105550142."
    )


async def test_a_lead_is_called_at_once_and_then_with_patience(world: World) -> None:
    """A text, a call by which people choose, then an offer and a last word; caps and hours hold all along."""
    campaign = "lead-follow-up"
    wants = {"company": "Initech", "product": "a solar roof"}
    arrives = comes_to("delivered", "5s")
    await world.publish(campaign, MONDAY)
    world.enroll(
        campaign,
        # The second try falls into the evening, and waits for the morning.
        BERLIN.who({"thanks": arrives, "call#2": (*presses("1"), is_helped("3h"))}, **wants),
        # Never there. The offer would be the fourth message in a day.
        NEW_YORK.who({"thanks": arrives}, **wants),
        # A landline: nothing arrives there, so the call comes early. It asks for another one tomorrow.
        LOS_ANGELES.who({"call": presses("2"), "callback#2": presses("1")}, **wants),
        LONDON.who({"thanks": (arrives, writes("After 6 please", "12m"), is_helped("4h"))}, **wants),
        TOKYO.who({"thanks": (arrives, causes("meeting-booked", "20m"))}, **wants),
        SOMEWHERE.who({"offer": comes_to("clicked", "3h")}, **wants),
        at=THURSDAY,
    )
    await world.live()

    assert world.diary == rows("""
        berlin       thanks      sms    Thu 08 Mar 17:00
        berlin       call        voice  Thu 08 Mar 17:30
        berlin       call#2      voice  Fri 09 Mar 09:13
        new-york     thanks      sms    Thu 08 Mar 11:00
        new-york     call        voice  Thu 08 Mar 11:30
        new-york     call#2      voice  Thu 08 Mar 13:30
        new-york     offer       email  Fri 09 Mar 11:00
        new-york     last-text   sms    Tue 13 Mar 10:00
        los-angeles  thanks      sms    Thu 08 Mar 09:14
        los-angeles  call        voice  Thu 08 Mar 09:24
        los-angeles  callback    voice  Fri 09 Mar 09:25
        los-angeles  callback#2  voice  Fri 09 Mar 11:04
        london       thanks      sms    Thu 08 Mar 16:00
        tokyo        thanks      sms    Fri 09 Mar 09:06
        somewhere    offer       email  Fri 09 Mar 16:00
    """)
    assert await world.outcomes() == {
        "berlin": "resolved",
        "new-york": "exited",
        "los-angeles": "escalated",
        "london": "resolved",
        "tokyo": "won",
        "somewhere": "escalated",
    }
    assert await world.told(LOS_ANGELES, "timed_out", "moved_on", "escalated") == [
        "thanks: not delivered",
        "thanks: not delivered -> call",
        "call: pressed 2 -> callback",
        "callback: pressed 1",
    ]
    assert await world.told(NEW_YORK, "deferred") == ["offer: no more than 3 messages per day"]
    assert all(touch.local.weekday() < 6 and 9 <= touch.local.hour < 19 for touch in world.touches)
    assert {ticket.summary for ticket in world.tickets} >= {
        "Mia of Initech wants to talk about a solar roof: call +4930231250011.",
        "Kim of Initech wants to talk about a solar roof: call somewhere@example.com.",
    }


async def test_a_trial_is_followed_by_what_the_team_does(world: World) -> None:
    """Two welcomes and a control group; who has begun is not pushed, and a large team is called."""
    campaign = "trial-onboarding"
    trial = {"seats": "3", "projects": "0", "trial_ends_at": "2040-03-21T12:00+00:00"}
    await world.publish(campaign, MONDAY)
    world.enroll(
        campaign,
        BERLIN.who({"sales-call#2": (*presses("1"), is_helped("3h"))}, **trial | {"seats": "30"}),
        NEW_YORK.who(
            {"welcome-story": becomes("1d", projects="2"), "trial-ends": causes("subscribed", "5h")}, **trial
        ),
        LOS_ANGELES.who({"tips": comes_to("bounced", "1h")}, **trial),
        LONDON.who({"welcome-short": comes_to("clicked", "1h")}, **trial),
        TOKYO.who({"welcome-story": (writes("How do I begin?", "1h"), is_helped("1d"))}, **trial),
        SOMEWHERE.who({}, **trial | {"seats": "30"}),  # a large team that nobody can call
        VIENNA.who({}, **trial),
        at=MONDAY,
    )
    await world.live()

    assert world.diary == rows("""
        berlin       welcome-short  email  Mon 05 Mar 13:00
        berlin       first-project  email  Thu 08 Mar 10:00
        berlin       sales-call     voice  Thu 15 Mar 11:00
        berlin       sales-call#2   voice  Fri 16 Mar 11:00
        new-york     welcome-story  email  Mon 05 Mar 08:03
        new-york     tips           email  Tue 13 Mar 10:00
        new-york     trial-ends     email  Mon 19 Mar 09:00
        los-angeles  welcome-short  email  Mon 05 Mar 08:01
        los-angeles  first-project  email  Wed 07 Mar 10:00
        los-angeles  tips           email  Tue 13 Mar 10:00
        london       welcome-short  email  Mon 05 Mar 12:00
        london       first-project  email  Thu 08 Mar 10:00
        london       tips           email  Tue 13 Mar 10:00
        london       trial-ends     email  Mon 19 Mar 09:00
        london       trial-over     email  Thu 22 Mar 09:00
        tokyo        welcome-story  email  Tue 06 Mar 08:01
        somewhere    welcome-story  email  Mon 05 Mar 14:10
        somewhere    first-project  email  Wed 07 Mar 16:00
        somewhere    tips           email  Tue 13 Mar 15:00
        somewhere    trial-ends     email  Mon 19 Mar 14:00
        somewhere    trial-over     email  Thu 22 Mar 14:00
    """)
    assert await world.outcomes() == {
        "berlin": "resolved",
        "new-york": "won",
        "los-angeles": "exhausted",
        "london": "exhausted",
        "tokyo": "resolved",
        "somewhere": "exhausted",
        "vienna": "held_out",
    }
    assert await world.told(NEW_YORK, "skipped") == ["first-project: only where projects is under 1"]
    assert await world.told(LOS_ANGELES, "refused") == [
        "trial-ends: the address is suppressed",
        "trial-over: the address is suppressed",
    ]
    assert await world.told(BERLIN, "branched") == ["test: step:welcome-short", "by-size: step:sales-call"]
    assert await world.told(VIENNA, "branched", "finished") == ["test: hold_out", "test: held_out: split"]
    assert all(touch.local.weekday() < 5 and 8 <= touch.local.hour < 18 for touch in world.touches)


async def test_a_payment_reminder_escalates_within_consent_and_caps(world: World) -> None:
    """From an e-mail to a person, as far as people have agreed; `paid` ends it, and it may come again."""
    campaign = "payment-reminder"
    owes = {"invoice": "2040-17", "due_on": "2040-03-06"}
    for name in (campaign, "hello"):
        await world.publish(name, MONDAY)
    new_york = NEW_YORK.agreeing(Channel.SMS, Channel.VOICE)
    world.enroll(
        campaign,
        new_york.who({"call#2": presses("2"), "promised": is_helped("5d")}, **owes, amount="120"),
        # Has not agreed to calls, and does not answer.
        LOS_ANGELES.agreeing(Channel.SMS).who({}, **owes, amount="300"),
        # Has agreed to nothing, and pays a small sum.
        LONDON.who({"last-mail": causes("paid", "2d")}, **owes, amount="20"),
        SOMEWHERE.who({"mail": (comes_to("clicked", "1h"), causes("paid", "3h"))}, **owes, amount="1250"),
        at=THURSDAY,
    )
    # Another campaign's message counts, too.
    world.enroll("hello", new_york.who({}, **owes, amount="120"), at="2040-03-08T22:00+00:00")
    # After the first time has ended, 13 days are too soon and 32 are not.
    again = LONDON.who({"mail": causes("paid", "3h")}, invoice="2040-31", due_on="2040-04-20", amount="40")
    world.enroll(campaign, again, at="2040-03-28T15:00+00:00")
    world.enroll(campaign, again, at="2040-04-16T15:00+00:00")
    await world.live()

    assert world.diary == rows("""
        new-york     hello      sms    Thu 08 Mar 17:00
        new-york     mail       email  Fri 09 Mar 17:00
        new-york     text       sms    Tue 13 Mar 18:00
        new-york     call       voice  Tue 20 Mar 17:30
        new-york     call#2     voice  Wed 21 Mar 17:30
        new-york     promised   sms    Mon 26 Mar 17:31
        los-angeles  mail       email  Fri 09 Mar 09:00
        los-angeles  text       sms    Tue 13 Mar 10:00
        los-angeles  last-mail  email  Tue 20 Mar 17:30
        london       mail       email  Fri 09 Mar 09:00
        london       last-mail  email  Tue 13 Mar 09:00
        london       mail       email  Mon 23 Apr 09:00
        somewhere    mail       email  Fri 09 Mar 15:00
    """)
    assert await world.outcomes() == {
        "new-york": "resolved, exhausted",
        "los-angeles": "escalated",
        "london": "won, won",
        "somewhere": "won",
    }
    assert await world.told(NEW_YORK, "deferred") == ["mail: no more than 1 message per day"]
    assert await world.told(LOS_ANGELES, "refused") == ["call: no consent to voice"]
    assert await world.told(LONDON, "refused", "branched") == [
        "text: no consent to sms",
        "by-amount: step:last-mail",
    ]
    assert all(8 <= touch.local.hour < 21 for touch in world.touches)
    assert "How we may reach you: https://drumbeat.example.com/preferences/" in (
        world.got(SOMEWHERE, "mail").message.content.text
    )
    assert [ticket.reason for ticket in world.tickets] == ["unanswered", "unanswered"]


async def test_an_invitation_comes_at_a_good_hour_of_each_guest(world: World) -> None:
    """One event, at one instant; each message in the guest's language, on their date and at their hour."""
    campaign = "event-invitation"
    event = {"event": "Durable Days", "event_at": "2040-04-06T18:00+02:00"}
    await world.publish(campaign, MONDAY)
    world.enroll(
        campaign,
        BERLIN.who({"reminder": causes("registered", "3h")}, **event),  # the reminder falls on Good Friday
        NEW_YORK.who({"invitation": unsubscribes("3h")}, **event),
        LOS_ANGELES.who({"last-seats": writes("Is it free?", "3h")}, **event),
        TOKYO.who({}, **event),  # where it is the 7th already
        SOMEWHERE.who({"invitation": comes_to("clicked", "3h")}, **event),
        at=MONDAY,
    )
    # Added late, in the night in which the clocks change.
    world.enroll(campaign, LONDON.who({}, **event), at="2040-03-24T23:00+00:00")
    await world.live()

    assert world.diary == rows("""
        berlin       invitation  email  Fri 16 Mar 10:00
        berlin       reminder    email  Sat 31 Mar 09:04
        new-york     invitation  email  Fri 16 Mar 10:00
        los-angeles  invitation  email  Fri 16 Mar 10:00
        los-angeles  reminder    email  Fri 30 Mar 10:00
        los-angeles  last-seats  sms    Wed 04 Apr 17:00
        tokyo        invitation  email  Sat 17 Mar 10:00
        tokyo        reminder    email  Sat 31 Mar 10:00
        tokyo        last-seats  sms    Thu 05 Apr 17:00
        somewhere    invitation  email  Fri 16 Mar 10:00
        somewhere    reminder    email  Fri 30 Mar 10:00
        london       invitation  email  Sun 25 Mar 09:09
        london       last-seats  sms    Wed 04 Apr 17:00
    """)
    assert await world.outcomes() == {
        "berlin": "won",
        "new-york": "opted_out",
        "los-angeles": "escalated",
        "tokyo": "exhausted",
        "somewhere": "exhausted",
        "london": "exhausted",
    }
    assert await world.told(LONDON, "deferred", "skipped") == [
        "invitation: outside the send window",
        "reminder: its time (event_at) was over",
    ]
    assert await world.told(SOMEWHERE, "skipped") == ["last-seats: only where phone is known"]
    assert all(9 <= touch.local.hour < 20 for touch in world.touches)
    german, english = (world.got(who, "invitation").message for who in (BERLIN, NEW_YORK))
    assert german.content.subject == "Mia, Sie sind eingeladen: Durable Days"
    assert english.content.subject == "Sam, you are invited: Durable Days"
    assert str(english.unsubscribe_url) in str(english.content.html)
    assert str(english.unsubscribe_url) in english.content.text


async def test_the_demonstrations_reminder_ends_with_an_answer_or_a_person(world: World) -> None:
    """A text, an e-mail, a call and a second one, as fast as the waits allow: it states no hours."""
    campaign = "appointment-reminder"
    visit = {"last_name": "Lee", "clinic": "Elm Clinic", "appointment_at": "Mon 26 Mar 15:00"}
    await world.publish(campaign, MONDAY)
    world.enroll(
        campaign,
        BERLIN.who({"text": writes("ja", "3h")}, **visit),
        NEW_YORK.who({"email": comes_to("opened", "3h")}, **visit),
        SOMEWHERE.who({"email": comes_to("bounced", "3h")}, **visit),
        at=MONDAY,
    )
    await world.live()

    assert world.diary == rows("""
        berlin     text    sms    Mon 05 Mar 13:00
        new-york   text    sms    Mon 05 Mar 07:00
        new-york   email   email  Thu 08 Mar 07:00
        new-york   call    voice  Sun 11 Mar 08:00
        new-york   call#2  voice  Mon 12 Mar 08:00
        somewhere  email   email  Mon 05 Mar 13:00
    """)
    assert await world.outcomes() == {
        "berlin": "completed",
        "new-york": "escalated",
        "somewhere": "escalated",
    }
