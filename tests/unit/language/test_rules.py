"""What holds for a whole campaign: attributes, windows, caps, consent, re-entry, refusals and goals."""

from datetime import time, timedelta
from typing import Any

import pytest

from domain.attributes import AttributeType
from domain.contact_rules import Cap, ContactRules, Reentry, ReentryKind
from domain.language.attributes import declared
from domain.language.parse import parse
from domain.refusals import Consequence, Refusal
from domain.statuses import Channel, DeliveryStatus
from domain.times.windows import ALWAYS, PRESETS, SendWindow, Span, parse_quiet_hours
from tests.unit.language.samples import EVERYTHING, FULL, SMALLEST, Path, changed, problems, said

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
MON_FRI = frozenset(range(5))


def campaign(word: str, value: Any) -> Any:
    """The smallest campaign with one more word."""
    return parse({**SMALLEST, word: value})


def test_a_campaign_of_the_first_version_promises_nothing() -> None:
    """What the language did not have at first is absent from campaigns that do not say it."""
    first = parse(FULL)

    assert first.rules == ContactRules()
    assert first.reentry == Reentry()
    assert (first.splits, first.conditions, first.attributes, first.sms_parts) == ({}, {}, {}, 3)
    assert (first.plan.goals, first.plan.goal_statuses, first.plan.refused) == (set(), set(), {})
    assert first.events == {}


def test_everything_is_read() -> None:
    """Every word for the whole campaign reaches its place."""
    everything = parse(EVERYTHING)
    rules = everything.rules
    weekdays, saturday = Span(MON_FRI, time(9), time(18)), Span(frozenset({5}), time(10), time(14))

    assert rules.window == SendWindow((weekdays, saturday), ("DE-BY", "local"), timedelta(minutes=30))
    assert rules.windows == {"text": SendWindow((Span(MON_FRI, time(10), time(12)),))}
    assert rules.timezone == "Europe/Berlin"
    assert rules.caps == (Cap(2, DAY), Cap(5, WEEK), Cap(1, DAY, Channel.SMS), Cap(2, WEEK, Channel.VOICE))
    assert rules.consent == {Channel.SMS, Channel.VOICE}
    assert everything.reentry == Reentry(ReentryKind.AFTER, timedelta(days=30))
    assert everything.sms_parts == 2
    assert everything.plan.goals == {"purchased"}
    assert everything.plan.goal_statuses == {DeliveryStatus.CLICKED}
    assert everything.events == {"upgraded": "mail"}
    assert everything.plan.refused == {
        Refusal.CONSENT: Consequence.END,
        Refusal.CAP: Consequence.SKIP,
        Refusal.WINDOW: Consequence.DEFER,
    }


@pytest.mark.parametrize(
    ("window", "read"),
    [
        ("08:00-21:00", SendWindow((Span(frozenset(range(7)), time(8), time(21)),))),
        ("us-tcpa", SendWindow(PRESETS["us-tcpa"].spans)),
        ("fr-calls", SendWindow(PRESETS["fr-calls"].spans, ("FR",))),
        ({"preset": "fr-calls", "holidays": "local"}, SendWindow(PRESETS["fr-calls"].spans, ("FR", "local"))),
        ({"preset": "fr-calls", "holidays": ["FR"]}, SendWindow(PRESETS["fr-calls"].spans, ("FR",))),
        ({"hours": "fr-calls"}, SendWindow(PRESETS["fr-calls"].spans, ("FR",))),
        ({"hours": "mon-fri 09:00-18:00"}, SendWindow((Span(MON_FRI, time(9), time(18)),))),
        ({"quiet": "21:00-08:00"}, SendWindow(parse_quiet_hours("21:00-08:00"))),
        ({"holidays": ["US-CA"]}, SendWindow(ALWAYS, ("US-CA",))),
        ({"hours": "00:00-24:00", "spread": "0s"}, SendWindow(ALWAYS, spread=timedelta(0))),
    ],
)
def test_windows(window: Any, read: SendWindow) -> None:
    """Hours, a preset with its holidays, or quiet hours; holidays may stand alone."""
    assert campaign("window", window).rules.window == read


@pytest.mark.parametrize(
    ("consent", "channels"),
    [("required", set(Channel)), ("none", set()), (["email"], {Channel.EMAIL}), (None, set())],
)
def test_consent(consent: Any, channels: set[Channel]) -> None:
    """Consent is needed on all channels, on none, or on those that are listed."""
    assert campaign("consent", consent).rules.consent == channels


@pytest.mark.parametrize(
    ("word", "reentry"),
    [
        ("once", Reentry()),
        ("always", Reentry(ReentryKind.ALWAYS)),
        ("P2W", Reentry(ReentryKind.AFTER, timedelta(weeks=2))),
    ],
)
def test_reentry(word: str, reentry: Reentry) -> None:
    """A contact comes once, always, or after a cool-down."""
    assert campaign("reentry", word).reentry == reentry


@pytest.mark.parametrize(
    ("attributes", "types"),
    [
        (None, {}),
        ({}, {}),
        ([], {}),
        (["first_name", "größe"], {"first_name": "text", "größe": "text"}),
        ({"amount": "number", "language": "text"}, {"amount": "number", "language": "text"}),
    ],
)
def test_attributes(attributes: Any, types: dict[str, str]) -> None:
    """Attributes are a list of names, which are text then, or a mapping to their types."""
    definition = {**SMALLEST, "attributes": attributes}

    assert parse(definition).attributes == types == declared(definition)


@pytest.mark.parametrize(
    ("definition", "types"),
    [
        (None, {}),
        ("x", {}),
        ({"attributes": 5}, {}),
        (
            {"attributes": {"amount": "number", "first name": "text", "x": "txt", "y": None}},
            {"amount": "number"},
        ),
        ({"attributes": ["a", 5, "a-b"], "steps": None}, {"a": "text"}),
    ],
)
def test_what_is_declared_can_be_told_of_any_data(definition: Any, types: dict[str, AttributeType]) -> None:
    """Whoever checks templates learns what is declared, however wrong the rest is."""
    assert declared(definition) == types


def test_attributes_that_cannot_be_read_may_be_any() -> None:
    """Where an attribute's name or type is wrong, nothing else is told of those who use it."""
    found = problems(
        changed(("attributes",), {"first name": "text", "amount": "nmber", "appointment_at": "time"})
    )

    assert [path for path, _ in found] == [("attributes", "first name"), ("attributes", "amount")]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("attributes",), "first_name", "must be a mapping, not 'first_name'; use letters"),
        (("attributes", "amount"), "integer", "'integer' is not a choice here; known are text, number, time"),
        (("attributes", "nothing"), {}, "a mapping is not a choice here"),
        (("attributes", "e-mail"), "text", "'e-mail' is not a name here; use letters, digits and _"),
        (("attributes", "email"), "number", "email is always text"),
        (("attributes", "language"), "time", "language is always text"),
        (("attributes", "unsubscribe_url"), "text", "unsubscribe_url is a link that every message can have"),
        (("timezone",), "Berlin, Germany", "'Berlin, Germany' is not a time zone of the IANA database"),
        (("timezone",), 1, "must be text, not 1"),
        (("window",), {}, "says nothing; write hours such as mon-fri 09:00-18:00"),
        (("window",), ["mon-fri 09:00-18:00"], "must be hours, not a list"),
        (("window", "hours"), 9, "must be hours, not 9"),
        (("window", "hours"), [], "must name at least one"),
        (("window", "hours", 1), "sat 14:00", "write it like"),
        (("window", "quiet"), "21:00-08:00", "stands beside hours; give one of hours, preset, quiet"),
        (("window", "preset"), "us-tcpa", "stands beside hours"),
        (("window", "holidays"), "us", "'us' is no calendar; write a country such as US"),
        (("window", "holidays"), [], "must name at least one"),
        (("window", "holidays", 0), "Bavaria", "'Bavaria' is no calendar"),
        (("window", "spread"), "2d", "must be zero or more and at most 1 day"),
        (("window", "sprad"), "2h", "did you mean spread?"),
        (("caps",), 3, "must be a mapping of per_day, per_week, sms, email, voice, not 3"),
        (("caps", "per_day"), 0, "must be from 1 to 1000"),
        (("caps", "per_month"), 3, "is not known here; known are per_day"),
        (("caps", "sms"), 1, "must be a mapping of per_day, per_week, not 1"),
        (("caps", "sms", "per_day"), "1", "must be a whole number, not '1'"),
        (("consent",), "requird", "'requird' is not a choice here; did you mean required?, or list channels"),
        (("consent",), True, "true is not a choice here; known are required, none, or list channels"),
        (("consent",), [], "must name at least one"),
        (("consent", 1), "fax", "'fax' is not a choice here; known are sms, email, voice"),
        (
            ("reentry",),
            "twice",
            "'twice' is not a choice here; known are once, always, or a duration such as 30d",
        ),
        (("reentry",), "0d", "must be more than zero and at most 366 days"),
        (("reentry",), 30, "30 is not a choice here"),
        (("refused",), "end", "must be a mapping of window, cap, consent"),
        (("refused", "consent"), "defer", "'defer' is not a choice here; known are skip, end"),
        (("refused", "paused"), "end", "is not known here"),
        (("goals",), "purchased", "must be a list, not 'purchased'"),
        (("goals",), ["a"] * 21, "there are 21 goals, and a campaign has at most 20"),
        (("goals", 0), "Has paid", "'Has paid' is not an event's name"),
        (("goals", 0), 5, "must be text, not 5"),
        (("goals", 0), "clicked", "'clicked' is what a provider tells: write {status: clicked}"),
        (("goals", 1, "status"), "clickd", "'clickd' is not a goal; did you mean clicked?"),
        (("goals", 1, "status"), "sent", "'sent' is not a goal; known are failed"),
        (("goals", 1, "status"), ["clicked"], "a list is not a goal"),
        (("goals", 1, "event"), "x", "are two goals: write them apart"),
        (("goals", 1, "then"), "mail", "leads where on of its step says"),
        (("goals", 2, "event"), "Has paid", "'Has paid' is not an event's name"),
        (("goals", 2, "event"), "clicked", "'clicked' is what a provider tells"),
        (("goals", 2, "event"), {"name": "x"}, "must be text, not a mapping"),
        (("goals", 2, "event"), None, "is missing; name the event that leads to the step"),
        (("goals", 2, "event"), "purchased", "'purchased' wins already"),
        (("goals", 2, "then"), None, "is missing; name the step; an event that wins is its name alone"),
        (("goals", 2, "then"), "mial", "'mial' is not a step; did you mean mail?"),
        (("goals", 2, "then"), "complete", "'complete' is not a step; known are by-language, text"),
        (("goals", 2, "then"), ["mail"], "a list is not a step"),
        (("goals", 2, "go"), "mail", "is not known here; known are event, then"),
        (("sms_parts",), 11, "must be from 1 to 10"),
        (("sms_parts",), "3", "must be a whole number, not '3'"),
        (("templates",), [], "must be a mapping, not a list; use a-z"),
        (("templates", "First"), {"text": "x"}, "'First' is not a name here; use a-z"),
        (("templates", "unused"), "Hello", "must be a mapping of text, subject, html, mjml, languages"),
        (
            ("templates", "mail", "mjml"),
            "<mjml/>",
            "html is made from mjml, so only one of the two can be given",
        ),
        (("templates", "mail", "subject"), None, "an e-mail needs a subject"),
        (("templates", "first-text", "languages", "de", "text"), None, "every step needs a text"),
    ],
)
def test_names_the_place_and_what_would_be_right(path: Path, value: Any, sentence: str) -> None:
    """One mistake gives one problem, at its own path, that says what would be right."""
    assert sentence in said(path, value)


@pytest.mark.parametrize(
    ("window", "path", "sentence"),
    [
        ({"preset": "us-tpca"}, ("window", "preset"), "'us-tpca' is not a preset; did you mean us-tcpa?"),
        ({"preset": ["us-tcpa"]}, ("window", "preset"), "a list is not a preset; known are us-tcpa"),
        ({"quiet": "night"}, ("window", "quiet"), "write it like"),
        ({"quiet": "00:00-24:00"}, ("window", "quiet"), ""),
        ({"spread": "1h"}, ("window",), "says nothing; write hours"),
    ],
)
def test_windows_of_other_sorts_have_their_own_mistakes(window: Any, path: Path, sentence: str) -> None:
    """A preset that there is not, and quiet hours that leave no time, are told as such."""
    found = problems({**SMALLEST, "window": window})

    assert [place for place, _ in found] == [path]
    assert sentence in found[0][1]


def test_a_goal_that_says_nothing_lacks_its_status() -> None:
    """A goal that is a mapping names a status."""
    found = problems(changed(("goals", 1), {}))

    assert found == [(("goals", 1, "status"), "is missing; name one, such as clicked")]


def test_an_event_leads_to_one_step() -> None:
    """The same event cannot lead to two; a step may be led to by several."""
    again = [{"event": "upgraded", "then": "mail"}, {"event": "upgraded", "then": "step:call"}]
    several = [{"event": "upgraded", "then": "call"}, {"event": "extended", "then": "step: call"}]

    assert problems(changed(("goals",), again)) == [
        (("goals", 1, "event"), "'upgraded' leads to a step already")
    ]
    assert parse(changed(("goals",), several)).events == {"upgraded": "call", "extended": "call"}


def test_a_step_that_an_event_leads_to_can_be_reached() -> None:
    """So can what follows it; a step of an event that could not be read may be any."""
    steps = [
        {"key": key, "channel": "sms", "wait": "1h", "message": {"text": "Hello"}, "on": on}
        for key, on in (("text", dict.fromkeys(_ENDS, "exit")), ("thanks", {}), ("more", {}))
    ]
    alone = {**SMALLEST, "steps": steps}

    assert [path for path, _ in problems(alone)] == [("steps", 1), ("steps", 2)]
    assert parse({**alone, "goals": [{"event": "paid", "then": "thanks"}]}).events == {"paid": "thanks"}
    assert [path for path, _ in problems({**alone, "goals": [{"event": "paid", "then": "thank"}]})] == [
        ("goals", 0, "then")
    ]


_ENDS = ("failed", "rejected", "unknown", "unanswered")


def test_a_goal_must_be_possible() -> None:
    """A status that no channel of the campaign gives can win nothing; one that may be meant is let be."""
    impossible = {**SMALLEST, "goals": [{"status": "opened"}]}
    unclear = changed(("steps", 0, "channel"), "fax", impossible)

    assert problems(impossible) == [
        (
            ("goals", 0, "status"),
            "'opened' never comes of its steps; known are failed, delivered, clicked, replied",
        )
    ]
    assert [path for path, _ in problems(unclear)] == [("steps", 0, "channel")]
