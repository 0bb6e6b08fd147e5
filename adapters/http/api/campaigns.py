"""Looking at campaigns: what is published, what it looks like, what has changed, and what became of it."""

from enum import StrEnum
from typing import Annotated

from attrs import frozen
from fastapi import APIRouter, Path, Query, Response

from adapters.http.api import campaign_models as models
from adapters.http.api.caller import Reader
from adapters.http.api.campaign_figures import StatsOut, stats_out
from adapters.http.api.pages import After, Limit, Page, page_of, place_after
from adapters.http.api.problems import NOT_FOUND, answers
from application.drawing.mermaid import mermaid
from application.drawing.svg import svg
from application.move_enrollments import MoveEnrollments
from application.show_campaigns import ShowCampaigns
from application.summarize_campaign import CountCampaign
from domain.language.diff import differences
from domain.limits import MAX_VERSION

Key = Annotated[str, Path(max_length=200, description="The campaign's key.", examples=["spring"])]
VersionNumber = Annotated[int, Path(ge=1, le=MAX_VERSION, description="The version's number.", examples=[1])]
ChosenVersion = Annotated[
    int | None,
    Query(ge=1, le=MAX_VERSION, description="Which version; the latest unless given.", examples=[1]),
]
Old = Annotated[int, Query(alias="from", ge=1, le=MAX_VERSION, description="The one version.", examples=[1])]
New = Annotated[int, Query(alias="to", ge=1, le=MAX_VERSION, description="The other one.", examples=[2])]


class DrawingFormat(StrEnum):
    """How a campaign can be drawn."""

    MERMAID = "mermaid"
    SVG = "svg"


_DRAW = {DrawingFormat.MERMAID: (mermaid, "text/vnd.mermaid"), DrawingFormat.SVG: (svg, "image/svg+xml")}
_EXAMPLES = {
    DrawingFormat.MERMAID: "flowchart TD\n    s1[text] --> e1([completed])\n",
    DrawingFormat.SVG: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300"></svg>',
}
Format = Annotated[DrawingFormat, Query(description="How to draw it.", examples=["svg"])]


@frozen
class CampaignsApi:
    """What is published."""

    show: ShowCampaigns
    count: CountCampaign
    moves: MoveEnrollments

    def add_routes(self, router: APIRouter) -> None:
        """Add the operations."""
        key, version = "/campaigns/{key}", "/campaigns/{key}/versions/{version:int}"
        for path, handler, summary, answer in (
            ("/campaigns", self.list_campaigns, "List the campaigns", Page[models.CampaignListed]),
            (key, self.get_campaign, "Get the latest version of a campaign", models.CampaignOut),
            (
                f"{key}/versions",
                self.list_campaign_versions,
                "List the versions of a campaign",
                Page[models.VersionListed],
            ),
            (version, self.get_campaign_version, "Get a version of a campaign", models.CampaignOut),
            (f"{version}/impact", self.get_campaign_impact, "Who could go over to it", models.ImpactOut),
            (
                f"{key}/diff",
                self.diff_campaign,
                "What has changed between two versions",
                models.DifferencesOut,
            ),
            (f"{key}/stats", self.get_campaign_stats, "The figures of a campaign", StatsOut),
        ):
            router.add_api_route(
                path,
                handler,
                methods=["GET"],
                summary=summary,
                tags=["campaigns"],
                response_model=answer,
                responses={} if path == "/campaigns" else answers(NOT_FOUND),
            )
        router.add_api_route(
            f"{key}/graph",
            self.draw_campaign,
            methods=["GET"],
            summary="Draw what can follow what",
            tags=["campaigns"],
            response_class=Response,
            responses={200: _drawings(), **answers(NOT_FOUND)},
        )

    async def list_campaigns(
        self, caller: Reader, limit: Limit = 50, cursor: After = None
    ) -> Page[models.CampaignListed]:
        """All campaigns by their keys, with their versions and how many are in flight."""
        place = place_after(cursor, 1)
        found = await self.show(caller.tenant, None if place is None else place[0], limit + 1)
        return page_of(found, limit, models.campaign_listed, lambda state: [state.key])

    async def get_campaign(self, caller: Reader, key: Key) -> models.CampaignOut:
        """The latest version, with its definition."""
        return models.campaign_out(await self.show.version(caller.tenant, key))

    async def list_campaign_versions(
        self, caller: Reader, key: Key, limit: Limit = 50, cursor: After = None
    ) -> Page[models.VersionListed]:
        """The versions, oldest first."""
        place = place_after(cursor, 1)
        after = int(place[0]) if place is not None and place[0].isdecimal() else 0
        listed = models.versions_listed(await self.show.state(caller.tenant, key))
        rest = [version for version in listed if version.version > after]
        return page_of(rest, limit, lambda version: version, lambda version: [str(version.version)])

    async def get_campaign_version(
        self, caller: Reader, key: Key, version: VersionNumber
    ) -> models.CampaignOut:
        """One version, with its definition."""
        return models.campaign_out(await self.show.version(caller.tenant, key, version))

    async def get_campaign_impact(self, caller: Reader, key: Key, version: VersionNumber) -> models.ImpactOut:
        """The enrollments that are open on other versions, by where they stand."""
        plan = (await self.show.version(caller.tenant, key, version)).campaign.plan
        places = await self.moves.impact(caller.tenant, plan)
        return models.ImpactOut(campaign=key, version=version, places=list(map(models.place_out, places)))

    async def diff_campaign(self, caller: Reader, key: Key, old: Old, new: New) -> models.DifferencesOut:
        """What has changed, in words: a sentence for each difference."""
        before = (await self.show.version(caller.tenant, key, old)).campaign
        after = (await self.show.version(caller.tenant, key, new)).campaign
        return models.DifferencesOut(campaign=key, old=old, new=new, differences=differences(before, after))

    async def get_campaign_stats(self, caller: Reader, key: Key) -> StatsOut:
        """Counts and rates, over all versions; nothing personal."""
        return stats_out(key, await self.count(caller.tenant, key))

    async def draw_campaign(
        self,
        caller: Reader,
        key: Key,
        version: ChosenVersion = None,
        format: Format = DrawingFormat.MERMAID,  # noqa: A002 - the parameter's name
    ) -> Response:
        """A drawing of one version: as Mermaid text, or as SVG."""
        campaign = (await self.show.version(caller.tenant, key, version)).campaign
        draw, media_type = _DRAW[format]
        return Response(draw(campaign), media_type=media_type)


def _drawings() -> dict[str, object]:
    return {
        "description": "The drawing.",
        "content": {
            _DRAW[each][1]: {"schema": {"type": "string"}, "example": example}
            for each, example in _EXAMPLES.items()
        },
    }
