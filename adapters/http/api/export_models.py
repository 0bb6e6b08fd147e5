"""Everything that is held on a person, as it is answered."""

from typing import Any

from pydantic import Field

from adapters.http.api.contact_models import ConsentOut, ContactOut
from adapters.http.api.models import Moment, Shown
from domain.statuses import Channel

_AT = "2026-03-01T12:00:00.000000Z"
_ENROLLMENT = "5f0c9d0e-8f3e-5b0a-9c51-0d2b7e6f4a11"


class HeldSuppression(Shown):
    """Why an address of the person must not be contacted on a channel."""

    channel: Channel = Field(description="On which channel.", examples=["sms"])
    address: str = Field(description="Which address.", examples=["+12025550123"])
    reason: str = Field(description="Why, as a word.", examples=["opted_out"])
    everybody: bool = Field(description="Whether it holds for all tenants.", examples=[False])
    since: Moment = Field(description="Since when.", examples=[_AT])


class HeldAttempt(Shown):
    """A message that went out, or was to."""

    key: str = Field(description="Its key.", examples=[f"{_ENROLLMENT}:text:1"])
    step: str = Field(description="At which step.", examples=["text"])
    attempt: int = Field(description="The how manieth try.", examples=[1])
    channel: Channel = Field(description="By which channel.", examples=["sms"])
    provider: str = Field(description="By whom.", examples=["twilio"])
    state: str = Field(description="How sending ended.", examples=["accepted"])
    delivery: str | None = Field(description="What the provider told of it.", examples=["delivered"])
    provider_ref: str | None = Field(description="The provider's id.", examples=["SM1f0c"])
    reason: str | None = Field(description="Why it was refused.", examples=[None])
    at: Moment = Field(description="When it went out.", examples=[_AT])


class HeldInteraction(Shown):
    """Something that happened: a report, a reply, a decision."""

    kind: str = Field(description="What.", examples=["replied"])
    step: str | None = Field(description="At which step.", examples=["text"])
    attempt: int | None = Field(description="At which attempt.", examples=[1])
    provider: str | None = Field(description="Who has told it; null for our own.", examples=["twilio"])
    detail: str = Field(description="More.", examples=[""])
    text: str | None = Field(description="What the person wrote.", examples=["Yes, please"])
    at: Moment = Field(description="When.", examples=[_AT])


class HeldHandoff(Shown):
    """A case that was given to a human."""

    step: str = Field(description="At which step.", examples=["text"])
    reason: str = Field(description="Why.", examples=["replied"])
    desk: str = Field(description="To which desk.", examples=["zendesk"])
    ref: str | None = Field(description="The desk's own id.", examples=["35436"])
    created_at: Moment = Field(description="When.", examples=[_AT])
    resolved_at: Moment | None = Field(description="When it was closed.", examples=[None])


class HeldEnrollment(Shown):
    """The person on a campaign, with all that happened there."""

    id: str = Field(description="Its id.", examples=[_ENROLLMENT])
    campaign: str = Field(description="Which campaign.", examples=["spring"])
    version: int = Field(description="Which version of it.", examples=[1])
    entry: int = Field(description="The how manieth time.", examples=[1])
    step: str | None = Field(description="At which step; null before the first one ended.", examples=["text"])
    outcome: str | None = Field(description="Why it ended; null while it is open.", examples=["completed"])
    enrolled_at: Moment = Field(description="When it was asked for.", examples=[_AT])
    started_at: Moment | None = Field(description="When it began.", examples=[_AT])
    paused_at: Moment | None = Field(description="Since when it is paused.", examples=[None])
    finished_at: Moment | None = Field(description="When it ended.", examples=[_AT])
    attempts: list[HeldAttempt] = Field(description="What went out.")
    interactions: list[HeldInteraction] = Field(description="What happened.")
    handoffs: list[HeldHandoff] = Field(description="Cases given to humans.")


class HeldWebhook(Shown):
    """A callback of a provider about one of the person's enrollments; what it tells of others is left out."""

    provider: str = Field(description="From whom.", examples=["twilio"])
    target: str = Field(description="Where it went: path and query.", examples=["/webhooks/twilio?attempt=x"])
    content_type: str = Field(description="Of the body.", examples=["application/x-www-form-urlencoded"])
    verdict: str = Field(description="Whether all of it could be read.", examples=["read"])
    body: str = Field(description="The body, as text.", examples=["From=%2B12025550123&Body=Yes"])
    received_at: Moment = Field(description="When it came.", examples=[_AT])


class ExportOut(Shown):
    """Everything that is held on a contact."""

    contact: ContactOut = Field(description="Who it is.")
    consents: list[ConsentOut] = Field(description="What they have said of channels, oldest first.")
    suppressions: list[HeldSuppression] = Field(description="Where they must not be contacted.")
    audiences: list[str] = Field(description="The audiences whose lists they are on.", examples=[["leads"]])
    enrollments: list[HeldEnrollment] = Field(description="The campaigns they are or were on.")
    webhooks: list[HeldWebhook] = Field(description="Callbacks in which they are found, oldest first.")


def export_out(document: dict[str, Any]) -> ExportOut:
    """The document of `application.export_contact`, as it is answered."""
    return ExportOut.model_validate(document)
