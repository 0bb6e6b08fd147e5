"""The choice of providers on the command line."""

from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from adapters.cli.carriers import Carriers, check
from adapters.cli.views import show_carriers
from domain.campaign import Plan
from domain.statuses import Channel
from domain.steps import Step

SMS = ("twilio", "vonage")
DESKS = ("slack", "jira")


@pytest.mark.parametrize(
    ("role", "text", "set_to"),
    [
        ("sms", "vonage", "vonage"),
        ("sms", "vonage, twilio", "vonage,twilio"),
        ("sms", "none", "none"),
        ("desk", "jira", "jira"),
    ],
)
def test_a_choice_is_set_as_it_is_made(role: str, text: str, set_to: str) -> None:
    """One name, several in the order tried, or nobody for a channel."""
    assert check(role, text, DESKS if role == "desk" else SMS) == set_to


@pytest.mark.parametrize(
    ("role", "text", "says"),
    [
        ("sms", "pigeon", "'pigeon' is not one of twilio, vonage, none"),
        ("sms", "", "'' is not one of twilio, vonage, none"),
        ("sms", "twilio,", "'' is not one of twilio, vonage, none"),
        ("sms", "twilio,none", "'none' must stand alone"),
        ("sms", "twilio,twilio", "nobody can be named twice"),
        ("desk", "none", "'none' is not one of slack, jira"),
        ("desk", "slack,jira", "there is one desk: name one"),
    ],
)
def test_a_choice_that_cannot_be_set_says_why(role: str, text: str, says: str) -> None:
    """Before anything is started, with the names that can be chosen."""
    with pytest.raises(ValueError, match=f"^{says}$"):
        check(role, text, DESKS if role == "desk" else SMS)


def test_every_vendor_is_named_once() -> None:
    """One that serves several roles is one vendor; nobody is none."""
    carriers = Carriers(sms="vonage,twilio", email="none", voice="vonage", desk="jira")

    assert carriers.vendors == ("vonage", "twilio", "jira")
    assert carriers.words() == "SMS by vonage or else twilio, no e-mail, calls by vonage, handoffs to jira"


def test_what_nobody_carries_is_told_with_its_steps() -> None:
    """Only channels that the plan uses count."""
    day = timedelta(days=1)
    steps = (
        Step("text", Channel.SMS, day),
        Step("again", Channel.SMS, day),
        Step("mail", Channel.EMAIL, day),
    )
    plan = Plan("spring", 1, steps)

    assert Carriers().gaps(plan) == []
    assert Carriers(sms="none", voice="none").gaps(plan) == [
        "Nobody carries SMS: every attempt at text and again will be rejected."
    ]


def test_the_terminal_tells_who_carries_and_what_is_left_out() -> None:
    """Both stand there before anything is started."""
    out = StringIO()
    plan = Plan("spring", 1, (Step("text", Channel.SMS, timedelta(days=1)),))

    show_carriers(Console(file=out, width=100), Carriers(sms="none"), plan)

    assert out.getvalue().splitlines() == [
        "Sandboxed providers: no SMS, e-mail by sendgrid, calls by twilio, handoffs to slack",
        "  Nobody carries SMS: every attempt at text will be rejected.",
    ]
