"""Audiences: saved queries and lists of contacts."""

from typing import Annotated, Any

from attrs import frozen
from fastapi import APIRouter, Path, Response
from pydantic import ConfigDict, Field, model_validator

from adapters.http.api.caller import Reader, Writer
from adapters.http.api.document import PREFIX
from adapters.http.api.models import Given, Moment, Shown
from adapters.http.api.pages import After, Limit, Page, page_of, place_after
from adapters.http.api.problems import NOT_FOUND, answers
from application.keep_audiences import KeepAudiences, KeptAudience
from application.ports.audiences import Audience
from domain.contact import Contact

MOST_LISTED = 10_000
Key = Annotated[str, Path(max_length=200, description="The audience's key.", examples=["new-leads"])]
_ONE = "/audiences/{key}"
_WHERE: Any = [{"attribute": "plan", "is": "pro"}, {"attribute": "amount", "over": 100}]
_ATTRIBUTES: Any = {"amount": "number"}
_LISTED: Any = ["customer-17", "customer-18"]


class AudienceIn(Given):
    """Who is in an audience: those of whom tests hold, or those on a list."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"where": _WHERE, "attributes": _ATTRIBUTES}, {"contacts": _LISTED}]}
    )

    where: list[dict[str, Any]] | None = Field(
        default=None,
        description="Tests, all of which must hold; each names an `attribute` and has the words of a "
        "condition in a campaign: `is`, `is_not`, `any_of`, `none_of`, `over`, `under`, `at_least`, "
        "`at_most`, `known`.",
        examples=[_WHERE],
    )
    attributes: dict[str, Any] | list[Any] | None = Field(
        default=None,
        description="As in a campaign: which attributes are a `number` or a `time`; others are text.",
        examples=[_ATTRIBUTES],
    )
    contacts: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        default=None,
        max_length=MOST_LISTED,
        description="Instead of tests: external ids of contacts, in the place of those listed before.",
        examples=[_LISTED],
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> "AudienceIn":
        if (self.where is None) == (self.contacts is None):
            raise ValueError("give either where or contacts")
        if self.contacts is not None and self.attributes is not None:
            raise ValueError("attributes go with where")
        return self

    @property
    def definition(self) -> dict[str, Any]:
        """As the language reads it."""
        given = {"attributes": self.attributes, "where": self.where}
        return {name: value for name, value in given.items() if value is not None}


class AudienceOut(Shown):
    """An audience."""

    key: str = Field(description="Its key.", examples=["new-leads"])
    where: list[dict[str, Any]] | None = Field(
        description="Its tests; null where it is a list.", examples=[_WHERE]
    )
    attributes: dict[str, Any] | list[Any] | None = Field(
        description="The types of attributes, as given.", examples=[_ATTRIBUTES]
    )
    created_at: Moment = Field(description="When it was made.", examples=["2026-03-31T09:00:00.000000Z"])
    updated_at: Moment = Field(
        description="When it was last changed.", examples=["2026-03-31T09:00:00.000000Z"]
    )


class AudienceKeptOut(AudienceOut):
    """An audience that was given."""

    listed: int = Field(description="How many contacts are on its list; 0 where it has tests.", examples=[2])
    unknown: list[str] = Field(
        description="The external ids of the list that no contact has; they were left out.",
        examples=[["customer-99"]],
    )


_MADE: dict[str, Any] = {
    "model": AudienceKeptOut,
    "description": "It is new.",
    "headers": {"Location": {"description": "Where it is.", "schema": {"type": "string"}}},
}


class AudienceCountOut(Shown):
    """How many."""

    count: int = Field(description="How many contacts are in it now.", examples=[1200])


class AudienceMemberOut(Shown):
    """A contact who is in an audience."""

    id: str = Field(description="The contact's id.", examples=["5f0c9d0e-8f3e-5b0a-9c51-0d2b7e6f4a11"])
    external_id: str = Field(description="Your own name for them.", examples=["customer-17"])


@frozen
class AudiencesApi:
    """What a tenant can do with audiences."""

    audiences: KeepAudiences

    def add_routes(self, router: APIRouter) -> None:
        """Add the operations."""
        common: dict[str, Any] = {"tags": ["audiences"]}
        found: dict[str, Any] = {**common, "responses": answers(NOT_FOUND)}
        router.add_api_route(
            "/audiences",
            self.list_audiences,
            methods=["GET"],
            summary="List audiences",
            response_model=Page[AudienceOut],
            **common,
        )
        router.add_api_route(
            _ONE,
            self.put_audience,
            methods=["PUT"],
            summary="Make an audience, or change it",
            response_model=AudienceKeptOut,
            responses={201: _MADE},
            **common,
        )
        router.add_api_route(
            f"{_ONE}:count",
            self.count_audience,
            methods=["GET"],
            summary="How many are in an audience",
            response_model=AudienceCountOut,
            **found,
        )
        router.add_api_route(
            f"{_ONE}/members",
            self.list_audience_members,
            methods=["GET"],
            summary="Who is in an audience",
            response_model=Page[AudienceMemberOut],
            **found,
        )
        router.add_api_route(
            _ONE,
            self.get_audience,
            methods=["GET"],
            summary="Look at an audience",
            response_model=AudienceOut,
            **found,
        )
        router.add_api_route(
            _ONE,
            self.delete_audience,
            methods=["DELETE"],
            summary="Delete an audience",
            status_code=204,
            **found,
        )

    async def list_audiences(
        self, caller: Reader, limit: Limit = 50, cursor: After = None
    ) -> Page[AudienceOut]:
        """All audiences, by their keys."""
        place = place_after(cursor, 1)
        rows = await self.audiences.page(caller.tenant, place[0] if place else "", limit + 1)
        return page_of(rows, limit, _audience_out, lambda row: (row.key,))

    async def put_audience(
        self, caller: Writer, key: Key, body: AudienceIn, response: Response
    ) -> AudienceKeptOut:
        """Make an audience, or change the one of this key to be so. Twice the same is once."""
        if body.contacts is not None:
            kept = await self.audiences.put_list(caller.tenant, key, body.contacts)
        else:
            kept = await self.audiences.define(caller.tenant, key, body.definition)
        if kept.new:
            response.status_code = 201
            response.headers["Location"] = f"{PREFIX}/audiences/{kept.audience.key}"
        return _kept_out(kept)

    async def count_audience(self, caller: Reader, key: Key) -> AudienceCountOut:
        """How many are in it now. Where it has tests, every contact is looked at: seconds for 100,000."""
        return AudienceCountOut(count=await self.audiences.count(caller.tenant, key))

    async def list_audience_members(
        self, caller: Reader, key: Key, limit: Limit = 50, cursor: After = None
    ) -> Page[AudienceMemberOut]:
        """Those who are in it now."""
        place = place_after(cursor, 1)
        rows = await self.audiences.members(caller.tenant, key, place[0] if place else "", limit + 1)
        return page_of(rows, limit, _member_out, lambda row: (row.id,))

    async def get_audience(self, caller: Reader, key: Key) -> AudienceOut:
        """One audience."""
        return _audience_out(await self.audiences.get(caller.tenant, key))

    async def delete_audience(self, caller: Writer, key: Key) -> None:
        """Forget it. No contact is touched, and a batch that is enrolling it ends with those it has."""
        await self.audiences.delete(caller.tenant, key)


def _audience_out(audience: Audience) -> AudienceOut:
    return AudienceOut(**_shown(audience))


def _kept_out(kept: KeptAudience) -> AudienceKeptOut:
    return AudienceKeptOut(**_shown(kept.audience), listed=kept.listed, unknown=sorted(kept.unknown))


def _member_out(contact: Contact) -> AudienceMemberOut:
    return AudienceMemberOut(id=contact.id, external_id=contact.external_id)


def _shown(audience: Audience) -> dict[str, Any]:
    return {
        "key": audience.key,
        "where": audience.definition.get("where"),
        "attributes": audience.definition.get("attributes"),
        "created_at": audience.created_at,
        "updated_at": audience.updated_at,
    }
