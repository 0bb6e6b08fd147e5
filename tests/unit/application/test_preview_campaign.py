"""What a contact would get from each step of a campaign."""

from typing import Any

import pytest

from application.ports.messaging import Content
from application.preview_campaign import PreviewCampaign, StepPreview
from domain.contact import Contact
from domain.language.parse import parse
from domain.sms import SmsEncoding, SmsSize
from domain.statuses import Channel
from tests.fakes.rendering import FakeRenderer

DEFINITION: dict[str, Any] = {
    "campaign": "hello",
    "version": 1,
    "attributes": ["first_name", "plan"],
    "sms_parts": 1,
    "steps": [
        {
            "key": "text",
            "channel": "sms",
            "wait": "1h",
            "message": {"text": "Hi {{first_name}}", "languages": {"de": {"text": "Hallo {{first_name}}"}}},
        },
        {
            "key": "which",
            "split": [{"when": {"plan": "gold"}, "then": "mail"}, {"else": "call"}],
        },
        {
            "key": "mail",
            "channel": "email",
            "wait": "1h",
            "when": {"plan": "gold"},
            "message": {"subject": "For {{first_name}}", "html": "<a href={{unsubscribe_url}}>{{plan}}</a>"},
        },
        {"key": "call", "channel": "voice", "wait": "1h", "message": {"text": "Hello {{who}}"}},
    ],
}
NAMED = {"first_name": "Ann", "plan": "gold"}


def preview(attributes: dict[str, str] = NAMED, **fields: str | None) -> dict[str, StepPreview]:
    """The previews of one contact, by step."""
    contact = Contact(
        "c", "ann-1", **{"phone": "+12025550123", "email": "a@example.com", **fields}, attributes=attributes
    )
    links = {"unsubscribe_url": "https://d.example/u"}
    return {each.step: each for each in PreviewCampaign(FakeRenderer())(parse(DEFINITION), contact, links)}


def test_each_step_that_sends_is_shown() -> None:
    """Its words, and what an SMS comes to; a split sends nothing."""
    assert preview() == {
        "text": StepPreview(
            "text", Channel.SMS, content=Content("Hi Ann"), sms=SmsSize(SmsEncoding.GSM_7, 6, 1)
        ),
        "mail": StepPreview(
            "mail",
            Channel.EMAIL,
            content=Content(
                "<a href=https://d.example/u>gold</a>", "For Ann", "<a href=https://d.example/u>gold</a>"
            ),
        ),
        "call": StepPreview("call", Channel.VOICE, content=Content("Hello ann-1")),
    }


def test_the_language_that_was_chosen_is_told() -> None:
    """Only where the message has it."""
    shown = preview({**NAMED, "language": "de-AT"})

    assert (shown["text"].language, shown["mail"].language) == ("de", None)
    assert shown["text"].content == Content("Hallo Ann")


def test_what_is_missing_is_told_and_stops_no_other_step() -> None:
    """All that one step lacks, at that step."""
    shown = preview({})

    assert [preview.content for preview in shown.values()] == [None, None, Content("Hello ann-1")]
    assert shown["text"].problems == ("the contact has no first_name, and the template needs it",)
    assert shown["mail"].problems == (
        "the contact has no first_name, and the template needs it",
        "the contact has no plan, and the template needs it",
    )


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": None}, {"mail": ("the contact has no e-mail address",)}),
        (
            {"phone": None},
            {"text": ("the contact has no phone number",), "call": ("the contact has no phone number",)},
        ),
    ],
)
def test_a_step_without_an_address_is_told(
    fields: dict[str, str | None], wrong: dict[str, tuple[str, ...]]
) -> None:
    """Its words are shown all the same."""
    shown = preview(NAMED, **fields)

    assert {key: each.problems for key, each in shown.items() if each.problems} == wrong
    assert all(each.content is not None for each in shown.values())


def test_a_step_that_is_not_for_the_contact_is_told() -> None:
    """Its condition does not hold, so it is passed over; what it would say is shown."""
    shown = preview({**NAMED, "plan": "basic"})

    assert [each.applies for each in shown.values()] == [True, False, True]
    assert shown["mail"].content is not None


def test_a_long_sms_is_told() -> None:
    """With the contact's own data."""
    shown = preview({**NAMED, "first_name": "я" * 100})

    assert shown["text"].sms == SmsSize(SmsEncoding.UCS_2, 103, 2)
    assert (
        shown["text"]
        .problems[0]
        .startswith("it comes to 2 parts (103 characters in UCS-2), more than 1; GSM-7 has no")
    )


def test_no_personal_data_is_shown_by_accident() -> None:
    """The repr has no words in it."""
    assert "Ann" not in repr(preview())


def test_a_template_that_is_malformed_is_told() -> None:
    """Versions from before a check may have one."""
    definition = {**DEFINITION, "steps": [{**DEFINITION["steps"][0], "message": {"text": "{{malformed"}}]}
    contact = Contact("c", "ann-1", phone="+12025550123")

    [shown] = PreviewCampaign(FakeRenderer())(parse(definition), contact)

    assert shown.problems == ("a brace is missing",)


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"begins_at": "2026-12-21T11:00"}, None),
        ({"begins_at": "soon"}, "the contact's attribute begins_at is not a time"),
        ({}, "the contact's attribute begins_at is missing"),
    ],
)
def test_a_step_whose_time_cannot_be_told_is_told(attributes: dict[str, str], problem: str | None) -> None:
    """It would go the way of rejected, and the contact would get nothing."""
    step = {**DEFINITION["steps"][0], "delay": "begins_at - 2d", "message": {"text": "Hi"}}
    campaign = parse({**DEFINITION, "attributes": {"begins_at": "time"}, "steps": [step]})
    contact = Contact("c", "ann-1", phone="+12025550123", attributes=attributes)

    [shown] = PreviewCampaign(FakeRenderer())(campaign, contact)

    assert [each.split(";")[0] for each in shown.problems] == ([] if problem is None else [problem])
