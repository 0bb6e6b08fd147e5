"""What is assumed of a campaign, and how it is said."""

from datetime import timedelta

import pytest

from domain.simulation.assumptions import USUAL, Assumption, usual
from domain.statuses import POSSIBLE, Channel, DeliveryStatus, Result
from domain.steps import Step
from tests.unit.domain.simulation.people import campaign, example, split, step

KEYS = campaign(
    step("call", "voice", on={"pressed": {"1": "complete", "2": "last"}}), step("last"), goals=["bought"]
)


def _step(key: str) -> Step:
    return usual(KEYS).touches[key]


def test_every_assumption_is_a_share_and_reads_back() -> None:
    """As text, each is what it was."""
    for words in USUAL.values():
        for each in words.values():
            assert 0 <= each.share <= 1
            assert Assumption(0.5).changed(str(each)) == each


@pytest.mark.parametrize("channel", Channel)
def test_a_channel_knows_only_what_can_come_of_its_messages(channel: Channel) -> None:
    """Each word is one of our own, or a status that a plan's routes may have for the channel."""
    ours = {"rejected", "unavailable", "unknown", "silent", "opted_out", "complained"}

    assert set(USUAL[channel]) - ours <= {result.value for result in POSSIBLE[channel]}
    assert all(Result(word) for word in {"delivered", "replied"} & set(USUAL[channel]))
    assert DeliveryStatus.OPTED_OUT in USUAL[channel]


def test_only_the_share_is_changed_unless_a_time_is_named() -> None:
    """The time stays."""
    usually = Assumption(0.1, timedelta(hours=2))

    assert usually.changed("0.3") == Assumption(0.3, timedelta(hours=2))
    assert usually.changed("0.3 after 10m") == Assumption(0.3, timedelta(minutes=10))


@pytest.mark.parametrize("text", ["", "half", "1.01", "-0.1", "nan", "after 3m"])
def test_what_is_no_share_is_refused(text: str) -> None:
    """With what would be one."""
    with pytest.raises(ValueError, match=r"is not a share from 0 to 1, such as 0\.2 or 0\.2 after 30m"):
        Assumption(0.5).changed(text)


def test_a_time_that_is_none_is_refused() -> None:
    """In the words of durations."""
    with pytest.raises(ValueError, match="write it like 90s"):
        Assumption(0.5).changed("0.2 after soon")


def test_the_own_assumption_of_a_step_goes_before_its_channels() -> None:
    """Others of the channel keep to that."""
    found = usual(KEYS).but("sms.replied", "0.3").but("voice.busy", "0.9").but("call.busy", "0.1")

    assert found.of(_step("last"), "replied") == Assumption(0.3, USUAL["sms"]["replied"].after)
    assert found.of(_step("call"), "busy") == Assumption(0.1, USUAL["voice"]["busy"].after)
    assert found.of(_step("last"), "busy") is None


def test_a_step_that_was_changed_twice_keeps_both() -> None:
    """Each word by itself."""
    found = usual(KEYS).but("call.busy", "0.1").but("call.replied", "0.8 after 3s")

    assert dict(found)["call.busy"].share == 0.1
    assert dict(found)["call.replied"] == Assumption(0.8, timedelta(seconds=3))


def test_keys_are_pressed_alike_unless_it_is_said() -> None:
    """Together as often as people react to a call at all."""
    found, call = usual(KEYS).but("voice.replied", "0.5").but("call.pressed.2", "0.4"), _step("call")

    assert found.of_key(call, "1").share == 0.25
    assert found.of_key(call, "2").share == 0.4


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sms.replid", "nothing is assumed of 'sms.replid'; did you mean replied?"),
        ("calll.busy", "nothing is assumed of 'calll'; did you mean call?"),
        ("last.busy", "nothing is assumed of 'last.busy'; known are rejected,"),
        ("last.pressed.1", "nothing is assumed of 'last.pressed.1'"),
        ("call.pressed.3", "nothing is assumed of 'call.pressed.3'; did you mean pressed.2?"),
        ("goals.boughtt", "nothing is assumed of 'goals.boughtt'; did you mean bought?"),
        ("sms", "nothing is assumed of 'sms.'"),
    ],
)
def test_what_nobody_assumes_is_refused_with_what_is_near(name: str, said: str) -> None:
    """A typing error leads to the right word."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is looked at
        usual(KEYS).but(name, "0.5")

    assert said in str(refused.value)


def test_goals_conditions_and_dates_of_the_campaign_can_be_assumed() -> None:
    """They have the names that they have in it; goals are reached by nobody unless it is said."""
    assumptions = usual(example("trial-onboarding"))

    assert assumptions.places["goals"]["subscribed"].share == 0
    assert set(assumptions.places["conditions"]) == {"first-project", "by-size"}
    assert set(assumptions.places["dates"]) == {"trial_ends_at"}


def test_a_split_by_weight_is_no_assumption() -> None:
    """The plan itself says how many go which way."""
    halves = split("test", {"weight": 1, "then": "a"}, {"weight": 1, "then": "b"})

    assert usual(campaign(halves, step("a"), step("b"))).places["conditions"] == {}
