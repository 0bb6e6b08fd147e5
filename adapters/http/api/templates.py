"""What messages look like before they are sent."""

from typing import Annotated, Any

from attrs import frozen
from fastapi import APIRouter
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from adapters.http.api.caller import Reader
from adapters.http.api.campaign_inputs import EXAMPLE
from adapters.http.api.contact_models import ContactIn
from adapters.http.api.contact_reading import read_contact
from adapters.http.api.models import Given, Shown, Version
from adapters.http.api.problems import INVALID, NOT_FOUND, ApiProblem, answers
from adapters.http.api.shapes import check_plain
from application.ports.addresses import Addresses
from application.preview_campaign import StepPreview
from application.preview_messages import Previewed, PreviewMessages
from domain.contact import NewContact
from domain.errors import InvalidCampaign, InvalidDefinition
from domain.statuses import Channel
from domain.wording import nearest

_Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PreviewIn(Given):
    """Which messages are wanted, and for whom."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"campaign": "spring", "external_id": "customer-17"}, {"definition": dict(EXAMPLE)}]
        }
    )

    definition: dict[str, Any] | None = Field(
        default=None,
        description="A campaign that need not be published; or else give `campaign`.",
        examples=[EXAMPLE],
    )
    campaign: _Word | None = Field(default=None, description="The key of one that is.", examples=["spring"])
    version: Version | None = Field(
        default=None, description="Its version; the latest unless given.", examples=[1]
    )
    step: _Word | None = Field(
        default=None, description="This step alone; all that send unless given.", examples=["text"]
    )
    external_id: _Word | None = Field(
        default=None, description="For a contact that is stored, by your id.", examples=["customer-17"]
    )
    contact: ContactIn | None = Field(
        default=None,
        description="For this contact, which is not stored. Where neither is given, it is a made-up one who "
        "has everything.",
    )

    @model_validator(mode="after")
    def _fits(self) -> "PreviewIn":
        if (self.definition is None) is (self.campaign is None):
            raise ValueError("give either definition or campaign")
        if self.version is not None and self.campaign is None:
            raise ValueError("a version goes with campaign only")
        if self.external_id is not None and self.contact is not None:
            raise ValueError("give either external_id or contact, or neither")
        return self


class SmsOut(Shown):
    """What a text comes to on the network."""

    parts: int = Field(description="How many parts are paid for.", examples=[1])
    characters: int = Field(description="How many characters it has.", examples=[9])
    encoding: str = Field(description="How it is encoded.", examples=["GSM-7"])


class PreviewOut(Shown):
    """What one step would send."""

    step: str = Field(description="The step's key.", examples=["text"])
    channel: Channel = Field(description="By which channel.", examples=["sms"])
    applies: bool = Field(
        description="Whether its condition holds for the contact; if not, it is passed over.", examples=[True]
    )
    language: str | None = Field(
        description="The tag of the words that were chosen; null for those for all others.", examples=["de"]
    )
    subject: str | None = Field(description="Of an e-mail.", examples=["Your appointment"])
    text: str | None = Field(
        description="The words; null where they cannot be rendered.", examples=["Hello Ann"]
    )
    html: str | None = Field(description="Of an e-mail, its HTML part.", examples=["<p>Hello Ann</p>"])
    sms: SmsOut | None = Field(description="Of an SMS, its size.")
    problems: list[str] = Field(
        description="Why the contact would not get it, or what to look at.",
        examples=[["the contact has no first_name, and the template needs it"]],
    )


class PreviewsOut(Shown):
    """What a contact would get."""

    campaign: str = Field(description="The campaign's key.", examples=["spring"])
    version: int = Field(description="Its version.", examples=[1])
    external_id: str | None = Field(
        description="Who would get it, by your id; null for the made-up one.", examples=["customer-17"]
    )
    steps: list[PreviewOut] = Field(description="The steps that send, in their order.")


@frozen
class TemplatesApi:
    """Previews; nothing is sent, and nothing is stored."""

    preview: PreviewMessages
    addresses: Addresses

    def add_routes(self, router: APIRouter) -> None:
        """Add the operation."""
        router.add_api_route(
            "/templates:preview",
            self.preview_templates,
            methods=["POST"],
            summary="Show what a contact would get",
            tags=["templates"],
            response_model=PreviewsOut,
            responses=answers(NOT_FOUND),
        )

    async def preview_templates(self, caller: Reader, body: PreviewIn) -> PreviewsOut:
        """Render the messages of a campaign for one contact, with links that lead nowhere.

        What a contact lacks is told as a problem of the step that needs it.
        """
        if body.definition is not None:
            check_plain(body.definition, "body", "definition")
        who: NewContact | str | None = body.external_id
        if body.contact is not None:
            who = read_contact(self.addresses, body.contact, body.contact.external_id, "body.contact")
        shown = await self._shown(caller.tenant, body, who)
        previews = [each for each in shown.previews if body.step in (None, each.step)]
        if not previews:
            known = [each.step for each in shown.previews]
            which = (
                nearest(body.step, known) if body.step is not None and known else "it sends nothing at all"
            )
            sentence = f"The campaign has no such step that sends; {which}."
            raise ApiProblem(INVALID, sentence, [("body.step", sentence)])
        plan = shown.campaign.plan
        return PreviewsOut(
            campaign=plan.campaign,
            version=plan.version,
            external_id=who.external_id if isinstance(who, NewContact) else who,
            steps=list(map(_preview, previews)),
        )

    async def _shown(self, tenant: str, body: PreviewIn, who: NewContact | str | None) -> Previewed:
        if body.definition is None:
            return await self.preview.of_published(tenant, body.campaign or "", body.version, who)
        try:
            return await self.preview.of_definition(tenant, body.definition, who)
        except InvalidDefinition as error:  # its paths begin at the definition
            raise InvalidDefinition(
                InvalidCampaign(("definition", *problem.path), problem.problem) for problem in error.problems
            ) from None


def _preview(preview: StepPreview) -> PreviewOut:
    content, size = preview.content, preview.sms
    return PreviewOut(
        step=preview.step,
        channel=preview.channel,
        applies=preview.applies,
        language=preview.language,
        subject=None if content is None else content.subject,
        text=None if content is None else content.text,
        html=None if content is None else content.html,
        sms=None
        if size is None
        else SmsOut(parts=size.parts, characters=size.characters, encoding=size.encoding.value),
        problems=list(preview.problems),
    )
