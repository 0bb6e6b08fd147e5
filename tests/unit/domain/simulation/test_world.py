"""What people, providers and the gate do in a simulation: as it is assumed, share for share."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from domain.campaign import Campaign
from domain.enrollment.commands import CreateHandoff, PrepareStep, SendMessage
from domain.enrollment.events import (
    Event,
    GoalReached,
    HandoffCreated,
    HandoffResolved,
    MessageAccepted,
    MessageRejected,
    ProviderEvent,
    SendFailed,
    SendRefused,
    SendUnknown,
    Started,
    StepPrepared,
    StepSkipped,
)
from domain.refusals import Refusal
from domain.simulation.assumptions import Assumptions
from domain.simulation.world import SimulatedWorld
from domain.statuses import Channel, DeliveryStatus
from tests.unit.domain.simulation.people import (
    DAY,
    HOUR,
    MONDAY,
    Always,
    Drawn,
    assumed,
    calm,
    campaign,
    example,
    model,
    split,
    step,
)

SECOND = timedelta(seconds=1)
CALL = campaign(step("call", "voice", on={"pressed": {"1": "complete"}}))
LISTENING = {"delivered": "complete", "clicked": "complete", "replied": "complete"}


def world(of: Campaign, assumptions: Assumptions, *, number: float = 0.5) -> SimulatedWorld:
    return SimulatedWorld(model(of, assumptions), Always(number), MONDAY)


def sent(
    of: Campaign,
    assumptions: Assumptions,
    *,
    number: float = 0.5,
    channel: Channel = Channel.SMS,
    at: datetime = MONDAY,
) -> list[Event]:
    """What becomes of a message of the first step."""
    order = SendMessage(of.plan.steps[0].key, 1, channel)
    return list(world(of, assumptions, number=number).send(order, at))


def kinds(facts: list[Event]) -> list[type | DeliveryStatus]:
    return [fact.status if isinstance(fact, ProviderEvent) else type(fact) for fact in facts]


@pytest.mark.parametrize(
    ("word", "ends"),
    [
        ("rejected", [MessageRejected]),
        ("unavailable", [SendFailed]),
        ("silent", [MessageAccepted]),
        ("failed", [MessageAccepted, DeliveryStatus.FAILED]),
    ],
)
def test_a_send_ends_as_is_assumed(word: str, ends: list[type | DeliveryStatus]) -> None:
    """Where all of them do."""
    of = campaign()

    assert kinds(sent(of, calm(of, **{f"sms_{word}": "1"}))) == ends


def test_who_gives_up_on_a_provider_has_been_patient() -> None:
    """As long as the plan says."""
    of = campaign(patience="2h")
    (failed,) = sent(of, calm(of, sms_unavailable="1"))

    assert failed.at == MONDAY + 2 * HOUR


@pytest.mark.parametrize(
    ("number", "ends"), [(0.4, [SendUnknown, DeliveryStatus.DELIVERED]), (0.6, [SendUnknown])]
)
def test_half_of_what_is_in_doubt_was_sent(number: float, ends: list[type | DeliveryStatus]) -> None:
    """Whatever is heard of it is told, as it settles the doubt."""
    of = campaign()

    assert kinds(sent(of, calm(of, sms_unknown="1"), number=number)) == ends


def test_what_cannot_change_the_plans_course_is_not_told() -> None:
    """As the product signals no run that would make nothing of it; an opt-out always counts."""
    of = campaign(step(on={"delivered": "wait", "clicked": "wait", "replied": "complete"}))
    people = calm(of, sms_clicked="1", sms_replied="1", sms_opted_out="1")

    assert kinds(sent(of, people)) == [MessageAccepted, DeliveryStatus.REPLIED, DeliveryStatus.OPTED_OUT]


def test_people_react_after_the_message_has_arrived() -> None:
    """Half of them sooner than is said, half of them later; a report comes about when it usually does."""
    of = campaign(step(on=LISTENING))
    people = calm(of, sms_delivered="1 after 10s", sms_replied="1 after 2h")
    soon, later = (sent(of, people, number=number) for number in (0.25, 0.75))

    assert [fact.at - MONDAY for fact in soon[:2]] == [SECOND, SECOND + 7.5 * SECOND]
    assert soon[2].at - soon[1].at < 2 * HOUR < later[2].at - later[1].at


def test_nobody_reacts_asleep() -> None:
    """What would come in the night comes within an hour of seven."""
    of = campaign(step(on=LISTENING))
    late = sent(of, calm(of, sms_replied="1 after 15m"), at=MONDAY + 15 * HOUR)

    assert MONDAY + 22 * HOUR <= late[2].at <= MONDAY + 23 * HOUR


def test_a_report_may_come_late_and_twice() -> None:
    """Both copies tell the same."""
    of = campaign(step(on=LISTENING))
    people = calm(of, providers_late="1 after 1d", providers_repeated="1 after 1h")
    _, first, second = sent(of, people)

    assert kinds([first, second]) == [DeliveryStatus.DELIVERED] * 2
    assert DAY < first.at - MONDAY < 25 * HOUR < second.at - MONDAY < 26 * HOUR


def test_a_call_is_over_after_what_people_do_on_it() -> None:
    """Picked up, a key pressed, and then completed; nobody writes on a call."""
    of = campaign(step("call", "voice", on={"pressed": {"1": "wait"}, "answered": "complete"}))
    facts = sent(of, calm(of, call_replied="1"), channel=Channel.VOICE)

    assert kinds(facts) == [
        MessageAccepted,
        DeliveryStatus.ANSWERED,
        DeliveryStatus.REPLIED,
        DeliveryStatus.DELIVERED,
    ]
    assert facts[2].pressed == "1"  # type: ignore[union-attr]
    assert all(first.at < second.at for first, second in pairwise(facts))


def test_on_a_call_without_keys_nobody_presses_one() -> None:
    """However many would."""
    of = campaign(step("call", "voice"))

    assert DeliveryStatus.REPLIED not in kinds(sent(of, calm(of, voice_replied="1"), channel=Channel.VOICE))


def test_what_providers_do_not_report_is_not_told() -> None:
    """People react all the same."""
    of = campaign(step(on=LISTENING))
    people = calm(of, sms_delivered="0", sms_replied="1")

    assert kinds(sent(of, people)) == [MessageAccepted, DeliveryStatus.REPLIED]
    silent = calm(CALL, voice_answered="0", voice_delivered="0")
    assert kinds(sent(CALL, silent, channel=Channel.VOICE)) == [MessageAccepted]


# The gate ------------------------------------------------------------------------------------------------


def refusal(facts: list[Event]) -> tuple[Refusal, datetime | None]:
    (refused,) = facts
    assert isinstance(refused, SendRefused)
    return refused.refusal, refused.until


def test_who_has_no_address_is_not_reached() -> None:
    """Nor is who has not agreed, where the campaign asks for that."""
    of, careful = campaign(), campaign(consent=["sms"])

    assert refusal(sent(of, calm(of, contacts_sms="0"))) == (Refusal.ADDRESS, None)
    assert refusal(sent(careful, calm(careful, contacts_consent="0"))) == (Refusal.CONSENT, None)
    assert kinds(sent(of, calm(of, contacts_consent="0"))) == [MessageAccepted]


def test_whether_a_contact_has_an_address_does_not_change() -> None:
    """It is drawn once."""
    of = campaign()
    chance = Drawn([0.4, *[0.9] * 20])
    here = SimulatedWorld(model(of, calm(of, contacts_sms="0.5")), chance, MONDAY)
    order = SendMessage("text", 1, Channel.SMS)

    assert kinds(list(here.send(order, MONDAY)))[0] is MessageAccepted
    assert kinds(list(here.send(order, MONDAY + DAY)))[0] is MessageAccepted


def test_a_closed_window_opens_again() -> None:
    """A message of the evening waits for the morning, in its place within the spread."""
    of = campaign(window={"hours": "09:00-18:00", "spread": "20m"})
    morning = MONDAY + DAY

    assert kinds(sent(of, calm(of)))[0] is MessageAccepted
    assert refusal(sent(of, calm(of), at=MONDAY + 10 * HOUR)) == (
        Refusal.WINDOW,
        morning + timedelta(minutes=10),
    )


def test_a_short_opening_limits_the_spread() -> None:
    """No place lies past its end."""
    of = campaign(window={"hours": "09:00-09:10", "spread": "1h"})

    _, until = refusal(sent(of, calm(of), number=0.99, at=MONDAY + 10 * HOUR))
    assert until is not None
    assert until < MONDAY + DAY + timedelta(minutes=10)


def test_a_cap_is_free_again_after_its_span() -> None:
    """The one that is free last counts; messages on other channels are none of a channel's cap."""
    of = campaign(step(), step("mail", "email"), caps={"per_day": 2, "email": {"per_week": 1}})
    here = world(of, calm(of))

    def send(key: str, channel: Channel, at: datetime) -> list[Event]:
        return list(here.send(SendMessage(key, 1, channel), at))

    assert kinds(send("text", Channel.SMS, MONDAY))[0] is MessageAccepted
    assert kinds(send("mail", Channel.EMAIL, MONDAY + HOUR))[0] is MessageAccepted
    assert refusal(send("text", Channel.SMS, MONDAY + 2 * HOUR)) == (Refusal.CAP, MONDAY + DAY)
    assert refusal(send("mail", Channel.EMAIL, MONDAY + 2 * HOUR)) == (
        Refusal.CAP,
        MONDAY + HOUR + timedelta(weeks=1),
    )
    assert kinds(send("text", Channel.SMS, MONDAY + DAY))[0] is MessageAccepted


# Steps, goals, cases -------------------------------------------------------------------------------------


def prepared(of: Campaign, assumptions: Assumptions, key: str, *, number: float = 0.5) -> Event:
    return world(of, assumptions, number=number).prepare(PrepareStep(key), MONDAY)


def test_a_condition_holds_for_as_many_as_is_said() -> None:
    """The others go on to the next step."""
    of = campaign(
        step("first", when={"seats": "many"}, delay="2h"), step("second"), attributes={"seats": "text"}
    )

    assert prepared(of, assumed(of, conditions_first="1"), "first") == StepPrepared(
        MONDAY, "first", MONDAY + 2 * HOUR
    )
    skipped = prepared(of, assumed(of, conditions_first="0"), "first")
    assert isinstance(skipped, StepSkipped)
    assert not skipped.rejected


@pytest.mark.parametrize(("share", "branch"), [("1", 0), ("0", 2)])
def test_the_first_branch_that_holds_is_taken(share: str, branch: int) -> None:
    """The last one, where none does."""
    of = campaign(
        split(
            "by-size",
            {"when": {"seats": "many"}, "then": "a"},
            {"when": {"seats": "some"}, "then": "b"},
            {"else": "c"},
        ),
        step("a"),
        step("b"),
        step("c"),
        attributes={"seats": "text"},
    )
    told = prepared(of, assumed(of, **{"conditions_by-size": share}), "by-size")

    assert told == StepPrepared(MONDAY, "by-size", branch=branch)


def test_a_split_by_weight_goes_by_its_weights() -> None:
    """Whatever is assumed."""
    of = campaign(split("test", {"weight": 1, "then": "a"}, {"weight": 3, "then": "b"}), step("a"), step("b"))
    branches = [prepared(of, calm(of), "test", number=number / 100) for number in range(100)]

    assert Counter(each.branch for each in branches if isinstance(each, StepPrepared)) == {0: 25, 1: 75}


def test_a_local_time_is_the_next_one() -> None:
    """On the clocks of the campaign's zone."""
    of = campaign(step(delay="tue 10:00"))

    assert prepared(of, calm(of), "text") == StepPrepared(MONDAY, "text", MONDAY + DAY + HOUR)


DATED = campaign(
    step("before", delay="appointment_at - 2d"),
    step("after", delay="appointment_at - 1d"),
    attributes={"appointment_at": "time"},
)


def test_a_date_lies_about_as_far_ahead_as_is_said() -> None:
    """From half of the time up to one and a half times it, the same for all of a contact's steps."""
    chance = Drawn([0.5, 0.25])
    here = SimulatedWorld(model(DATED, assumed(DATED, dates_appointment_at="1 after 20d")), chance, MONDAY)

    assert here.prepare(PrepareStep("before"), MONDAY) == StepPrepared(MONDAY, "before", MONDAY + 13 * DAY)
    assert here.prepare(PrepareStep("after"), MONDAY) == StepPrepared(MONDAY, "after", MONDAY + 14 * DAY)


def test_a_date_that_is_over_or_not_known_leaves_the_step_out() -> None:
    """The second is wrong, the first only late."""
    over = prepared(DATED, assumed(DATED, dates_appointment_at="1 after 1d"), "before")
    unknown = prepared(DATED, assumed(DATED, dates_appointment_at="0"), "before")

    assert isinstance(over, StepSkipped)
    assert isinstance(unknown, StepSkipped)
    assert (over.rejected, unknown.rejected) == (False, True)


def test_goals_are_reached_by_as_many_as_is_said() -> None:
    """After the enrollment has begun, whatever is sent."""
    of = campaign(goals=["bought", "booked"])
    facts = list(world(of, assumed(of, goals_bought="1 after 2d")).facts())

    assert facts == [Started(MONDAY), GoalReached(MONDAY + 2 * DAY, "bought")]


def test_a_case_is_closed_in_office_hours_or_not_at_all() -> None:
    """Somebody has it within a minute."""
    of = example("lead-follow-up")
    order = CreateHandoff("call", "replied")
    night = MONDAY + 12 * HOUR

    def happens(share: str) -> list[Event]:
        return list(world(of, assumed(of, handoff_resolved=f"{share} after 1h")).hand_over(order, night))

    assert happens("1") == [
        HandoffCreated(night + timedelta(seconds=30)),
        HandoffResolved(MONDAY + DAY),
    ]
    assert kinds(happens("0")) == [HandoffCreated]
