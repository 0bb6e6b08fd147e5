"""What campaigns look like in answers."""

from datetime import datetime
from typing import Any

from pydantic import Field

from adapters.http.api.campaign_inputs import EXAMPLE
from adapters.http.api.models import Moment, Shown
from adapters.http.api.problems import field_path
from application.move_enrollments import InFlightAt
from application.ports.campaigns import CampaignVersion
from application.show_campaigns import CampaignState, VersionState
from application.template_warnings import TemplateWarning
from domain.pauses import Pause, PausePolicy

_KEY = "The campaign's key."
_VERSION = "The version's number, from 1."


class CampaignPauseOut(Shown):
    """A pause that goes on."""

    since: Moment = Field(description="Since when.", examples=["2026-05-04T09:30:00.000000Z"])
    then: PausePolicy = Field(
        description="What becomes of what falls due meanwhile: every wait is longer by the pause (freeze), it"
        " is passed over (expire), or it goes out afterwards (catch_up).",
        examples=["freeze"],
    )
    rate: float = Field(description="For catch_up: how many messages a second go out.", examples=[1.0])


class VersionListed(Shown):
    """A version of a campaign, in a list."""

    version: int = Field(description=_VERSION, examples=[2])
    published_at: Moment = Field(description="When.", examples=["2026-05-04T09:30:00.000000Z"])
    in_flight: int = Field(description="How many enrollments are open on it.", examples=[1250])


class CampaignListed(Shown):
    """A campaign, in a list."""

    campaign: str = Field(description=_KEY, examples=["spring"])
    versions: list[VersionListed] = Field(description="All its versions, oldest first.")
    paused: CampaignPauseOut | None = Field(description="The pause that goes on; null where it is not held.")


class CampaignOut(Shown):
    """One version of a campaign."""

    campaign: str = Field(description=_KEY, examples=["spring"])
    version: int = Field(description=_VERSION, examples=[2])
    published_at: Moment = Field(description="When.", examples=["2026-05-04T09:30:00.000000Z"])
    in_flight: dict[str, int] = Field(
        description="How many enrollments are open on it, by the key of the step that they are at, in the "
        "order of the steps; `handoff` where humans have them.",
        examples=[{"text": 1200, "handoff": 50}],
    )
    paused: CampaignPauseOut | None = Field(description="The pause that goes on; null where it is not held.")
    definition: dict[str, Any] = Field(description="As it was published.", examples=[EXAMPLE])


class CampaignWarningOut(Shown):
    """What is allowed and may be a mistake."""

    path: str = Field(description="Where it is.", examples=["body.steps[0].message.text"])
    detail: str = Field(
        description="What may be wrong, as a sentence.",
        examples=["With made-up values, it comes to 4 parts (520 characters in GSM-7), more than 3."],
    )


class CampaignChecked(Shown):
    """A definition that can be published."""

    campaign: str = Field(description=_KEY, examples=["spring"])
    version: int = Field(description=_VERSION, examples=[2])
    warnings: list[CampaignWarningOut] = Field(description="What to look at before.")


class CampaignPublished(CampaignChecked):
    """A version that is published."""

    new: bool = Field(
        description="False where this very version with this content was there before.", examples=[True]
    )


class DifferencesOut(Shown):
    """What has changed between two versions."""

    campaign: str = Field(description=_KEY, examples=["spring"])
    old: int = Field(description="The one version.", examples=[1])
    new: int = Field(description="The other one.", examples=[2])
    differences: list[str] = Field(
        description="A sentence each; none where both are equal.",
        examples=[["step text waits 2 days instead of 3 days"]],
    )


class InFlightOut(Shown):
    """Enrollments that stand at one place of another version."""

    version: int = Field(description="Which version they follow.", examples=[1])
    step: str = Field(
        description="The key of the step that they are at; `handoff` where a human has the case.",
        examples=["text"],
    )
    in_flight: int = Field(description="How many.", examples=[1200])
    remains: bool = Field(description="Whether this version has a step of that key.", examples=[True])


class ImpactOut(Shown):
    """Who is in flight on other versions."""

    campaign: str = Field(description=_KEY, examples=["spring"])
    version: int = Field(description="The version that they could go over to.", examples=[2])
    places: list[InFlightOut] = Field(
        description="Where they stand, by version and in the order of its steps."
    )


class StepMovesOut(Shown):
    """What a choice for enrollments came to."""

    told: int = Field(
        description="How many enrollments were told now. Each goes over as soon as nothing is under way with "
        "it; those that had been told before are not counted.",
        examples=[1200],
    )


class CampaignHeldOut(Shown):
    """Whether a campaign is held."""

    campaign: str = Field(description=_KEY, examples=["spring"])
    changed: bool = Field(description="False where that was so before.", examples=[True])
    paused: CampaignPauseOut | None = Field(description="The pause that goes on; null where it is not held.")


def pause_out(pause: Pause | None) -> CampaignPauseOut | None:
    """A pause that goes on."""
    return (
        None if pause is None else CampaignPauseOut(since=pause.paused_at, then=pause.policy, rate=pause.rate)
    )


def campaign_listed(state: CampaignState) -> CampaignListed:
    """A campaign, in a list."""
    return CampaignListed(campaign=state.key, versions=versions_listed(state), paused=pause_out(state.pause))


def versions_listed(state: CampaignState) -> list[VersionListed]:
    """The versions of a campaign."""
    return [_version(each, state.in_flight.get(each.version, 0)) for each in state.versions]


def _version(version: CampaignVersion, in_flight: int) -> VersionListed:
    at: datetime = version.published_at
    return VersionListed(version=version.version, published_at=at, in_flight=in_flight)


def campaign_out(state: VersionState) -> CampaignOut:
    """One version."""
    plan = state.campaign.plan
    return CampaignOut(
        campaign=plan.campaign,
        version=plan.version,
        published_at=state.published_at,
        in_flight=dict(state.in_flight),
        paused=pause_out(state.pause),
        definition=dict(state.definition),
    )


def warnings_out(warnings: tuple[TemplateWarning, ...]) -> list[CampaignWarningOut]:
    """Warnings of a definition that is the body of a request."""
    return [
        CampaignWarningOut(path=field_path(("body", *each.path)), detail=each.problem) for each in warnings
    ]


def place_out(place: InFlightAt) -> InFlightOut:
    """Enrollments at one place."""
    return InFlightOut(version=place.version, step=place.step, in_flight=place.count, remains=place.remains)
