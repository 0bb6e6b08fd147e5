"""What a campaign promises its contacts: windows of steps, caps as text, and entering again."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.contact_rules import Cap, ContactRules, Reentry, ReentryKind, parse_caps
from domain.statuses import Channel
from domain.times.windows import SendWindow, parse_window

ENDED = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
MORNINGS, EVENINGS = (SendWindow(parse_window(hours)) for hours in ("08:00-12:00", "17:00-20:00"))


@pytest.mark.parametrize(
    ("text", "caps"),
    [
        ("", ()),
        (" , ", ()),
        ("2 messages per day", (Cap(2, DAY),)),
        ("1 message per week, 1 messages per day", (Cap(1, WEEK), Cap(1, DAY))),
        ("1 sms per day, 9999 messages per week", (Cap(1, DAY, Channel.SMS), Cap(9999, WEEK))),
        (" 3 email per week ,1 voice per day,", (Cap(3, WEEK, Channel.EMAIL), Cap(1, DAY, Channel.VOICE))),
    ],
)
def test_caps_are_read_from_a_line(text: str, caps: tuple[Cap, ...]) -> None:
    """Each is a number, what is counted, and in which span."""
    assert parse_caps(text) == caps


@pytest.mark.parametrize(
    "cap", [Cap(2, DAY), Cap(10, WEEK, Channel.SMS), Cap(1, WEEK), Cap(1, DAY, Channel.VOICE)]
)
def test_a_cap_in_words_can_be_read_back(cap: Cap) -> None:
    """What people are shown is what they may write."""
    assert parse_caps(str(cap)) == (cap,)


def test_a_cap_of_another_span_is_told_all_the_same() -> None:
    """No text gives one, and no refusal may fail for want of a word."""
    assert str(Cap(2, timedelta(hours=1))) == "2 messages per 1:00:00"


@pytest.mark.parametrize(
    "text",
    [
        "0 messages per day",
        "01 messages per day",
        "10000 messages per day",
        "2 letters per day",
        "2 messages per month",
        "messages per day",
        "2 messages a day",
        "2 messages per day; 1 sms per day",
    ],
)
def test_what_is_no_cap_is_refused_with_an_example(text: str) -> None:
    """The message tells how to write it."""
    with pytest.raises(ValueError, match="must be like 2 messages per day"):
        parse_caps(text)


def test_a_steps_own_window_goes_before_the_campaigns() -> None:
    """The other steps keep to the campaign's; without any, messages go out at all hours."""
    rules = ContactRules(MORNINGS, {"call": EVENINGS})

    assert (rules.window_of("call"), rules.window_of("text")) == (EVENINGS, MORNINGS)
    assert ContactRules(windows={"call": EVENINGS}).window_of("text") is None


def test_rules_keep_their_own_windows() -> None:
    """What is changed afterwards in the mapping they were made from changes nothing."""
    given = {"call": EVENINGS}
    rules = ContactRules(windows=given)
    given.clear()

    assert rules.window_of("call") == EVENINGS


@pytest.mark.parametrize(
    ("reentry", "after", "scale", "allowed"),
    [
        pytest.param(Reentry(), WEEK, 1.0, False, id="once"),
        pytest.param(Reentry(ReentryKind.ALWAYS), timedelta(0), 1.0, True, id="always"),
        pytest.param(
            Reentry(ReentryKind.AFTER, WEEK), WEEK - timedelta.resolution, 1.0, False, id="too soon"
        ),
        pytest.param(Reentry(ReentryKind.AFTER, WEEK), WEEK, 1.0, True, id="after"),
        pytest.param(Reentry(ReentryKind.AFTER, WEEK), timedelta(seconds=6), 1 / 86_400, False, id="scaled"),
        pytest.param(
            Reentry(ReentryKind.AFTER, WEEK), timedelta(seconds=7), 1 / 86_400, True, id="scaled, after"
        ),
    ],
)
def test_who_may_enter_again(reentry: Reentry, after: timedelta, scale: float, allowed: bool) -> None:
    """Never, at once, or when the cool-down since the last end is over."""
    assert reentry.allows(ENDED, ENDED + after, scale) is allowed
