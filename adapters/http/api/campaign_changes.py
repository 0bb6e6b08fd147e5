"""Changing campaigns: publishing versions, moving enrollments to them, holding a campaign."""

from typing import Annotated, Any

from attrs import frozen
from fastapi import APIRouter, Body, Request, Response

from adapters.http.api import campaign_models as models
from adapters.http.api.bodies import media_type
from adapters.http.api.caller import Writer
from adapters.http.api.campaign_inputs import DEFINITION_BODY, YAML, CampaignPauseIn, StepMovesIn
from adapters.http.api.campaigns import Key, VersionNumber
from adapters.http.api.problems import INVALID, MEDIA, NOT_FOUND, VERSION_TAKEN, ApiProblem, answers
from adapters.http.api.shapes import check_plain
from application.control_campaign import ControlCampaign
from application.move_enrollments import MoveEnrollments
from application.ports.definitions import DefinitionText, ReadDefinition
from application.publish_campaign import PublishCampaign
from application.show_campaigns import ShowCampaigns
from application.validate_campaign import ValidateCampaign
from domain.enrollment.migrate import END
from domain.enrollment.turn import HANDOFF
from domain.errors import InvalidCampaign
from domain.wording import nearest

Pausing = Annotated[CampaignPauseIn | None, Body()]


@frozen
class CampaignChangesApi:
    """What changes a campaign."""

    read: ReadDefinition
    validate: ValidateCampaign
    publish: PublishCampaign
    show: ShowCampaigns
    moves: MoveEnrollments
    control: ControlCampaign

    def add_routes(self, router: APIRouter) -> None:
        """Add the operations."""
        router.add_api_route(
            "/campaigns",
            self.publish_campaign,
            methods=["POST"],
            summary="Publish a version of a campaign",
            tags=["campaigns"],
            response_model=models.CampaignPublished,
            responses={201: _published(), **answers(VERSION_TAKEN, MEDIA)},
            openapi_extra=dict(DEFINITION_BODY),
        )
        router.add_api_route(
            "/campaigns:validate",
            self.validate_campaign,
            methods=["POST"],
            summary="Say what is wrong with a campaign, and publish nothing",
            tags=["campaigns"],
            response_model=models.CampaignChecked,
            responses=answers(MEDIA),
            openapi_extra=dict(DEFINITION_BODY),
        )
        for path, handler, summary, answer in (
            (
                "/campaigns/{key}/versions/{version:int}:move",
                self.move_enrollments,
                "Let enrollments go over to a version",
                models.StepMovesOut,
            ),
            ("/campaigns/{key}:pause", self.pause_campaign, "Hold a campaign", models.CampaignHeldOut),
            ("/campaigns/{key}:resume", self.resume_campaign, "Let a campaign go on", models.CampaignHeldOut),
        ):
            router.add_api_route(
                path,
                handler,
                methods=["POST"],
                summary=summary,
                tags=["campaigns"],
                response_model=answer,
                responses=answers(NOT_FOUND),
            )

    async def publish_campaign(
        self, caller: Writer, request: Request, response: Response
    ) -> models.CampaignPublished:
        """Store a version, which never changes afterwards; the same content again changes nothing.

        All that is wrong is told at once, each with its path.
        """
        definition = await self._definition(request)
        checked = await self.validate(definition)
        new = await self.publish(caller.tenant, definition)
        plan = checked.campaign.plan
        if new:
            response.status_code = 201
            response.headers["Location"] = f"/v1/campaigns/{plan.campaign}/versions/{plan.version}"
        warnings = models.warnings_out(checked.warnings)
        return models.CampaignPublished(
            campaign=plan.campaign, version=plan.version, new=new, warnings=warnings
        )

    async def validate_campaign(self, caller: Writer, request: Request) -> models.CampaignChecked:
        """Check all that publishing checks."""
        checked = await self.validate(await self._definition(request))
        plan = checked.campaign.plan
        warnings = models.warnings_out(checked.warnings)
        return models.CampaignChecked(campaign=plan.campaign, version=plan.version, warnings=warnings)

    async def _definition(self, request: Request) -> Any:
        given = media_type(request)
        if given not in YAML and given != "application/json" and not given.endswith("+json"):
            raise ApiProblem(MEDIA, "Send the definition as application/json or application/yaml.")
        text = self.read(await request.body())
        if text.faults:
            raise _unreadable(text)
        check_plain(text.definition, "body")
        return text.definition

    async def move_enrollments(
        self, caller: Writer, key: Key, version: VersionNumber, wanted: StepMovesIn
    ) -> models.StepMovesOut:
        """Tell enrollments of other versions to go over, as soon as nothing is under way with them.

        Whoever has left a step when they hear of it does what is said for the step that they are at. Asking
        again reaches those who came to such a step since.
        """
        plan = (await self.show.version(caller.tenant, key, version)).campaign.plan
        known = {*await self.show.steps(caller.tenant, key), HANDOFF}
        choices: dict[str, str] = {}
        for index, move in enumerate(wanted.moves):
            if move.step not in known:
                raise _wrong_move(
                    index, "step", f"No version has a step of this key; {nearest(move.step, sorted(known))}"
                )
            if move.step in choices:
                raise _wrong_move(index, "step", "There is another move for this step already")
            choices[move.step] = END if move.end else str(move.to)
        try:
            told = await self.moves(caller.tenant, plan, choices)
        except InvalidCampaign as error:
            index = list(choices).index(str(error.path[-1]))
            raise _wrong_move(index, "to", error.problem) from error
        return models.StepMovesOut(told=told)

    async def pause_campaign(self, caller: Writer, key: Key, how: Pausing = None) -> models.CampaignHeldOut:
        """Hold it in all its versions: nothing more is sent from now on.

        Of a campaign that is held already, nothing changes, also not what becomes of what falls due.
        """
        wanted = how or CampaignPauseIn()
        rate = 1.0 if wanted.rate is None else wanted.rate
        changed = await self.control.pause(caller.tenant, key, wanted.then, rate)
        return await self._paused(caller.tenant, key, changed=changed)

    async def resume_campaign(self, caller: Writer, key: Key) -> models.CampaignHeldOut:
        """Let it go on, as was said when it was paused."""
        changed = await self.control.resume(caller.tenant, key)
        return await self._paused(caller.tenant, key, changed=changed)

    async def _paused(self, tenant: str, key: str, *, changed: bool) -> models.CampaignHeldOut:
        state = await self.show.state(tenant, key)
        return models.CampaignHeldOut(campaign=key, changed=changed, paused=models.pause_out(state.pause))


def _published() -> dict[str, Any]:
    location = {"Location": {"description": "Where the version is.", "schema": {"type": "string"}}}
    return {"model": models.CampaignPublished, "description": "It is published now.", "headers": location}


def _unreadable(text: DefinitionText) -> ApiProblem:
    wrong = []
    for fault in text.faults:
        place = "" if fault.line is None else f"Line {fault.line}"
        place += "" if fault.column is None else f", column {fault.column}"
        wrong.append(("body", f"{place}: {fault.reason}." if place else f"It {fault.reason}."))
    return ApiProblem(INVALID, f"The definition cannot be read. {wrong[0][1]}", wrong)


def _wrong_move(index: int, member: str, problem: str) -> ApiProblem:
    sentence = f"{problem[:1].upper()}{problem[1:]}."
    return ApiProblem(INVALID, sentence, [(f"body.moves[{index}].{member}", sentence)])
