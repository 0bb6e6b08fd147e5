"""What requests and answers about contacts are made of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from adapters.http.api.models import Flag, Given, Moment, Shown, Time
from application.erase_contact import Erasure
from application.keep_contacts import KeptContact
from application.ports.consents import Consent
from domain.attributes import CONTACT_FIELDS
from domain.contact import Contact
from domain.statuses import Channel

MOST = 1000
"""Contacts of one request."""
_OLDEST = 1900


def _plausible(at: datetime) -> datetime:
    if not _OLDEST < at.year < 9999:  # at the ends of time there is no UTC to change over to
        raise ValueError(f"write a year after {_OLDEST}")
    return at


def _no_fields(attributes: Mapping[str, str]) -> Mapping[str, str]:
    taken = sorted(set(attributes) & set(CONTACT_FIELDS))
    if taken:
        raise ValueError(f"{', '.join(taken)}: no attribute can have this name, which is a field of contacts")
    return attributes


SaidAt = Annotated[Time, AfterValidator(_plausible)]
Text = Annotated[str, StringConstraints(max_length=1000)]
AttributeName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
AttributeText = Annotated[str, StringConstraints(max_length=10_000)]
Attributes = Annotated[dict[AttributeName, AttributeText], AfterValidator(_no_fields)]

_ID = "5e9f2a4c-6c0e-4c3d-9a57-0d4b3c1f8f11"
_PHONE, _EMAIL, _ZONE = "+12025550123", "ann@example.com", "America/Chicago"
_ATTRIBUTES = {"first_name": "Ann", "appointment_at": "2026-03-31T09:00:00-05:00"}


class ConsentIn(Given):
    """What a contact has said of one channel."""

    channel: Channel = Field(description="Which channel.", examples=["sms"])
    given: Flag = Field(description="Whether they agree to be reached there.", examples=[True])
    source: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="Where they have said so.", examples=["sign-up form"]
    )
    at: SaidAt | None = Field(
        default=None,
        description="When; now unless given. A time to come counts as now.",
        examples=["2026-03-01T12:00:00Z"],
    )


class ContactDetails(Given):
    """All details of a contact. What is left out is not known: it is taken away where it was."""

    phone: Text | None = Field(
        default=None,
        description="With its country code, or national with `country`. Without it, `email` is needed.",
        examples=["+1 202 555 0123"],
    )
    country: Text | None = Field(
        default=None,
        description="Where a national number is (ISO 3166, two letters); it is kept as an attribute, too.",
        examples=["US"],
    )
    email: Text | None = Field(default=None, description="An e-mail address.", examples=[_EMAIL])
    timezone: Text | None = Field(
        default=None, description="An IANA zone, by which send windows go.", examples=[_ZONE]
    )
    attributes: Attributes = Field(
        default_factory=dict,
        max_length=200,
        description="Whatever else is known, as texts: for templates, conditions and audiences.",
        examples=[_ATTRIBUTES],
    )
    consents: list[ConsentIn] = Field(
        default_factory=list,
        max_length=30,
        description="What the contact has said of channels; it is added to what is known.",
    )


class ContactIn(ContactDetails):
    """A contact."""

    external_id: Text | None = Field(
        default=None,
        description="Your own id for them, at most 200 characters; their phone, else their e-mail address, "
        "unless given.",
        examples=["customer-17"],
    )


class ContactsIn(Given):
    """Many contacts, which are stored all or none."""

    contacts: list[ContactIn] = Field(
        min_length=1, max_length=MOST, description=f"At most {MOST}, none of them twice."
    )


class ContactOut(Shown):
    """A contact."""

    id: str = Field(description="Our id for them.", examples=[_ID])
    external_id: str = Field(description="Your id for them.", examples=["customer-17"])
    phone: str | None = Field(description="In E.164 form.", examples=[_PHONE])
    email: str | None = Field(description="Normalised.", examples=[_EMAIL])
    timezone: str | None = Field(description="An IANA zone.", examples=[_ZONE])
    attributes: dict[str, str] = Field(description="Whatever else is known.", examples=[_ATTRIBUTES])


class ContactKeptOut(Shown):
    """What became of one of many contacts."""

    id: str = Field(description="Our id for them.", examples=[_ID])
    external_id: str = Field(description="Your id for them.", examples=["customer-17"])
    created: bool = Field(description="Whether they were not there before.", examples=[True])


class ContactsOut(Shown):
    """What became of many contacts, in the order of the request."""

    contacts: list[ContactKeptOut] = Field(description="One for each that was sent.")


class ConsentOut(Shown):
    """What a contact has said of one channel; of each channel the latest word counts."""

    channel: Channel = Field(description="Which channel.", examples=["sms"])
    given: bool = Field(description="Whether they agree to be reached there.", examples=[True])
    source: str = Field(description="Where they have said so.", examples=["sign-up form"])
    at: Moment = Field(description="When.", examples=["2026-03-01T12:00:00.000000Z"])


class ConsentKeptOut(ConsentOut):
    """What was noted, and of whom: erasing them finds the kept answer by that."""

    external_id: str = Field(description="Your id for them.", examples=["customer-17"])


class TicketOut(Shown):
    """A case at a desk, which only people there can delete."""

    desk: str = Field(description="Where.", examples=["zendesk"])
    ref: str = Field(description="The desk's own id.", examples=["35436"])


class ErasureOut(Shown):
    """What erasing a contact came to."""

    contact_id: str = Field(description="The id, which stays for the counts.", examples=[_ID])
    enrollments_ended: int = Field(description="How many were open, and are cancelled.", examples=[1])
    consents: int = Field(description="Rows deleted.", examples=[2])
    audience_members: int = Field(description="Rows deleted.", examples=[1])
    interactions: int = Field(description="Rows emptied of what was told or written.", examples=[3])
    attempts: int = Field(description="Rows emptied of the provider's id and reason.", examples=[4])
    handoffs: int = Field(description="Rows emptied of the desk's id.", examples=[1])
    webhooks: int = Field(description="Callbacks of providers that were emptied.", examples=[6])
    idempotent_answers: int = Field(description="Answers kept for repeats that were erased.", examples=[1])
    suppressions_hashed: int = Field(
        description="Suppressions that hold a hash now instead of the address.", examples=[1]
    )
    suppressions_added: int = Field(
        description="Suppressions added, as hashes, so that the address is not written to again.",
        examples=[2],
    )
    tickets: list[TicketOut] = Field(
        description="Cases at desks, which hold what the desk was told: have them deleted there."
    )


def consent_out(consent: Consent) -> ConsentOut:
    """A consent as it is answered."""
    return ConsentOut(channel=consent.channel, given=consent.given, source=consent.source, at=consent.at)


def contact_out(contact: Contact) -> ContactOut:
    """A contact as it is answered."""
    return ContactOut(
        id=contact.id,
        external_id=contact.external_id,
        phone=contact.phone,
        email=contact.email,
        timezone=contact.timezone,
        attributes=dict(contact.attributes),
    )


def kept_out(kept: KeptContact) -> ContactKeptOut:
    """One of many as it is answered."""
    return ContactKeptOut(id=kept.contact.id, external_id=kept.contact.external_id, created=kept.is_new)


def erasure_out(erasure: Erasure) -> ErasureOut:
    """What erasing came to, as it is answered."""
    forgotten = erasure.forgotten
    return ErasureOut(
        contact_id=erasure.contact_id,
        enrollments_ended=erasure.enrollments_ended,
        consents=forgotten.consents,
        audience_members=forgotten.audience_members,
        interactions=forgotten.interactions,
        attempts=forgotten.attempts,
        handoffs=forgotten.handoffs,
        webhooks=erasure.webhooks,
        idempotent_answers=erasure.idempotent_answers,
        suppressions_hashed=erasure.suppressions.hashed,
        suppressions_added=erasure.suppressions.added,
        tickets=[TicketOut(desk=each.desk, ref=each.ref) for each in erasure.tickets],
    )


def fields_of(details: ContactDetails, external_id: str | None) -> dict[str, Any]:
    """The fields of a contact file that stand for the details; those that are empty are left out."""
    fields = {
        "external_id": external_id,
        "phone": details.phone,
        "country": details.country,
        "email": details.email,
        "timezone": details.timezone,
    }
    return {name: value for name, value in fields.items() if value}
