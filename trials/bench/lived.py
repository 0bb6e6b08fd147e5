"""The campaigns that are lived through where the database is measured, and the people in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from domain.contact import ConsentWord, NewContact
from domain.statuses import Channel, DeliveryStatus


@frozen
class Shape:
    """A campaign, and what its providers call back.

    Args:
        definition: as it is published.
        callbacks: what is told of each message, by channel, each in a callback of its own.
        is_answered: the providers say that they have taken a message; else every send stays in doubt.
    """

    definition: Mapping[str, Any]
    callbacks: Mapping[Channel, Sequence[DeliveryStatus]]
    is_answered: bool = True

    @property
    def campaign(self) -> str:
        """Its key."""
        return str(self.definition["campaign"])


HAPPY = Shape(
    {
        "campaign": "happy",
        "attributes": {"first_name": "text"},
        "version": 1,
        "steps": [
            {
                "key": "text",
                "channel": "sms",
                "wait": "3d",
                "message": {"text": "Hi {{ first_name }}, your order is on its way."},
                "on": {"delivered": "complete"},
            }
        ],
    },
    {Channel.SMS: (DeliveryStatus.DELIVERED,)},
)
"""Sent, delivered, recorded, finished."""

THREE_STEPS = Shape(
    {
        "campaign": "three-steps",
        "attributes": {"first_name": "text"},
        "version": 1,
        "at_end": "escalate",
        "consent": ["sms"],
        "caps": {"per_day": 3, "per_week": 9},
        "handoff": {"summary": "Please call {{ first_name }}."},
        "steps": [
            {
                "key": "text",
                "channel": "sms",
                "wait": "3d",
                "message": {"text": "Hi {{ first_name }}, does Thursday still suit you?"},
            },
            {
                "key": "mail",
                "channel": "email",
                "wait": "3d",
                "message": {"subject": "Thursday", "text": "Dear {{ first_name }}, does it still suit you?"},
                "on": {"opened": "wait"},
            },
            {
                "key": "call",
                "channel": "voice",
                "wait": "2d",
                "message": {"text": "Hello {{ first_name }}, this is a reminder of Thursday."},
                "retry": {"attempts": 2, "first": "1d", "on": ["no_answer"]},
            },
        ],
    },
    {
        Channel.SMS: (DeliveryStatus.SENT, DeliveryStatus.DELIVERED),
        Channel.EMAIL: (DeliveryStatus.DELIVERED, DeliveryStatus.OPENED),
        Channel.VOICE: (DeliveryStatus.SENT, DeliveryStatus.NO_ANSWER),
    },
)
"""A text, an e-mail and two calls that nobody answers, with two callbacks each; then a human has the case."""

IN_DOUBT = evolve(HAPPY, callbacks={Channel.SMS: ()}, is_answered=False)
"""The same as the happy one, where nobody ever says whether the message went out."""


def person(number: int) -> NewContact:
    """Somebody who can be reached by every channel, and has agreed to texts."""
    return NewContact(
        external_id=f"customer-{number}",
        phone=f"+1202{2_000_000 + number:07d}",
        email=f"person-{number}@example{number % 500}.com",
        timezone="America/Chicago",
        attributes={"first_name": "Ann", "plan": "pro"},
        consents=(ConsentWord(Channel.SMS, given=True, source="sign-up form"),),
    )


def callback_body(provider_ref: str, status: DeliveryStatus) -> bytes:
    """A callback's body as long as a vendor's: what Twilio posts for a status has some 400 bytes."""
    me = "%2B12025550100"
    fields = {
        "ApiVersion": "2010-04-01",
        "AccountSid": "AC" + "0" * 32,
        "MessagingServiceSid": "MG" + "0" * 32,
        "SmsSid": provider_ref,
        "SmsStatus": status.value,
        "MessageSid": provider_ref,
        "MessageStatus": status.value,
        "From": me,
        "To": me,
        "RawDlrDoneDate": "2603310900",
        "ErrorCode": "0",
    }
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()
